"""What must hold of the secretary: no time is booked twice, nothing urgent is lost, nothing is told on a whim."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from frontdesk.testing.chaos.graph import TAG
from frontdesk.testing.chaos.houses import House
from frontdesk.testing.chaos.secretary import Guests, Heard, Owner
from frontdesk.testing.chaos.throwing import Span

_UNSCORED = "SELECT text FROM messages WHERE direction = 'inbound' AND importance = 0"
_BOTH = (
    "SELECT a.id, b.id FROM appointments a JOIN appointments b ON a.resource_id = b.resource_id AND a.seat = b.seat"
    " WHERE a.id < b.id AND a.kept_from < b.kept_to AND b.kept_from < a.kept_to"
    " AND a.state <> 'cancelled' AND b.state <> 'cancelled'"
)
_BOOKED = "SELECT id FROM appointments WHERE state <> 'cancelled'"
_CELLS = (
    "SELECT a.id FROM appointments a WHERE a.state <> 'cancelled' AND (a.kept_to - a.kept_from) / 300000"
    " <> (SELECT count(*) FROM appointment_cells c WHERE c.appointment_id = a.id)"
)
_WORDS = (
    "SELECT m.text, w.state, count(w.id) FROM messages m LEFT JOIN owner_words w ON w.matter = m.id"
    " WHERE m.direction = 'inbound' AND m.text LIKE '%urgent%' GROUP BY m.text, w.state"
)
_CARED = "SELECT DISTINCT i.text FROM messages i JOIN messages o ON o.chat_id = i.chat_id WHERE o.author = 'operator'"
_TELLERS = ("serve", "worker1", "worker2", "postgres", "redis")
_UNSURE = 5.0  # seconds in which a word that was told is surely noted


def unscored(house: House) -> list[str]:
    """What nobody has scored yet."""
    return [f"{str(text)[:8]} waits to be scored" for (text,) in house.ask(_UNSCORED)]


def faults(house: House, owner: Owner, guests: Guests, *, targets: int, troubles: Sequence[Span]) -> list[str]:
    """Everything that does not hold."""
    return [*unscored(house), *_calendar(house, guests), *_told(house, owner, targets), *_twice(owner, troubles)]


def _calendar(house: House, guests: Guests) -> Iterable[str]:
    booked = {str(row[0]) for row in house.ask(_BOOKED)}
    yield from (f"{one} and {other} are at the same time" for one, other in house.ask(_BOTH))
    yield from (f"{row[0]} does not keep its time" for row in house.ask(_CELLS))
    yield from (f"{one} counts as booked and is not there" for one in guests.booked if one not in booked)
    if not booked:
        yield f"nobody could book: {dict(guests.answers)}"


def _told(house: House, owner: Owner, targets: int) -> Iterable[str]:
    """Each urgent text is told to each target, or waits to be; it is dropped only where a person has answered."""
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for one in owner.heard:
        for tag in one.tags:
            heard[tag].add(one.target)
    cared = {str(row[0]) for row in house.ask(_CARED)}
    known: Counter[str] = Counter()
    for text, state, count in house.ask(_WORDS):
        tag = TAG.findall(str(text))[0]
        known[tag] += count
        if state == "told" and len(heard[tag]) < count:
            yield f"#{tag} counts as told to {count} targets, and {len(heard[tag])} have heard it"
        elif state == "failed" or (state == "dropped" and text not in cared):
            yield f"#{tag} is urgent and was {state}"
    yield from (f"#{tag} is urgent, and {count} targets are told" for tag, count in known.items() if count != targets)


def _twice(owner: Owner, troubles: Sequence[Span]) -> Iterable[str]:
    """The same word a second time, though the target had said that it has it and nothing came between."""
    surely: defaultdict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in owner.heard:
        for tag in one.tags if one.said else ():
            surely[one.target, tag].append(one)
    for (target, tag), several in surely.items():
        for first in several[:-1]:
            if not any(
                span.target in _TELLERS and span.begins < first.at + _UNSURE and span.ends > first.at - 1
                for span in troubles
            ):
                yield f"#{tag} was told to {target} {len(several)} times"
