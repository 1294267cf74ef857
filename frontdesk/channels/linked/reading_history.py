"""The past that the phone hands over at linking: one conversation at a time, kept and never answered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from frontdesk.channels.linked import reading_people, reading_protocol
from frontdesk.channels.linked.reading_people import NOBODY, Own, Source
from frontdesk.channels.linked.reading_said import Said, inbound, objects
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, Event, GroupChange, Inbound, Sender
from frontdesk.kit.loose import Json, ident, raw, record, words

# How far a message of ours had come, in the words that the Cloud API has for it.
_STATUSES = {"ERROR": "error", "SERVER_ACK": "sent", "DELIVERY_ACK": "delivered", "READ": "read", "PLAYED": "played"}


@dataclass(frozen=True, slots=True)
class _Thread:
    """One conversation: with a person or in a group."""

    own: Own
    names: Mapping[Address, str]
    person: Sender = NOBODY
    group: Address | None = None

    def source(self, key: Json, writer: Address | None, name: str | None) -> Source:
        """Where a message stands, from its key and from who is named beside it."""
        from_me = key.get("fromMe") is True or self.own.has(writer)
        if self.group is None:
            who = self.person if from_me else replace(self.person, name=name or self.person.name)
            return reading_people.to_itself(Source(who, None, from_me), self.own)
        if from_me:
            return Source(NOBODY, self.group, from_me=True)
        called = name or (self.names.get(writer) if writer else None)
        return Source(reading_people.person(writer, name=called), self.group)


def read(given: Json, own: Own) -> Iterable[Event]:
    """The messages of a conversation in the order of time, both ways, and its name where it is a group."""
    told = record(given.get("conversation"))
    if "conversation" not in given:  # names alone, of people who have said nothing yet
        return
    chat = reading_people.of_text(told.get("ID"))
    if _is_no_chat(told):
        return
    names = _names(given)
    if chat is not None and chat.kind is AddressKind.GROUP:
        yield GroupChange(chat, words(told.get("name")) or None)  # who is in it now is told by `group_info`
        thread = _Thread(own, names, group=chat)
    else:
        thread = _Thread(own, names, person=_person(told, chat, names))
        if not thread.person.addresses:
            yield Damaged("The conversation does not say with whom it was.", raw(told))
            return
    yield from sorted(_messages(told, thread), key=_time)


def _is_no_chat(told: Json) -> bool:
    user, _, server = (words(told.get("ID")) or "").partition("@")
    return reading_people.ignored({"User": user, "Server": server})


def _names(given: Json) -> dict[Address, str]:
    found = ((reading_people.of_text(one.get("ID")), words(one.get("pushname"))) for one in objects(given, "pushnames"))
    return {address: name for address, name in found if address is not None and name}


def _person(told: Json, chat: Address | None, names: Mapping[Address, str]) -> Sender:
    others = (reading_people.of_text(told.get(key)) for key in ("pnJID", "lidJID", "newJID", "oldJID"))
    who = reading_people.person(chat, *others)
    own_name = next((names[address] for address in who.addresses if address in names), None)
    return replace(who, name=own_name or words(told.get("displayName")) or words(told.get("name")) or None)


def _messages(told: Json, thread: _Thread) -> Iterator[Event]:
    for one in objects(told, "messages"):
        try:
            yield from _message(record(one.get("message")), thread)
        except Exception as broken:  # one message never costs the others
            yield Damaged(f"A message of the past could not be read ({type(broken).__name__}).", raw(one))


def _message(told: Json, thread: _Thread) -> Iterator[Event]:
    external_id, participant, _ = reading_people.key(told.get("key"))
    if external_id is None:
        if told.get("message"):
            yield Damaged("A message of the past has no usable id.", raw(told))
        return
    said = reading_protocol.read(told.get("message"), thread.own, external_id=external_id)
    if said is None:
        return
    writer = reading_people.of_text(told.get("participant")) or participant
    source = thread.source(record(told.get("key")), writer, words(told.get("pushName")))
    at = reading_people.moment(told.get("messageTimestamp"))
    status = _STATUSES.get(words(told.get("status")) or "")
    if source.from_me and status:
        said = replace(said, content={**said.content, "history_status": status})
    kept = inbound(said, source, external_id=external_id, at=at, history=True)
    yield kept if kept is not None else Damaged("A message of the past does not say who wrote it.", raw(told))
    for reaction in objects(told, "reactions"):
        yield from _reaction(reaction, thread, external_id)


def _reaction(told: Json, thread: _Thread, target: str) -> Iterator[Event]:
    key, emoji = record(told.get("key")), words(told.get("text"))
    _, writer, _ = reading_people.key(key)
    if not emoji:
        return
    said = Said("reaction", emoji, content={"emoji": emoji, "target": target})
    at = reading_people.moment(told.get("senderTimestampMS"))
    kept = inbound(said, thread.source(key, writer, None), external_id=ident(key.get("ID")), at=at, history=True)
    if kept is not None:
        yield kept


def _time(event: Event) -> int:
    return (event.at or 0) if isinstance(event, Inbound) else 0
