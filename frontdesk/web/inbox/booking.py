"""Booking by hand: a new appointment, and one that is looked at, moved, cancelled or noted."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from frontdesk.desk.appointment_notices import entry_of
from frontdesk.desk.appointment_sheet import moment
from frontdesk.desk.appointments import Wish
from frontdesk.desk.calendar import Books, seen
from frontdesk.desk.errors import Conflict, DeskError, Invalid
from frontdesk.domain.addresses import MalformedAddress
from frontdesk.domain.appointments import Service, State
from frontdesk.domain.calendar_words import at_words
from frontdesk.domain.icalendar import calendar_text
from frontdesk.domain.operators import in_sight
from frontdesk.domain.slots import local_day
from frontdesk.kit.clock import to_datetime
from frontdesk.kit.ids import new_id
from frontdesk.store import chats, pages
from frontdesk.store.appointments import AppointmentLine
from frontdesk.store.store import Read
from frontdesk.web import sight
from frontdesk.web.api.appointments import as_calendar, line_of, may_book, visible_service
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.calendar import calendar_values, read_day, state_words
from frontdesk.web.inbox.context import setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(include_in_schema=False, prefix="/calendar")
Field = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=1_000)]
MOST = 60  # free times on a page


@dataclass(frozen=True, slots=True)
class Given:
    """What the form holds."""

    service: str = ""
    resource: str = ""
    day: str = ""
    slot: str = ""
    time: str = ""
    chat: str = ""
    name: str = ""
    phone: str = ""
    note: str = ""
    anyway: bool = False
    tell: bool = True
    key: str = ""
    fault: str = ""


@router.get("/new")
async def new(
    request: Request,
    visitor: Writer,
    *,
    service: str = "",
    resource: str = "",
    day: str = "",
    chat: str = "",
    name: str = "",
    phone: str = "",
    note: str = "",
) -> HTMLResponse:
    """The form, with the free times of the day."""
    given = Given(
        service[:60], resource[:60], day[:10], chat=chat[:60], name=name[:120], phone=phone[:40], note=note[:500]
    )
    return await _form(request, visitor, given)


@router.post("/new")
async def book(
    request: Request,
    visitor: Writer,
    *,
    service: Field = "",
    resource: Field = "",
    day: Field = "",
    slot: Field = "",
    time: Field = "",
    chat: Field = "",
    name: Field = "",
    phone: Field = "",
    note: Words = "",
    anyway: Field = "",
    tell: Field = "",
    key: Field = "",
) -> Response:
    """Book it; what stands in the way is said in the form, which keeps what was typed."""
    given = Given(service, resource, day, slot, time, chat, name, phone, note, bool(anyway), bool(tell), key)
    rooms = rooms_of(request)
    try:
        wish = await _wish(rooms, visitor, given)
        booked = await rooms.desk.appointments.book(wish)
    except DeskError as refused:
        return await _form(request, visitor, _with(given, refused.sentence), status=refused.status)
    at = local_day(booked.line.row.start_at, booked.line.zone or rooms.desk.calendar.zone)
    return RedirectResponse(f"/calendar?day={at}", status_code=303)


def _with(given: Given, fault: str) -> Given:
    return Given(**{name: getattr(given, name) for name in Given.__dataclass_fields__} | {"fault": fault})


async def _wish(rooms: Rooms, visitor: Visitor, given: Given) -> Wish:
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read)
        service = visible_service(books, given.service, visitor.sight)
        contact = await _contact(read, visitor, given)
    start, resource = _when(rooms, books, service, given)
    wish = Wish(
        service.id,
        start,
        visitor.id,
        resource_id=resource,
        contact_id=contact,
        name=given.name or None,
        phone=given.phone or None,
        note=given.note or None,
        key=f"page:{given.key}" if given.key else None,
        freely=given.anyway,
        tell=given.tell,
    )
    await may_book(rooms, visitor.sight, wish)
    return wish


def _when(rooms: Rooms, books: Books, service: Service, given: Given) -> tuple[int, str | None]:
    """The chosen free time, or the one that was typed."""
    if given.time and read_day(given.day):
        named = books.resources.get(given.resource)
        return moment(
            f"{given.day}T{given.time}", named.zone if named else rooms.desk.calendar.zone
        ), given.resource or None
    start, _, resource = given.slot.partition(" ")
    if not start.isdecimal() or len(start) > 15:
        raise Invalid("Choose one of the free times, or give another one.")
    return int(start), resource or given.resource or None


async def _contact(read: Read, visitor: Visitor, given: Given) -> str | None:
    """The person of the chat from which the form was opened, or who writes from that number."""
    if given.chat:
        chat = await chats.by_id(read, given.chat)
        if chat is None or not in_sight(visitor.sight, chat.account_id):
            raise Conflict(sight.BY_ID["chat_id"][1])
        return chat.contact_id
    if not given.phone.strip():
        return None
    try:
        found = await pages.find_chat(read, given.phone, sight=visitor.sight)
    except MalformedAddress:
        return None
    return found[0].contact_id if len(found) == 1 else None


async def _form(request: Request, visitor: Visitor, given: Given, *, status: int = 200) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read)
        offered = [
            each
            for each in books.services.values()
            if (each.account_id is None or in_sight(visitor.sight, each.account_id)) and books.doing(each)
        ]
        service = next((each for each in offered if each.id == given.service), offered[0] if offered else None)
        day = read_day(given.day) or local_day(rooms.clock.now(), rooms.desk.calendar.zone)
        chat = await chats.by_id(read, given.chat) if given.chat else None
        if chat is not None and not in_sight(visitor.sight, chat.account_id):
            chat = None
        times = (
            await _times(rooms, read, visitor, service=service, day=day, resource=given.resource)
            if service is not None
            else []
        )
    values = {
        "given": given,
        "day": day.isoformat(),
        "services": [(each.id, _service_words(each)) for each in offered],
        "service": service.id if service is not None else "",
        "doing": [
            (each.id, each.name)
            for each in (books.doing(service) if service is not None else ())
            if seen(each, visitor.sight)
        ],
        "times": times,
        "chat": chat,
        "key": given.key or new_id("key"),
    }
    return answer("pages/calendar_new.html", calendar_values(request, setting, "calendar") | values, status=status)


def _service_words(service: Service) -> str:
    return f"{service.name} ({service.minutes} min{', ' + service.price if service.price else ''})"


async def _times(
    rooms: Rooms, read: Read, visitor: Visitor, *, service: Service, day: date, resource: str = "", but: str = ""
) -> list[dict[str, str]]:
    """The free times of the day: each once where it does not matter who."""
    books = await rooms.desk.calendar.books(read)
    wanted = resource if any(each.id == resource for each in books.doing(service)) else None
    found = await rooms.desk.appointments.free(
        read, service.id, first=day, last=day, resource_id=wanted, freely=True, but=but
    )
    told: dict[int, dict[str, str]] = {}
    for slot in found:
        who = books.resources[slot.resource_id]
        if not seen(who, visitor.sight):
            continue
        time = f"{to_datetime(slot.start, who.zone):%H:%M}"
        told.setdefault(slot.start, {"value": f"{slot.start} {who.id}", "time": time, "who": who.name})
    return list(told.values())[:MOST]


# One appointment


@router.get("/appointments/{appointment_id}")
async def one(request: Request, visitor: Anyone, appointment_id: str, day: str = "") -> HTMLResponse:
    """What is known of it, and what may be done with it."""
    return await _one(request, visitor, appointment_id, day=day)


@router.get("/appointments/{appointment_id}/invitation.ics")
async def invitation(request: Request, visitor: Anyone, appointment_id: str) -> Response:
    """Its calendar file."""
    rooms = rooms_of(request)
    line = await line_of(rooms, appointment_id)
    return as_calendar(calendar_text([entry_of(line)], name=line.service, now=rooms.clock.now()), "appointment.ics")


@router.post("/appointments/{appointment_id}")
async def act(
    request: Request,
    visitor: Writer,
    appointment_id: str,
    *,
    what: Field = "",
    day: Field = "",
    slot: Field = "",
    time: Field = "",
    anyway: Field = "",
    tell: Field = "",
) -> Response:
    """Move it, cancel it, or say what came of it."""
    rooms = rooms_of(request)
    desk = rooms.desk.appointments
    try:
        if what == "move":
            line = await line_of(rooms, appointment_id)
            start, resource = _new_time(line, rooms, Given(day=day, slot=slot, time=time))
            await desk.move(
                appointment_id,
                start,
                by=visitor.id,
                resource_id=resource,
                freely=bool(anyway),
                tell=bool(tell),
            )
        elif what == "cancel":
            await desk.cancel(appointment_id, by=visitor.id, tell=bool(tell))
        elif what in (State.DONE, State.NO_SHOW, State.BOOKED):
            await desk.note(appointment_id, State(what), by=visitor.id)
    except DeskError as refused:
        return await _one(request, visitor, appointment_id, day=day, fault=refused.sentence, status=refused.status)
    return RedirectResponse(f"/calendar/appointments/{appointment_id}", status_code=303)


def _new_time(line: AppointmentLine, rooms: Rooms, given: Given) -> tuple[int, str | None]:
    if given.time and read_day(given.day):
        return moment(f"{given.day}T{given.time}", line.zone or rooms.desk.calendar.zone), None
    start, _, resource = given.slot.partition(" ")
    if not start.isdecimal() or len(start) > 15:
        raise Invalid("Choose one of the free times, or give another one.")
    return int(start), resource or None


async def _one(
    request: Request, visitor: Visitor, appointment_id: str, *, day: str = "", fault: str = "", status: int = 200
) -> HTMLResponse:
    rooms = rooms_of(request)
    line = await line_of(rooms, appointment_id)
    row, zone = line.row, line.zone or rooms.desk.calendar.zone
    now = rooms.clock.now()
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read)
        service = books.services.get(row.service_id)
        chosen = read_day(day) or max(local_day(row.start_at, zone), local_day(now, zone))
        times = (
            await _times(rooms, read, visitor, service=service, day=chosen, but=row.id)
            if service is not None and books.doing(service)
            else []
        )
    values: dict[str, Any] = {
        "line": line,
        "row": row,
        "when": at_words(row.start_at, zone),
        "until": f"{to_datetime(row.end_at, zone):%H:%M}",
        "zone": zone,
        "year": to_datetime(row.start_at, zone).year,
        "state_word": state_words(row.state),
        "over": row.start_at <= now,
        "booked_by": _who(row.booked_by, setting.look.operators),
        "made": words.moment(row.created_at, now, zone),
        "home": f"/calendar?day={local_day(row.start_at, zone)}",
        "day": chosen.isoformat(),
        "times": times,
        "fault": fault,
    }
    return answer("pages/calendar_one.html", calendar_values(request, setting, "calendar") | values, status=status)


def _who(by: str, operators: Any) -> str:
    known = {"agent": "the agent", "api": "a program", "import": "a table", "sample": "the sample business"}
    return known.get(by) or operators.get(by) or "somebody"
