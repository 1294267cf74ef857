"""The sign of life: when it is due, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.domain.telling import Alert
from frontdesk.domain.timetable import last_daily, local_day
from frontdesk.kit.clock import HOUR, MINUTE, to_datetime

LATE = 10 * MINUTE  # from when on one says that it is late
TOO_LATE = 12 * HOUR  # the next one is nearer then
GAP = 3 * MINUTE  # without a sign of the house, after which its start is told: a quick restart is not
_SHOWN = 5  # of what is wrong


@dataclass(frozen=True, slots=True)
class Told:
    """The day of the last one, and the time and zone in which it was due."""

    day: str
    time: str
    zone: str


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done: `told` is what is noted, `since` when it was due, None where nothing is said."""

    told: Told
    since: int | None = None


def due(now: int, time: str, zone: str, told: Told | None) -> Due | None:
    """Whether a sign of life is due; None where nothing has changed.

    One for each day of the zone. The first day, and the one on which the time is changed, begin with the next one.
    """
    moment = last_daily(now, time, zone)
    day = local_day(moment, zone)
    if told is None:
        return Due(Told(day, time, zone))
    if (told.time, told.zone) != (time, zone):
        return Due(Told(max(day, told.day), time, zone))
    if day <= told.day:
        return None
    return Due(Told(day, time, zone), moment if now - moment <= TOO_LATE else None)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the house is doing."""

    lines: Sequence[tuple[str, str]]  # name, sentence on its state
    came_in: int = 0
    by_agent: int = 0
    by_people: int = 0
    waiting: int = 0
    longest: str | None = None  # for how long somebody waits
    paused: str | None = None  # a sentence
    disk_free: int | None = None  # bytes
    disk_size: int | None = None
    wrong: Sequence[str] = ()  # sentences
    more_wrong: int = 0


def alive(pulse: Pulse, *, due_at: int, now: int, zone: str) -> Alert:
    """The daily one. What came in and went out is since the last one."""
    late = f"This is late: it was due at {_at(due_at, zone)}." if now - due_at > LATE else None
    parts = [late, *_lines(pulse), _counts(pulse), _waiting(pulse), pulse.paused, _disk(pulse), *_wrong(pulse)]
    good = not pulse.wrong
    title = "Frontdesk is alive" if good else "Frontdesk is alive, and something needs you"
    return Alert(title, "\n".join(part for part in parts if part), good=good)


def started(pulse: Pulse, *, at: int, last: int | None, zone: str) -> Alert:
    """The one after a start. `last` is when the house last gave a sign, where it ever did."""
    before = f"It was last alive at {_at(last, zone)}." if last is not None else None
    parts = [before, *_lines(pulse), _waiting(pulse), pulse.paused, *_wrong(pulse)]
    return Alert(f"Frontdesk started at {_at(at, zone)}", "\n".join(part for part in parts if part), good=True)


def as_message(alert: Alert) -> str:
    """The alert as one text for WhatsApp."""
    return f"*{alert.title}*\n{alert.text}"


def _lines(pulse: Pulse) -> list[str]:
    return [f"{name}: {sentence}" for name, sentence in pulse.lines] or ["No line is set up."]


def _counts(pulse: Pulse) -> str:
    came = f"{pulse.came_in} message{'s' if pulse.came_in != 1 else ''} came in"
    return f"{came}; {pulse.by_agent} went out from the agent and {pulse.by_people} from people."


def _waiting(pulse: Pulse) -> str:
    if not pulse.waiting:
        return "Nobody waits for an answer."
    who = "1 chat waits" if pulse.waiting == 1 else f"{pulse.waiting} chats wait"
    return f"{who} for an answer, the longest for {pulse.longest}." if pulse.longest else f"{who} for an answer."


def _disk(pulse: Pulse) -> str | None:
    if pulse.disk_free is None or not pulse.disk_size:
        return None
    return f"Disk: {_gigabytes(pulse.disk_free)} of {_gigabytes(pulse.disk_size)} free."


def _gigabytes(size: int) -> str:
    return f"{size / 1_000_000_000:.1f} GB"


def _wrong(pulse: Pulse) -> list[str]:
    if not pulse.wrong:
        return []
    more = len(pulse.wrong) - _SHOWN + pulse.more_wrong
    shown = [f"- {sentence}" for sentence in pulse.wrong[:_SHOWN]]
    return ["Needs you:", *shown, *([f"- and {more} more"] if more > 0 else [])]


def _at(moment: int, zone: str) -> str:
    local = to_datetime(moment, zone)
    return f"{local:%H:%M} on {local.day} {local:%B}"
