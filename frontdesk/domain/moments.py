"""Reading when: "tomorrow at 5", "el lunes por la tarde", "até sexta", as a moment, seen from when it was said.

Where words leave a choice, the earlier moment is meant: a reminder that comes early helps, a late one does not.

- A day without a time is 10:00; "today" is 17:00; mornings are 10:00, afternoons 16:00, evenings 19:00.
- A weekday is the next day of that name, also with "next"; on that very day it is a week later.
- Times from 1 to 7 without more words are in the afternoon.
- Days stand before months, in zones of the United States behind them.
- Who names no moment has until the next working day (Monday to Friday), 10:00.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from frontdesk.domain import moment_words as words
from frontdesk.kit.clock import HOUR, MINUTE, to_datetime

USUAL = (10, 0)
TODAY = (17, 0)
MORNING, AFTERNOON, EVENING = (10, 0), (16, 0), (19, 0)
ENDS = {MORNING: 12, AFTERNOON: 19, EVENING: 22}  # the hour at which such a part of a day is over
NEAR = 30  # characters between a day and its time
FEW_MINUTES = 15
AMERICAN = re.compile(
    r"US/|America/(?:New_York|Chicago|Denver|Phoenix|Los_Angeles|Anchorage|Detroit|Boise|Indiana/|Kentucky/|North_Dakota/)"
    r"|Pacific/Honolulu"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When (Unix ms), and where in the text that is said."""

    at: int
    start: int
    end: int


def flat(text: str) -> str:
    """Lower case without accents, with each character where it was. The text must be composed (NFC)."""
    return text.translate(_FLAT)


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    plain = unicodedata.normalize("NFD", character)[0].lower()
    return plain if len(plain) == 1 else character


_LATIN = (*range(0x250), *range(0x1E00, 0x1F00), *range(0x2000, 0x2030))
_FLAT = {code: _plain(chr(code)) for code in _LATIN} | {ord(character): "'" for character in "’´`"}


def find(text: str, said_at: int, zone: str) -> Moment | None:
    """The first moment that a text names, as it is meant at `said_at`; never before that. None: it names none."""
    spoken = flat(text)
    here = to_datetime(said_at, zone)
    spans = [span for span in (_relative(spoken, said_at, here), _absolute(spoken, here)) if span is not None]
    if not spans:
        return None
    first = min(spans, key=lambda one: one.start)
    return first if first.at > said_at else Moment(said_at + HOUR, first.start, first.end)


def by_default(said_at: int, zone: str, *, days: int = 1) -> int:
    """Where no moment is named: 10:00 on the working day that many days later, or on the next one after that."""
    day = to_datetime(said_at, zone).date() + timedelta(days=days)
    return local(_working(day), USUAL, zone)


def local(day: date, clock: tuple[int, int], zone: str) -> int:
    """That time on that day in a zone. A time that a clock change leaves out is as much later; of two, the first."""
    moment = datetime(day.year, day.month, day.day, *clock, tzinfo=ZoneInfo(zone))
    return int(moment.astimezone(UTC).timestamp()) * 1_000


def _working(day: date) -> date:
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


# From now on


