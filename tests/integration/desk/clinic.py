"""A clinic with a calendar: two dentists, a cleaning of half an hour and a treatment of one hour."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.desk.appointments import Appointments, Wish
from frontdesk.desk.calendar import Calendar
from frontdesk.domain.appointments import Opening, Resource, Service
from frontdesk.store import appointments as rows
from frontdesk.store.appointments import AppointmentLine, Wanted
from frontdesk.testing.desk import ANA, FakeLine, fake_line

ZONE = "Europe/Lisbon"
HOUSE = """
timezone = "Europe/Lisbon"
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a clinic."
tools = ["knowledge", "hand_over", "appointments"]
"""
WEEK = tuple(Opening(weekday, 9 * 60, 17 * 60) for weekday in range(5))


def lisbon(day: int, hour: int, minute: int = 0, *, month: int = 11) -> int:
    """A moment of November 2026 by the clinic's clock. The frozen clock stands on Wednesday the 18th, 11:06."""
    return int(datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000


def as_read(at: int) -> str:
    """`24 10:30` by the clinic's clock."""
    return f"{datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(ZONE)):%d %H:%M}"


@dataclass(slots=True)
class Clinic:
    """The house of a clinic, and what stands in its calendar."""

    line: FakeLine
    silva: Resource
    costa: Resource
    cleaning: Service
    filling: Service

    @property
    def desk(self) -> Appointments:
        """The book of appointments."""
        found: Appointments = self.line.desk.appointments
        return found

    @property
    def calendar(self) -> Calendar:
        """How it is set up."""
        found: Calendar = self.line.desk.calendar
        return found

    async def book(self, start: int, *, service: Service | None = None, **more: Any) -> AppointmentLine:
        """Book by an operator, the cleaning where nothing else is said."""
        given = {"by": "opr_1", "name": "Rui", **more}
        booked = await self.desk.book(Wish((service or self.cleaning).id, start, **given))
        return booked.line

    async def contact(self, who: str = ANA, text: str = "Hello") -> str:
        """Somebody writes; gives the contact."""
        await self.line.arrive(self.line.message(text, who=who))
        await self.line.idle()
        found = (await self.line.chat(who)).contact_id
        assert found is not None
        return found

    async def all(self) -> Sequence[AppointmentLine]:
        """Every appointment, the earliest first."""
        async with self.line.store.read() as read:
            return await rows.listed(read, Wanted())


@asynccontextmanager
async def clinic(folder: Path, **more: Any) -> AsyncIterator[Clinic]:
    """The clinic; the same folder again is a restart."""
    async with fake_line(folder, **{"config": HOUSE, **more}) as line:
        calendar: Calendar = line.desk.calendar
        async with line.store.read() as read:
            books = await calendar.books(read)
        if not books.resources:
            for name in ("Dr Costa", "Dr Silva"):
                await calendar.put_resource(Resource("", name, "", openings=WEEK))
            async with line.store.read() as read:
                doing = tuple((await calendar.books(read)).resources)
            made = Service("", "Cleaning", 30, price="45 €", step=30, notice=60, resources=doing)
            await calendar.put_service(made)
            await calendar.put_service(replace(made, name="Filling", minutes=60, after=10, resources=doing[:1]))
            async with line.store.read() as read:
                books = await calendar.books(read)
        costa, silva = books.resources.values()
        cleaning, filling = books.services.values()
        yield Clinic(line, silva, costa, cleaning, filling)
