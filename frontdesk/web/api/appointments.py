"""Appointments: free times, booking, moving, cancelling, and the table of them."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from frontdesk.desk.appointment_notices import entry_of
from frontdesk.desk.appointment_sheet import moment, sheet, take_in
from frontdesk.desk.appointments import Wish
from frontdesk.desk.calendar import NO_SERVICE, Books, seen
from frontdesk.desk.errors import Forbidden, NotFound
from frontdesk.domain.appointments import Service, State
from frontdesk.domain.icalendar import calendar_text
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.slots import local_day
from frontdesk.kit.clock import to_iso
from frontdesk.store import appointments as rows
from frontdesk.store.appointments import AppointmentLine, Wanted
from frontdesk.store.pages_base import cursor, place
from frontdesk.web import sight as sights
from frontdesk.web.api.deps import Before, IdempotencyKey, Limit, problems
from frontdesk.web.api.shapes import Given, Items, Shape, TextOrNone
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["appointments"], responses=problems(404))
NO_APPOINTMENT = "There is no such appointment."
ONLY_OWN = "You see some lines only: book for somebody who writes to one of them, or with a resource of one of them."
SHEET = "text/csv; charset=utf-8"
ICS = "text/calendar; charset=utf-8"

Moment = Annotated[str | None, Query(max_length=40, description="RFC 3339, or local as `2026-11-24T10:30`.")]


class Appointment(Shape):
    """One appointment. `state`: booked, cancelled, done or no_show; `zone` is that of its resource."""

    id: str
    service_id: str
    service: str
    resource_id: str
    resource: str
    account_id: str | None
    contact_id: str | None
    chat_id: str | None
    name: str
    phone: str | None
    note: str | None
    state: str
    start: str | None
    end: str | None
    zone: str
    price: str | None
    booked_by: str
    changed_by: str
    sequence: int
    idempotency_key: str | None
    created_at: str | None
    changed_at: str | None


class FreeTime(Shape):
    """A time that can be booked."""

    start: str | None
    end: str | None
    resource_id: str
    resource: str
    zone: str


class NewAppointment(Given):
    """What to book and for whom: a contact, or a name. Without a resource, whoever is free.

    `start` without an offset is by the resource's clock. `outside_hours`: also outside opening hours, notice and
    horizon; never twice. `tell`: a contact is sent a confirmation. The same idempotency key books once.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"service_id": "svc_0199", "start": "2026-11-24T10:30", "name": "Ana", "idempotency_key": "a1"}
        }
    )

    service_id: str = Field(max_length=60)
    start: str = Field(max_length=40)
    resource_id: TextOrNone = Field(default=None, max_length=60)
    contact_id: TextOrNone = Field(default=None, max_length=60)
    name: TextOrNone = Field(default=None, max_length=120)
    phone: TextOrNone = Field(default=None, max_length=40)
    note: TextOrNone = Field(default=None, max_length=1_000)
    idempotency_key: TextOrNone = Field(default=None, max_length=200)
    outside_hours: bool = False
    tell: bool = True


class Change(Given):
    """A new time (with the same resource unless another is named), or what came of it."""

    start: TextOrNone = Field(default=None, max_length=40)
    resource_id: TextOrNone = Field(default=None, max_length=60)
    state: Literal["booked", "cancelled", "done", "no_show"] | None = None
    outside_hours: bool = False
    tell: bool = True


class Sheet(Given):
    """A table (CSV) with the columns start, service, name, and where known resource, phone, note, zone."""

    csv: str = Field(max_length=5_000_000)


class WrongRow(Shape):
    """A row that was not booked; the header is row 1."""

    row: int
    reason: str


class TakenIn(Shape):
    """What came of a table: booked now, booked by an earlier one, refused."""

    booked: int
    known: int
    wrong: list[WrongRow]


