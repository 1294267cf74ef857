"""Whose message it is: the ids of chats and people as bridges write them."""

from collections.abc import Iterable
from typing import Any

from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, parse
from frontdesk.domain.wire import Sender
from frontdesk.kit.loose import Json, ident, record, words

# Status posts, broadcast lists and channels are no chats of the desk; WhatsApp's own news come from the number 0.
_IGNORED = ("@broadcast", "@newsletter")
_WHATSAPP = ("0@c.us", "0@s.whatsapp.net")
_BEST_FIRST = {AddressKind.PHONE: 0, AddressKind.LID: 1}
_WRITERS = ("author", "participant", "senderId", "sender", "from")
_ALTERNATIVES = ("senderAlt", "participantAlt", "senderPhone", "senderPn", "senderLid", "phone", "lid")
_NAMES = ("senderName", "pushName", "notifyName", "pushname", "contactName")

NOBODY = Sender(addresses=())


def text_id(value: Any) -> str | None:
    """An id, also where the bridge hands on the object of its library."""
    if isinstance(value, dict):
        inner = record(value.get("key")) or value
        return ident(inner.get("_serialized")) or ident(inner.get("id")) or ident(inner.get("user"))
    return ident(value)


def address(value: Any) -> Address | None:
    """The address behind an id; None where it is none of a person or group."""
    text = text_id(value)
    try:
        return parse(text) if text else None
    except MalformedAddress:
        return None


def is_ignored(chat: str | None) -> bool:
    """Whether it is no chat of the desk."""
    return chat is not None and (chat.endswith(_IGNORED) or chat in _WHATSAPP)


def chat_of(given: Json) -> str | None:
    """The id of the chat, as it was told."""
    mine = given.get("fromMe") is True
    keys = ("chatId", "chat_id", "remoteJid", "to" if mine else "from")
    return next((found for key in keys if (found := text_id(given.get(key)))), None)


def writer(given: Json, chat: Address) -> Sender:
    """Who wrote, or for what the owner typed, to whom. `chat` is the address of the chat."""
    in_group = chat.kind is AddressKind.GROUP
    name = next((found for one in _NAMES if (found := words(given.get(one)))), None)
    if given.get("fromMe") is True:
        return NOBODY if in_group else Sender((chat,))
    told = [address(given.get(one)) for one in _WRITERS] if in_group else [chat]
    first = next((one for one in told if one is not None and one.kind is not AddressKind.GROUP), None)
    others = [address(given.get(one)) for one in _ALTERNATIVES]
    return Sender(_best_first([first, *others]), name)


def _best_first(found: Iterable[Address | None]) -> tuple[Address, ...]:
    kept = dict.fromkeys(one for one in found if one is not None and one.kind is not AddressKind.GROUP)
    return tuple(sorted(kept, key=lambda one: _BEST_FIRST.get(one.kind, 2)))
