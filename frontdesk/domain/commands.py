"""What the owner tells the desk in the own chat: `#ai off Ana 2h`, `#resumen`, `#quem`, ... Pure reading of a text.

A command begins with # and a letter, in English, Spanish or Portuguese, whatever the language of the house. A language
is told by the word that was typed; a word that two languages share tells none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.domain.timetable import next_daily
from frontdesk.domain.words import fold
from frontdesk.kit.clock import DAY, HOUR, MINUTE

LANGUAGES = ("en", "es", "pt")
LATE = HOUR  # a command that was not heard for longer is told and not carried out
LONGEST = 366 * DAY  # of a pause
_FEWEST_DIGITS = 3  # of the end of a number that tell whose it may be


class Act(StrEnum):
    """What is wanted."""

    DIGEST = "digest"
    AI_OFF = "ai_off"
    AI_ON = "ai_on"
    AI = "ai"  # how it stands
    WHO = "who"
    MUTE = "mute"
    UNMUTE = "unmute"
    HELP = "help"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was read. `until` is Unix ms, None without an end; `language` is None where no word tells it."""

    act: Act
    word: str  # as it was typed, without the #
    name: str | None = None  # of whom it speaks
    until: int | None = None
    rest: str = ""  # what stood behind the word
    language: str | None = None


# word -> act, languages in which it is said
_WORDS: dict[str, tuple[Act, str]] = {
    "digest": (Act.DIGEST, "en"),
    "summary": (Act.DIGEST, "en"),
    "resumen": (Act.DIGEST, "es"),
    "resumo": (Act.DIGEST, "pt"),
    "ai": (Act.AI, "en"),
    "agent": (Act.AI, "en"),
    "ia": (Act.AI, "es pt"),
    "agente": (Act.AI, "es pt"),
    "who": (Act.WHO, "en"),
    "waiting": (Act.WHO, "en"),
    "quien": (Act.WHO, "es"),
    "quienes": (Act.WHO, "es"),
    "quem": (Act.WHO, "pt"),
    "mute": (Act.MUTE, "en"),
    "unmute": (Act.UNMUTE, "en"),
    "silencio": (Act.MUTE, "es pt"),
    "silenciar": (Act.MUTE, "es pt"),
    "silencia": (Act.MUTE, "es pt"),
    "help": (Act.HELP, "en"),
    "ayuda": (Act.HELP, "es"),
    "ajuda": (Act.HELP, "pt"),
}
_OFF = {
    "off": "en", "stop": "en", "pause": "en", "apagar": "es", "apaga": "es", "apagada": "es", "desactivar": "es",
    "pausar": "es pt", "parar": "es pt", "desligar": "pt", "desliga": "pt", "desligada": "pt", "desativar": "pt",
}  # fmt: skip
_ON = {
    "on": "en", "start": "en", "resume": "en", "encender": "es", "enciende": "es", "encendida": "es", "activar": "es",
    "seguir": "es", "ligar": "pt", "liga": "pt", "ligada": "pt", "ativar": "pt", "continuar": "es pt",
}  # fmt: skip
_END_OF_MUTE = {"off": "en", "end": "en", "no": "es", "fin": "es", "quitar": "es", "nao": "pt", "fim": "pt"}
_ACCENTS = {"silêncio": "pt", "até": "pt", "às": "pt", "quién": "es", "quiénes": "es"}  # tell what their letters do not

_COMMAND = re.compile(r"#\s?([^\W\d_]+)(.*)", re.DOTALL)
_UNITS = {
    "m": MINUTE, "min": MINUTE, "mins": MINUTE, "minute": MINUTE, "minutes": MINUTE, "minuto": MINUTE,
    "minutos": MINUTE, "h": HOUR, "hour": HOUR, "hours": HOUR, "hora": HOUR, "horas": HOUR, "d": DAY, "day": DAY,
    "days": DAY, "dia": DAY, "dias": DAY,
}  # fmt: skip
_LENGTH = re.compile(rf"(\d{{1,4}})\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?:\s*(\d{{1,2}}))?")
_BY_LENGTH = re.compile(rf"(?:^|\s)(?:(?:for|por|durante)\s+)?{_LENGTH.pattern}$")
_BY_TIME = re.compile(
    r"(?:^|\s)(until|till|hasta|ate)\s+(?:(?:las|la|as|a)\s+)?(\d{1,2})(?:(?:[:.h])(\d{2})|h)?\s*(am|pm)?$"
)


def is_command(text: str | None) -> bool:
    """Whether a text is meant as a command: it begins with # and a letter."""
    return text is not None and _COMMAND.match(text.strip()) is not None


