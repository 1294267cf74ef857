"""Appointments, and the cells of time that each of them keeps: the database itself refuses to give one twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.appointments import Taken, cells
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.operators import Sight
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import (
    appointment_cells,
    appointment_reminders,
    appointments,
    chats,
    resources,
    services,
)


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A row of `appointments`."""

    id: str
    service_id: str
    resource_id: str
    seat: int
    account_id: str | None
    contact_id: str | None
    name: str
    phone: str | None
    note: str | None
    state: str
    start_at: int
    end_at: int
    kept_from: int
    kept_to: int
    booked_by: str
    changed_by: str
    sequence: int
    idempotency_key: str | None
    created_at: int
    timed_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class AppointmentLine:
    """An appointment with the names of what it is about, and the chat with whom it is made."""

    row: AppointmentRow
    service: str
    resource: str
    zone: str | None  # of the resource; None: the house's
    price: str | None
    chat_id: str | None


_WIDTH = len(AppointmentRow.__dataclass_fields__)
_LINES: Select[Any] = (
    select(appointments, services.c.name, resources.c.name, resources.c.zone, services.c.price, chats.c.id)
    .join(services, services.c.id == appointments.c.service_id)
    .join(resources, resources.c.id == appointments.c.resource_id)
    .outerjoin(chats, chats.c.contact_id == appointments.c.contact_id)
    .order_by(appointments.c.start_at, appointments.c.id)
)


def _line(*columns: Any) -> AppointmentLine:
    return AppointmentLine(AppointmentRow(*columns[:_WIDTH]), *columns[_WIDTH:])


_BY_ID = _LINES.where(appointments.c.id == bindparam("one"))
_BY_KEY = _LINES.where(appointments.c.idempotency_key == bindparam("key"))


async def by_id(read: Read, appointment_id: str) -> AppointmentLine | None:
    """The appointment of that id."""
    return await read.one(_BY_ID, _line, {"one": appointment_id})


async def by_key(read: Read, key: str) -> AppointmentLine | None:
    """What was booked under an idempotency key."""
    return await read.one(_BY_KEY, _line, {"key": key})


_OF_CONTACT = _LINES.where(
    appointments.c.contact_id == bindparam("contact"), appointments.c.end_at > bindparam("since")
)


