"""What a reply states about free times and appointments, held against what the calendar holds.

Strict where a day and a time stand together: unless it is an opening hour, a refusal, or known from elsewhere, it is a
claim. A claim to have booked needs the booking; a time that is offered needs to have been free in this turn.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from itertools import pairwise

from frontdesk.domain.appointments import State
from frontdesk.domain.booking import Held, Offer
from frontdesk.domain.said_times import Day, Said, days, times
from frontdesk.domain.words import fold
from frontdesk.kit.clock import to_datetime

_SENTENCE = re.compile(r"[^\n.!?;]*(?:[.](?=\S)[^\n.!?;]*)*(?:[.!?;]+|\n|$)")
_BUT = re.compile(r"\b(?:but|however|although|pero|sino|mas|porem|contudo|aber|mais|ma)\b")
_APPOINTMENT = (
    r"(?:appointment|booking|reservation|visit|viewing|slot|cita|reserva|visita|turno|marcacao|consulta|agendamento)"
)
_BOOKED = re.compile(
    r"\b(?:(?:have|has|'ve|was|were|is|are|'s|'re|been|got|just|now|successfully|already)\s+(?:\w+ ){0,3}?"
    r"(?:booked|scheduled|reserved|confirmed|rescheduled|moved|changed|all set|set up)\b|booked you|confirmed for"
    r"|\ball set\b|(?:in|on) (?:the|our|my) calendar\b|you're in|see you (?:on|at|then|there"
    r"|tomorrow|today|next)|(?:expect(?:ing)?|waiting for) you"
    r"|look forward to seeing"
    rf"|(?:^|\W)(?:booked|confirmed|done|scheduled)\s*[!:,]|your {_APPOINTMENT} (?:is|will be|has been)"
    r"|i(?:'ve| have)? (?:booked|scheduled|reserved|moved|rescheduled)"
    r"|(?:he|hemos|ha|queda|quedo|esta|estas|tiene|tienes|fue|ha sido|ya) (?:\w+ ){0,3}?"
    r"(?:reservad\w|agendad\w|confirmad\w|citad\w|programad\w|apuntad\w|cambiad\w|movid\w|listo)"
    r"|reserve\b(?= (?:su|tu|la|una|para))|agende\b|le esperamos|te esperamos|les esperamos|nos vemos"
    r"|tiene (?:su |una )?cita"
    r"|(?:esta|fica|ficou|foi|marquei|tem) (?:\w+ ){0,3}?(?:marcad\w|agendad\w|reservad\w|confirmad\w"
    r"|alterad\w|mudad\w|feit\w)"
    r"|marquei|agendei|reservei|remarquei|confirmei|alterei|esperamos por si|esperamos (?:voce|por voce"
    r"|lo|la)|ate (?:la|breve|amanha)\W*$"
    r"|tem (?:a sua |uma )?(?:marcacao|consulta)"
    r"|(?:su|tu|sua|a sua) (?:cita|reserva|marcacao|consulta|visita) (?:es|sera|e|esta|ficou|fica)"
    r"|(?:^|\W)(?:confirmad\w|agendad\w|reservad\w|marcad\w|listo|pronto)\s*[!:,]"
    r"|(?:habe|ist|wurde) (?:\w+ ){0,5}?(?:gebucht|reserviert|bestatigt|eingetragen)|(?:avez|est"
    r"|ai) (?:\w+ ){0,3}?(?:reserve|confirme)"
    r"|(?:ho|e stat\w) (?:\w+ ){0,2}?(?:prenotat\w|confermat\w|fissat\w))"
)
_CANCELLED = re.compile(
    r"\b(?:(?:have|has|'ve|was|is|been|i|just) (?:\w+ ){0,3}?cancel+ed|cancel+ed\s*[!.]"
    r"|(?:he|hemos|ha|queda|esta|fue|ha sido) (?:\w+ ){0,2}?(?:cancelad\w|anulad\w)"
    r"|cancele (?:su|tu) (?:cita|reserva)\b(?! con)"
    r"|(?:esta|foi|fica|ficou) (?:\w+ ){0,2}?(?:cancelad\w|desmarcad\w)|cancelei|desmarquei)"
)
_FREE = re.compile(
    r"\b(?:free|available|availability|openings?\b(?= (?:on|at))|slots?|offer|have (?:a |an )?(?:time|place|opening)"
    r"|fit you in|could (?:come|do)|can (?:come|do|book|offer|see)|would (?:you like|suit|work)|how about"
    r"|what about|suits? you|works? for"
    r"|libres?|disponibles?|disponibilidad|hueco|tengo|tenemos|puede venir|le viene bien|te viene bien"
    r"|que tal|ofrecer\w*|podemos"
    r"|livres?|disponive(?:l|is)|disponibilidade|vagas?|temos|tenho|pode vir|posso|convem|oferecer|que tal"
    r"|frei(?:e|en)?|verfugbar|libre|liber[oi]|disponibil\w+)\b"
)
_REFUSES = re.compile(
    r"\b(?:not|n't|no longer|isn't|aren't|cannot|can't|unavailable|taken|unfortunately|nothing|none"
    r"|fully booked|already booked"
    r"|no (?:esta|tengo|tenemos|hay|queda|es|puedo|podemos|se)|ocupad\w|complet\w|ya no|lamentablemente|ningun\w*"
    r"|nao|ocupad\w|infelizmente|ja nao|nenhum\w*|esgotad\w|leider|nicht|kein\w*|pas|malheureusement|non"
    r"|purtroppo)\b|n't\b"
)
_HOURS = re.compile(
    r"\b(?:open(?:s|ing)?|clos(?:e|es|ed|ing)|hours?|lunch|break|emergenc\w+|office|every|daily|weekdays?"
    r"|weekends?|until|till"
    r"|abr(?:e|en|imos)|abiert\w|cierr\w+|cerramos|cerrad\w|horarios|horario (?:de|es de|:)"
    r"|urgenc\w+|todos los|cada|hasta"
    r"|abert\w|abrimos|fech\w+|todos os|todas as|cada|ate as|almoco"
    r"|ouvert\w*|ferm\w+|horaires?|geoffnet|geschlossen|offnungszeiten|apert\w|chius\w|orari\w?"
    r"|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays"
    r"|(?:los|los dias) (?:lunes|martes|miercoles|jueves|viernes|sabados|domingos)"
    r"|(?:as|aos) (?:segundas|tercas|quartas|quintas|sextas|sabados|domingos))\b"
)
_QUOTED = 25  # characters from which on words of the owner are known again
_NO_SLOT = re.compile(r"\b(?:parking|park|wifi|charge|estacion\w+|aparca\w+|parque)\b")
_ECHO = re.compile(
    r"\b(?:you (?:asked|wanted|said|mentioned|requested|wrote)|(?:let me|i will|i'll) (?:check|look|see)"
    r"|pidio|pediste|menciono|preguntaba"
    r"|pediu|perguntou|disse|queria|mencionou|(?:voy a|vou) (?:ver|mirar|verificar|comprobar))\b"
)
_ENDS = re.compile(r"\b(?:ends?|until|till|over|finish\w*|acaba|termina|hasta|ate)\b[^,;]{0,12}$")
_BETWEEN = re.compile(r"\s*(?:-|–|—|to|until|till|a|a las?|as|ate|ate as|hasta|hasta las?|bis|alle)\s*")
_AND = re.compile(r"\s*(?:and|y|e)(?: las?| as)?\s*")
_FROM = re.compile(r"\b(?:between|entre|zwischen|tra|fra)(?: las?| as)?\s*$")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the calendar says: times offered in this turn, the person's appointments, and what else is known."""

    today: date
    offers: tuple[Offer, ...] = ()
    held: tuple[Held, ...] = ()
    cancelled: bool = False  # in this turn
    known: str = ""  # knowledge and prompt: what the owner wrote
    only_bookings: bool = False  # there is no calendar: only what was surely claimed to be booked is looked at


