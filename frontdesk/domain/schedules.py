"""When something happens again and again, as people write it: “weekdays at 8:30”, “cada lunes a las 9”, or cron."""

import re
from dataclasses import dataclass
from itertools import pairwise

from frontdesk.domain.words import fold
from frontdesk.kit import cron
from frontdesk.kit.clock import MINUTE

LEAST = 15 * MINUTE  # between two times: what comes more often is read by nobody
USUAL = (8, 0)  # where no time is named
_LOOKED_AT = 50  # times that are held against LEAST


class WrongSchedule(ValueError):
    """It is no schedule; the text says what one looks like."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times in the zone of whoever reads it: one cron expression for each minute of the hour that is named."""

    text: str
    crons: tuple[str, ...]

    def after(self, moment: int, zone: str) -> int:
        """The next time behind `moment` (Unix ms)."""
        return cron.next_after(self.crons, moment, zone)


_DAY_NAMES = {
    1: ("monday mondays mon", "lunes lun", "segunda segundas seg segunda-feira segundas-feiras"),
    2: ("tuesday tuesdays tue tues", "martes mar", "terca tercas ter terca-feira tercas-feiras"),
    3: ("wednesday wednesdays wed", "miercoles mie", "quarta quartas qua quarta-feira quartas-feiras"),
    4: ("thursday thursdays thu thur thurs", "jueves jue", "quinta quintas qui quinta-feira quintas-feiras"),
    5: ("friday fridays fri", "viernes vie", "sexta sextas sex sexta-feira sextas-feiras"),
    6: ("saturday saturdays sat", "sabado sabados sab", ""),
    0: ("sunday sundays sun", "domingo domingos dom", ""),
}
_DAYS = {name: day for day, names in _DAY_NAMES.items() for each in names for name in each.split()}
_GROUPS = {  # each is looked for as it stands, the longer ones first
    "1-5": (
        *("weekdays", "weekday", "working days", "workdays", "dias laborables", "dias de semana", "entre semana"),
        *("dias habiles", "dias uteis"),
    ),
    "0,6": ("weekends", "weekend", "fines de semana", "fin de semana", "fins de semana", "fim de semana"),
    "*": ("daily", "day", "days", "a diario", "diariamente", "diario", "dias", "dia"),
}
_WEEKLY = ("weekly", "week", "semanalmente", "semana", "semanal")
_MONTHLY = (
    *("first day of the month", "first of the month", "first of each month", "first of every month", "monthly"),
    *("every month", "primer dia del mes", "primero de mes", "cada mes", "mensualmente", "primeiro dia do mes"),
    *("todo mes", "todos os meses", "mensalmente"),
)
_TO = ("to", "through", "until", "a", "al", "ate", "hasta")
_EVERY_HOURS = re.compile(r"(?:every|cada|a cada|de)\s+(?:(\d{1,2})\s+)?(?:hours?|horas?|h)(?:\s+em\s+\d+\s+horas?)?")
_DAY_OF_MONTH = re.compile(
    r"(?:on the|the|day|dia|el|every|cada|todo dia)\s+(\d{1,2})(?:st|nd|rd|th|o|º)?(?=\s|$)(?!\s*[:h])"
)
_TIME = re.compile(r"(?<![\d:])(\d{1,2})(?:(?:[:.h])(\d{2})|h)?\s*(am|pm|a\.m\.|p\.m\.)?(?![\d:])")
_NAMED_TIMES = {"noon": "12:00", "midday": "12:00", "mediodia": "12:00", "meio-dia": "12:00", "meio dia": "12:00"}
_NAMED_TIMES |= {"midnight": "0:00", "medianoche": "0:00", "meia-noite": "0:00", "meia noite": "0:00"}
_FILLING = frozenset(
    (
        *("every", "each", "at", "on", "the", "and", "of", "cada", "todos", "todas", "los", "las", "os", "as", "a"),
        *("ao", "al", "y", "e", "o", "em", "no", "na", "nos", "nas", "de", "del", "do", "da", "el", "la"),
    )
)
HOW = (
    "Write it as “every day at 8:00”, “weekdays at 8:30 and 18:00”, “Mondays at 9”, “the first of the month at 9:00”, "
    "“every 4 hours”, or as a cron expression such as “30 8 * * 1-5”."
)


