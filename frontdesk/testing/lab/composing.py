"""Messages as a phone writes them: the fields of `Message`, by number."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.testing.lab import reading
from frontdesk.testing.lab.accounts import Account, Group
from frontdesk.testing.lab.media import Stored
from frontdesk.testing.lab.protobuf import Fields, encode
from frontdesk.testing.lab.reading import LAYOUTS, REFERENCE, Said

_CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;type=CELL;waid={phone}:+{phone}\nEND:VCARD"


@dataclass(frozen=True)
class Context:
    """What a message refers to, and how long it stays."""

    quoting: Said | None = None
    mentions: Sequence[Account] = ()
    expires_after: int = 0  # seconds
    forwarded: bool = False

    def encoded(self, addressing: str) -> bytes | None:
        """As a field of the message; None when there is nothing to say."""
        quoted = self.quoting
        fields: Fields = {
            1: quoted.id if quoted else None,
            2: str(quoted.sender.jid(addressing)) if quoted else None,
            3: quoted.original or encode({1: "…"}) if quoted else None,
            15: [str(account.jid(addressing)) for account in self.mentions],
            21: 1 if self.forwarded else None,
            22: 1 if self.forwarded else None,
            25: self.expires_after or None,
            26: int(time.time()) if self.expires_after else None,
        }
        return encode(fields) or None


@dataclass(frozen=True)
class About:
    """What goes with a file."""

    mime: str
    caption: str = ""
    name: str = ""
    seconds: int = 0
    thumbnail: bytes = b""
    is_voice: bool = False
    view_once: bool = False


def key(said: Said, *, me: Account, addressing: str) -> bytes:
    """How one message names another in its chat."""
    chat = said.chat
    in_group = isinstance(chat, Group)
    remote = chat.jid if isinstance(chat, Group) else chat.jid(addressing)
    participant = str(said.sender.jid(addressing)) if in_group else None
    return encode({1: str(remote), 2: int(said.sender is me), 3: said.id, 4: participant})


def text(words: str, context: bytes | None) -> Fields:
    """A text."""
    return {reading.TEXT: words} if context is None else {reading.EXTENDED: encode({1: words, REFERENCE: context})}


def media(kind: str, stored: Stored, about: About, context: bytes | None) -> Fields:
    """A file with its caption."""
    layout = LAYOUTS[kind]
    fields: dict[int, bytes | str | int | None] = {
        layout.url: stored.url,
        layout.mime: about.mime,
        layout.digest: stored.digest,
        layout.length: stored.length,
        layout.key: stored.key,
        layout.encrypted_digest: stored.encrypted_digest,
        layout.path: stored.path,
        layout.taken: int(time.time()),
        layout.caption: about.caption or None,
        layout.name: about.name or None,
        layout.seconds: about.seconds or None,
        layout.thumbnail: about.thumbnail or None,
        layout.view_once: 1 if about.view_once else None,
        REFERENCE: context,
    }
    if kind == "audio":
        fields[reading.VOICE] = int(about.is_voice)
    fields.pop(0, None)  # of those that this kind does not have
    message: Fields = {layout.field: encode(fields)}
    if about.view_once:
        return {reading.VIEW_ONCE_2: encode({1: encode(message)})}
    return {reading.CAPTIONED: encode({1: encode(message)})} if kind == "document" and about.caption else message


def reaction(target: bytes, emoji: str) -> Fields:
    """A reaction; an empty emoji takes it back."""
    return {reading.REACTION: encode({1: target, 2: emoji, 4: _milliseconds()})}


def edit(target: bytes, words: str) -> Fields:
    """Other words for an earlier text."""
    changed = encode({reading.TEXT: words})
    protocol = encode({1: target, 2: reading.EDIT, 14: changed, 15: _milliseconds()})
    return {reading.EDITED: encode({1: encode({reading.PROTOCOL: protocol})})}


def revoke(target: bytes) -> Fields:
    """Take a message back for everybody."""
    return {reading.PROTOCOL: encode({1: target, 2: reading.REVOKE})}


def timer(seconds: int) -> Fields:
    """Let the messages of the chat disappear after that time; 0 lets them stay."""
    return {reading.PROTOCOL: encode({2: reading.TIMER, 4: seconds, 5: int(time.time())})}


def location(latitude: float, longitude: float, name: str, address: str) -> Fields:
    """A place."""
    fields: Fields = {1: float(latitude), 2: float(longitude), 3: name or None, 4: address or None}
    return {reading.LOCATION: encode(fields)}


def contacts(people: Sequence[tuple[str, str]]) -> Fields:
    """Cards of people: name and phone number."""
    cards = [encode({1: name, 16: _CARD.format(name=name, phone=phone)}) for name, phone in people]
    if len(cards) == 1:
        return {reading.CONTACT: cards[0]}
    return {reading.CONTACTS: encode({1: f"{len(cards)} contacts", 2: cards})}


def poll(question: str, options: Sequence[str], *, choices: int) -> Fields:
    """A poll; 0 choices lets everybody choose as many as they like."""
    listed = [encode({1: option}) for option in options]
    secret = encode({3: os.urandom(32)})
    return {reading.POLL_3: encode({2: question, 3: listed, 4: choices}), reading.CONTEXT: secret}


def ephemeral(message: Fields) -> Fields:
    """The same in the wrapper of disappearing messages."""
    return {reading.EPHEMERAL: encode({1: encode(message)})}


def distribution(group: Group, content: bytes) -> Fields:
    """A group key, handed to one device."""
    return {reading.DISTRIBUTION: encode({1: str(group.jid), 2: content})}


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
