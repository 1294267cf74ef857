"""What the child of a linked line tells, read into the values that cross a channel. Pure: no library, no network.

Left out without a word: status posts (`status@broadcast`), broadcast lists, newsletters, WhatsApp's own news, the
owner's talks with Meta's AI, keys and bookkeeping between devices, and reports about messages that came to us.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from frontdesk.channels.linked import reading_groups, reading_history, reading_people, reading_protocol
from frontdesk.channels.linked.reading_people import Own
from frontdesk.channels.linked.reading_said import Said, inbound
from frontdesk.domain.addresses import AddressKind
from frontdesk.domain.messages import PLACEHOLDER, Status
from frontdesk.domain.wire import Called, Damaged, Event, Receipt, Typing
from frontdesk.kit.loose import Json, ident, raw, record, words

__all__ = ["EVENTS", "PLACEHOLDER", "UNREAD", "Own", "read"]

UNREAD = "This message could not be read yet. Open WhatsApp on your phone to see it."
_STATUSES = {"DELIVERED": Status.DELIVERED, "READ": Status.READ, "PLAYED": Status.PLAYED}
_NOT_SHOWN = "DECRYPT_FAIL_HIDE"  # reactions, edits and votes: nothing stands for them until they can be read


def read(event: str, given: Mapping[str, Any], own: Own) -> tuple[Event, ...]:
    """Everything that one event of the child tells. Never raises: what cannot be read becomes Damaged."""
    try:
        return tuple(_READERS[event](dict(given), own))
    except Exception as broken:  # whatever it is: one event never costs its neighbours
        if event not in EVENTS:
            return (Damaged("The line told of something that is not known here.", raw({"event": event, "is": given})),)
        return (Damaged(f"This could not be read ({type(broken).__name__}).", raw(given)),)


# Messages


def _message(given: Json, own: Own) -> Iterable[Event]:
    about = record(given.get("Info"))
    if reading_people.ignored(_place(about).get("Chat")):
        return
    external_id = ident(about.get("ID"))
    if external_id is None:
        yield Damaged("The message has no usable id.", raw(given))
        return
    said = reading_protocol.read(
        given.get("Message"), own, external_id=external_id, mark=about.get("Edit"), flagged=given
    )
    if said is not None:
        yield _told(given, said, own)


def _undecryptable(given: Json, own: Own) -> Iterable[Event]:
    """A message that may come again: its id is that of the real one, which takes the place."""
    if reading_people.ignored(_place(record(given.get("Info"))).get("Chat")):
        return
    if given.get("DecryptFailMode") != _NOT_SHOWN:
        yield _told(given, Said(PLACEHOLDER, UNREAD), own)


def _told(given: Json, said: Said, own: Own) -> Event:
    about = record(given.get("Info"))
    source = reading_people.to_itself(reading_people.source(_place(about), reading_people.name_of(about)), own)
    at = reading_people.moment(about.get("Timestamp"))
    found = inbound(said, source, external_id=ident(about.get("ID")), at=at)
    return found if found is not None else Damaged("The message does not say where it belongs.", raw(given))


def _place(about: Json) -> Json:
    return record(about.get("MessageSource"))


# Reports


def _receipt(given: Json, _own: Own) -> Iterable[Event]:
    place, status = _place(given), _STATUSES.get(words(given.get("Type")) or "")
    if status is None or place.get("IsFromMe") is True or reading_people.ignored(place.get("Chat")):
        return
    told, at = given.get("MessageIDs"), reading_people.moment(given.get("Timestamp"))
    source = reading_people.source(place)
    chat = (source.group,) if source.group else source.sender.addresses
    for external_id in told if isinstance(told, list) else ():
        known = ident(external_id)
        yield Receipt(known, status, at, chat=chat) if known else Damaged("The receipt names no usable id.", raw(given))


def _sent(given: Json, _own: Own) -> Iterable[Event]:
    external_id = ident(given.get("external_id"))
    if external_id is None:
        yield Damaged("The report of a send names no usable id.", raw(given))
        return
    at, our_id = reading_people.moment(given.get("timestamp")), ident(given.get("our_id"))
    yield Receipt(external_id, Status.SENT, at, our_id=our_id)


def _typing(given: Json, _own: Own) -> Iterable[Event]:
    place, state = _place(given), given.get("State")
    if place.get("IsFromMe") is True or state not in ("COMPOSING", "PAUSED"):
        return
    source = reading_people.source(place)
    if source.sender.addresses:
        recording = given.get("Media") == "AUDIO"
        yield Typing(source.sender, source.group, writing=state == "COMPOSING", recording=recording)


def _call(given: Json, own: Own) -> Iterable[Event]:
    told = record(given.get("basicCallMeta"))
    caller, other, origin = (reading_people.of_jid(told.get(key)) for key in ("callCreator", "callCreatorAlt", "from"))
    if origin is not None and origin.kind is AddressKind.GROUP:
        return
    who = reading_people.person(caller or origin, other)
    if not who.addresses:
        yield Damaged("The call does not say who rang.", raw(given))
    elif not any(map(own.has, who.addresses)):
        yield Called(who, reading_people.moment(told.get("timestamp")))


# What the child itself makes of the library's events


def _nothing(_given: Json, _own: Own) -> Iterable[Event]:
    return ()


def _damaged(given: Json, _own: Own) -> Iterable[Event]:
    return (Damaged("WhatsApp's library handed over something that could not be opened.", raw(given)),)


_READERS: dict[str, Callable[[Json, Own], Iterable[Event]]] = {
    "message": _message,
    "undecryptable": _undecryptable,
    "receipt": _receipt,
    "sent": _sent,
    "typing": _typing,
    "call": _call,
    "history": reading_history.read,
    "group_info": reading_groups.read,
    "group_change": reading_groups.change,
    "nothing": _nothing,
    "damaged": _damaged,
}
EVENTS = frozenset(_READERS)