def read(text: str) -> Schedule:
    """The schedule that a text names, in English, Spanish, Portuguese or cron.

    Raises:
        WrongSchedule: it names none, or one that is due more often than every quarter of an hour.
    """
    said = " ".join(text.split())
    if not said:
        raise WrongSchedule(f"There is no schedule. {HOW}")
    crons = (said,) if cron.valid(said) else _in_words(fold(said).replace("–", "-"))
    schedule = Schedule(said, crons)
    moment, times = 0, []
    for _ in range(_LOOKED_AT):
        moment = schedule.after(moment, "UTC")
        times.append(moment)
    if any(later - sooner < LEAST for sooner, later in pairwise(times)):
        raise WrongSchedule("That is more often than every 15 minutes. " + HOW)
    return schedule


def _in_words(said: str) -> tuple[str, ...]:
    if match := _EVERY_HOURS.fullmatch(said):
        step = int(match[1] or 1)
        if 1 <= step <= 23:
            return (f"0 */{step} * * *",)
        raise WrongSchedule(f"“{said}” is no number of hours in a day. " + HOW)
    days, rest = _days(said)
    return tuple(
        f"{minute} {','.join(map(str, hours))} {days}" for minute, hours in sorted(_by_minute(_times(rest)).items())
    )


def _days(said: str) -> tuple[str, str]:
    """Day of the month, month and day of the week as cron has them, and what else is said."""
    for words in sorted(_MONTHLY, key=len, reverse=True):
        if words in said:
            return "1 * *", said.replace(words, " ")
    for days, words in _groups():
        if found := re.search(rf"(?<![\w-]){words}(?![\w-])", said):
            if days == "*" and (match := _DAY_OF_MONTH.search(said)) and _is_day(match[1]):
                break
            return f"* * {days}", said[: found.start()] + " " + said[found.end() :]
    if (match := _DAY_OF_MONTH.search(said)) and _is_day(match[1]):
        return f"{int(match[1])} * *", said[: match.start()] + " " + said[match.end() :]
    return _week_days(said)


def _is_day(text: str) -> bool:
    return 1 <= int(text) <= 31


def _groups() -> list[tuple[str, str]]:
    pairs = [(days, words) for days, each in _GROUPS.items() for words in each] + [("1", words) for words in _WEEKLY]
    return sorted(pairs, key=lambda pair: len(pair[1]), reverse=True)


def _week_days(said: str) -> tuple[str, str]:
    found: list[str] = []
    rest: list[str] = []
    tokens = re.findall(r"[a-z]+(?:-feiras?)?|-|[^\s,;]+", said)
    at = 0
    while at < len(tokens):
        day = _DAYS.get(tokens[at])
        if day is None:
            rest.append(tokens[at])
            at += 1
        elif at + 2 < len(tokens) and tokens[at + 1] in ("-", *_TO) and tokens[at + 2] in _DAYS:
            found += [str((day + step) % 7) for step in range((_DAYS[tokens[at + 2]] - day) % 7 + 1)]
            at += 3
        else:
            found.append(str(day))
            at += 1
    return f"* * {','.join(dict.fromkeys(found)) or '*'}", " ".join(rest)


def _times(said: str) -> list[tuple[int, int]]:
    for name, time in _NAMED_TIMES.items():
        said = said.replace(name, f" {time} ")
    found = [_time(match) for match in _TIME.finditer(said)]
    unknown = [word for word in re.findall(r"[a-z]+", _TIME.sub(" ", said)) if word not in _FILLING]
    if None in found or unknown:
        raise WrongSchedule(f"“{said.strip()}” is no schedule that is understood. " + HOW)
    return [time for time in found if time is not None] or [USUAL]


def _time(match: re.Match[str]) -> tuple[int, int] | None:
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def _by_minute(times: list[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for hour, minute in sorted(set(times)):
        found.setdefault(minute, []).append(hour)
    return found
