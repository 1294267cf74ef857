"""Setting the calendar up: services, who does them with their hours, days that differ, feeds and tables."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.appointment_notices import entry_of
from frontdesk.desk.appointment_sheet import Taken, sheet, take_in
from frontdesk.desk.errors import DeskError, Invalid
from frontdesk.domain.appointments import Opening, Resource, Service, SpecialDay
from frontdesk.domain.icalendar import calendar_text
from frontdesk.domain.slots import local_day
from frontdesk.kit.clock import DAY
from frontdesk.store import appointments as rows, calendar as store
from frontdesk.store.appointments import Wanted
from frontdesk.web.api.appointments import SHEET, as_calendar
from frontdesk.web.api.calendar import span, span_words
from frontdesk.web.auth import KnownFirst, rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.calendar import calendar_values, read_day
from frontdesk.web.inbox.context import setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Admin, Anyone, Visitor

router = APIRouter(include_in_schema=False, prefix="/calendar")
uploads = APIRouter(route_class=KnownFirst)
Field = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=1_000)]
Number = Annotated[int, Form(ge=0, le=100_000)]
Many = Annotated[list[str], Form(max_length=200)]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FED = 400  # days back that a feed tells
_NEW = Service("", "", 30)
_WEEKDAYS = "09:00-13:00, 14:00-18:00"
_LARGEST = 5_000_000


@router.get("/services")
async def services(request: Request, visitor: Admin) -> HTMLResponse:
    """What people come for."""
    return await _services(request, visitor)


@router.post("/services")
async def put_service(
    request: Request,
    visitor: Admin,
    *,
    id: Field = "",  # noqa: A002 - the name of the field
    name: Field = "",
    minutes: Number = 30,
    price: Field = "",
    step: Number = 15,
    before: Number = 0,
    after: Number = 0,
    notice_hours: Annotated[float, Form(ge=0, le=10_000)] = 2,
    ahead_days: Number = 60,
    reminders: Field = "",
    template: Words = "",
    language: Field = "en",
    directions: Words = "",
    account_id: Field = "",
    resources: Many = [],  # noqa: B006 - FastAPI copies it
) -> HTMLResponse:
    """Add or change one."""
    try:
        made = Service(
            id,
            name,
            minutes,
            price or None,
            step=step,
            before=before,
            after=after,
            notice=round(notice_hours * 60),
            ahead_days=ahead_days,
            reminders=_hours_before(reminders),
            template=template or None,
            language=language or "en",
            directions=directions or None,
            account_id=account_id or None,
            resources=tuple(resources),
        )
        await rooms_of(request).desk.calendar.put_service(made)
    except DeskError as refused:
        return await _services(request, visitor, opened=id or "new", fault=refused.sentence, status=refused.status)
    return await _services(request, visitor, saved=True)


@router.post("/services/{service_id}/retire")
async def retire_service(
    request: Request, visitor: Admin, service_id: str, back: Annotated[str, Form(max_length=5)] = ""
) -> HTMLResponse:
    """Offer it no longer, or again."""
    await rooms_of(request).desk.calendar.retire("service", service_id, back=bool(back))
    return await _services(request, visitor, saved=True)


def _hours_before(text: str) -> tuple[int, ...]:
    """`24, 2` hours as minutes."""
    try:
        return tuple(
            round(float(each) * 60) for each in text.replace("h", " ").replace(";", ",").split(",") if each.strip()
        )
    except ValueError as wrong:
        raise Invalid("Write reminders as hours before, such as 24, 2. Leave it empty for none.") from wrong


async def _services(
    request: Request,
    visitor: Visitor,
    *,
    opened: str = "",
    fault: str = "",
    saved: bool = False,
    status: int = 200,
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read, retired=True)
    values = {
        "services": [_service(each) for each in books.services.values()],
        "new": _service(replace(_NEW, resources=tuple(books.resources))),
        "resources": [(each.id, each.name) for each in books.resources.values() if each.retired_at is None],
        "lines": [(account.id, account.name) for account in setting.accounts],
        "opened": opened,
        "fault": fault,
        "saved": saved,
    }
    return answer("pages/calendar_services.html", calendar_values(request, setting, "services") | values, status=status)


def _service(made: Service) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Service.__dataclass_fields__} | {
        "notice_hours": f"{made.notice / 60:g}",
        "reminder_hours": ", ".join(f"{each / 60:g}" for each in made.reminders),
        "summary": ", ".join(filter(None, (f"{made.minutes} min", made.price))),
        "hue": words.hue(made.id),
    }


# Resources and hours


@router.get("/resources")
async def resources(request: Request, visitor: Admin) -> HTMLResponse:
    """Who or what is booked, and when."""
    return await _resources(request, visitor)


@router.post("/resources")
async def put_resource(
    request: Request,
    visitor: Admin,
    *,
    id: Field = "",  # noqa: A002 - the name of the field
    name: Field = "",
    zone: Field = "",
    seats: Number = 1,
    account_id: Field = "",
    hours: Many = [],  # noqa: B006 - FastAPI copies it
) -> HTMLResponse:
    """Add or change one; `hours` are seven texts, Monday first."""
    try:
        openings = tuple(
            Opening(weekday, *span(each))
            for weekday, text in enumerate(hours[:7])
            for each in text.replace(";", ",").split(",")
            if each.strip()
        )
        made = Resource(id, name, zone.strip(), seats, account_id or None, openings=openings)
        await rooms_of(request).desk.calendar.put_resource(made)
    except DeskError as refused:
        return await _resources(request, visitor, opened=id or "new", fault=refused.sentence, status=refused.status)
    return await _resources(request, visitor, saved=True)


@router.post("/resources/{resource_id}/retire")
async def retire_resource(
    request: Request, visitor: Admin, resource_id: str, back: Annotated[str, Form(max_length=5)] = ""
) -> HTMLResponse:
    """Book it no longer, or again."""
    await rooms_of(request).desk.calendar.retire("resource", resource_id, back=bool(back))
    return await _resources(request, visitor, saved=True)


@router.post("/special-days")
async def add_special(
    request: Request,
    visitor: Admin,
    *,
    day: Field = "",
    kind: Field = "closed",
    hours: Field = "",
    resource_id: Field = "",
    note: Field = "",
) -> HTMLResponse:
    """A day that is closed, or open besides."""
    try:
        found = read_day(day)
        if found is None:
            raise Invalid("Give the day.")
        if kind == "open" and not hours.strip():
            raise Invalid("Give the hours that are open besides, such as 09:00-13:00.")
        opens, closes = span(hours) if hours.strip() else (0, 1440)
        special = SpecialDay("", found, kind == "open", opens, closes, note or None, resource_id or None)
        await rooms_of(request).desk.calendar.add_special(special)
    except DeskError as refused:
        return await _resources(request, visitor, opened="special", fault=refused.sentence, status=refused.status)
    return await _resources(request, visitor, saved=True)


@router.post("/special-days/{special_id}/drop")
async def drop_special(request: Request, visitor: Admin, special_id: str) -> HTMLResponse:
    """The day is as every other."""
    await rooms_of(request).desk.calendar.drop_special(special_id)
    return await _resources(request, visitor, saved=True)


async def _resources(
    request: Request,
    visitor: Visitor,
    *,
    opened: str = "",
    fault: str = "",
    saved: bool = False,
    status: int = 200,
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read, retired=True)
        zones = await store.own_zones(read)
        today = local_day(rooms.clock.now(), rooms.desk.calendar.zone)
        special = await store.special_from(read, today.isoformat())
    names = {each.id: each.name for each in books.resources.values()}
    values = {
        "resources": [_resource(each, zones.get(each.id) or "") for each in books.resources.values()],
        "new": _resource(_new_resource(), ""),
        "special": [_special(each, names) for each in special],
        "lines": [(account.id, account.name) for account in setting.accounts],
        "house_zone": rooms.desk.calendar.zone,
        "today": today.isoformat(),
        "opened": opened,
        "fault": fault,
        "saved": saved,
    }
    return answer(
        "pages/calendar_resources.html", calendar_values(request, setting, "resources") | values, status=status
    )


def _new_resource() -> Resource:
    week = tuple(Opening(day, *span(each)) for day in range(5) for each in _WEEKDAYS.split(","))
    return Resource("", "", "", openings=week)


def _resource(made: Resource, zone: str) -> dict[str, Any]:
    spans: dict[int, list[str]] = {}
    for each in made.openings:
        spans.setdefault(each.weekday, []).append(span_words(each.opens, each.closes))
    return {
        "id": made.id,
        "name": made.name,
        "zone": zone,
        "seats": made.seats,
        "account_id": made.account_id,
        "retired_at": made.retired_at,
        "hours": [(name, ", ".join(spans.get(day, ()))) for day, name in enumerate(_DAYS)],
        "summary": _week(spans),
    }


def _week(spans: dict[int, list[str]]) -> str:
    """`Mon–Fri 09:00-13:00, 14:00-18:00`, days of the same hours together."""
    parts: list[str] = []
    day = 0
    while day < 7:
        last = day
        while last < 6 and spans.get(last + 1) == spans.get(day):
            last += 1
        if spans.get(day):
            name = _DAYS[day][:3] + (f"–{_DAYS[last][:3]}" if last > day else "")
            parts.append(f"{name} {', '.join(spans[day])}")
        day = last + 1
    return " · ".join(parts) or "No hours yet"


def _special(day: SpecialDay, names: dict[str, str]) -> dict[str, str]:
    whole = (day.opens, day.closes) == (0, 1440)
    hours = "" if whole else f" {span_words(day.opens, day.closes)}"
    return {
        "id": day.id,
        "day": f"{day.day:%A} {day.day.day} {day.day:%B %Y}",
        "what": f"{'Open' if day.open else 'Closed'}{hours}",
        "whom": names.get(day.resource_id or "", "Everybody"),
        "note": day.note or "",
    }


# In other calendars and tables


@router.get("/exchange")
async def exchange(request: Request, visitor: Admin) -> HTMLResponse:
    """Feeds for other calendars, and tables in and out."""
    return await _exchange(request, visitor)


@router.post("/feeds")
async def add_feed(request: Request, visitor: Admin, *, name: Field = "", resource_id: Field = "") -> HTMLResponse:
    """A secret address at which another calendar reads."""
    await rooms_of(request).desk.calendar.add_feed(name, resource_id=resource_id or None, by=visitor.id)
    return await _exchange(request, visitor)


@router.post("/feeds/{feed_id}/revoke")
async def revoke_feed(request: Request, visitor: Admin, feed_id: str) -> HTMLResponse:
    """Nobody reads it any more."""
    await rooms_of(request).desk.calendar.revoke_feed(feed_id)
    return await _exchange(request, visitor)


@router.get("/export.csv")
async def export(request: Request, visitor: Anyone) -> Response:
    """All appointments in sight as a table."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        found = await rows.listed(read, Wanted(), sight=visitor.sight, limit=100_000)
    headers = {"Content-Disposition": 'attachment; filename="appointments.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + sheet(found, zone=rooms.desk.calendar.zone), media_type=SHEET, headers=headers)


@uploads.post("/import")
async def take(request: Request, visitor: Admin, file: Annotated[UploadFile, File()]) -> HTMLResponse:
    """Book what a table holds, row by row."""
    rooms = rooms_of(request)
    try:
        text = (await file.read(_LARGEST + 1))[:_LARGEST].decode("utf-8-sig")
        taken = await take_in(text, desk=rooms.desk.appointments, store=rooms.store)
    except UnicodeDecodeError:
        return await _exchange(request, visitor, fault="The file is not written in UTF-8. Save it as CSV in UTF-8.")
    except DeskError as refused:
        return await _exchange(request, visitor, fault=refused.sentence)
    return await _exchange(request, visitor, taken=taken)


async def _exchange(request: Request, visitor: Visitor, *, taken: Taken | None = None, fault: str = "") -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read, retired=True)
        found = await store.feeds(read)
    base = (rooms.settings.public_url or str(request.base_url)).rstrip("/")
    names = {each.id: each.name for each in books.resources.values()}
    values = {
        "feeds": [
            {
                "id": each.id,
                "name": each.name,
                "whom": names.get(each.resource_id or "", "Everybody"),
                "url": f"{base}/calendar/{rooms.desk.calendar.token(each.id)}.ics",
            }
            for each in found
        ],
        "resources": list(names.items()),
        "taken": taken,
        "fault": fault,
    }
    status = 422 if fault else 200
    return answer("pages/calendar_exchange.html", calendar_values(request, setting, "exchange") | values, status=status)


@router.get("/{token}.ics")
async def feed(request: Request, token: str) -> Response:
    """The calendar as other calendars read it: who has the address needs nothing else."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        found = await rooms.desk.calendar.feed(read, token[:200])
        wanted = Wanted(begins=rooms.clock.now() - _FED * DAY, resource_id=found.resource_id)
        lines = await rows.listed(read, wanted, limit=5_000)
    entries = [entry_of(line, private=True) for line in lines]
    return as_calendar(calendar_text(entries, name=found.name, now=rooms.clock.now()), "calendar.ics")


router.include_router(uploads)
