"""Appointments from the terminal, beside a Frontdesk that runs with the sample business."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk import app
from frontdesk.cli.appointments import appointments
from frontdesk.domain.slots import local_day
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.testing.local_server import serving


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    bare_folder(tmp_path, monkeypatch)
    return load_settings(env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[app.Frontdesk]:
    """The demonstration, announced in its data folder."""
    settings.make_data_dir()
    with alone(settings.data_dir):
        house = await app.build(settings, demo_at="http://127.0.0.1:9", synchronous="OFF")
        async with serving(house.web) as url:
            await house.start()
            announce(settings.data_dir, url=url, key=house.desk.operators.keys.local())
            yield house
            await house.close()


async def run(settings: Settings, *words: str) -> Result:
    """A command, in a thread of its own as it waits for the answer."""
    return await asyncio.to_thread(
        CliRunner().invoke, appointments, ["--data-dir", str(settings.data_dir), *words], standalone_mode=False
    )


def a_monday(house: app.Frontdesk) -> str:
    """One in three weeks, on which nobody of the sample is booked."""
    today = local_day(house.clock.now(), "Europe/Lisbon")
    return str(today + timedelta(days=21 - today.weekday()))


async def test_the_demonstration_has_a_living_calendar(house: app.Frontdesk, settings: Settings) -> None:
    lines = (await run(settings, "list")).output.splitlines()
    assert len(lines) > 20
    assert any("Dr Inês Costa" in line and "Cleaning" in line for line in lines)


async def test_an_appointment_is_booked_listed_and_cancelled(house: app.Frontdesk, settings: Settings) -> None:
    day = a_monday(house)
    booked = await run(settings, "book", "cleaning", f"{day}T10:00", "--name", "Ana", "--with", "Dr Rui Silva")
    assert "Cleaning with Dr Rui Silva" in booked.output
    appointment = booked.output.partition(":")[0]
    assert appointment in (await run(settings, "list", "--from", day)).output
    again = await run(settings, "book", "cleaning", f"{day}T10:00", "--name", "Ben", "--with", "Dr Rui Silva")
    assert str(again.exception) == "That time has just been taken."
    assert (await run(settings, "cancel", appointment)).output.startswith("Cancelled: Cleaning for Ana")
    unknown = await run(settings, "book", "massage", f"{day}T10:00", "--name", "Ana")
    assert "“massage” is not one of the services." in str(unknown.exception)


async def test_a_table_is_written_and_taken_in(house: app.Frontdesk, settings: Settings, tmp_path: Path) -> None:
    table = tmp_path / "all.csv"
    assert "written" in (await run(settings, "export", str(table))).output
    assert table.read_text("utf-8-sig").startswith("id,start,end,zone,service,")
    new = tmp_path / "new.csv"
    new.write_text(f"start,service,name\n{a_monday(house)} 11:00,Check-up,Ana\nnever,Check-up,Ben\n", "utf-8")
    taken = await run(settings, "import", str(new))
    assert "1 booked, 0 known already, 1 refused." in taken.output
    assert "Row 3: “never” is no date and time." in taken.output
    assert taken.return_value == 1