def parse(text: str, *, now: int, zone: str) -> Command | None:
    """The command that a text gives; None where it is meant as none. What is not understood is `UNKNOWN`."""
    match = _COMMAND.match(text.strip())
    if match is None:
        return None
    typed, rest = match[1], " ".join(match[2].split())
    act, spoken = _WORDS.get(fold(typed), (Act.UNKNOWN, ""))
    language = _ACCENTS.get(typed.lower()) or spoken
    readers = {Act.AI: _agent, Act.MUTE: _mute}
    if (reader := readers.get(act)) is not None:
        return reader(typed, rest, language, now=now, zone=zone)
    return Command(act, typed, rest=rest, language=_one(language))


def _agent(typed: str, rest: str, language: str, *, now: int, zone: str) -> Command:
    words = rest.split()
    if not words:
        return Command(Act.AI, typed, language=_one(language))
    for verbs, act in ((_OFF, Act.AI_OFF), (_ON, Act.AI_ON)):
        if (verb := fold(words[0])) in verbs:
            name, until, spoken = _ending(" ".join(words[1:]), now=now, zone=zone)
            told = _one(spoken) or _one(verbs[verb]) if verbs[verb] != "en" else _one(spoken)
            until = until if act is Act.AI_OFF else None
            return Command(act, typed, name or None, until, rest, told or _one(language, least=language != ""))
    return Command(Act.UNKNOWN, typed, rest=rest, language=_one(language))


def _mute(typed: str, rest: str, language: str, *, now: int, zone: str) -> Command:
    if (said := fold(rest)) in _END_OF_MUTE:
        told = _END_OF_MUTE[said] if _END_OF_MUTE[said] != "en" else ""
        return Command(Act.UNMUTE, typed, rest=rest, language=_one(told) or _one(language))
    left, until, spoken = _ending(rest, now=now, zone=zone)
    if left:
        return Command(Act.UNKNOWN, typed, rest=rest, language=_one(language))
    return Command(Act.MUTE, typed, until=until, rest=rest, language=_one(spoken) or _one(language))


def _one(languages: str, *, least: bool = False) -> str | None:
    """The language, where there is one; `least`: of several the first."""
    found = languages.split()
    return found[0] if len(found) == 1 or (found and least) else None


def _ending(text: str, *, now: int, zone: str) -> tuple[str, int | None, str]:
    """What stands before the end of a time that ends the text, that moment, and the language that it tells."""
    said = fold(text)
    if (time := _BY_TIME.search(said)) is not None:
        at = _clock_time(time[2], time[3], time[4])
        if at is not None:
            return text[: time.start()].strip(), next_daily(now, at, zone), _UNTIL[time[1]]
    if (length := _BY_LENGTH.search(said)) is not None:
        unit = _UNITS[length[2]]
        more = int(length[3]) * MINUTE if length[3] and unit == HOUR else 0
        span = int(length[1]) * unit + more
        if 0 < span <= LONGEST and not (length[3] and unit != HOUR):
            return text[: length.start()].strip(), now + span, ""
    return text.strip(), None, ""


_UNTIL = {"until": "en", "till": "en", "hasta": "es", "ate": "pt"}


def _clock_time(hour: str, minute: str | None, half: str | None) -> str | None:
    at, past = int(hour), int(minute or 0)
    if half and 1 <= at <= 12:
        at = at % 12 + (12 if half == "pm" else 0)
    return f"{at:02}:{past:02}" if at < 24 and past < 60 else None


# Whom a name means


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chat that may be meant: what it and its person are called, and the numbers of the person."""

    chat_id: str
    shown: str
    names: tuple[str, ...]
    phones: tuple[str, ...] = ()


def digits_of(name: str) -> str | None:
    """The digits of what is meant as a number or the end of one; None where it is a name."""
    digits = re.sub(r"[\s\-().+]", "", name)
    return digits if digits.isascii() and digits.isdecimal() and len(digits) >= _FEWEST_DIGITS else None


def meant(name: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Whom a name means: who is called so, else who has that first name, else whose name begins so.

    Several mean that it has to be asked which; none, that nobody is called so.
    """
    known: Sequence[Candidate] = list(candidates)
    if (digits := digits_of(name)) is not None:
        return [one for one in known if any(phone.endswith(digits) for phone in one.phones)]
    wanted = fold(name).split()
    for fits in (_is_called, _has_first_name, _begins):
        if found := [one for one in known if any(fits(fold(each).split(), wanted) for each in one.names)]:
            return found
    return []


def _is_called(name: list[str], wanted: list[str]) -> bool:
    return name == wanted


def _has_first_name(name: list[str], wanted: list[str]) -> bool:
    return name[: len(wanted)] == wanted


def _begins(name: list[str], wanted: list[str]) -> bool:
    """Whether each word that was typed begins a word of the name, in that order."""
    rest = iter(name)
    return bool(wanted) and all(any(word.startswith(part) for word in rest) for part in wanted)
