"""A digest is had from the terminal, made by the Frontdesk that runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk import app
from frontdesk.cli.commands import frontdesk
from frontdesk.desk.digests import Order
from frontdesk.settings import load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.testing.local_server import serving


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[app.Frontdesk]:
    """A house that runs in the present folder."""
    bare_folder(tmp_path, monkeypatch)
    settings = load_settings(env_file=None, data_dir=tmp_path / "data")
    settings.make_data_dir()
    with alone(settings.data_dir):
        house = await app.build(settings, synchronous="OFF")
        async with serving(house.web) as url:
            await house.start()
            announce(settings.data_dir, url=url, key=house.desk.operators.keys.local())
            yield house
            await house.close()


async def run(*arguments: str) -> Result:
    """Run a command in a thread, while the house goes on."""
    return await asyncio.to_thread(CliRunner().invoke, frontdesk, arguments)


async def test_a_digest_of_the_last_day_is_printed(house: app.Frontdesk) -> None:
    came = await run("digest", "now")
    assert came.exit_code == 0, came.output
    assert "Nothing came in.\n\nNobody waits for an answer." in came.stdout


async def test_one_is_named_and_all_are_listed(house: app.Frontdesk) -> None:
    await house.desk.digests.add(Order(name="Morning", schedule="daily"), operator_id=None, owner=True)
    listed = (await run("digest", "list")).stdout
    assert "Morning  daily  next 20" in listed
    assert (await run("digest", "now", "--name", "Morning")).stdout.startswith("*Digest, ")
    unknown = await run("digest", "now", "--name", "Evening")
    assert "There is no digest “Evening”. The digests are: Morning (dig_" in str(unknown.exception)


async def test_a_digest_is_added_changed_and_removed(house: app.Frontdesk) -> None:
    wanted = ("--at", "weekdays at 8:00", "--zone", "Europe/Lisbon", "--language", "pt", "--label", "vip")
    added = await run("digest", "add", "Morning", *wanted)
    assert (added.exit_code, "  Morning  weekdays at 8:00  next 20" in added.stdout) == (0, True), added.output
    assert "to inbox, notify" in (await run("digest", "change", "Morning", "--to", "inbox", "--to", "notify")).stdout
    assert "weekdays at 8:00  not scheduled" in (await run("digest", "change", "Morning", "--pause")).stdout
    assert "weekdays at 8:00  next 20" in (await run("digest", "change", "Morning", "--resume")).stdout
    assert "on demand  not scheduled" in (await run("digest", "change", "Morning", "--at", "never")).stdout
    assert (await run("digest", "remove", "Morning")).stdout == "“Morning” is removed.\n"
    assert (await run("digest", "list")).stdout == ""


async def test_what_cannot_be_of_a_digest_is_said_in_a_sentence(house: app.Frontdesk) -> None:
    wrong = await run("digest", "add", "Morning", "--at", "whenever")
    assert "whenever" in str(wrong.exception), wrong.output
    nowhere = await run("digest", "add", "Morning", "--account", "Elsewhere")
    assert "There is no account “Elsewhere”." in str(nowhere.exception)


async def test_one_that_could_not_be_told_is_told_again(house: app.Frontdesk) -> None:
    digest_id = await house.desk.digests.add(Order(name="Morning", ways=("self",)), operator_id=None, owner=True)
    nothing = await run("digest", "again", "Morning")
    assert "Nothing was made of “Morning” yet." in str(nothing.exception)
    assert (await run("digest", "now", "--name", "Morning")).exit_code == 0
    told = await run("digest", "again", "Morning")
    assert told.stdout == "The newest “Morning” is told again wherever it could not be told, or may not have been.\n"
    await house.desk.digests.change(digest_id, Order(name="Morning"), owner=True)
    await run("digest", "now", "--name", "Morning")
    assert "was told wherever it is to go" in str((await run("digest", "again", "Morning")).exception)
