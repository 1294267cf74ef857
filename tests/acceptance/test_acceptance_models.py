"""A key in the environment is enough: the chat is answered by that provider; its faults are met and told truthfully."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from acceptance_desk import Desk, Json, desk

from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import API_KEY, Program, running
from frontdesk.testing.wires import (
    AnthropicWire,
    Broken,
    Drop,
    Empty,
    Fault,
    GeminiWire,
    Hold,
    OllamaWire,
    OpenAIWire,
    Reply,
    Step,
    Wire,
)

pytestmark = pytest.mark.both_shapes

SECRET_KEY = "sk-secret-of-the-provider"
SAID = "Whisper: is my treatment covered?"
ANSWERED = "Yes, softly said."
VENDORS: dict[str, tuple[Callable[..., Wire], dict[str, str]]] = {
    "openai": (OpenAIWire, {"OPENAI_API_KEY": SECRET_KEY, "OPENAI_BASE_URL": "{url}/v1"}),
    "gemini": (GeminiWire, {"GOOGLE_API_KEY": SECRET_KEY, "GOOGLE_BASE_URL": "{url}"}),
    "perplexity": (
        lambda *steps, **more: OpenAIWire(*steps, prefixes=("",), **more),
        {"PERPLEXITY_API_KEY": SECRET_KEY, "PERPLEXITY_BASE_URL": "{url}"},
    ),
    "anthropic": (AnthropicWire, {"ANTHROPIC_API_KEY": SECRET_KEY, "ANTHROPIC_BASE_URL": "{url}"}),
    "ollama": (OllamaWire, {"OLLAMA_BASE_URL": "{url}"}),
    "openai-compatible": (
        OpenAIWire,
        {
            "FRONTDESK_MODEL": "openai-compatible:qwen",
            "OPENAI_COMPATIBLE_API_KEY": SECRET_KEY,
            "OPENAI_COMPATIBLE_BASE_URL": "{url}/v1",
        },
    ),
}
TWO_MODELS = """
[importance]
enabled = false  # which asks the same models, beside the turns that are looked at here
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
model = "openai:first"
fallbacks = ["perplexity:second"]
trusted = true
agent_mode = "auto"
"""
ONE_MODEL = TWO_MODELS.replace('fallbacks = ["perplexity:second"]\n', "")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_key_is_enough_to_be_answered_by_its_provider_and_tokens_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: str, caplog: pytest.LogCaptureFixture
) -> None:
    make, environment = VENDORS[vendor]
    key = None if vendor == "ollama" else SECRET_KEY
    wire = make(Reply(ANSWERED, tokens_in=321, tokens_out=12), key=key)
    async with serving(wire) as url:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(url=url))
        async with desk(tmp_path) as d:
            await d.hear(SAID)
            await d.idle()
            assert d.graph.texts == [ANSWERED]
            answer = (await d.out())[0]
            assert answer["turn"]["model"].startswith(f"{vendor}:")
            assert (answer["turn"]["tokens_in"], answer["turn"]["tokens_out"]) == (321, 12)
            await check_nothing_leaks(d, answer)
    assert SAID not in caplog.text
    assert ANSWERED not in caplog.text
    assert SECRET_KEY not in caplog.text


async def check_nothing_leaks(d: Desk, answer: Json) -> None:
    """No secret in any answer of the API."""
    account = (await d.account())["id"]
    paths = ["accounts", f"accounts/{account}", f"accounts/{account}/status", "chats", "personas", "alerts", "ledger"]
    paths += [f"messages/{answer['id']}", f"messages/{answer['id']}/trace", "dead-letters", "notices", "api-keys"]
    texts = [(await d.http.get(f"/api/v1/{path}")).text for path in paths]
    texts += [(await d.http.get(path)).text for path in ("/health", "/stats", "/metrics", "/openapi.json")]
    for text in texts:
        for secret in (SECRET_KEY, "token-of-the-line", "corpus-app-secret", "corpus-verify-token"):
            assert secret not in text, text[:200]


async def wind(d: Desk, come_true: Callable[[], Any]) -> None:
    """Let time go by, a hundred milliseconds for each look, until it is so."""

    def looked() -> bool:
        d.clock.advance(100)
        return bool(come_true())

    await until(looked, seconds=20)


def is_asked(d: Desk) -> bool:
    """Whether a model is being asked just now, which takes its time by another clock."""
    models = d.house.built.models
    return models is not None and any(circuit.on_the_way for circuit in models._circuits.values())


@pytest.mark.parametrize(
    "fault",
    [Fault(429, retry_after=1), Fault(500), Empty(), Broken(), Drop(), Hold()],
    ids=["429", "500", "empty", "broken", "drop", "silence"],
)
async def test_a_fault_of_the_model_costs_time_and_nothing_else(tmp_path: Path, fault: Step) -> None:
    wire = OpenAIWire(fault, Reply(ANSWERED))
    async with serving(wire) as url:
        given: Json = {"openai_api_key": SECRET_KEY, "openai_base_url": f"{url}/v1"}
        async with desk(tmp_path, config=ONE_MODEL, **given) as d:
            await d.hear(SAID)
            await wind(d, lambda: d.graph.texts == [ANSWERED])
            await d.idle()
            assert [one["decision"] for one in await d.history()] == ["answered", None]
            assert not [one for one in await d.alerts() if one["kind"] == "model"]


@pytest.mark.parametrize("fault", [Fault(401), Fault(500), Broken()], ids=["401", "500", "broken"])
async def test_when_the_first_model_fails_the_next_answers(tmp_path: Path, fault: Step) -> None:
    first, second = OpenAIWire(fault), OpenAIWire(Reply(ANSWERED), prefixes=("",))
    async with serving(first) as first_url, serving(second) as second_url:
        given: Json = {"openai_api_key": "a", "openai_base_url": f"{first_url}/v1"}
        given |= {"perplexity_api_key": "b", "perplexity_base_url": second_url}
        async with desk(tmp_path, config=TWO_MODELS, **given) as d:
            await d.hear(SAID)
            await wind(d, lambda: d.graph.texts == [ANSWERED])
            await d.idle()
            assert (await d.out())[0]["turn"]["model"] == "perplexity:second"


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault(401), "key"), (Fault(500), "500"), (Empty(), "")], ids=["401", "500", "empty"]
)
async def test_when_no_model_answers_the_owner_is_told_and_the_chat_says_so(
    tmp_path: Path, fault: Step, words: str
) -> None:
    wire = OpenAIWire(fault)
    async with serving(wire) as url:
        given: Json = {"openai_api_key": SECRET_KEY, "openai_base_url": f"{url}/v1"}
        async with desk(tmp_path, config=ONE_MODEL, **given) as d:
            await d.hear(SAID)
            alerts: list[Json] = []

            async def told() -> bool:
                for _ in range(20):
                    d.clock.advance(0 if is_asked(d) else 500)
                    await asyncio.sleep(0)
                alerts[:] = [one for one in await d.alerts() if one["kind"] == "model"]
                return bool(alerts)

            await until(told, seconds=20)
            await d.idle()
            question = (await d.history())[0]
            assert question["decision"] == "failed"
            assert d.graph.calls == []
            trace = await d.get(f"/api/v1/messages/{question['id']}/trace")
            assert trace["sentence"].startswith("The agent could not answer")
            assert words in alerts[0]["sentence"]
            assert SECRET_KEY not in str(alerts)
            ledger = await d.balanced()
            assert (ledger["answered"], ledger["refused"]) == (0, {"model": 1})
            wire.play(Reply(ANSWERED))
            d.clock.advance(600_000)
            await d.hear("Anyone?")
            await wind(d, lambda: d.graph.texts == [ANSWERED])
            await d.idle()
            assert not [one for one in await d.alerts() if one["kind"] == "model"]


@pytest.mark.embedded("Only one process has a demonstration.")
async def test_the_demo_is_answered_by_the_provider_of_the_key_and_nothing_is_written_into_the_log(
    tmp_path: Path,
) -> None:
    wire = OpenAIWire(Reply(ANSWERED), key=SECRET_KEY)
    async with serving(wire) as url:
        environment = {"OPENAI_API_KEY": SECRET_KEY, "OPENAI_BASE_URL": f"{url}/v1", "LOG_LEVEL": "debug"}
        program = Program(tmp_path / "data", environment, arguments=("--demo",))
        async with running(program), program.client() as client:
            page = await client.get("/phone", follow_redirects=True)
            sent = await client.post(f"{page.url.path}/send", data={"text": SAID})
            assert sent.status_code in (200, 201), sent.text

            async def answered() -> bool:
                return ANSWERED in (await client.get(f"{page.url.path}/bubbles")).text

            await until(answered, seconds=20)
            chat = (await client.get("/api/v1/chats")).json()["items"][0]
            await takes_over(client, chat["id"], str(page.url.path))
            assert await program.stop() == 0
        assert "openai:" in program.said()
        for text in (SAID, ANSWERED, SECRET_KEY, API_KEY, "Marta writes herself"):
            assert text not in program.said()
        assert "Traceback" not in program.said()


async def takes_over(client: httpx2.AsyncClient, chat_id: str, phone: str) -> None:
    """The operator takes over, answers, and hands back."""
    await client.post(f"/api/v1/chats/{chat_id}/take-over")
    written = await client.post(f"/api/v1/chats/{chat_id}/messages", json={"text": "Marta writes herself."})
    assert written.status_code == 202, written.text

    async def shown() -> bool:
        return "Marta writes herself." in (await client.get(f"{phone}/bubbles")).text

    await until(shown, seconds=10)
    await client.post(f"/api/v1/chats/{chat_id}/hand-back")
    assert (await client.get(f"/api/v1/chats/{chat_id}")).json()["held_by"] is None


@pytest.mark.parametrize("sample", [True, False])
async def test_what_the_sample_business_knows_is_never_told_to_a_real_customer(tmp_path: Path, sample: bool) -> None:
    facts = tmp_path / "facts.md"
    facts.write_text("# Visiting us\n\n## What are your opening hours?\nMonday to Friday, 9 to 19.\n", encoding="utf-8")
    async with desk(tmp_path) as d:
        await d.house.built.desk.knowledge.import_path(facts, sample=sample)
        await d.hear("What are your opening hours?")
        await d.idle()
        assert any("Monday" in text for text in d.graph.texts) is not sample