def _relative(spoken: str, said_at: int, here: datetime) -> Moment | None:
    found = [
        *_matches(_HALF_HOUR, lambda _: said_at + HOUR // 2, spoken),
        *_matches(_RELATIVE, lambda match: _later(match, said_at, here), spoken),
        *_matches(_SOON, lambda _: said_at + HOUR, spoken),
        *_matches(_LATER, lambda _: _later_today(here), spoken),
    ]
    return min(found, key=lambda one: one.start, default=None)


def _matches(pattern: re.Pattern[str], at: Callable[[re.Match[str]], int], spoken: str) -> Iterator[Moment]:
    for match in pattern.finditer(spoken):
        yield Moment(at(match), match.start(), match.end())


def _later(match: re.Match[str], said_at: int, here: datetime) -> int:
    said = match["last"] or match["first"]
    count = int(said) if said.isdigit() else words.NUMBERS[said]
    if match["minutes"]:
        return said_at + (FEW_MINUTES if said in words.MANY else count) * MINUTE
    if match["hours"]:
        return said_at + count * HOUR
    today = here.date()
    if match["working"]:
        day = today
        for _ in range(count):
            day = _working(day + timedelta(days=1))
    elif match["months"]:
        day = _working(today + timedelta(days=30 * count))
    else:
        day = today + timedelta(days=count * (7 if match["weeks"] else 1))
    return local(day, USUAL, _zone(here))


def _later_today(here: datetime) -> int:
    evening = here.replace(hour=18, minute=0, second=0, microsecond=0)
    if here < evening:
        return local(here.date(), (18, 0), _zone(here))
    return local(here.date() + timedelta(days=1), USUAL, _zone(here))


def _zone(here: datetime) -> str:
    return str(here.tzinfo)


# By the calendar and the clock


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    usual: tuple[int, int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Time:
    """`part`: a part of a day, which may still be going on. `sure`: whether it is known which half of the day it is."""

    clock: tuple[int, int]
    start: int
    end: int
    part: bool = False
    sure: bool = True


def _absolute(spoken: str, here: datetime) -> Moment | None:
    day, time = _day(spoken, here), _time(spoken)
    if day is not None and time is not None and not _near(day, time):
        first_day = day.start < time.start
        day, time = (day, None) if first_day else (None, time)
    if day is None:
        return _without_day(time, here) if time is not None else None
    clock = time.clock if time is not None else day.usual
    start, end = min(day.start, time.start if time else day.start), max(day.end, time.end if time else day.end)
    if day.day == here.date():
        return Moment(_still_today(clock, time, here), start, end)
    date_, zone = day.day, _zone(here)
    if time is None and _BEFORE.search(spoken[: day.start]) and date_ - timedelta(days=1) > here.date():
        return Moment(local(date_ - timedelta(days=1), AFTERNOON, zone), start, end)
    return Moment(local(date_, clock, zone), start, end)


def _near(day: _Day, time: _Time) -> bool:
    return max(day.start, time.start) - min(day.end, time.end) <= NEAR


def _still_today(clock: tuple[int, int], time: _Time | None, here: datetime) -> int:
    """A time of today. One that is over, but may be meant, is in an hour or at the end of its part of the day."""
    at, zone, now = local(here.date(), clock, _zone(here)), _zone(here), int(here.timestamp()) * 1_000
    if at > now:
        return at
    if time is not None and not time.sure and clock[0] < 12:
        return _still_today((clock[0] + 12, clock[1]), None, here)
    if time is not None and time.part:
        return max(local(here.date(), (ENDS[clock] - 1, 0), zone), now + HOUR)
    return now + HOUR


def _without_day(time: _Time, here: datetime) -> Moment:
    """The next such time."""
    at, zone, now = local(here.date(), time.clock, _zone(here)), _zone(here), int(here.timestamp()) * 1_000
    if at <= now and not time.sure and time.clock[0] < 12:
        at = local(here.date(), (time.clock[0] + 12, time.clock[1]), zone)
    if at <= now and time.part and here.hour < ENDS[time.clock]:
        at = _still_today(time.clock, time, here)
    if at <= now:
        at = local(here.date() + timedelta(days=1), time.clock, zone)
    return Moment(at, time.start, time.end)


def _day(spoken: str, here: datetime) -> _Day | None:
    today = here.date()
    found: list[_Day] = []
    for pattern, rule in _DAYS:
        for match in pattern.finditer(spoken):
            if _is_topic(spoken, match):
                continue
            if (meant := rule(match, today, here)) is not None:
                found.append(_Day(*meant, match.start(), match.end()))
    found.sort(key=lambda one: (one.start, -one.end))
    if not found:
        return None
    first = found[0]
    return _in_week(first, found[1:], today)


def _in_week(first: _Day, more: list[_Day], today: date) -> _Day:
    """ "Next week, on Tuesday" is one day, said in two parts."""
    monday = today + timedelta(days=7 - today.weekday())
    for other in more:
        if other.start - first.end > NEAR or other.start < first.end:
            continue
        week, day = (first, other) if first.usual == _WEEKLY else (other, first)
        if week.usual == _WEEKLY and day.usual != _WEEKLY:
            return _Day(monday + timedelta(days=day.day.weekday()), USUAL, first.start, other.end)
    return _Day(first.day, USUAL, first.start, first.end) if first.usual == _WEEKLY else first


def _is_topic(spoken: str, match: re.Match[str]) -> bool:
    before, after = spoken[max(0, match.start() - 30) : match.start()], spoken[match.end() : match.end() + 2]
    return after == "'s" or bool(_ABOUT.search(before) and not _NOT_ABOUT.search(before))


_WEEKLY = (10, 1)  # the mark of "next week", which may be followed by its day
_Rule = Callable[[re.Match[str], date, datetime], tuple[date, tuple[int, int]] | None]


def _days_on(days: int) -> _Rule:
    return lambda match, today, here: (today + timedelta(days=days), USUAL)


def _weekday(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    ahead = (words.WEEKDAYS[match["day"]] - today.weekday()) % 7 or 7
    return today + timedelta(days=ahead), USUAL


def _next_week(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    return today + timedelta(days=7 - today.weekday()), _WEEKLY


def _this_week(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    friday = today + timedelta(days=4 - today.weekday())
    return (friday, TODAY) if friday > today or (friday == today and here.hour < TODAY[0]) else (_sunday(today), TODAY)


def _sunday(today: date) -> date:
    return today + timedelta(days=6 - today.weekday())


def _weekend(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    saturday = today + timedelta(days=5 - today.weekday())
    return max(saturday, today), USUAL


def _month_on(today: date, months: int, day: int) -> date | None:
    year, month = divmod(today.month - 1 + months, 12)
    return _date(today.year + year, month + 1, day)


def _next_month(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    first = _month_on(today, 1, 1)
    assert first is not None
    return _working(first), USUAL


def _end_of_month(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]]:
    first = _month_on(today, 1, 1)
    assert first is not None
    return max(first - timedelta(days=1), today), USUAL


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dated(match: re.Match[str], today: date, here: datetime) -> tuple[date, tuple[int, int]] | None:
    """A date. Without a year it is the next one; what has just passed was not promised."""
    said = match.groupdict()
    if said.get("number") and not said.get("month"):
        return _day_of_month(int(said["number"]), today)
    if said.get("month"):
        day, month = int(said["number"]), words.MONTHS[said["month"]]
    else:
        day, month = int(said["one"]), int(said["two"])
        if (AMERICAN.match(_zone(here)) and day <= 12) or month > 12:
            day, month = month, day
    if match[0] == "24/7":
        return None
    year = int(said["year"]) if said.get("year") else 0
    if year:
        meant = _date(year + 2_000 if year < 100 else year, month, day)
        return (meant, USUAL) if meant is not None and meant >= today else None
    meant = _date(today.year, month, day)
    if meant is not None and meant < today:
        meant = _date(today.year + 1, month, day) if (today - meant).days > 60 else None
    return (meant, USUAL) if meant is not None else None


def _day_of_month(number: int, today: date) -> tuple[date, tuple[int, int]] | None:
    for months in (0, 1, 2):
        meant = _month_on(today, months, number)
        if meant is not None and meant >= today:
            return meant, USUAL
    return None


def _time(spoken: str) -> _Time | None:
    found = [_clocked(match) for pattern in _TIMES for match in pattern.finditer(spoken)]
    times = [one for one in found if one is not None]
    if not times:
        times = [
            _Time(clock, match.start(), match.end(), part=clock in ENDS)
            for pattern, clock in _PARTS
            for match in pattern.finditer(spoken)
        ]
    return min(times, key=lambda one: (one.start, -one.end), default=None)


def _clocked(match: re.Match[str]) -> _Time | None:
    said = match.groupdict()
    hour, minute = int(said["hour"]), int(said.get("minute") or 0)
    half, part = (said.get("half") or "").replace(".", ""), said.get("part")
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    late = half == "pm" or part in ("tarde", "noche", "noite", "afternoon", "evening")
    early = half == "am" or part in ("manana", "manha", "morning")
    sure = late or early or hour > 12 or hour == 0
    if (late and hour < 12) or (not sure and 1 <= hour <= 7):
        return _Time((hour + 12, minute), match.start(), match.end())
    return _Time((0 if early and hour == 12 else hour, minute), match.start(), match.end(), sure=sure)


_HALF_HOUR, _RELATIVE, _SOON, _LATER = map(re.compile, (words.HALF_HOUR, words.RELATIVE, words.SOON, words.LATER))
_ABOUT, _NOT_ABOUT, _BEFORE = map(re.compile, (words.ABOUT, words.NOT_ABOUT, words.BEFORE))
_DAYS: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (re.compile(words.AFTER_TOMORROW), _days_on(2)),
    (re.compile(words.TOMORROW), _days_on(1)),
    (re.compile(words.TODAY), lambda match, today, here: (today, TODAY)),
    (re.compile(words.NEXT_WEEK), _next_week),
    (re.compile(words.THIS_WEEK), _this_week),
    (re.compile(words.WEEKEND), _weekend),
    (re.compile(words.NEXT_MONTH), _next_month),
    (re.compile(words.END_OF_MONTH), _end_of_month),
    (re.compile(words.WEEKDAY), _weekday),
    *((re.compile(pattern), _dated) for pattern in words.DATES),
)
_TIMES = tuple(re.compile(pattern) for pattern in words.TIMES)
_PARTS = tuple(
    (re.compile(pattern), clock)
    for pattern, clock in (
        (words.NOON, (12, 0)),
        (words.END_OF_DAY, (18, 0)),
        (words.FIRST_THING, (9, 0)),
        (words.MORNING, MORNING),
        (words.AFTERNOON, AFTERNOON),
        (words.EVENING, EVENING),
    )
)
