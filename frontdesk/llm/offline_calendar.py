"""Appointments without a model: asked for one, it lists free times; on a clear choice it books. It reads no more in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from frontdesk.domain.appointment_words import ask_service, asks_service, offer, offered_in, sentence, services_in
from frontdesk.domain.said_times import Day, days, times
from frontdesk.domain.slots import moments
from frontdesk.domain.words import fold

FIND, BOOK, CANCEL = "find_slots", "book_appointment", "cancel_appointment"
_OFFERED = 5

_APPOINTMENT = (
    r"(?:appointment|apointment|booking|visit|viewing|check-?up|slot|cita|turno|visita|marcacao|consulta|horario)"
)
_WANTS = re.compile(
    rf"\b(?:(?:like|want|need|get|make|have|book|schedule|arrange)\b.{{0,40}}\b{_APPOINTMENT}"
    r"|(?:book|schedule) (?:me|a|an|the)\b|free (?:times?|slots?)|any (?:times?|slots?) (?:free|available)"
    rf"|(?:quiero|quisiera|querria|necesito|puedo|podria|pedir|reservar|agendar)\b.{{0,40}}\b{_APPOINTMENT}"
    rf"|(?:quero|queria|gostaria|preciso|posso|marcar|agendar|reservar)\b.{{0,40}}\b{_APPOINTMENT}"
    r"|horas libres|hay hueco|tem vaga|ha vagas?|horarios livres|marcar uma?|earliest appointment)\b"
)
_CANCELS = re.compile(
    rf"\b(?:cancel|cancelar|anular|desmarcar|call off)\b.{{0,30}}\b(?:my|mi|a minha|minha|the|la|a|this)\b.{{0,20}}"
    rf"\b{_APPOINTMENT}"
)
_ASKS_ABOUT = re.compile(
    r"\b(?:how (?:do|can|much|long)|what (?:does|happens)|policy|cost|price|fee"
    r"|como|cuanto|quanto|quanta|precio|preco)\b"
)
_MOVES = re.compile(
    r"\b(?:move|change|reschedule|postpone|put off|cambiar|mover|aplazar|reprogramar"
    r"|mudar|alterar|remarcar|adiar|trocar)\b"
)
_NUMBER = re.compile(
    r"^\W*(?:number |numero |option |opcion |opcao |the |el |la |o |a )?(\d)\W*(?:please|por favor)?\W*$"
)
_FIRST = re.compile(r"\b(?:first|primer[oa]?|primeir[oa])\b")
_SLOT = re.compile(r"^- \[[0-9a-z]+\] (?P<when>.+?)-\d\d:\d\d \((?P<zone>[^)]+)\) with (?P<whom>.+)$", re.MULTILINE)
_DONE = re.compile(
    r"^(?P<what>Booked|Cancelled|Moved|It is booked already): (?P<service>.+?) on (?P<when>[A-Z].+?)-\d\d:\d\d "
    r"\((?P<zone>[^)]+)\) with (?P<whom>.+?) \[apt_"
)
_FREE_FOR = re.compile(r"^(?:Free|No time is free) for (.+?)(?: \(|, )")
_SERVICES = re.compile(r"^Which service is meant\? There are: (.+)\.$")


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: say something, use a tool, or leave it to a person."""

    text: str = ""
    tool: str = ""
    arguments: Mapping[str, str] | None = None
    hand_over: str = ""


def step(
    asked: str, before: str, results: Sequence[tuple[str, str]], *, tools: frozenset[str], language: str
) -> Step | None:
    """The next step where an appointment is meant; None: it is about something else.

    `before` is what was said last to the person, `results` what the tools have said since they wrote.
    """
    if FIND not in tools:
        return None
    if results:
        return _told(results[-1][1], language)
    chosen = _chosen(asked, before)
    if chosen is not None:
        return Step(tool=BOOK, arguments=chosen)
    folded = fold(asked)
    if _CANCELS.search(folded) and "?" not in asked:
        return Step(tool=CANCEL, arguments={})
    if _MOVES.search(folded):
        return None  # to which time, and whether the old one goes, is too much for rules
    if (_WANTS.search(folded) and not _ASKS_ABOUT.search(folded)) or asks_service(before):
        return Step(
            tool=FIND, arguments={"service": _counted(asked, before) or asked, "from_day": asked, "part": asked}
        )
    return None


