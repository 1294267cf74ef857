"""What a scripted phone reads: messages taken apart, receipts, typing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from frontdesk.testing.lab.accounts import Account, Device, Group
from frontdesk.testing.lab.binary import Node
from frontdesk.testing.lab.protobuf import Parsed

TEXT, IMAGE, CONTACT, LOCATION, EXTENDED, DOCUMENT, AUDIO, VIDEO = 1, 3, 4, 5, 6, 7, 8, 9
DISTRIBUTION, PROTOCOL, CONTACTS, STICKER, DEVICE_SENT, CONTEXT = 2, 12, 13, 26, 31, 35
VIEW_ONCE, EPHEMERAL, REACTION, POLL, CAPTIONED, VIEW_ONCE_2, EDITED, POLL_2, POLL_3 = (
    37,
    40,
    46,
    49,
    53,
    55,
    58,
    60,
    64,
)
REVOKE, TIMER, HISTORY, KEY_SHARE, EDIT = 0, 3, 5, 6, 14  # types of a protocol message
_WRAPPERS = (VIEW_ONCE, EPHEMERAL, CAPTIONED, VIEW_ONCE_2, EDITED, 59)
_KINDS = {
    TEXT: "text",
    EXTENDED: "text",
    IMAGE: "image",
    VIDEO: "video",
    AUDIO: "audio",
    DOCUMENT: "document",
    STICKER: "sticker",
    LOCATION: "location",
    CONTACT: "contacts",
    CONTACTS: "contacts",
    REACTION: "reaction",
    POLL: "poll",
    POLL_2: "poll",
    POLL_3: "poll",
}


class Layout(NamedTuple):
    """Where a kind of media keeps its fields. `label` is the kind in its keys."""

    field: int
    label: str
    url: int
    mime: int
    digest: int
    length: int
    key: int
    encrypted_digest: int
    path: int
    taken: int
    caption: int = 0
    name: int = 0
    seconds: int = 0
    thumbnail: int = 16
    view_once: int = 0


LAYOUTS: Mapping[str, Layout] = {
    "image": Layout(IMAGE, "Image", 1, 2, 4, 5, 8, 9, 11, 12, caption=3, view_once=25),
    "video": Layout(VIDEO, "Video", 1, 2, 3, 4, 6, 11, 13, 14, caption=7, seconds=5, view_once=20),
    "audio": Layout(AUDIO, "Audio", 1, 2, 3, 4, 7, 8, 9, 10, seconds=5, thumbnail=0, view_once=21),
    "document": Layout(DOCUMENT, "Document", 1, 2, 4, 5, 7, 9, 10, 11, caption=20, name=8),
    "sticker": Layout(STICKER, "Image", 1, 5, 2, 9, 4, 3, 8, 10),
}
VOICE = 6  # field of audio
REFERENCE = 17  # field in which most kinds say what they refer to


@dataclass(frozen=True)
class Said:
    """A message that can be quoted, reacted to, edited or taken back."""

    id: str
    sender: Account
    chat: Account | Group
    original: bytes = b""


@dataclass(frozen=True)
class Media:
    """The file of a received message."""

    kind: str
    path: str
    key: bytes
    mime: str
    caption: str
    name: str
    seconds: int
    thumbnail: bytes
    is_voice: bool
    length: int


@dataclass(frozen=True)
class Received(Said):
    """A message that the phone has read.

    `kind` is text, image, video, audio, document, sticker, location, contacts, reaction, poll, edit, revoke, timer,
    empty (only a key was handed over) or other. `target` is the id of the message that a reaction, an edit or a revoke
    is about. `is_copy`: one's own other device wrote it.
    """

    device: Device | None = None
    message: Parsed = Parsed({})  # noqa: RUF009
    kind: str = "other"
    text: str | None = None
    target: str | None = None
    quoted: str | None = None
    mentioned: tuple[str, ...] = ()
    media: Media | None = None
    is_copy: bool = False
    node: Node | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of messages that the phone sent. `kind` is delivered, inactive, read, played, retry, …"""

    kind: str
    ids: tuple[str, ...]
    sender: Account | None
    node: Node


@dataclass(frozen=True)
class Typing:
    """Somebody types (`composing`), records (`recording`) or stopped (`paused`)."""

    state: str
    sender: Account | None
    chat: Group | None = None  # None: in the chat with the sender


def unwrapped(message: Parsed) -> Parsed:
    """The message without what is only laid around it."""
    for wrapper in _WRAPPERS:
        if wrapper in message:
            return unwrapped(message.message(wrapper, 1))
    return message


def kind_of(message: Parsed) -> str:
    """What kind of message it is."""
    if PROTOCOL in message:
        kinds = {REVOKE: "revoke", TIMER: "timer", EDIT: "edit"}
        return kinds.get(message.message(PROTOCOL).number(2), "other")
    found = next((_KINDS[number] for number in message if number in _KINDS), None)
    return found or ("other" if set(message) - {DISTRIBUTION, CONTEXT} else "empty")


def text_of(message: Parsed) -> str | None:
    """The words of a message: its text, caption, emoji or new text."""
    if TEXT in message:
        return message.text(TEXT)
    if EXTENDED in message:
        return message.message(EXTENDED).text(1)
    if REACTION in message:
        return message.message(REACTION).text(2)
    if PROTOCOL in message:
        changed = message.message(PROTOCOL, EDIT)
        return text_of(unwrapped(changed)) if set(changed) else None
    media = media_of(message)
    return media.caption or None if media else None


def target_of(message: Parsed) -> str | None:
    """The id of the message that this one is about."""
    for number in (REACTION, PROTOCOL):
        if number in message:
            return message.message(number, 1).text(3) or None
    return None


def context_of(message: Parsed) -> Parsed:
    """What it refers to: the quoted message, mentions, the timer."""
    for number in (EXTENDED, *(layout.field for layout in LAYOUTS.values()), LOCATION, CONTACT, CONTACTS):
        if number in message:
            return message.message(number, REFERENCE)
    return Parsed({})


def media_of(message: Parsed) -> Media | None:
    """Its file, if it has one."""
    for kind, layout in LAYOUTS.items():
        if layout.field in message:
            return _media(kind, layout, message.message(layout.field))
    return None


def _media(kind: str, layout: Layout, fields: Parsed) -> Media:
    return Media(
        kind,
        fields.text(layout.path),
        fields.raw(layout.key),
        fields.text(layout.mime),
        fields.text(layout.caption) if layout.caption else "",
        fields.text(layout.name) if layout.name else "",
        fields.number(layout.seconds) if layout.seconds else 0,
        fields.raw(layout.thumbnail) if layout.thumbnail else b"",
        kind == "audio" and bool(fields.number(VOICE)),
        fields.number(layout.length),
    )
