"""Appointments: what may be booked with whom, when that is open, and what is said where it cannot be."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from frontdesk.kit.clock import MINUTE

CELL = 5 * MINUTE  # the calendar's smallest piece: everything begins and ends on one
WHOLE_DAY = 24 * 60  # minutes, as the end of a span
LONGEST = 24 * 60  # minutes of one service, buffers included
FARTHEST = 730  # days ahead
MOST_SEATS = 50
MOST_REMINDERS = 5

TAKEN = "That time has just been taken."
CLOSED = "That time is outside the opening hours."
PAST = "That time is over."
TOO_SOON = "That is too soon: it has to be booked at least {notice} ahead."
TOO_FAR = "That is too far ahead: it can be booked for the next {days} days."
OFF_GRID = "An appointment begins at a full five minutes, such as 10:05."
NOT_OFFERED = "{resource} does not do {service}."


class State(StrEnum):
    """How an appointment stands. A move is no state: it is a new time."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    DONE = "done"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Service:
    """What people come for. Times in minutes, multiples of five; `price` as people write it."""

    id: str
    name: str
    minutes: int
    price: str | None = None
    step: int = 15  # the times that are offered lie so far apart, from the opening on
    before: int = 0  # kept free before it, for preparing
    after: int = 0  # kept free after it, for cleaning up or going on
    notice: int = 120  # nobody books later than that before
    ahead_days: int = 60
    reminders: tuple[int, ...] = (24 * 60,)  # so long before
    template: str | None = None  # what WhatsApp approved for saying it outside the 24 hours
    language: str = "en"  # of the template
    directions: str | None = None  # told with the confirmation: where, what to bring
    account_id: str | None = None  # the line whose chats it is offered in; None: every one
    resources: tuple[str, ...] = ()  # ids of those who do it
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Open on that weekday (0 = Monday) between these minutes of the local day."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs: closed for all of it or a part, or open besides. `resource_id` None: for everybody."""

    id: str
    day: date
    open: bool
    opens: int = 0
    closes: int = WHOLE_DAY
    note: str | None = None
    resource_id: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """Who or what is booked: a dentist, a flat. With several seats, so many at the same time."""

    id: str
    name: str
    zone: str  # IANA; its hours are of the wall clock there
    seats: int = 1
    account_id: str | None = None
    openings: tuple[Opening, ...] = ()
    special: tuple[SpecialDay, ...] = field(default=())
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat of a resource is not free from `begins` until `ends` (Unix ms), buffers included."""

    resource_id: str
    seat: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked."""

    resource_id: str
    start: int
    end: int


def kept(service: Service, start: int) -> tuple[int, int]:
    """From when until when a seat is not free for others, buffers included."""
    end = start + service.minutes * MINUTE
    return start - service.before * MINUTE, end + service.after * MINUTE


def cells(begins: int, ends: int) -> range:
    """The cells between two moments, by their numbers."""
    return range(begins // CELL, -(-ends // CELL))


def due_reminders(service: Service, start: int, booked_at: int, now: int) -> tuple[int, ...]:
    """The reminders (minutes before) whose moment has come and which still make sense.

    None after the start, none that was due before it was booked, and of several that are due only the latest.
    """
    if now >= start:
        return ()
    due = [before for before in service.reminders if booked_at < start - before * MINUTE <= now]
    return (min(due),) if due else ()


def notice_of(minutes: int) -> str:
    """`2 hours` for 120."""
    for size, word in ((WHOLE_DAY, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return f"{count} {word}" + ("s" if count != 1 else "")
    return f"{minutes} minutes"


def service_problem(service: Service) -> str | None:
    """Why a service cannot be as given; None when it can."""
    if not service.name.strip():
        return "Give the service a name."
    if service.minutes < 5 or service.minutes + service.before + service.after > LONGEST:
        return "A service takes from 5 minutes to 24 hours, buffers included."
    given = (service.minutes, service.step, service.before, service.after)
    if any(minutes % 5 or minutes < 0 for minutes in given) or service.step < 5:
        return "Length, steps and buffers are multiples of 5 minutes."
    if service.notice < 0 or not 1 <= service.ahead_days <= FARTHEST:
        return f"It can be booked for the next 1 to {FARTHEST} days, with a notice of 0 minutes or more."
    if len(service.reminders) > MOST_REMINDERS or any(not 5 <= each <= 30 * WHOLE_DAY for each in service.reminders):
        return f"Up to {MOST_REMINDERS} reminders, each from 5 minutes to 30 days before."
    return None


def openings_problem(openings: tuple[Opening, ...]) -> str | None:
    """Why weekly hours cannot be as given; None when they can."""
    last: Opening | None = None
    for one in sorted(openings, key=lambda each: (each.weekday, each.opens)):
        if not 0 <= one.weekday <= 6 or not 0 <= one.opens < one.closes <= WHOLE_DAY:
            return "Hours run from an earlier to a later time of the same day, such as 09:00-13:00."
        if one.opens % 5 or one.closes % 5:
            return "Hours begin and end at a full five minutes."
        if last is not None and last.weekday == one.weekday and one.opens < last.closes:
            return "Hours of one day must not overlap."
        last = one
    return None
