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


async def test_one_is_ordered_changed_and_removed(house: app.Frontdesk) -> None:
    at = ("--at", "every day at 8:00 and 18:00", "--zone", "Europe/Lisbon", "--to", "inbox", "--to", "self")
    made = await run("digest", "add", "Mine", *at)
    assert made.exit_code == 0, made.exception or made.output
    assert "Mine  every day at 8:00 and 18:00  next 20" in made.stdout
    assert made.stdout.strip().endswith("to inbox, self")
    changed = (await run("digest", "add", "Mine", "--language", "pt")).stdout
    assert "Mine  every day at 8:00 and 18:00" in changed
    assert changed.partition(" ")[0] == made.stdout.partition(" ")[0]
    assert (await run("digest", "remove", "Mine")).stdout == "Mine is removed.\n"
    assert (await run("digest", "list")).stdout == ""


async def test_a_schedule_that_is_none_is_told_with_what_one_looks_like(house: app.Frontdesk) -> None:
    assert "Write it as “every day at 8:00”" in str((await run("digest", "add", "Mine", "--at", "soon")).exception)
    unknown = await run("digest", "add", "Mine", "--line", "Office")
    assert str(unknown.exception) == "There is no account “Office”. The accounts are: none."
