"""Days and times as people say them, read out of a text: English, Spanish and Portuguese, and the plain forms of more.

What is read is a set of possibilities: “at 3” may be three in the afternoon, “5/11” the fifth of November or May 11.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from frontdesk.domain.calendar_words import MONTHS, WEEKDAYS
from frontdesk.domain.words import fold

T = TypeVar("T")

_NUMBERS = {
    word: n
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "uma duas tres quatro cinco seis sete oito nove dez onze doze",
    )
    for n, word in enumerate(words.split(), 1)
}
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_HALF = r"(?P<half>\s+(?:y media|e meia|and a half)\b)?"
_QUARTER = r"(?P<quarter>\s+(?:y cuarto|e um quarto|e quinze)\b)?"
_SUFFIX = r"\s*(?P<half_day>a\.?m\b\.?|p\.?m\b\.?)"
_MARK = r"(?:\bat|\ba las?|\bas|\balle|\bum|\bhalf past|\bfor|\bpara as|\bpara las|\bpelas|\bsobre las)\s+"
_TIMES = (
    rf"\b(?P<hour>[01]?\d|2[0-4])(?P<sign>[:h])(?P<minute>[0-5]\d)(?!\d)(?:{_SUFFIX})?",
    rf"\b(?P<hour>0?\d|1[0-2])(?:\.(?P<minute>[0-5]\d))?{_SUFFIX}",
    rf"\b(?P<hour>[01]?\d|2[0-4])(?:[.:](?P<minute>[0-5]\d))?\s*(?:h(?:rs?)?\b(?!\w)|uhr\b|o'?clock\b){_HALF}",
    rf"{_MARK}(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)\b(?!\.\d)",
    rf"\b(?P<after>quarter past\s+)(?P<word>\d{{1,2}}\b|(?:{_WORDS})\b)",
    rf"(?P<past>\bhalf past\s+)(?P<word>\d{{1,2}}\b|(?:{_WORDS})\b)",
    rf"{_MARK}(?P<hour>[01]?\d|2[0-4])\b(?![.,:/-]?\d|(?:st|nd|rd|th)\b|\s*(?:[€$£%]|eur|usd|brl|reais|dollars?|minut|min\b|days?|dias?"
    rf"|weeks?|semanas?|people|pessoas|personas|years?|anos?|consultas?|de [a-z]{{4,}}bro\b)){_HALF}{_QUARTER}",
    rf"(?:\bat(?!\s+once\b)|\ba las?|\bas)\s+(?P<word>{_WORDS})\b{_HALF}{_QUARTER}",
    r"\b(?P<noon>noon|midday|mediodia|meio-? ?dia)\b",
)
_TIME = [re.compile(pattern) for pattern in _TIMES]
_LASTING = re.compile(
    r"(?:dura|duran|lasts?|takes?|demora|leva|tarda|duracao de|durante|dentro de|within|in|em|of)\s+$"
)

_DAY_NAMES: dict[str, int] = {}
for _names in WEEKDAYS.values():
    for _number, _name in enumerate(_names):
        _DAY_NAMES[fold(_name)] = _number
        _DAY_NAMES[fold(_name).removesuffix("-feira")] = _number
_DAY_NAMES |= {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thurs": 3, "fri": 4}
_MONTH_NAMES = {fold(name): n for names in MONTHS.values() for n, name in enumerate(names, 1)}
_MONTH_NAMES |= {name[:3]: n for name, n in _MONTH_NAMES.items() if name in {fold(each) for each in MONTHS["en"]}}
_MONTH = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))
_SOON = {
    **dict.fromkeys(("today", "hoy", "hoje", "aujourd'hui", "heute", "oggi", "tonight", "this afternoon"), 0),
    **dict.fromkeys(("tomorrow", "amanha", "demain", "domani", "manana", "morgen"), 1),
    **dict.fromkeys(("the day after tomorrow", "day after tomorrow", "pasado manana", "depois de amanha"), 2),
}
_SOON_WORDS = "|".join(sorted((re.escape(word) for word in _SOON), key=len, reverse=True))
_DATES = (
    r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b",
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|o|º)?\s+(?:de |of |do )?(?P<name>{_MONTH})\b\.?"
    r"(?:,? (?:de )?(?P<year>20\d\d))?",
    rf"\b(?P<name>{_MONTH})\.?\s+(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<year>20\d\d))?",
    r"\b(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>20\d\d|\d\d))?"
    r"(?!\d|:\d|h)(?!\s*(?:[€$£%]|eur\b|h\b))",
    rf"(?<!la )(?<!esta )\b(?P<soon>{_SOON_WORDS})\b",
    rf"\b(?P<weekday>{'|'.join(sorted(_DAY_NAMES, key=len, reverse=True))})\b(?!s\b)",
    r"\b(?:the|el|dia|le|il|am|den|on the)\s+(?P<only>\d{1,2})(?:st|nd|rd|th|\.)?\b"
    r"(?![:.h/]?\d|\s*(?:[€$£%h]|eur|min))",
)
_DATE = [re.compile(pattern) for pattern in _DATES]


@dataclass(frozen=True, slots=True)
class Day:
    """What is said of a day; None where that is left open. `months`: in which of them the day of the month is."""

    weekday: int | None = None
    exact: frozenset[date] = frozenset()
    day_of_month: int | None = None

    def fits(self, day: date) -> bool:
        """Whether that day may be meant."""
        return (
            self.weekday in (None, day.weekday())
            and (not self.exact or day in self.exact)
            and self.day_of_month in (None, day.day)
        )


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """Something that was read, and where it stands."""

    what: T
    begins: int
    ends: int


def times(folded: str) -> list[Said[frozenset[int]]]:
    """The times of the clock in a folded text, in order: for each the minutes of the day that may be meant."""
    found: list[Said[frozenset[int]]] = []
    for pattern in _TIME:
        for match in pattern.finditer(folded):
            minutes = _minutes(match.groupdict())
            overlaps = any(match.start() < each.ends and each.begins < match.end() for each in found)
            if not minutes or overlaps or _is_lasting(folded, match):
                continue
            found.append(Said(minutes, match.start(), match.end()))
    return sorted(found, key=lambda each: each.begins)


def days(folded: str, today: date) -> list[Said[Day]]:
    """The days in a folded text, in order; what stands side by side, as in “Tuesday 24 November”, is one."""
    found: list[Said[Day]] = []
    for pattern in _DATE:
        for match in pattern.finditer(folded):
            day = _day(match.groupdict(), today)
            if day is None or any(match.start() < each.ends and each.begins < match.end() for each in found):
                continue
            found.append(Said(day, match.start(), match.end()))
    joined: list[Said[Day]] = []
    for each in sorted(found, key=lambda one: one.begins):
        between = folded[joined[-1].ends : each.begins] if joined else "x"
        if (
            joined
            and re.fullmatch(r"[\s,(]*(?:the |el |dia |de |den |am |il |le )?", between)
            and _adds(joined[-1], each)
        ):
            last = joined.pop()
            each = Said(_both(last.what, each.what), last.begins, each.ends)
        joined.append(each)
    return joined


def day_in(text: str, today: date) -> date | None:
    """The first day from today on that fits what a text says; None where it names none."""
    found = days(fold(text), today)
    if not found:
        return None
    return next((day for n in range(400) if found[0].what.fits(day := today + timedelta(days=n))), None)


def minutes_in(text: str) -> frozenset[int]:
    """The minutes of the day that the first time in a text may mean; none where it names none."""
    found = times(fold(text))
    return found[0].what if found else frozenset()


def _adds(before: Said[Day], after: Said[Day]) -> bool:
    first, second = before.what, after.what
    return (first.weekday is None) != (second.weekday is None) or (bool(first.exact) != bool(second.exact))


def _both(first: Day, second: Day) -> Day:
    exact = first.exact & second.exact if first.exact and second.exact else first.exact | second.exact
    weekday = second.weekday if first.weekday is None else first.weekday
    of_month = second.day_of_month if first.day_of_month is None else first.day_of_month
    return Day(weekday, exact, of_month)


def _is_lasting(folded: str, match: re.Match[str]) -> bool:
    """Whether it is how long something takes."""
    has_sign = match.groupdict().get("sign") == ":" or match.groupdict().get("half_day")
    return not has_sign and _LASTING.search(folded[: match.start()]) is not None


def _minutes(parts: dict[str, str | None]) -> frozenset[int]:
    if parts.get("noon"):
        return frozenset({12 * 60})
    word = parts.get("word")
    hour = (_NUMBERS.get(word) or int(word)) if word else int(parts.get("hour") or 0)
    minute = int(parts.get("minute") or 0)
    if parts.get("half") or parts.get("past"):
        minute = 30
    elif parts.get("quarter") or parts.get("after"):
        minute = 15
    half_day = (parts.get("half_day") or "").replace(".", "")
    if half_day:
        return frozenset({(hour % 12 + (12 if half_day == "pm" else 0)) * 60 + minute})
    meant = {hour * 60 + minute} | ({(hour + 12) * 60 + minute} if 0 < hour < 12 else set())
    return frozenset(each for each in meant if each < 24 * 60)


def _day(parts: dict[str, str | None], today: date) -> Day | None:
    if soon := parts.get("soon"):
        return Day(exact=frozenset({today + timedelta(days=_SOON[soon])}))
    if weekday := parts.get("weekday"):
        return Day(weekday=_DAY_NAMES[weekday])
    if only := parts.get("only"):
        return Day(day_of_month=int(only)) if 1 <= int(only) <= 31 else None
    named = parts.get("name")
    day, month = int(parts["day"] or 0), _MONTH_NAMES[named] if named else int(parts["month"] or 0)
    orders: Sequence[tuple[int, int]] = [(day, month)] if named or parts.get("year") else [(day, month), (month, day)]
    given = int(parts.get("year") or 0)
    years = [given if given > 99 else given + 2000] if given else [today.year - 1, today.year, today.year + 1]
    exact = {made for day, month in orders for each in years if (made := _made(each, month, day)) is not None}
    return Day(exact=frozenset(exact)) if exact else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