class _Kind(Enum):
    BOOKED = auto()
    CANCELLED = auto()
    FREE = auto()
    PLAIN = auto()


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time with the day that goes with it, if one does."""

    minutes: frozenset[int]
    day: Day | None
    text: str
    ends_range: bool
    tells_end: bool
    in_range: bool


def wrong_claims(reply: str, facts: Facts) -> tuple[str, ...]:
    """The parts of a reply that state a free time or an appointment which the calendar does not hold."""
    known = {
        (each.minutes, each.day)
        for clause in _clauses(facts.known)
        for each in _moments(clause, None, facts.today)[0]
        if not each.in_range and not _HOURS.search(clause)  # that it is open then does not make it free
    }
    plain = _plain(facts.known)
    wrong: list[str] = []
    day: Day | None = None
    for clause in _clauses(reply):
        if not clause.strip() or _is_quoted(clause, plain):
            continue
        found, day = _moments(clause, day, facts.today)
        kind = _kind(clause)
        if facts.only_bookings and kind is not _Kind.BOOKED:
            continue
        if kind in (_Kind.BOOKED, _Kind.CANCELLED) and not found and not facts.only_bookings:
            wrong += [] if _stands(kind, facts) else [clause.strip()]
        wrong += [each.text for each in found if not _holds(each, kind, clause, facts=facts, known=known)]
    return tuple(dict.fromkeys(wrong))


def _holds(
    moment: _Moment, kind: _Kind, clause: str, *, facts: Facts, known: set[tuple[frozenset[int], Day | None]]
) -> bool:
    held = [each for each in facts.held if each.state is not State.CANCELLED]
    if kind is _Kind.BOOKED and facts.only_bookings:
        return moment.ends_range or any(moment.minutes & minutes for minutes, _ in known)
    if kind is _Kind.BOOKED:
        return moment.ends_range or _among(moment, [(each.start, each.end, each.zone) for each in held])
    if kind is _Kind.CANCELLED:
        return _among(moment, [(each.start, each.end, each.zone) for each in facts.held])
    if moment.ends_range or _REFUSES.search(clause):
        return True
    if kind is _Kind.PLAIN and (moment.minutes, moment.day) in known:
        return True
    if kind is _Kind.PLAIN and (moment.day is None or moment.in_range or _HOURS.search(clause) or _ECHO.search(clause)):
        return True
    if kind is _Kind.FREE and ((moment.in_range and _HOURS.search(clause)) or _NO_SLOT.search(clause)):
        return True
    free = [(each.start, each.end, each.zone) for each in facts.offers]
    return _among(moment, [*free, *((each.start, each.end, each.zone) for each in held)])


def _among(moment: _Moment, spans: Sequence[tuple[int, int, str]]) -> bool:
    for start, end, zone in spans:
        begins, ends = to_datetime(start, zone), to_datetime(end, zone)
        if moment.day is not None and not moment.day.fits(begins.date()):
            continue
        meant = {begins.hour * 60 + begins.minute} | ({ends.hour * 60 + ends.minute} if moment.tells_end else set())
        if moment.minutes & meant:
            return True
    return False


def _stands(kind: _Kind, facts: Facts) -> bool:
    """Whether there is an appointment at all of which that may be said."""
    if kind is _Kind.CANCELLED:
        return facts.cancelled or any(each.state is State.CANCELLED for each in facts.held)
    return any(each.state is not State.CANCELLED for each in facts.held)


def _kind(clause: str) -> _Kind:
    asks = clause.rstrip().endswith("?")
    refused = _REFUSES.search(clause) is not None
    if not asks and not refused and _CANCELLED.search(clause):
        return _Kind.CANCELLED
    if not asks and not refused and _BOOKED.search(clause):
        return _Kind.BOOKED
    return _Kind.FREE if asks or _FREE.search(clause) else _Kind.PLAIN


def _is_quoted(clause: str, known: str) -> bool:
    """Whether the owner wrote these very words: they speak of everybody."""
    words = clause.strip(" \n.!?;,")
    return len(words) >= _QUOTED and words in known


def _plain(text: str) -> str:
    return fold(text).replace("’", "'").replace("*", "").replace("_", " ")


def _clauses(text: str) -> Iterator[str]:
    for match in _SENTENCE.finditer(_plain(text)):
        yield from _BUT.split(match[0])


def _moments(clause: str, carried: Day | None, today: date) -> tuple[list[_Moment], Day | None]:
    """The times in a clause with their days, and the day that goes on into the next one."""
    when = days(clause, today)
    clocks = [each for each in times(clause) if not any(_inside(each, day) for day in when)]
    ranges = _ranges(clause, clocks)
    made = []
    for number, each in enumerate(clocks):
        day = _day_of(each, when) or (carried if not when else None)
        place = (min(_day_begins(each, when), each.begins), each.ends)
        text = clause[slice(*place)].strip(" ,.-:;")
        made.append(
            _Moment(
                each.what,
                day,
                text,
                ends_range=number - 1 in ranges,
                tells_end=_ENDS.search(clause[: each.begins]) is not None,
                in_range=number in ranges or number - 1 in ranges,
            )
        )
    last = when[-1].what if when else carried
    return made, last


def _inside(one: Said[frozenset[int]], day: Said[Day]) -> bool:
    return one.begins < day.ends and day.begins < one.ends


def _day_of(clock: Said[frozenset[int]], when: Sequence[Said[Day]]) -> Day | None:
    before = [each for each in when if each.begins < clock.begins]
    if before:
        return before[-1].what
    return when[0].what if when else None


def _day_begins(clock: Said[frozenset[int]], when: Sequence[Said[Day]]) -> int:
    before = [each.begins for each in when if each.begins < clock.begins]
    return before[-1] if before else clock.begins


def _ranges(clause: str, clocks: Sequence[Said[frozenset[int]]]) -> set[int]:
    """The numbers of the times that begin a span, as in “from 9:00 to 18:00”."""
    found = set()
    for number, (first, second) in enumerate(pairwise(clocks)):
        between = clause[first.ends : second.begins]
        joined = _AND.fullmatch(between) and _FROM.search(clause[: first.begins])
        if _BETWEEN.fullmatch(between) or joined:
            found.add(number)
    return found
