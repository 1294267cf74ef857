"""Appointments as a table in a file (CSV), out and in. A wrong row is told with its number; the others are booked."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from frontdesk.desk.appointments import Appointments, Wish
from frontdesk.desk.calendar import Books
from frontdesk.desk.errors import DeskError, Invalid
from frontdesk.domain.appointments import Service
from frontdesk.domain.words import fold
from frontdesk.kit.clock import to_datetime
from frontdesk.store.appointments import AppointmentLine
from frontdesk.store.store import Store

IMPORT = "import"
COLUMNS = ("id", "start", "end", "zone", "service", "resource", "name", "phone", "state", "note", "price", "booked_by")
NEEDED = ("start", "service", "name")
MOST_ROWS = 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that was not booked; the header is row 1."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: booked now, booked before, and what was refused."""

    booked: int
    known: int
    wrong: tuple[WrongRow, ...]


def sheet(lines: Iterable[AppointmentLine], *, zone: str) -> str:
    """The table, in UTF-8 with a header; `zone` is the house's. No cell is a formula to whoever opens it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        row, there = line.row, line.zone or zone
        times = [f"{to_datetime(at, there):%Y-%m-%d %H:%M}" for at in (row.start_at, row.end_at)]
        given = [line.service, line.resource, row.name, row.phone, row.state, row.note, line.price, row.booked_by]
        writer.writerow([row.id, *times, there, *(_harmless(each) for each in given)])
    return out.getvalue()


async def take_in(text: str, *, desk: Appointments, store: Store) -> Taken:
    """Book what a table holds: `start`, `service`, `name`, and where known `resource`, `phone`, `note`, `zone`.

    Raises:
        Invalid: it is no such table.
    """
    rows = _rows(text)
    async with store.read() as read:
        books = await desk.calendar.books(read)
    booked = known = 0
    wrong: list[WrongRow] = []
    for number, row in enumerate(rows, 2):
        if not any(row.values()) or row.get("state") == "cancelled":
            continue
        try:
            found = await desk.book(_wish(row, books, zone=desk.calendar.zone))
        except DeskError as refused:
            wrong.append(WrongRow(number, refused.sentence))
        else:
            booked, known = booked + found.new, known + (not found.new)
    return Taken(booked, known, tuple(wrong))


def _rows(text: str) -> list[dict[str, str]]:
    plain = text.removeprefix("\ufeff")
    first = plain.partition("\n")[0]
    try:
        read = csv.reader(
            io.StringIO(plain), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
        )
        header, *rows = list(read) or [[]]
    except csv.Error as broken:
        raise Invalid(f"This is no table (CSV): {broken}.") from broken
    names = [fold(each).strip() for each in header]
    if missing := [each for each in NEEDED if each not in names]:
        raise Invalid(f"The first row names the columns; there is no “{missing[0]}”. Needed are: {', '.join(NEEDED)}.")
    if len(rows) > MOST_ROWS:
        raise Invalid(f"The table has {len(rows)} rows; {MOST_ROWS} can be taken in at once.")
    return [{name: _plain(each) for name, each in zip(names, row, strict=False)} for row in rows]


def _wish(row: Mapping[str, str], books: Books, *, zone: str) -> Wish:
    service = _named(books, row.get("service", ""))
    resource_id = None
    if named := row.get("resource"):
        resource_id = next((each.id for each in books.doing(service) if fold(each.name) == fold(named)), None)
        if resource_id is None:
            raise Invalid(f"“{named[:60]}” is nobody who does {service.name}.")
    there = books.resources[resource_id].zone if resource_id else zone
    start = moment(row.get("start", ""), row.get("zone") or there)
    key = hashlib.sha256("\n".join((service.id, str(start), row.get("resource", ""), row.get("name", ""))).encode())
    return Wish(
        service.id,
        start,
        IMPORT,
        resource_id=resource_id,
        name=row.get("name"),
        phone=row.get("phone"),
        note=row.get("note"),
        key=f"import:{key.hexdigest()[:40]}",
        freely=True,
    )


def _named(books: Books, name: str) -> Service:
    found = next((each for each in books.services.values() if fold(each.name) == fold(name)), None)
    if found is None:
        known = ", ".join(each.name for each in books.services.values()) or "none"
        raise Invalid(f"There is no service “{name[:60]}”. The services are: {known}.")
    return found


def moment(text: str, zone: str) -> int:
    """The moment that a text names; without an offset by the wall clock of the zone. In Unix ms.

    Raises:
        Invalid: it is none.
    """
    plain = text.strip()
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as unknown:
        raise Invalid(f"There is no time zone “{zone[:60]}”.") from unknown
    found = _parsed(plain)
    if found is None:
        raise Invalid(f"“{plain[:40]}” is no date and time. Write it as 2026-11-24 10:30.")
    aware = found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
    return int(aware.timestamp()) * 1_000


def _parsed(plain: str) -> datetime | None:
    try:
        return datetime.fromisoformat(plain) if len(plain) > 10 else None
    except ValueError:
        pass
    for form in _TIMES:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007 - the zone comes from elsewhere
        except ValueError:
            continue
    return None


def _harmless(text: str | None) -> str:
    return f"'{text}" if text and text.startswith(_FORMULA) else text or ""


def _plain(text: str) -> str:
    given = text.strip()
    return given[1:] if given.startswith("'") and given[1:].startswith(_FORMULA) else given
