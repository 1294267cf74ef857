"""The calendar: a day with a column for each resource, or a week."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.calendar import Books, seen
from frontdesk.domain.appointments import Resource, State
from frontdesk.domain.operators import Scope, in_sight
from frontdesk.domain.slots import day_begins, hours_of, local_day
from frontdesk.kit.clock import DAY, to_datetime
from frontdesk.store import appointments as rows
from frontdesk.store.appointments import AppointmentLine, Wanted
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor

router = APIRouter(include_in_schema=False, prefix="/calendar")
CELL = 5  # minutes of a row
FIRST, LAST = 8, 18  # hours that are always shown
LANES = 6
_STATES = {State.CANCELLED: "Cancelled", State.DONE: "Done", State.NO_SHOW: "Nobody came", State.BOOKED: "Booked"}


@dataclass(frozen=True, slots=True)
class Block:
    """An appointment in its column, or `open` hours behind it. Rows of five minutes, from 1."""

    row: int
    span: int
    lane: int = 1
    id: str = ""
    hue: int = 0
    time: str = ""
    title: str = ""
    sub: str = ""
    state: str = "booked"


@dataclass(frozen=True, slots=True)
class Column:
    """A resource on a day, or a day."""

    title: str
    sub: str
    today: bool
    link: str
    new: str
    note: str = ""
    blocks: tuple[Block, ...] = ()
    opened: tuple[Block, ...] = field(default=())
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who looks, in which zone, and which colour each service has."""

    visitor: Visitor
    zone: str
    hues: Mapping[str, int]
    begins: int = FIRST


@router.get("")
async def calendar(
    request: Request, visitor: Anyone, *, view: str = "", day: str = "", resource: str = ""
) -> HTMLResponse:
    """The day, or with `view=week` its week; `resource`: one only."""
    rooms = rooms_of(request)
    zone = rooms.desk.calendar.zone
    today = local_day(rooms.clock.now(), zone)
    chosen = read_day(day) or today
    week = view == "week"
    first = chosen - timedelta(days=chosen.weekday()) if week else chosen
    last = first + timedelta(days=6 if week else 0)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        books = await rooms.desk.calendar.books(read, since=first, retired=True)
        wanted = Wanted(begins=day_begins(first, zone) - DAY, ends=day_begins(last, zone) + 2 * DAY)
        lines = [each for each in await rows.listed(read, wanted, limit=2_000) if each.row.state != State.CANCELLED]
    shown = _shown(books, visitor, resource, lines)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    hues = {service_id: number % words.HUES for number, service_id in enumerate(books.services)}
    values = _grid(lines, shown, days, today=today, scene=_Scene(visitor, zone, hues))
    values |= _around(chosen, week=week, today=today, resource=resource)
    values |= {
        "resources": [(each.id, each.name) for each in _visible(books, visitor)],
        "resource": resource,
        "zone": zone,
        "ready": any(each.resources for each in books.services.values() if each.retired_at is None),
        "now_row": _now_row(setting, zone, values["begins"], values["rows"]) if chosen == today or week else 0,
    }
    return answer("pages/calendar.html", calendar_values(request, setting, "calendar") | values)


def calendar_values(request: Request, setting: Setting, tab: str) -> dict[str, Any]:
    """What every page of the calendar shows around its own content."""
    may = setting.visitor.may
    own = {"tab": tab, "may_write": may(Scope.WRITE), "may_set_up": may(Scope.ADMIN)}
    return page_values(request, setting, "calendar") | own


