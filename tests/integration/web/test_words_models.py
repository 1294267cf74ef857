"""Settings of models and providers in other systems' words."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_house import PHONE, api_house, ask, key

from frontdesk.testing.desk import ANA, fake_line
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.local_server import serving
from frontdesk.testing.think import FakeThink
from frontdesk.testing.wires.openai import OpenAIWire
from frontdesk.testing.wires.script import Reply

PLACE = "/api/settings/llm"
SECRET = "sk-the-key-of-the-house"
CONFIG = """
[buffer]
quiet_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
model = "gemini:gemini-2.0-flash"
temperature = 0.7
max_tokens = 500
"""


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path, config=CONFIG, google_api_key=SECRET) as h:
        yield h


async def test_the_settings_are_those_in_force(h: TestHouse) -> None:
    found = await h.http.get(f"{PLACE}?phone_number=+{PHONE}")
    assert found.json() == {
        "success": True,
        "problem": None,
        "config": {
            "preferred_provider": "gemini",
            "gemini_model": "gemini-2.0-flash",
            "openai_model": "gpt-4o-mini",
            "ollama_model": "llama3.2",
            "perplexity_model": "sonar",
            "anthropic_model": next(p.default_model for p in h.rooms.models.providers if p.name == "anthropic"),
            "temperature": 0.7,
            "max_tokens": 500,
            "ollama_base_url": "http://127.0.0.1:11434",
        },
    }
    assert SECRET not in found.text


async def test_the_settings_may_be_asked_for_without_a_number(h: TestHouse) -> None:
    assert (await ask(h, PLACE))["config"]["preferred_provider"] == "gemini"


async def put(h: TestHouse, **values: Any) -> dict[str, Any]:
    answer = await h.http.put(PLACE, params={"phone_number": PHONE}, json=values)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["config"]
    return found


async def test_a_provider_is_preferred_with_its_model_and_address(h: TestHouse) -> None:
    found = await put(
        h,
        preferred_provider="ollama",
        ollama_model="llama3.2:1b",
        gemini_model="gemini-9",
        ollama_base_url="http://127.0.0.1:9",
        temperature=1,
    )
    names = ("preferred_provider", "ollama_model", "gemini_model", "ollama_base_url", "temperature", "max_tokens")
    assert [found[name] for name in names] == [
        "ollama",
        "llama3.2:1b",
        "gemini-2.5-flash",
        "http://127.0.0.1:9",
        1,
        500,
    ]
    ours = await ask(h, "/api/v1/settings/llm", phone_number=PHONE)
    assert (ours["provider"], ours["model"], ours["base_url"]) == ("ollama", "llama3.2:1b", "http://127.0.0.1:9")


async def test_the_settings_can_be_given_back_as_they_were_read(h: TestHouse) -> None:
    before = (await ask(h, PLACE, phone_number=PHONE))["config"]
    assert await put(h, **before) == before


async def test_null_resets_a_setting(h: TestHouse) -> None:
    before = (await ask(h, PLACE, phone_number=PHONE))["config"]
    await put(h, preferred_provider="offline", temperature=1.5)
    assert await put(h, preferred_provider=None, temperature=None) == before


async def test_the_whole_answer_can_be_given_back(h: TestHouse) -> None:
    before = await ask(h, PLACE, phone_number=PHONE)
    assert await put(h, **before) == before["config"]
    assert (await put(h, config={"temperature": 0.1}))["temperature"] == 0.1


WRONG = [
    {"preferred_provider": "nope"},
    {"preferred_provider": "OPEN AI"},
    {"gemini_model": "gemini 9"},
    {"temperature": 9},
    {"temperature": True},
    {"max_tokens": True},
    {"ollama_base_url": "ollama"},
    {"what": 1},
    {"config": 1},
    [],
]


@pytest.mark.parametrize("given", WRONG, ids=str)
async def test_wrong_settings_are_refused_in_words(h: TestHouse, given: Any) -> None:
    answer = await h.http.put(PLACE, params={"phone_number": PHONE}, json=given)
    assert (answer.status_code, answer.json()["success"], bool(answer.json()["error"])) == (422, False, True)


async def test_a_turn_asks_the_model_of_the_settings(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=CONFIG, think=think) as line:
        body = {"preferred_provider": "openai", "openai_model": "gpt-4o"}
        assert (await line.house.http.put(PLACE, params={"phone_number": ANA}, json=body)).status_code == 200
        await line.arrive(line.message("Hello"))
        await line.idle()
    assert [(persona.model, persona.temperature) for persona in think.personas] == [("openai:gpt-4o", 0.7)]


async def test_the_providers_are_listed(h: TestHouse) -> None:
    found = await ask(h, "/api/llm/providers")
    assert (found["success"], found["default"]) == (True, "gemini")
    assert {"gemini", "openai", "ollama", "offline"} <= {one["name"] for one in found["providers"]}
    assert SECRET not in str(found)


async def test_a_provider_that_answers_is_told_so(tmp_path: Path) -> None:
    async with serving(OpenAIWire(Reply("ready"), key=SECRET)) as base:
        async with house(tmp_path, openai_api_key=SECRET, openai_base_url=f"{base}/v1") as h:
            tried = (await h.http.post("/api/llm/test", json={"provider": "openai"})).json()
    assert (tried["success"], tried["error"], tried["model"]) == (True, None, "openai:gpt-4o-mini")
    assert "answers" in tried["message"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"provider": "gemini", "api_key": "sk-other", "base_url": "http://127.0.0.1:9"}, "Gemini"),
        ({"provider": "openai"}, "OPENAI_API_KEY"),
        ({"provider": "nope"}, "no provider"),
    ],
)
async def test_what_is_wrong_with_a_provider_is_said_without_its_key(h: TestHouse, body: Any, word: str) -> None:
    answer = await h.http.post("/api/llm/test", json=body)
    tried = answer.json()
    assert (answer.status_code, tried["success"], word in tried["error"]) == (200, False, True), tried
    assert SECRET not in answer.text
    assert "sk-other" not in answer.text


async def test_the_provider_of_the_installation_is_tried_where_none_is_named(tmp_path: Path) -> None:
    async with serving(OpenAIWire(Reply("ready"), Reply("ready"), key=SECRET)) as base:
        settings: Any = {"frontdesk_model": "openai:gpt-4o", "openai_api_key": SECRET, "openai_base_url": f"{base}/v1"}
        async with house(tmp_path, **settings) as h:
            for tried in (await h.http.post("/api/llm/test"), await h.http.post("/api/llm/test", json={"apiKey": ""})):
                assert (tried.json()["success"], tried.json()["model"]) == (True, "openai:gpt-4o"), tried.text
            wrong = (await h.http.post("/api/llm/test", json={"apiKey": "sk-wrong"})).json()
            assert (wrong["success"], wrong["code"], "sk-wrong" in str(wrong)) == (False, "key", False)


async def test_a_password_in_the_address_of_ollama_is_not_shown(tmp_path: Path) -> None:
    async with house(tmp_path, ollama_base_url="http://ana:secret@10.0.0.1:11434") as h:
        assert (await ask(h, PLACE))["config"]["ollama_base_url"] == "http://10.0.0.1:11434"


async def test_setting_and_trying_are_for_admins(h: TestHouse) -> None:
    writes = await key(h, "write")
    assert (await h.http.put(PLACE, params={"phone_number": PHONE}, json={}, headers=writes)).status_code == 403
    assert (await h.http.post("/api/llm/test", json={"provider": "offline"}, headers=writes)).status_code == 403
