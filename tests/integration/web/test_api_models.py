"""Which model answers a phone number: set, shown with where it comes from, validated, and really asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_house import PHONE, api_house, ask, hear, key

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.testing.desk import ANA, fake_line
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.local_server import serving
from frontdesk.testing.think import FakeThink
from frontdesk.testing.wires.openai import OpenAIWire
from frontdesk.testing.wires.script import Reply

PLACE = "/api/v1/settings/llm"
SECRET = "sk-the-key-of-the-house"
CONFIG = """
[buffer]
quiet_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
model = "gemini:gemini-2.5-flash"
temperature = 0.2
base_url = "http://127.0.0.1:9/gemini"
"""


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path, config=CONFIG.replace("auto", "off"), openai_api_key=SECRET) as h:
        yield h


async def put(h: TestHouse, phone: str = PHONE, **values: Any) -> dict[str, Any]:
    answer = await h.http.put(PLACE, params={"phone_number": phone}, json=values)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


async def test_without_a_number_the_installations_model_is_shown(tmp_path: Path) -> None:
    async with house(tmp_path, frontdesk_model="openai:gpt-4o-mini") as h:
        shown = await ask(h, PLACE)
    assert (shown["provider"], shown["model"], shown["sources"]) == ("openai", "gpt-4o-mini", {"model": "installation"})
    assert (shown["phone_number"], shown["persona"], "OPENAI_API_KEY" in shown["problem"]) == (None, None, True)


async def test_where_nothing_is_set_the_persona_decides(h: TestHouse) -> None:
    await hear(h)
    assert await ask(h, PLACE, phone_number=PHONE) == {
        "phone_number": f"+{PHONE}",
        "persona": "Front desk",
        "provider": "gemini",
        "model": "gemini-2.5-flash",
        "temperature": 0.2,
        "max_tokens": None,
        "base_url": "http://127.0.0.1:9/gemini",
        "sources": {"model": "persona", "temperature": "persona", "base_url": "persona"},
        "set": {"model": None, "temperature": None, "max_tokens": None, "base_url": None},
        "problem": h.rooms.models.trouble("gemini:"),
    }


async def test_what_is_set_for_a_number_wins_and_the_rest_stays(h: TestHouse) -> None:
    shown = await put(h, provider="openai", model="gpt-4o-mini", max_tokens=300)
    assert (shown["provider"], shown["model"], shown["temperature"], shown["max_tokens"]) == (
        "openai",
        "gpt-4o-mini",
        0.2,
        300,
    )
    assert shown["sources"] == {"model": "phone_number", "max_tokens": "phone_number", "temperature": "persona"}
    assert shown["problem"] is None
    assert await ask(h, PLACE, phone_number=f"+{PHONE}") == shown
    assert (await ask(h, PLACE, phone_number="447700900999"))["provider"] == "gemini"


async def test_an_address_is_not_taken_along_to_another_model(h: TestHouse) -> None:
    assert (await put(h, provider="openai"))["base_url"] is None
    assert (await put(h, base_url="http://127.0.0.1:9/v1"))["base_url"] == "http://127.0.0.1:9/v1"
    assert (await put(h, max_tokens=5))["base_url"] == "http://127.0.0.1:9/v1"
    assert (await put(h, provider="anthropic"))["base_url"] is None
    assert (await put(h, provider=None))["base_url"] == "http://127.0.0.1:9/gemini"


async def test_null_resets_what_was_set(h: TestHouse) -> None:
    before = await ask(h, PLACE, phone_number=PHONE)
    await put(h, provider="openai", temperature=1, max_tokens=5)
    assert (await put(h, temperature=None))["temperature"] == 0.2
    assert (await put(h, model=None, max_tokens=None)) == before


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"model": "openai:gpt-4o"}, ("openai", "gpt-4o")),
        ({"model": "gemini-2.0-flash"}, ("gemini", "gemini-2.0-flash")),
        ({"provider": "ollama", "model": "llama3.2:1b"}, ("ollama", "llama3.2:1b")),
        ({"provider": "ollama"}, ("ollama", "llama3.2")),
        ({"provider": "gemini"}, ("gemini", "gemini-2.5-flash")),
        ({"provider": "offline"}, ("offline", "")),
    ],
)
async def test_a_model_is_named_as_people_name_it(h: TestHouse, given: dict[str, str], name: tuple[str, str]) -> None:
    shown = await put(h, **given)
    assert (shown["provider"], shown["model"]) == name


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"provider": "nope"}, "no provider"),
        ({"provider": "openai-compatible"}, "names no model"),
        ({"temperature": 3}, "at most 2"),
        ({"max_tokens": 0}, "at least 1"),
        ({"base_url": "ftp://x"}, "must be a URL"),
        ({"modell": "x"}, "modell"),
        ({"temperature": True}, "not true or false"),
        ({"max_tokens": True}, "not true or false"),
        ({"model": "gpt 4"}, "“model” has characters"),
        ({"base_url": "http://127.0.0.1:x"}, "must be a URL"),
        ({"base_url": "http://ana:secret@127.0.0.1:9"}, "without a name and a password"),
    ],
)
async def test_what_could_never_be_asked_is_refused_and_nothing_is_set(
    h: TestHouse, given: dict[str, Any], word: str
) -> None:
    before = await ask(h, PLACE, phone_number=PHONE)
    answer = await h.http.put(PLACE, params={"phone_number": PHONE}, json=given)
    assert (answer.status_code, word in answer.json()["detail"]) == (422, True), answer.text
    assert "secret" not in answer.text
    assert await ask(h, PLACE, phone_number=PHONE) == before


async def test_setting_needs_a_number_and_an_admin(h: TestHouse) -> None:
    assert (await h.http.put(PLACE, json={})).status_code == 422
    assert (await h.http.put(PLACE, params={"phone_number": "12"}, json={})).status_code == 422
    asked = {"params": {"phone_number": PHONE}, "json": {"max_tokens": 5}}
    assert (await h.http.put(PLACE, headers=await key(h, "write"), **asked)).status_code == 403  # type: ignore[arg-type]


async def test_a_turn_asks_the_model_that_was_set_for_its_number(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=CONFIG, think=think) as line:
        for phone, values in ((ANA, {"model": "offline:", "temperature": 1.5}), ("351210000100", {"max_tokens": 77})):
            await put(line.house, phone, **values)
        await line.arrive(line.message("Hello"))
        await line.arrive(line.message("Hello", who="447700900999"))
        await line.idle()
    asked = {persona.temperature: persona for persona in think.personas}
    assert (asked[1.5].model, asked[1.5].max_tokens, asked[1.5].base_url) == ("offline:", 77, None)
    assert (asked[0.2].model, asked[0.2].max_tokens) == ("gemini:gemini-2.5-flash", 77)


async def test_a_number_that_was_set_before_it_wrote_holds_under_its_other_form_and_hidden_id(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=CONFIG, think=think) as line:
        await put(line.house, "5511987654321", temperature=1.1)
        await line.arrive(line.message("Oi", who=("551187654321", "7701234567@lid")))
        await put(line.house, "120363021234567890@g.us", temperature=1.2)
        spoken_to: dict[str, Any] = {"content": {"mentions": ["351210000100@c.us"], "mentions_us": True}}
        group = line.message("Oi", group=Address(AddressKind.GROUP, "120363021234567890@g.us"), **spoken_to)
        await line.arrive(group)
        await line.idle()
        shown = await ask(line.house, PLACE, phone_number="7701234567@lid")
        assert (shown["temperature"], shown["sources"]["temperature"]) == (1.1, "phone_number")
    assert sorted(persona.temperature or 0 for persona in think.personas) == [1.1, 1.2]


async def test_what_holds_for_the_line_is_said_to_come_from_there(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=CONFIG, think=FakeThink()) as line:
        await line.arrive(line.message("Hello"))
        assert (await put(line.house, "351210000100", max_tokens=77))["sources"]["max_tokens"] == "phone_number"
        assert (await ask(line.house, PLACE, phone_number=ANA))["sources"]["max_tokens"] == "line"


async def test_what_is_set_for_a_line_holds_for_who_has_not_written_to_it_yet(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=CONFIG, think=FakeThink()) as line:
        await put(line.house, "351210000100", max_tokens=77)
        await put(line.house, ANA, temperature=1.1)
        [account] = (await ask(line.house, "/api/v1/accounts"))["items"]
        shown = await ask(line.house, PLACE, phone_number=ANA, account=account["id"])
        assert (shown["sources"]["max_tokens"], shown["sources"]["temperature"]) == ("line", "phone_number")


async def test_a_line_that_is_not_there_is_said_not_to_be(h: TestHouse) -> None:
    asked = {"phone_number": PHONE, "account": "acc_nope"}
    for answer in (await h.http.get(PLACE, params=asked), await h.http.put(PLACE, params=asked, json={})):
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such account.")


async def test_what_is_left_empty_counts_as_left_out(h: TestHouse) -> None:
    assert (await ask(h, PLACE, phone_number="", account=""))["phone_number"] is None
    answer = await h.http.put(PLACE, params={"phone_number": ""}, json={"max_tokens": 5})
    assert (answer.status_code, "Say for which number" in answer.json()["detail"]) == (422, True)


async def test_a_password_in_the_address_of_a_persona_is_not_shown(tmp_path: Path) -> None:
    config = CONFIG.replace("http://", "http://ana:secret@")
    async with fake_line(tmp_path, config=config, think=FakeThink()) as line:
        shown = await line.house.http.get(PLACE, params={"phone_number": ANA})
        assert (shown.json()["base_url"], "secret" in shown.text) == ("http://127.0.0.1:9/gemini", False)


@pytest.mark.parametrize("given", ["ключ", "two words", "line\nbreak"])
async def test_what_can_be_no_key_is_refused_before_it_is_tried(h: TestHouse, given: str) -> None:
    answer = await h.http.post(f"{PLACE}/test", json={"provider": "openai", "api_key": given})
    assert (answer.status_code, "“api_key” must be the key" in answer.json()["detail"]) == (422, True), answer.text
    assert given not in answer.text


async def test_providers_say_what_they_need_and_never_a_key(h: TestHouse) -> None:
    found = {one["name"]: one for one in (await ask(h, f"{PLACE}/providers"))["items"]}
    assert {"gemini", "openai", "ollama", "perplexity", "anthropic", "openai-compatible", "offline"} <= set(found)
    assert [found[name]["usable"] for name in ("openai", "gemini", "offline")] == [True, False, True]
    assert (found["gemini"]["key_setting"], found["openai"]["in_use"]) == ("GOOGLE_API_KEY", True)
    assert SECRET not in str(found)


async def test_a_provider_is_tried_with_one_small_question(tmp_path: Path) -> None:
    wire = OpenAIWire(Reply("ready"), key=SECRET)
    async with serving(wire) as base, house(tmp_path, openai_api_key=SECRET, openai_base_url=f"{base}/v1") as h:
        tried = (await h.http.post(f"{PLACE}/test", json={"provider": "openai", "model": "gpt-4o-mini"})).json()
        assert (tried["ok"], tried["model"], len(wire.requests)) == (True, "openai:gpt-4o-mini", 1), tried
        wrong = (await h.http.post(f"{PLACE}/test", json={"provider": "openai", "api_key": "sk-wrong"})).json()
        elsewhere = {"provider": "openai", "base_url": f"{base}/v1", "api_key": " "}
        other = (await h.http.post(f"{PLACE}/test", json=elsewhere)).json()
    assert (wrong["ok"], wrong["code"], other["ok"], other["code"]) == (False, "key", False, "key")
    assert "sk-wrong" not in str(wrong)
    assert SECRET not in str([each.headers for each in wire.requests[1:]])


async def test_trying_is_for_admins(h: TestHouse) -> None:
    answer: httpx2.Response = await h.http.post(
        f"{PLACE}/test", json={"provider": "offline"}, headers=await key(h, "write")
    )
    assert answer.status_code == 403
