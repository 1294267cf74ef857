"""The events of a bridge as values of the house. What cannot be read is kept as damaged, and breaks nothing."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from frontdesk.channels.bridge import people
from frontdesk.channels.bridge.contents import without_content
from frontdesk.channels.bridge.protocol import Told, moment
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Damaged, Event, GroupChange, Inbound, MediaRef, NameChange, Receipt, Sender, Typing
from frontdesk.kit.loose import Json, lenient_ident, number, raw, record, words

KEPT = "_kept"  # the name of our own file with the content that came with an event
MESSAGES = frozenset({"new_message", "message", "message_create", "history_message"})
# What bridges say of themselves, and what their libraries make of a group's notices.
_SILENT = frozenset(
    {
        "loading_screen",
        "heartbeat",
        "ping",
        "pong",
        "log",
        "error",
        "remote_session_saved",
        "state",
        "status",
        "change_state",
    }
)
_SILENT_TYPES = frozenset(
    {
        "ciphertext", "debug", "e2e_notification", "gp2", "group_notification", "notification", "notification_template",
        "oversized", "protocol", "call_log", "broadcast_notification", "newsletter_notification",
    }
)  # fmt: skip
_KINDS = {
    "chat": "text",
    "text": "text",
    "conversation": "text",
    "extendedTextMessage": "text",
    "image": "image",
    "imageMessage": "image",
    "video": "video",
    "gif": "video",
    "ptv": "video",
    "videoMessage": "video",
    "audio": "audio",
    "ptt": "audio",
    "voice": "audio",
    "audioMessage": "audio",
    "document": "document",
    "documentMessage": "document",
    "sticker": "sticker",
    "stickerMessage": "sticker",
    "location": "location",
    "locationMessage": "location",
    "live_location": "location",
    "vcard": "contacts",
    "multi_vcard": "contacts",
    "contacts": "contacts",
    "contactMessage": "contacts",
    "buttons_response": "interactive",
    "list_response": "interactive",
    "template_button_reply": "interactive",
    "revoked": "revoke",
}
_FILES = frozenset({"image", "video", "audio", "document", "sticker"})
_ACKS = {
    -1: Status.FAILED, 1: Status.SENT, 2: Status.DELIVERED, 3: Status.READ, 4: Status.PLAYED,
    "error": Status.FAILED, "failed": Status.FAILED, "sent": Status.SENT, "server": Status.SENT,
    "delivered": Status.DELIVERED, "device": Status.DELIVERED, "read": Status.READ, "played": Status.PLAYED,
}  # fmt: skip
_REFUSED = "WhatsApp did not take the message; the bridge did not say why."


def read(told: Told) -> tuple[Event, ...]:
    """Everything that an event says; nothing where it is of no concern here."""
    reader = _READERS.get(told.event)
    if told.event in _SILENT:
        return ()
    if reader is None:
        return (_damaged(f"Bridges tell no event “{told.event[:60]}”, as far as it is known here.", told),)
    try:
        return tuple(reader(told))
    except _Unreadable as why:
        return (_damaged(str(why), told),)


class _Unreadable(Exception):
    """What was told lacks what it cannot be without."""


def _damaged(reason: str, told: Told) -> Damaged:
    return Damaged(reason, raw({"event": told.event, "data": without_content(told.given)}))


def _message(told: Told) -> Iterable[Event]:
    given = dict(told.given)
    kind_told = words(given.get("type")) or ""
    chat_id, external_id = people.chat_of(given), people.text_id(given.get("id")) or lenient_ident(given.get("id"))
    if people.is_ignored(chat_id) or kind_told in _SILENT_TYPES:
        return ()
    chat = people.address(chat_id)
    if chat is None:
        raise _Unreadable("The message does not say in which chat it stands (chatId).")
    if external_id is None:
        raise _Unreadable("The message has no id.")
    media = _media(given)
    group = chat if chat.kind is AddressKind.GROUP else None
    kind = _kind(kind_told, media, given)
    sender = people.writer(given, chat)
    if group is not None and given.get("fromMe") is not True and not sender.addresses:
        raise _Unreadable("The message of a group does not say who wrote it (author).")
    history = told.event == "history_message" or given.get("history") is True
    one = Inbound(
        external_id if kind != "revoke" else f"{external_id}:revoked",
        kind,
        sender,
        at=moment(given.get("timestamp")) or told.at,
        text=(words(given.get("body")) or words(given.get("text")) or words(given.get("caption"))) or None,
        group=group,
        reply_to=_quoted(given),
        media=media,
        content=_content(kind, external_id, given),
        typed_on_phone=given.get("fromMe") is True,
        history=history,
    )
    title = (words(given.get("groupName")) or words(given.get("chatName"))) if group is not None else None
    return (*((GroupChange(group, title),) if group is not None and title else ()), one)


def _kind(told: str, media: MediaRef | None, given: Json) -> str:
    """The kind; a file behind a word that says nothing of it is told by its type."""
    kind = _KINDS.get(told, "")
    if media is not None and kind not in _FILES:
        top = (media.mime or "").partition("/")[0]
        return top if top in ("image", "video", "audio") else "document"
    if kind:
        return kind
    return "text" if words(given.get("body")) or words(given.get("text")) else "unsupported"


def _content(kind: str, external_id: str, given: Json) -> Json:
    content: Json = {}
    if mentions := [str(one) for each in _list(given.get("mentionedIds")) if (one := people.address(each))]:
        content["mentions"] = mentions
    if given.get("isForwarded") is True:
        content["forwarded"] = True
    if kind == "location":
        place = record(given.get("location")) or given
        content["latitude"] = number(place.get("latitude"))
        content["longitude"] = number(place.get("longitude"))
        content["name"] = words(place.get("name")) or words(place.get("description"))
    elif kind == "contacts":
        cards = [words(card) for card in _list(given.get("vCards"))] or [words(given.get("body"))]
        content["contacts"] = [{"name": _named(card), "vcard": card} for card in cards if card]
    elif kind == "revoke":
        content["target"] = external_id
    elif kind == "unsupported":
        content["unsupported_type"] = (words(given.get("type")) or "")[:80]
    return content


def _named(card: str) -> str:
    named = next((line[3:].strip() for line in card.splitlines() if line.startswith("FN:")), "")
    return named or "Contact"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _quoted(given: Json) -> str | None:
    names = ("quotedMessageId", "quotedMsgId", "quotedStanzaID", "replyTo", "reply_to")
    return next((found for name in names if (found := people.text_id(given.get(name)))), None)


def _media(given: Json) -> MediaRef | None:
    """What came along as a file; without a path or a content the fetch will say that the bridge has not given it."""
    path, kept = words(given.get("mediaPath")), words(given.get(KEPT))
    url = words(given.get("mediaUrl"))
    if given.get("hasMedia") is False or not (path or kept or url or given.get("hasMedia") is True):
        return None
    where = {"kept": kept} if kept else {"url": url} if url and not path else {"path": path}
    told = words(given.get("type"))
    return MediaRef(
        orjson.dumps(where).decode(),
        mime=words(given.get("mimeType")) or words(given.get("mimetype")),
        name=words(given.get("fileName")) or words(given.get("mediaFilename")) or words(given.get("filename")),
        voice=told in ("ptt", "voice"),
        animated=told == "gif",
    )


def _ack(told: Told) -> Iterable[Event]:
    given = told.given
    external_id = next((found for name in ("id", "messageId") if (found := people.text_id(given.get(name)))), None)
    word = given.get("ack", given.get("status", "sent" if told.event == "message_sent" else None))
    word = word.lower() if isinstance(word, str) else word
    status = _ACKS.get(word) if type(word) in (str, int) else None
    if external_id is None:
        raise _Unreadable("The report does not say of which message it is (id).")
    if status is None:
        return ()
    chat = people.address(given.get("chatId"))
    why = words(given.get("error")) or _REFUSED if status is Status.FAILED else None
    at = moment(given.get("timestamp")) or told.at
    return (Receipt(external_id, status, at, error=why, chat=(chat,) if chat else ()),)


def _about(told: Told) -> tuple[Address, Sender, str]:
    """Chat, writer and message of an event about a message that is there."""
    given = dict(told.given)
    chat, target = people.address(people.chat_of(given)), people.text_id(given.get("messageId") or given.get("id"))
    if chat is None or target is None:
        raise _Unreadable("It does not say of which message it is (chatId, messageId).")
    return chat, people.writer(given, chat), target


def _change(told: Told, kind: str, text: str | None, content: Json, *, mark: str) -> Iterable[Event]:
    chat, sender, target = _about(told)
    group = chat if chat.kind is AddressKind.GROUP else None
    at = moment(told.given.get("timestamp")) or told.at
    mine = told.given.get("fromMe") is True
    content = {"target": target, **content}
    return (Inbound(f"{target}:{mark}", kind, sender, at, text, group, content=content, typed_on_phone=mine),)


def _revoked(told: Told) -> Iterable[Event]:
    return _change(told, "revoke", None, {}, mark="revoked")


def _edited(told: Told) -> Iterable[Event]:
    text = words(told.given.get("body"))
    return _change(
        told, "edit", text, {"kind": "text"}, mark=f"edited:{moment(told.given.get('timestamp')) or told.at}"
    )


def _reacted(told: Told) -> Iterable[Event]:
    emoji = words(told.given.get("emoji")) or words(told.given.get("reaction")) or None
    who = people.text_id(told.given.get("author") or told.given.get("senderId")) or "other"
    mark = f"reaction:{who}:{emoji or ''}:{moment(told.given.get('timestamp')) or told.at or ''}"
    return _change(told, "reaction", emoji, {"emoji": emoji}, mark=mark)


def _typing(told: Told) -> Iterable[Event]:
    given = dict(told.given)
    chat = people.address(people.chat_of(given))
    if chat is None:
        return ()
    group = chat if chat.kind is AddressKind.GROUP else None
    sender = people.writer(given, chat)
    writing = given.get("writing") is not False
    return (Typing(sender, group, writing, given.get("recording") is True),) if sender.addresses else ()


def _chat(told: Told) -> Iterable[Event]:
    """How a chat is called, as the phone's address book or the group has it."""
    given = told.given
    chat, name = people.address(given.get("id") or given.get("chatId")), words(given.get("name"))
    if chat is None or not name:
        return ()
    return (GroupChange(chat, name),) if chat.kind is AddressKind.GROUP else (NameChange((chat,), name),)


_READERS: dict[str, Callable[[Told], Iterable[Event]]] = {
    **dict.fromkeys(MESSAGES, _message),
    "message_ack": _ack,
    "message_sent": _ack,
    "message_revoked": _revoked,
    "message_edited": _edited,
    "message_reaction": _reacted,
    "typing": _typing,
    "chat": _chat,
}
