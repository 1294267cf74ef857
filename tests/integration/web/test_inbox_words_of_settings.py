"""Personas, Settings and the doors say what is so, in the words of people, and what to do next."""

from pathlib import Path

import pytest
from api_house import api_house
from inbox_visit import browser, visit

from frontdesk.testing.desk import fake_line
from frontdesk.testing.house import OPEN_HOUSE, house

NARROW = "[[persona]]\nname = 'Night'\nmatch = { account = 'Shop' }\n"


def program(folder: Path) -> Path:
    """What people type in that folder."""
    folder.mkdir(parents=True)
    typed = folder / "frontdesk"
    typed.write_text("#!/bin/sh\n")
    return typed


async def test_without_a_file_the_pages_say_so_and_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program(tmp_path / ".venv/bin"))])
    async with house(tmp_path, config=None) as h, visit(h) as client:
        personas = (await client.get("/personas")).text
        assert f"There is no <code>{tmp_path / 'frontdesk.toml'}</code> yet." in personas
        assert "<code>.venv/bin/frontdesk init</code>" in personas
        assert "Edit and save it" not in personas
        settings = (await client.get("/settings")).text
        assert f"None yet: .venv/bin/frontdesk init writes {tmp_path / 'frontdesk.toml'}" in settings


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


async def test_the_doors_print_the_command_as_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program(tmp_path / ".venv/bin"))])
    async with api_house(tmp_path) as h, browser(h) as client:
        for path in ("/sign-in", "/welcome?token=used"):
            assert ".venv/bin/frontdesk user add admin --reset-password" in (await client.get(path)).text
