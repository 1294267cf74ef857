"""The times that a message names: minutes from now, and times of today on the clock of the house."""

import re
from datetime import datetime, timedelta

from frontdesk.kit.clock import to_datetime

JUST_PAST = 20  # minutes for which a time of the day is still now

_SPANS = {"half an": 30, "media": 30, "meia": 30}
_MINUTE_WORDS = {
    word: minutes
    for minutes, said in (
        *((5, "five cinco"), (10, "ten diez dez"), (15, "fifteen quince quinze"), (20, "twenty veinte vinte")),
        *((30, "thirty treinta trinta"), (40, "forty cuarenta quarenta"), (45, "fortyfive")),
    )
    for word in said.split()
}
_MINUTES = re.compile(
    r"(?<!\w)(?:in|en|dentro de|daqui a|em|within|faltan|faltam) (?:about |like |unos |uns |menos de |less than )?"
    rf"(?:(?P<minutes>\d{{1,3}}|{'|'.join(_MINUTE_WORDS)}) ?(?:minutes|minutos|mins?|m)(?!\w)"
    r"|(?P<half>half an|an|one|media|una|meia|uma|1) (?:hour|hora|hr|h)(?!\w))"
    r"|(?<!\w)(?P<left>\d{1,2}) ?min(?:ute|uto)?s? (?:left|to go)(?!\w)"
)
_HOUR_WORDS = {
    word: hour
    for hour, said in enumerate(
        (
            *("one una uma", "two dos duas", "three tres", "four cuatro quatro", "five cinco", "six seis"),
            *("seven siete sete", "eight ocho oito", "nine nueve nove", "ten diez dez", "eleven once onze"),
            "twelve doce doze",
        ),
        start=1,
    )
    for word in said.split()
}
_CLOCK = re.compile(
    r"(?<!\w)(?:(?:at|by|before|until|till|a las?|antes de las?|as|ate as|pelas|para las|las) )"
    rf"(?P<hour>[012]?\d(?!\d)|(?:{'|'.join(_HOUR_WORDS)})(?!\w))(?:[:.h](?P<minute>[0-5]\d))?"
    r"(?P<half_past> y media| e meia)? ?(?P<half>am|pm|a\.m\.|p\.m\.)?h?"
    r"(?![\w%€$£/]|:\d| ?(?:euros|days|dias|people|pessoas|personas|friends|years|anos|meses|months|percent|pounds|km))"
    r"|(?<!\w)half past (?P<past>[012]?\d|[a-z]+)(?!\w)"
    r"|(?<![\w:])(?P<hour2>[012]?\d)(?:h|:)(?P<minute2>[0-5]\d)?(?![\w:])"
    r"|(?<!\w)my (?P<hour3>\d{1,2})[.:](?P<minute3>[0-5]\d)(?!\d)"
)
_OTHER_DAY = re.compile(
    r"(?<!\w)(?:tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:next|last) (?:week|month|year)"
    r"|weekend|on the \d+|pasado manana|(?<!de la )(?<!esta )manana|ayer|lunes|martes|miercoles|jueves|viernes|sabado"
    r"|domingo|(?:proxim\w|pasad\w) (?:semana|mes)|finde|semana que viene|amanha|ontem|segunda|terca|quarta|quinta"
    r"|sexta|semana que vem|fim de semana|dia \d+|january|february|march|april|june|july|august|september"
    r"|october|november|december)(?!\w)"
)


def minutes_ahead(folded: str) -> int | None:
    """In how many minutes something happens, where a text says so."""
    found = _MINUTES.search(folded)
    if found is None:
        return None
    minutes = found["minutes"] or found["left"]
    if minutes:
        return int(minutes) if minutes.isdecimal() else _MINUTE_WORDS[minutes]
    return _SPANS.get(found["half"], 60)


def other_day(folded: str) -> bool:
    """Whether it speaks of another day than today."""
    return _OTHER_DAY.search(folded) is not None


def time_of_today(folded: str, *, at: int, zone: str) -> tuple[int, str] | None:
    """The time of today that a text names: the minutes until then, and how it is written."""
    found = _CLOCK.search(folded) if at and not other_day(folded) else None
    if found is None:
        return None
    said = found["hour"] or found["hour2"] or found["hour3"] or found["past"]
    hour = int(said) if said.isdecimal() else _HOUR_WORDS.get(said, 24)
    if hour > 23:
        return None
    half_past = 30 if found["half_past"] or found["past"] else 0
    minute = int(found["minute"] or found["minute2"] or found["minute3"] or half_past)
    return _nearest(to_datetime(at, zone), hour, minute, (found["half"] or "")[:1])


def _nearest(now: datetime, hour: int, minute: int, half: str) -> tuple[int, str]:
    """Of the two times of the day that an hour may mean, the one that is next, or was a moment ago."""
    afternoon = hour % 12 + 12
    given = [afternoon] if half == "p" else [hour] if half == "a" or hour > 12 or not hour else [hour, afternoon]
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [day + timedelta(hours=each, minutes=minute) for each in given]
    away = [int((moment - now).total_seconds() // 60) for moment in moments]
    ahead = [(left, moment) for left, moment in zip(away, moments, strict=True) if left >= -JUST_PAST]
    left, moment = min(ahead) if ahead else (away[-1], moments[-1])
    return left, f"{moment:%H:%M}"
