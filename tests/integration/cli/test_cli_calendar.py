"""The calendar is set up from the terminal, beside a Frontdesk that runs, and the same commands may be run again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk import app
from frontdesk.cli.commands import frontdesk
from frontdesk.settings import load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.testing.local_server import serving

COSTA = ("resource", "Dr Costa", "--hours", "Mon-Fri 09:00-13:00, 14:00-18:00")
CLOSED = ("close", "2099-12-24", "--note", "Christmas Eve")


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


async def run(*words: str) -> Result:
    """A command of the calendar, in a thread while the house goes on."""
    return await asyncio.to_thread(CliRunner().invoke, frontdesk, ["calendar", *words])


async def told(*words: str) -> str:
    """What a command says that goes well."""
    came = await run(*words)
    assert came.exit_code == 0, came.exception or came.output
    return came.stdout.strip()


async def test_resources_and_services_are_made_with_hours_buffers_and_notice(house: app.Frontdesk) -> None:
    assert await told("list") == "Nothing can be booked yet."
    assert await told(*COSTA) == "Dr Costa: Mon-Fri 09:00-13:00, 14:00-18:00 (UTC)"
    assert await told("resource", "Flat", "--hours", "Tue,Thu 17:00-19:00", "--seats", "3", "--zone", "Europe/Lisbon")
    given = ("--length", "30m", "--price", "€40", "--with", "Dr Costa", "--after", "10m", "--notice", "24h")
    assert await told("service", "Check-up", *given, "--ahead", "30d", "--remind", "24h", "--remind", "2h") == (
        "Check-up: 30 minutes, €40, with Dr Costa"
    )
    async with house.store.read() as read:
        books = await house.desk.calendar.books(read)
    (made,) = books.services.values()
    assert (made.minutes, made.after, made.notice, made.ahead_days) == (30, 10, 24 * 60, 30)
    assert (made.step, made.reminders) == (15, (24 * 60, 2 * 60))
    assert len((await told("list")).splitlines()) == 3


async def test_a_known_name_is_changed_and_what_is_not_given_stays(house: app.Frontdesk) -> None:
    await told(*COSTA)
    await told(*COSTA)
    await told("service", "Check-up", "--length", "30", "--price", "€40")
    assert await told("service", "check-up", "--price", "€45") == "Check-up: 30 minutes, €45, with Dr Costa"
    assert await told("resource", "Dr Costa", "--seats", "2") == (
        "Dr Costa: Mon-Fri 09:00-13:00, 14:00-18:00 (UTC), 2 at the same time"
    )
    assert len((await told("list")).splitlines()) == 2


async def test_days_are_closed_opened_and_as_usual_again(house: app.Frontdesk) -> None:
    await told(*COSTA)
    assert await told(*CLOSED) == "2099-12-24 closed for everybody: Christmas Eve."
    await told(*CLOSED)
    assert await told("open", "2099-12-05", "--hours", "09:00-13:00", "--with", "Dr Costa") == (
        "2099-12-05 open 09:00-13:00 for Dr Costa."
    )
    assert [line.partition("  ")[2] for line in (await told("list")).splitlines()[1:]] == [
        "2099-12-05 open 09:00-13:00 for Dr Costa",
        "2099-12-24 closed for everybody: Christmas Eve",
    ]
    assert await told("usual", "2099-12-24") == "2099-12-24: as usual."
    assert "2099-12-24" not in await told("list")
    assert str((await run("usual", "2099-12-24")).exception) == "2099-12-24 does not differ."


async def test_a_feed_is_added_listed_and_revoked(house: app.Frontdesk) -> None:
    await told(*COSTA)
    made = await told("feed", "add", "Phone", "--with", "Dr Costa")
    assert "  Phone  http" in made
    assert await told("feed", "list") == made
    feed_id = made.split()[0]
    assert await told("feed", "revoke", feed_id) == f"{feed_id} is revoked."
    assert await told("feed", "list") == ""


async def test_what_is_retired_is_offered_no_longer(house: app.Frontdesk) -> None:
    await told(*COSTA)
    await told("service", "Check-up", "--length", "30m")
    assert await told("retire", "check-up") == "Check-up is offered no longer."
    assert "Check-up" not in await told("list")
    assert str((await run("retire", "Massage")).exception) == "Nothing that can be booked is called “Massage”."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("resource", "Dr Costa", "--hours", "weekdays"), "Write them as Mon-Fri 09:00-13:00, 14:00-18:00."),
        (("service", "Check-up", "--length", "half an hour"), "Write it as 30m, 24h or 2d."),
        (("service", "Check-up"), "“Check-up” is new: say how long it takes, such as --length 30m."),
        (("close", "tomorrow"), "“tomorrow” is no day. Write it as 2026-12-24."),
        (("close", "2099-12-24", "--with", "Dr Who"), "“Dr Who” is not one of the resources. They are: none."),
        (("close", "2099-02-30"), "day"),
    ],
)
async def test_what_cannot_be_is_told_with_what_to_write(
    house: app.Frontdesk, words: tuple[str, ...], sentence: str
) -> None:
    came = await run(*words)
    assert came.exit_code != 0
    assert sentence in f"{came.exception}{came.output}"