async def of_contact(read: Read, contact_id: str, *, since: int) -> list[AppointmentLine]:
    """The appointments of a person that end after that moment, in every state, the earliest first."""
    return await read.all(_OF_CONTACT, _line, {"contact": contact_id, "since": since})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which appointments to list: those that touch the time between `begins` and `ends`, and so on."""

    begins: int | None = None
    ends: int | None = None
    resource_id: str | None = None
    service_id: str | None = None
    contact_id: str | None = None
    states: tuple[str, ...] = ()
    after: tuple[int, str] | None = None  # start and id of the last one of the page before


async def listed(read: Read, wanted: Wanted, *, sight: Sight = None, limit: int = 1_000) -> list[AppointmentLine]:
    """Those in sight, the earliest first. Who sees some lines only sees none of people who do not write."""
    row, statement = appointments.c, _LINES.limit(limit)
    if wanted.begins is not None:
        statement = statement.where(row.end_at > wanted.begins)
    if wanted.ends is not None:
        statement = statement.where(row.start_at < wanted.ends)
    for name in ("resource_id", "service_id", "contact_id"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(row[name] == value)
    if wanted.states:
        statement = statement.where(row.state.in_(wanted.states))
    if wanted.after is not None:
        start, last = wanted.after
        statement = statement.where(or_(row.start_at > start, (row.start_at == start) & (row.id > last)))
    if sight is None:
        return await read.all(statement, _line)
    return await read.all(statement.where(row.account_id.in_(sorted(sight))), _line)


_TAKEN = select(
    appointments.c.resource_id, appointments.c.seat, appointments.c.kept_from, appointments.c.kept_to
).where(
    among(appointments.c.resource_id, "ids"),
    appointments.c.state != "cancelled",
    appointments.c.start_at > bindparam("least"),
    appointments.c.kept_to > bindparam("begins"),
    appointments.c.kept_from < bindparam("ends"),
    appointments.c.id != bindparam("but"),
)
_A_WHILE = 2 * 24 * 3_600_000  # nothing is longer, buffers included


async def taken(read: Read, resource_ids: Sequence[str], *, begins: int, ends: int, but: str = "") -> list[Taken]:
    """What is not free on these resources between the two moments, but for one appointment."""
    given = {"but": but, "ids": texts(resource_ids), "begins": begins, "ends": ends, "least": begins - _A_WHILE}
    return await read.all(_TAKEN, Taken, given)


async def add(tx: Tx, row: AppointmentRow) -> None:
    """A new row; its time is not taken yet."""
    await tx.run(insert(appointments), {name: getattr(row, name) for name in row.__dataclass_fields__})


_COUNTED = ("start_at", "end_at", "state", "resource_id", "service_id")


async def change(tx: Tx, appointment_id: str, **values: Any) -> None:
    """Set columns. Its calendar entry has a higher sequence when it says something else now."""
    if set(values) & set(_COUNTED):
        values["sequence"] = appointments.c.sequence + 1
    await tx.run(update(appointments).where(appointments.c.id == appointment_id).values(**values))


async def place(tx: Tx, appointment_id: str, *, resource_id: str, seat: int) -> None:
    """With whom it came to be when it was made."""
    statement = update(appointments).where(appointments.c.id == appointment_id)
    await tx.run(statement.values(resource_id=resource_id, seat=seat))


async def occupy(tx: Tx, appointment_id: str, *, resource_id: str, seats: int, begins: int, ends: int) -> int | None:
    """Take these cells for an appointment that has none; gives the seat, or None where every seat is taken.

    The primary key decides, whatever anybody read before.
    """
    wanted = cells(begins, ends)
    for seat in range(seats):
        of = {"resource_id": resource_id, "seat": seat, "appointment_id": appointment_id}
        rows = [{**of, "cell": cell} for cell in wanted]
        statement = upsert(appointment_cells).values(rows).on_conflict_do_nothing()
        if await tx.count(statement) == len(wanted):
            return seat
        await vacate(tx, appointment_id)
    return None


async def vacate(tx: Tx, appointment_id: str) -> None:
    """Give back the time that an appointment keeps."""
    await tx.run(delete(appointment_cells).where(appointment_cells.c.appointment_id == appointment_id))


def changed(row: AppointmentRow) -> Live:
    """The event that an appointment was booked, moved, cancelled or noted."""
    return Live(LiveType.APPOINTMENT_CHANGED, {"id": row.id, "resource_id": row.resource_id}, row.account_id)


_UPCOMING = _LINES.where(
    appointments.c.state == "booked",
    appointments.c.start_at > bindparam("now"),
    appointments.c.start_at < bindparam("until"),
)


async def upcoming(read: Read, *, now: int, until: int) -> list[AppointmentLine]:
    """What is booked and begins between the two moments."""
    return await read.all(_UPCOMING, _line, {"now": now, "until": until})


_REMINDED = select(
    appointment_reminders.c.appointment_id, appointment_reminders.c.start_at, appointment_reminders.c.minutes
).where(appointment_reminders.c.start_at > bindparam("now"))
_NOTE = upsert(appointment_reminders).on_conflict_do_nothing()


async def reminded(read: Read, *, now: int) -> set[tuple[str, int, int]]:
    """The reminders that were seen to of what has not begun: appointment, its time, minutes before."""
    return set(await read.all(_REMINDED, lambda *key: key, {"now": now}))


async def note_reminder(tx: Tx, row: AppointmentRow, *, minutes: int, now: int) -> bool:
    """The reminder is seen to; False when it was before."""
    key = {"appointment_id": row.id, "start_at": row.start_at, "minutes": minutes}
    statement = upsert(appointment_reminders).values(**key, at=now).on_conflict_do_nothing()
    return bool(await tx.count(statement))


async def move_contact(tx: Tx, gone: str, *, into: str) -> None:
    """A person turned out to be another one: their appointments follow."""
    await tx.run(update(appointments).where(appointments.c.contact_id == gone).values(contact_id=into))


async def forget_contact(tx: Tx, contact_id: str) -> None:
    """A person is erased: what is to come gives its time back, and nothing says any more whose it was."""
    mine = select(appointments.c.id).where(appointments.c.contact_id == contact_id)
    await tx.run(delete(appointment_cells).where(appointment_cells.c.appointment_id.in_(mine)))
    await tx.run(delete(appointment_reminders).where(appointment_reminders.c.appointment_id.in_(mine)))
    await tx.run(delete(appointments).where(appointments.c.contact_id == contact_id))