def read_day(text: str) -> date | None:
    """A day of an address; None where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _visible(books: Books, visitor: Visitor) -> list[Resource]:
    return [each for each in books.resources.values() if each.retired_at is None and seen(each, visitor.sight)]


def _shown(books: Books, visitor: Visitor, wanted: str, lines: Sequence[AppointmentLine]) -> list[Resource]:
    """Those in sight, also retired ones with whom somebody is booked."""
    used = {each.row.resource_id for each in lines}
    found = [
        each
        for each in books.resources.values()
        if seen(each, visitor.sight) and (each.retired_at is None or each.id in used)
    ]
    return [each for each in found if each.id == wanted] or found


def _grid(
    lines: Sequence[AppointmentLine],
    shown: Sequence[Resource],
    days: Sequence[date],
    *,
    today: date,
    scene: _Scene,
) -> dict[str, Any]:
    """The columns, and from when until when they run."""
    zone = scene.zone
    ids = {each.id for each in shown}
    mine = [each for each in lines if each.row.resource_id in ids]
    spans = [span for each in shown for day in days for span in hours_of(each, day)]
    spans += [_minutes(line, zone) for line in mine if local_day(line.row.start_at, line.zone or zone) in days]
    begins = min([FIRST, *(span[0] // 60 for span in spans)])
    ends = max([LAST, *(-(-span[1] // 60) for span in spans)])
    scene = replace(scene, begins=begins)
    columns = []
    for day in days:
        today_lines = [each for each in mine if local_day(each.row.start_at, each.zone or zone) == day]
        groups = [(each, [line for line in today_lines if line.row.resource_id == each.id]) for each in shown]
        if len(days) == 1:
            columns += [_of_resource(each, own, day, scene) for each, own in groups]
        else:
            columns.append(_of_day(day, today_lines, shown, today=today, scene=scene))
    hours = [(row, f"{hour:02}:00") for row, hour in enumerate(range(begins, ends))]
    rows_of = [(1 + row * 60 // CELL, word) for row, word in hours]
    return {"columns": columns, "begins": begins, "rows": (ends - begins) * 60 // CELL, "hours": rows_of}


def _of_resource(resource: Resource, lines: Sequence[AppointmentLine], day: date, scene: _Scene) -> Column:
    note = next(
        (each.note or ("Extra hours" if each.open else "Closed") for each in resource.special if each.day == day), ""
    )
    blocks, lanes = _blocks(lines, scene)
    return Column(
        title=resource.name,
        sub=resource.zone if resource.zone != scene.zone else "",
        today=False,
        link=f"/calendar?view=week&day={day}&resource={resource.id}",
        new=f"/calendar/new?day={day}&resource={resource.id}",
        note=note,
        blocks=blocks,
        opened=tuple(_open(hours_of(resource, day), scene.begins)),
        lanes=lanes,
    )


def _of_day(
    day: date, lines: Sequence[AppointmentLine], shown: Sequence[Resource], *, today: date, scene: _Scene
) -> Column:
    blocks, lanes = _blocks(lines, scene)
    only = f"&resource={shown[0].id}" if len(shown) == 1 else ""
    spans = {span for each in shown for span in hours_of(each, day)}
    note = next((each.note or "" for one in shown for each in one.special if each.day == day and each.note), "")
    return Column(
        title=f"{day:%a} {day.day}",
        sub=f"{day:%B}",
        today=day == today,
        link=f"/calendar?day={day}",
        new=f"/calendar/new?day={day}{only}",
        note=note,
        blocks=blocks,
        opened=tuple(_open(spans, scene.begins)),
        lanes=lanes,
    )


def _blocks(lines: Sequence[AppointmentLine], scene: _Scene) -> tuple[tuple[Block, ...], int]:
    """The appointments of a column; those that overlap stand beside each other."""
    ends: list[int] = []
    made = []
    for line in lines:
        start, end = _minutes(line, scene.zone)
        free = next((number for number, until in enumerate(ends) if until <= start), None)
        if free is None:
            ends.append(end)
        else:
            ends[free] = end
        lane = len(ends) if free is None else free + 1
        made.append(_block(line, (start, end), min(lane, LANES), scene))
    return tuple(made), min(len(ends), LANES) or 1


def _block(line: AppointmentLine, minutes: tuple[int, int], lane: int, scene: _Scene) -> Block:
    start, end = minutes
    row = 1 + (start - scene.begins * 60) // CELL
    span = max(3, (end - start) // CELL)
    when = f"{start // 60:02}:{start % 60:02}"
    if not in_sight(scene.visitor.sight, line.row.account_id):
        return Block(row, span, lane, time=when, title="Taken", state="hidden")
    return Block(
        row,
        span,
        lane,
        id=line.row.id,
        hue=scene.hues.get(line.row.service_id, 0),
        time=when,
        title=line.row.name,
        sub=f"{line.service} · {line.resource}",
        state=line.row.state,
    )


def _minutes(line: AppointmentLine, zone: str) -> tuple[int, int]:
    """Start and end in minutes of the local day; what goes on into the next day ends with it here."""
    there = line.zone or zone
    start, end = (to_datetime(at, there) for at in (line.row.start_at, line.row.end_at))
    until = end.hour * 60 + end.minute if end.date() == start.date() else 24 * 60
    return start.hour * 60 + start.minute, max(until, start.hour * 60 + start.minute + CELL)


def _open(spans: Iterable[tuple[int, int]], begins: int) -> Iterable[Block]:
    for opens, closes in sorted(spans):
        yield Block(1 + (opens - begins * 60) // CELL, (closes - opens) // CELL)


def _around(chosen: date, *, week: bool, today: date, resource: str) -> dict[str, Any]:
    step = timedelta(days=7 if week else 1)
    view = "week" if week else "day"
    only = f"&resource={resource}" if resource else ""

    def to(day: date, kind: str = view) -> str:
        return f"/calendar?view={kind}&day={day}{only}"

    monday = chosen - timedelta(days=chosen.weekday())
    sunday = monday + timedelta(days=6)
    title = f"{chosen:%A} {chosen.day} {chosen:%B %Y}"
    if week:
        first = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%B}"
        title = f"{first} – {sunday.day} {sunday:%B %Y}"
    return {
        "view": view,
        "day": chosen.isoformat(),
        "is_today": chosen == today,
        "heading": title,
        "before": to(chosen - step),
        "after": to(chosen + step),
        "to_today": to(today),
        "to_day": to(chosen, "day"),
        "to_week": to(chosen, "week"),
        "here_url": to(chosen),
    }


def _now_row(setting: Setting, zone: str, begins: int, most: int) -> int:
    """The row of the present moment; 0 where it is not shown."""
    local = to_datetime(setting.look.now, zone)
    row = 1 + (local.hour * 60 + local.minute - begins * 60) // CELL
    return row if 1 <= row <= most else 0


def state_words(state: str) -> str:
    """`Nobody came` for `no_show`."""
    return _STATES[State(state)]