@router.get("/appointments", summary="List appointments, the earliest first")
async def listed(
    *,
    caller: Reader,
    rooms: RoomsOf,
    from_: Annotated[str | None, Query(alias="from", max_length=40, description="Those that end after it.")] = None,
    to: Annotated[str | None, Query(max_length=40, description="Those that begin before it.")] = None,
    resource: Annotated[str | None, Query(max_length=60)] = None,
    service: Annotated[str | None, Query(max_length=60)] = None,
    contact: Annotated[str | None, Query(max_length=60)] = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Appointment]:
    """In every state unless one is asked for."""
    zone = rooms.desk.calendar.zone
    wanted = Wanted(
        begins=moment(from_, zone) if from_ else None,
        ends=moment(to, zone) if to else None,
        resource_id=resource,
        service_id=service,
        contact_id=contact,
        states=(state,) if state else (),
        after=place(before) if before else None,
    )
    async with rooms.store.read() as read:
        found = await rows.listed(read, wanted, sight=caller.sight, limit=limit + 1)
    last = found[limit - 1].row if len(found) > limit else None
    following = cursor(last.start_at, last.id) if last is not None else None
    return Items(items=[shape(line, rooms) for line in found[:limit]], next=following)


@router.get("/appointments/slots", summary="Free times for a service")
async def slots(
    *,
    caller: Reader,
    rooms: RoomsOf,
    service: Annotated[str, Query(max_length=60)],
    from_: Annotated[date | None, Query(alias="from", description="The first local day; today.")] = None,
    to: Annotated[date | None, Query(description="The last local day; six days later.")] = None,
    resource: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Items[FreeTime]:
    """The earliest first, of those who are in sight."""
    first = from_ or local_day(rooms.clock.now(), rooms.desk.calendar.zone)
    last = to or first + timedelta(days=6)
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read, since=first)
        visible_service(books, service, caller.sight)
        found = await rooms.desk.appointments.free(
            read, service, first=first, last=last, resource_id=resource, most=limit
        )
    times = [
        FreeTime(
            start=to_iso(slot.start),
            end=to_iso(slot.end),
            resource_id=slot.resource_id,
            resource=books.resources[slot.resource_id].name,
            zone=books.resources[slot.resource_id].zone,
        )
        for slot in found
        if seen(books.resources[slot.resource_id], caller.sight)
    ]
    return Items(items=times)


@router.get("/appointments/export.csv", summary="The appointments as a table", response_class=Response)
async def export(*, caller: Reader, rooms: RoomsOf, from_: Annotated[Moment, Query(alias="from")] = None) -> Response:
    """UTF-8 with a header, as CSV: those that end after `from`, or all."""
    zone = rooms.desk.calendar.zone
    wanted = Wanted(begins=moment(from_, zone) if from_ else None)
    async with rooms.store.read() as read:
        found = await rows.listed(read, wanted, sight=caller.sight, limit=100_000)
    headers = {"Content-Disposition": 'attachment; filename="appointments.csv"'}
    return Response("\ufeff" + sheet(found, zone=zone), media_type=SHEET, headers=headers)


@router.post("/appointments/import", summary="Book what a table holds")
async def take(caller: Writer, rooms: RoomsOf, given: Sheet) -> TakenIn:
    """Row by row: each wrong one is told with its number and why, the right ones are booked, once."""
    if caller.sight is not None:
        raise Forbidden(ONLY_OWN)
    found = await take_in(given.csv, desk=rooms.desk.appointments, store=rooms.store)
    wrong = [WrongRow(row=each.row, reason=each.reason) for each in found.wrong]
    return TakenIn(booked=found.booked, known=found.known, wrong=wrong)


@router.get("/appointments/{appointment_id}", summary="One appointment")
async def one(caller: Reader, rooms: RoomsOf, appointment_id: str) -> Appointment:
    """By its id."""
    return shape(await line_of(rooms, appointment_id), rooms)


@router.get("/appointments/{appointment_id}/invitation.ics", summary="Its calendar file", response_class=Response)
async def invitation(caller: Reader, rooms: RoomsOf, appointment_id: str) -> Response:
    """As other calendars read it."""
    line = await line_of(rooms, appointment_id)
    return as_calendar(calendar_text([entry_of(line)], name=line.service, now=rooms.clock.now()), "appointment.ics")


