"""Free times, computed: hours of the wall clock in the resource's zone, less what is taken.

On the day on which clocks are put forward the hour that does not exist offers nothing; on the day on which they are put
back each moment of the hour that comes twice is offered once.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.domain.appointments import (
    CELL,
    PAST,
    TOO_FAR,
    TOO_SOON,
    Resource,
    Service,
    Slot,
    Taken,
    kept,
    notice_of,
)
from frontdesk.kit.clock import MINUTE

Span = tuple[int, int]


def local_day(at: int, zone: str) -> date:
    """The day of that moment on the wall calendar there."""
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(zone)).date()


def day_begins(day: date, zone: str) -> int:
    """The first moment of the day there, in Unix ms."""
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * 1_000


def moments(day: date, minute: int, zone: str) -> tuple[int, ...]:
    """When the wall clock shows that minute of the day: once, twice where clocks are put back, or never."""
    there, naive = ZoneInfo(zone), datetime.combine(day, time()) + timedelta(minutes=minute)
    found = []
    for fold in (0, 1):
        at = naive.replace(tzinfo=there, fold=fold).astimezone(UTC)
        if at.astimezone(there).replace(tzinfo=None, fold=0) == naive:
            found.append(int(at.timestamp()) * 1_000)
    return tuple(dict.fromkeys(found))


def hours_of(resource: Resource, day: date) -> tuple[Span, ...]:
    """When it is open on that day, in minutes of the local day: weekly hours, less closed parts, and extra hours."""
    spans = [(each.opens, each.closes) for each in resource.openings if each.weekday == day.weekday()]
    today = [each for each in resource.special if each.day == day]
    for closed in today:
        if not closed.open:
            spans = [rest for span in spans for rest in _without(span, (closed.opens, closed.closes))]
    spans += [(each.opens, each.closes) for each in today if each.open]
    return tuple(_joined(spans))


def slots(
    service: Service, resource: Resource, *, first: date, last: date, taken: Sequence[Taken], now: int
) -> Iterator[Slot]:
    """The free times of the resource for the service, the earliest first."""
    busy = _by_seat(resource, taken)
    day = first
    while day <= last:
        for start, ends_by in _starts(resource, day, service.step):
            slot = Slot(resource.id, start, start + service.minutes * MINUTE)
            if slot.end > ends_by or time_problem(service, start, zone=resource.zone, now=now) is not None:
                continue
            if free_seat(busy, kept(service, start)) is not None:
                yield slot
        day += timedelta(days=1)


def time_problem(service: Service, start: int, *, zone: str, now: int) -> str | None:
    """Why nobody may book that moment by themselves, as far as notice and horizon say; None when they may."""
    if start <= now:
        return PAST
    if start < now + service.notice * MINUTE:
        return TOO_SOON.format(notice=notice_of(service.notice))
    if local_day(start, zone) > local_day(now, zone) + timedelta(days=service.ahead_days):
        return TOO_FAR.format(days=service.ahead_days)
    return None


def is_open(service: Service, resource: Resource, start: int) -> bool:
    """Whether all of the service lies within the hours."""
    end = start + service.minutes * MINUTE
    day = local_day(start, resource.zone)
    return any(begins <= start and end <= ends for begins, ends in open_spans(resource, day))


def open_spans(resource: Resource, day: date) -> list[Span]:
    """When it is open on that day, in Unix ms."""
    return [span for hours in hours_of(resource, day) for span in _spans(day, hours, resource.zone)]


def free_seat(busy: Sequence[Sequence[Span]], wanted: Span) -> int | None:
    """The first seat on which nothing lies between; `busy` has what is taken, seat by seat."""
    for seat, spans in enumerate(busy):
        if all(ends <= wanted[0] or wanted[1] <= begins for begins, ends in spans):
            return seat
    return None


def _by_seat(resource: Resource, taken: Iterable[Taken]) -> list[list[Span]]:
    busy: list[list[Span]] = [[] for _ in range(resource.seats)]
    for one in taken:
        if one.resource_id == resource.id and one.seat < resource.seats:
            busy[one.seat].append((one.begins, one.ends))
    return busy


def _starts(resource: Resource, day: date, step: int) -> Iterator[tuple[int, int]]:
    """Moments on the grid, counted from each opening by the wall clock, with the end of the hours they lie in."""
    found: dict[int, int] = {}
    for opens, closes in hours_of(resource, day):
        spans = list(_spans(day, (opens, closes), resource.zone))
        for minute in range(opens, closes, step):
            for at in moments(day, minute, resource.zone):
                for begins, ends in spans:
                    if begins <= at < ends:
                        found[at] = ends
    yield from sorted(found.items())


def _spans(day: date, hours: Span, zone: str) -> Iterator[Span]:
    """Hours of the wall clock as spans of real time: one, or several where clocks are put forward or back."""
    midnight, next_midnight = day_begins(day, zone), day_begins(day + timedelta(days=1), zone)
    if next_midnight - midnight == 24 * 60 * MINUTE:
        yield midnight + hours[0] * MINUTE, midnight + hours[1] * MINUTE
        return
    there, begins = ZoneInfo(zone), None
    for at in range(midnight, next_midnight, CELL):
        clock = datetime.fromtimestamp(at / 1_000, UTC).astimezone(there)
        inside = clock.date() == day and hours[0] <= clock.hour * 60 + clock.minute < hours[1]
        if inside and begins is None:
            begins = at
        elif not inside and begins is not None:
            yield begins, at
            begins = None
    if begins is not None:
        yield begins, next_midnight


def _without(span: Span, gone: Span) -> list[Span]:
    left = (span[0], min(span[1], gone[0])), (max(span[0], gone[1]), span[1])
    return [each for each in left if each[0] < each[1]]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return joined
