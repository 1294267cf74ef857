"""Who wrote where: the ids and times of linked devices, read into addresses and senders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, display, phone
from frontdesk.domain.wire import Sender
from frontdesk.kit.loose import Json, ident, record, whole, words

_PHONES = frozenset({"s.whatsapp.net", "c.us", "hosted"})
_HIDDEN = frozenset({"lid", "hosted.lid"})
_GROUPS = "g.us"
# Status posts, broadcast lists, channels and the owner's talks with Meta's AI are no chats of the desk; WhatsApp's own
# news come from the number 0.
_IGNORED = frozenset({"bot", "broadcast", "newsletter"})
_WHATSAPP = "0"
_EARLIEST = 1_230_768_000  # 2009, when WhatsApp began
_LATEST = 4_102_444_800  # 2100
_BEST_FIRST = {AddressKind.PHONE: 0, AddressKind.LID: 1}

NOBODY = Sender(addresses=())


@dataclass(frozen=True, slots=True)
class Own:
    """The ids of the line itself, digits only, as far as they are known."""

    phone: str | None = None
    lid: str | None = None

    def has(self, address: Address | None) -> bool:
        """Whether the address is ours."""
        if address is None:
            return False
        return address.value == {AddressKind.PHONE: self.phone, AddressKind.LID: self.lid}.get(address.kind)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message stands. `sender` is the other person: for what the owner typed, the one it was sent to."""

    sender: Sender
    group: Address | None = None
    from_me: bool = False


def address(user: Any, server: Any) -> Address | None:
    """The address with these two parts; None where they are none of a person or group. A device number is dropped."""
    if not isinstance(user, str) or not isinstance(server, str) or len(user) > 64:
        return None
    if server == _GROUPS:
        return Address(AddressKind.GROUP, f"{user}@{_GROUPS}") if user and user.isprintable() else None
    digits = user.partition(":")[0].partition(".")[0]
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if server in _HIDDEN:
        return Address(AddressKind.LID, digits)
    if server not in _PHONES:
        return None
    try:
        return phone(digits)
    except MalformedAddress:
        return None


def of_jid(value: Any) -> Address | None:
    """The address behind an id in parts, `{"User": ..., "Server": ...}`."""
    parts = record(value)
    return address(parts.get("User"), parts.get("Server"))


def of_text(value: Any) -> Address | None:
    """The address behind an id in one text, `447700900123:4@s.whatsapp.net`."""
    user, at, server = value.partition("@") if isinstance(value, str) else ("", "", "")
    return address(user, server) if at else None


def person(*found: Address | None, name: Any = None) -> Sender:
    """The person with these addresses, the phone first; what is none of a person is left out."""
    known = {one: None for one in found if one is not None and one.kind in _BEST_FIRST}
    return Sender(tuple(sorted(known, key=lambda one: _BEST_FIRST[one.kind])), words(name) or None)


def ignored(chat: Any) -> bool:
    """Whether what happens in this chat, given in parts, is none of the desk's business."""
    parts = record(chat)
    server = parts.get("Server")
    if not isinstance(server, str):
        return False
    return server in _IGNORED or (server in _PHONES and parts.get("User") == _WHATSAPP)


def source(told: Json, name: Any = None) -> Source:
    """Who wrote where, from a `MessageSource`. `name` is what the writer is called.

    What the owner typed into a group is to nobody in particular: then only the group is named.
    """
    chat, from_me = of_jid(told.get("Chat")), told.get("IsFromMe") is True
    group = chat if chat is not None and chat.kind is AddressKind.GROUP else None
    if from_me:
        return Source(NOBODY if group else person(chat, of_jid(told.get("RecipientAlt"))), group, from_me=True)
    writer, other = of_jid(told.get("Sender")), of_jid(told.get("SenderAlt"))
    return Source(person(writer, other, None if group else chat, name=name), group)


def to_itself(where: Source, own: Own) -> Source:
    """The same; where the owner writes to the own number, with every id that the line has: WhatsApp tells only one."""
    if not where.from_me or not any(map(own.has, where.sender.addresses)):
        return where
    known = (
        Address(kind, value) for kind, value in ((AddressKind.PHONE, own.phone), (AddressKind.LID, own.lid)) if value
    )
    return replace(where, sender=person(*known, *where.sender.addresses))


def name_of(about: Json) -> str | None:
    """What the writer is called: the own profile name, else the checked name of a business."""
    details = record(record(about.get("VerifiedName")).get("Details"))
    return words(about.get("Pushname")) or words(details.get("verifiedName")) or None


def moment(value: Any) -> int | None:
    """Unix milliseconds of a time in seconds or in milliseconds; None when it is not sane."""
    told = whole(value)
    if told is None:
        return None
    seconds = told / 1_000 if told > _LATEST else told
    return int(seconds * 1_000) if _EARLIEST <= seconds <= _LATEST else None


def called(one: Address | None, names: Mapping[Address, str] | None = None) -> str:
    """The person for people: the name, the number, or “Somebody” where only a hidden id is known."""
    if one is None:
        return "Somebody"
    known = (names or {}).get(one)
    return known or (display(one) if one.kind is AddressKind.PHONE else "Somebody")


def key(value: Any) -> tuple[str | None, Address | None, bool]:
    """What a message key points at: the message's id, who wrote it where that is told, and whether its owner did."""
    parts = record(value)
    return ident(parts.get("ID")), of_text(parts.get("participant")), parts.get("fromMe") is True


def texts(found: Iterable[Any]) -> list[Address]:
    """The addresses among ids in texts."""
    return [one for one in map(of_text, found) if one is not None]