@router.post("/appointments", status_code=201, summary="Book", responses=problems(409))
async def book(
    *, caller: Writer, rooms: RoomsOf, new: NewAppointment, idempotency_key: IdempotencyKey = None
) -> Appointment:
    """409 with a sentence where the time is taken, closed, over, too soon or too far ahead."""
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read)
    resource = books.resources.get(new.resource_id or "")
    zone = resource.zone if resource is not None else rooms.desk.calendar.zone
    wish = Wish(
        new.service_id,
        moment(new.start, zone),
        caller.by,
        resource_id=new.resource_id,
        contact_id=new.contact_id,
        name=new.name,
        phone=new.phone,
        note=new.note,
        key=new.idempotency_key or idempotency_key or None,
        freely=new.outside_hours,
        tell=new.tell,
    )
    await may_book(rooms, caller.sight, wish)
    return shape((await rooms.desk.appointments.book(wish)).line, rooms)


@router.patch("/appointments/{appointment_id}", summary="Move it, or say what came of it", responses=problems(409))
async def change(caller: Writer, rooms: RoomsOf, appointment_id: str, to: Change) -> Appointment:
    """A move that cannot be leaves the old time."""
    line = await line_of(rooms, appointment_id)
    if to.start is not None or to.resource_id is not None:
        start = moment(to.start, line.zone or rooms.desk.calendar.zone) if to.start else line.row.start_at
        line = (
            await rooms.desk.appointments.move(
                appointment_id,
                start,
                by=caller.by,
                resource_id=to.resource_id,
                freely=to.outside_hours,
                tell=to.tell,
            )
        ).line
    if to.state == "cancelled":
        line = (await rooms.desk.appointments.cancel(appointment_id, by=caller.by, tell=to.tell)).line
    elif to.state is not None:
        line = await rooms.desk.appointments.note(appointment_id, State(to.state), by=caller.by)
    return shape(line, rooms)


@router.delete("/appointments/{appointment_id}", summary="Cancel it", responses=problems(409))
async def cancel(
    *, caller: Writer, rooms: RoomsOf, appointment_id: str, tell: Annotated[bool, Query()] = True
) -> Appointment:
    """It stays to be seen, and its time is free."""
    return shape((await rooms.desk.appointments.cancel(appointment_id, by=caller.by, tell=tell)).line, rooms)


async def may_book(rooms: Rooms, sight: Sight, wish: Wish) -> None:
    """Let pass what somebody who sees so much may book.

    Raises:
        NotFound: the service or the contact is not in sight.
        Forbidden: it would be an appointment that they do not see.
    """
    if sight is None:
        return
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read)
    visible_service(books, wish.service_id, sight)
    if wish.contact_id is not None:
        await sights.check(rooms, sight, "contact_id", wish.contact_id)
        return
    resource = books.resources.get(wish.resource_id or "")
    if resource is None or resource.account_id not in sight:
        raise Forbidden(ONLY_OWN)


def visible_service(books: Books, service_id: str, sight: Sight) -> Service:
    """The service of that id, among those that somebody sees.

    Raises:
        NotFound: there is none.
    """
    found = books.service(service_id)
    if found.account_id is not None and not in_sight(sight, found.account_id):
        raise NotFound(NO_SERVICE)
    return found


async def line_of(rooms: Rooms, appointment_id: str) -> AppointmentLine:
    """The appointment of that id.

    Raises:
        NotFound: there is none.
    """
    async with rooms.store.read() as read:
        found = await rows.by_id(read, appointment_id)
    if found is None:
        raise NotFound(NO_APPOINTMENT)
    return found


def as_calendar(text: str, name: str) -> Response:
    """A calendar file as an answer."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type=ICS, headers=headers)


def shape(line: AppointmentLine, rooms: Rooms) -> Appointment:
    """An appointment as the API gives it."""
    row = line.row
    same = ("id", "service_id", "resource_id", "account_id", "contact_id", "name", "phone", "note", "state")
    more = ("booked_by", "changed_by", "sequence", "idempotency_key")
    return Appointment(
        **{name: getattr(row, name) for name in (*same, *more)},
        service=line.service,
        resource=line.resource,
        chat_id=line.chat_id,
        start=to_iso(row.start_at),
        end=to_iso(row.end_at),
        zone=line.zone or rooms.desk.calendar.zone,
        price=line.price,
        created_at=to_iso(row.created_at),
        changed_at=to_iso(row.changed_at),
    )
