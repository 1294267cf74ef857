"""What the phones of `frontdesk lab` show: chats with their bubbles, and who is told when they change."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from frontdesk.testing.lab.accounts import Account, Group
from frontdesk.testing.lab.reading import Said

_TYPES_FOR = 15_000  # milliseconds after which no news means that nobody types
_RANK = {"waiting": 1, "delivered": 2, "inactive": 2, "read": 3, "played": 4}


@dataclass(frozen=True, slots=True)
class File:
    """The file of a bubble. `content` is that of what the phone sent itself; other files are opened when asked for."""

    kind: str
    mime: str
    name: str = ""
    is_voice: bool = False
    size: int = 0
    content: bytes | None = None


@dataclass(slots=True)
class Bubble:
    """A message as one phone shows it. `mine`: the owner of the phone wrote it, or a device of theirs (`by_device`)."""

    said: Said
    kind: str
    at: int
    text: str = ""
    mine: bool = False
    by_device: bool = False
    status: str = "waiting"  # of mine: waiting, delivered, read, played; of others': delivered, read
    file: File | None = None
    quote: str | None = None
    edited: bool = False
    revoked: bool = False
    reactions: dict[str, str] = field(default_factory=dict)  # phone number -> emoji

    @property
    def id(self) -> str:
        """The message's own."""
        return self.said.id

    def advance(self, status: str) -> bool:
        """Take a receipt; it never goes back. Whether that changed anything."""
        if _RANK.get(status, 0) <= _RANK.get(self.status, 0):
            return False
        self.status = "delivered" if status == "inactive" else status
        return True


def key_of(chat: Account | Group) -> str:
    """Digits that name a chat: the phone number of a person, the id of a group."""
    return chat.id if isinstance(chat, Group) else chat.phone


@dataclass(slots=True)
class Thread:
    """One chat on one phone."""

    chat: Account | Group
    bubbles: OrderedDict[str, Bubble] = field(default_factory=OrderedDict)
    unread: int = 0
    _typing: dict[str, int] = field(default_factory=dict)  # phone number -> until

    @property
    def key(self) -> str:
        """What names it."""
        return key_of(self.chat)

    @property
    def name(self) -> str:
        """What the chat is called."""
        return self.chat.subject if isinstance(self.chat, Group) else self.chat.name

    @property
    def members(self) -> list[Account]:
        """Who is in the group; nobody where it is none."""
        return self.chat.members if isinstance(self.chat, Group) else []

    @property
    def last(self) -> Bubble | None:
        """The newest bubble."""
        return next(reversed(self.bubbles.values()), None)

    def types(self, phone: str, *, now: int, on: bool) -> None:
        """Somebody began to type or to record, or stopped."""
        self._typing[phone] = now + _TYPES_FOR if on else 0

    def is_typed_in(self, now: int) -> bool:
        """Whether somebody is seen typing."""
        return any(until > now for until in self._typing.values())


class Changes:
    """Tells those who watch which bubble of which chat of which phone is to be drawn again."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[tuple[str, str, str] | None]] = set()

    def tell(self, phone: str, chat: str, bubble: str = "") -> None:
        """Something changed there."""
        for watcher in self._watchers:
            watcher.put_nowait((phone, chat, bubble))

    def close(self) -> None:
        """Let everybody go who watches."""
        for watcher in self._watchers:
            watcher.put_nowait(None)

    @contextmanager
    def watching(self) -> Iterator[asyncio.Queue[tuple[str, str, str] | None]]:
        """A queue of all changes from now on; None is the end."""
        queue: asyncio.Queue[tuple[str, str, str] | None] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)