def _counted(asked: str, before: str) -> str | None:
    """The service of our list that was chosen by its place."""
    services, folded = services_in(before), fold(asked).strip()
    number = _NUMBER.match(folded)
    place = int(number[1]) if number else 1 if _FIRST.search(folded) else 0
    return services[place - 1] if 0 < place <= len(services) else None


def _told(result: str, language: str) -> Step:
    """What the calendar said, in the person's language."""
    if match := _DONE.match(result):
        what = {"Booked": "booked", "Moved": "moved", "Cancelled": "cancelled"}.get(match["what"], "booked")
        start = _start(match["when"], match["zone"])
        if start is not None:
            said = sentence(
                what,
                service=match["service"],
                resource=match["whom"],
                start=start,
                zone=match["zone"],
                language=language,
            )
            directions = result.partition("\n")[2]
            return Step(f"{said}\n{directions}".strip())
    if match := _SERVICES.match(result):
        return Step(ask_service(match[1], language))
    found = [(start, each["zone"]) for each in _SLOT.finditer(result) if (start := _start(each["when"], each["zone"]))]
    if found and (match := _FREE_FOR.match(result)):
        return Step(offer(match[1], tuple(found[:_OFFERED]), language))
    return Step(hand_over=f"The calendar says: {result.splitlines()[0]}")


def _start(when: str, zone: str) -> int | None:
    """The moment of `Tuesday 24 November 2026, 10:30`."""
    folded = fold(when)
    said, clock = days(folded, date(2000, 1, 1)), times(folded)
    if not said or not clock or len(said[0].what.exact) != 1:
        return None
    hour, _, minute = folded[clock[0].begins : clock[0].ends].partition(":")
    found = moments(next(iter(said[0].what.exact)), int(hour) * 60 + int(minute), zone)
    return found[0] if found else None


def _chosen(asked: str, before: str) -> dict[str, str] | None:
    """The line of our list that the person has chosen, if that is clear."""
    service, lines = offered_in(before)
    if not lines:
        return None
    folded = fold(asked).strip()
    if number := _NUMBER.match(folded):
        place = int(number[1]) - 1
        return {"service": service, "slot": lines[place]} if 0 <= place < len(lines) else None
    if _FIRST.search(folded) and "?" not in asked:
        return {"service": service, "slot": lines[0]}
    clocks, said = times(folded), days(folded, date(2000, 1, 1))
    if "?" in asked or len(clocks) > 1 or len(said) > 1 or not (clocks or said):
        return None
    fitting = [
        line
        for line in lines
        if (not clocks or clocks[0].what & _exact(line)) and (not said or _same_day(said[0].what, line))
    ]
    return {"service": service, "slot": fitting[0]} if len(fitting) == 1 else None


def _exact(line: str) -> frozenset[int]:
    """The minute that a line of ours means: it is written with 24 hours."""
    found = times(fold(line))
    return frozenset({min(found[0].what)}) if found else frozenset()


def _same_day(said: Day, line: str) -> bool:
    there = days(fold(line), date(2000, 1, 1))
    if not there:
        return False
    mine = there[0].what
    if said.weekday is not None and said.weekday != mine.weekday:
        return False
    numbers = {each.day for each in mine.exact}
    if said.day_of_month is not None and said.day_of_month not in numbers:
        return False
    return not said.exact or bool(
        {(each.month, each.day) for each in said.exact} & {(e.month, e.day) for e in mine.exact}
    )
