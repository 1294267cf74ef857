"""Personas, Settings and the doors say what is so, in the words of people, and what to do next."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from api_house import api_house
from inbox_visit import browser, visit

from frontdesk.app import build
from frontdesk.desk.operators import TooManyTries
from frontdesk.kit.command import command
from frontdesk.settings import load_settings
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import fake_line
from frontdesk.testing.house import OPEN_HOUSE, TestHouse, house
from frontdesk.web.inbox.model_words import key_words, model_words

NARROW = "[[persona]]\nname = 'Night'\nmatch = { account = 'Shop' }\n"


@asynccontextmanager
async def without_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestHouse]:
    """A house in a folder without frontdesk.toml."""
    monkeypatch.chdir(folder)
    clock = FrozenClock()
    built = await build(load_settings(env_file=None, data_dir=folder / "data"), clock=clock, synchronous="OFF")
    try:
        await built.start()
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=built.web), base_url="http://x.test") as http:
            yield TestHouse(built, clock, http)
    finally:
        await built.close()


async def test_without_a_file_the_pages_say_so_and_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with without_a_file(tmp_path, monkeypatch) as h, visit(h) as client:
        personas = (await client.get("/personas")).text
        assert f"There is no <code>{tmp_path / 'frontdesk.toml'}</code> yet." in personas
        assert f"<code>{command()} init</code>" in personas
        assert "Edit and save it" not in personas
        settings = (await client.get("/settings")).text
        assert f"None yet: {command()} init writes {tmp_path / 'frontdesk.toml'}" in settings


async def test_with_a_file_the_pages_name_it(tmp_path: Path) -> None:
    async with house(tmp_path) as h, visit(h) as client:
        for path in ("/personas", "/settings"):
            page = (await client.get(path)).text
            assert str(tmp_path / "frontdesk.toml") in page
            assert "frontdesk init" not in page


@pytest.mark.parametrize(("config", "built_in"), [("", True), (NARROW, True), (OPEN_HOUSE, False)])
async def test_the_persona_that_a_chat_names_is_on_the_page_of_personas(
    tmp_path: Path, config: str, built_in: bool
) -> None:
    async with fake_line(tmp_path, config=config) as line, visit(line.house) as client:
        await line.desk.accounts.change(line.account_id, name="Line one")
        await line.arrive(line.message())
        page = (await client.get(f"/chats/{(await line.chat()).id}")).text
        assert f"By the rules (Front desk{', built in' if built_in else ''})" in page
        personas = (await client.get("/personas")).text
        assert ">Front desk</h2>" in personas
        assert ("Built in" in personas) is built_in
        assert "No persona yet" not in personas


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai:", "OpenAI, gpt-4o-mini"),
        ("gemini:gemini-2.5-pro", "Google Gemini, gemini-2.5-pro"),
        ("openai-compatible:qwen3", "OpenAI-compatible server, qwen3"),
        ("offline:", "Offline, without a model"),
        ("foo:bar", "foo:bar"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_model_is_named_as_the_one_that_really_answers(name: str, words: str) -> None:
    assert model_words(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai:", "Yes, OPENAI_API_KEY is set"),
        ("gemini:", "Yes, GOOGLE_API_KEY is missing"),
        ("ollama:", "No"),
        ("openai-compatible:qwen3", "No, but OPENAI_COMPATIBLE_API_KEY is set and sent along"),
        ("offline:", "No, it answers from the knowledge base"),
        ("foo:bar", "Not known: there is no such provider"),
    ],
)
def test_whether_a_model_needs_a_key_is_said_as_it_is(tmp_path: Path, name: str, words: str) -> None:
    given = {"openai_api_key": "k", "openai_compatible_api_key": "k", "openai_compatible_base_url": "http://x.test"}
    assert key_words(name, load_settings(env_file=None, data_dir=tmp_path, **given)) == words


async def test_the_model_in_use_is_shown_resolved_on_every_page(tmp_path: Path) -> None:
    async with house(tmp_path, openai_api_key="k") as h, visit(h) as client:
        for path in ("/settings", "/personas"):
            assert "OpenAI, gpt-4o-mini" in (await client.get(path)).text
        assert "Yes, OPENAI_API_KEY is set" in (await client.get("/settings")).text


async def test_what_the_model_is_told_about_its_answers_reads_as_people_say_it(tmp_path: Path) -> None:
    async with house(tmp_path, config=OPEN_HOUSE + "temperature = 0.7\nmax_tokens = 500\n") as h, visit(h) as client:
        assert "At most 500 tokens long, temperature 0.7" in (await client.get("/personas")).text


async def test_the_form_of_a_new_line_says_at_each_field_where_its_value_is_found(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        form = (await client.get("/lines")).text.partition('id="new-line"')[2]
        places = {
            "phone_number_id": "WhatsApp → API Setup",
            "access_token": "System users",
            "app_secret": "App settings → Basic",
            "verify_token": "A word that you make up",
            "waba_id": "WhatsApp → API Setup",
        }
        for name, place in places.items():
            field = form.partition(f'name="{name}"')[2].partition('class="field"')[0]
            assert place in field, name


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (2, "2 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (900, "15 minutes"),
    ],
)
def test_a_wait_is_told_as_people_say_it(seconds: int, words: str) -> None:
    assert TooManyTries(seconds).sentence == f"Too many wrong tries. Wait {words} and try again."


def test_the_command_is_told_as_it_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside, elsewhere = tmp_path / ".venv/bin/frontdesk", tmp_path / "another/bin/frontdesk"
    for program in (inside, elsewhere):
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    nowhere, found, other = str(tmp_path / "empty"), str(inside.parent), str(elsewhere.parent)
    assert command(started_as=str(inside), search=nowhere) == ".venv/bin/frontdesk"
    assert command(started_as=str(inside), search=found) == "frontdesk"
    assert command(started_as=str(inside), search=other) == ".venv/bin/frontdesk"
    assert command(started_as="/usr/bin/pytest", search=nowhere) == "frontdesk"
    python = str(inside.parent / "python")
    assert command(started_as="/x/frontdesk/__main__.py", python=python) == ".venv/bin/python -m frontdesk"


async def test_the_doors_print_the_command_as_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ".venv/bin/frontdesk"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program)])
    async with api_house(tmp_path) as h, browser(h) as client:
        for path in ("/sign-in", "/welcome?token=used"):
            assert ".venv/bin/frontdesk user add admin --reset-password" in (await client.get(path)).text
