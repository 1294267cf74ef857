"""What a digest holds: plain values, made from stored messages alone."""

from dataclasses import dataclass, field
from enum import StrEnum

from frontdesk.kit.clock import DAY, MINUTE, SECOND

SETTLING = 30 * SECOND  # in which what arrived right before the moment of a digest is on disk for sure
LATE = 15 * MINUTE  # after its time: a digest says so
FIRST = DAY  # what a digest looks back on that never was before
LANGUAGES = ("en", "es", "pt")


class Way(StrEnum):
    """Where a digest goes."""

    INBOX = "inbox"
    SELF = "self"  # the owner's own number
    NOTIFY = "notify"  # every [[notify]] that is told of digests


class Made(StrEnum):
    """By what the words of a chat were made."""

    MODEL = "model"
    MESSAGES = "messages"  # they are words of the messages themselves


@dataclass(frozen=True, slots=True)
class Choice:
    """Of which chats a digest tells; empty: of all that its reader sees."""

    accounts: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What came in and went out within the time. They add up as the ledger does."""

    inbound: int = 0
    answered: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # by the reason why no answer was due
    pending: int = 0
    agent: int = 0
    operator: int = 0
    phone: int = 0
    system: int = 0
    failed: int = 0  # of the four above, what did not arrive
    chats: int = 0

    @property
    def missed(self) -> int:
        """What came in too late to be answered."""
        return self.refused.get("too_old", 0)

    @property
    def outbound(self) -> int:
        """What went out, whoever wrote it."""
        return self.agent + self.operator + self.phone + self.system

    @property
    def balanced(self) -> bool:
        """Whether each message that came in has its place."""
        return self.inbound == self.answered + sum(self.refused.values()) + self.pending


@dataclass(frozen=True, slots=True)
class Waiting:
    """A chat in which somebody waits for an answer."""

    chat_id: str
    name: str
    since: int
    text: str
    level: int | None = None  # importance, where it was scored
    missed: bool = False
    draft: bool = False  # an answer waits for approval


@dataclass(frozen=True, slots=True)
class Offline:
    """A chat in which something was written while the line or the house was down. `text` is the newest of it.

    `answered` counts what was answered when it came in, or together with something newer; `missed` what came in too
    late for an answer.
    """

    chat_id: str
    name: str
    came: int
    answered: int
    missed: int
    text: str


@dataclass(frozen=True, slots=True)
class Pledge:
    """Something that we promised, or are to follow up."""

    chat_id: str | None
    name: str
    what: str
    due: int | None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class ChatGist:
    """What was said in one chat."""

    chat_id: str
    name: str
    inbound: int
    outbound: int
    points: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    made: Made = Made.MESSAGES


@dataclass(frozen=True, slots=True)
class Content:
    """A digest. What there was no room for is counted: `waiting_more`, `chats_more`."""

    since: int
    until: int
    counts: Counts
    waiting: tuple[Waiting, ...] = ()
    waiting_more: int = 0
    offline: tuple[Offline, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    chats: tuple[ChatGist, ...] = ()
    chats_more: int = 0
    late: int | None = None  # the moment for which it was meant
    model: str = ""  # what made the words, where one did
    model_failed: bool = False  # some words are of the messages because the model failed

    @property
    def came_offline(self) -> tuple[int, int, int]:
        """How much came in that was written while we were offline; how much of it was answered, and missed."""
        counts = [(one.came, one.answered, one.missed) for one in self.offline]
        came, answered, missed = map(sum, zip(*counts, strict=True)) if counts else (0, 0, 0)
        return came, answered, missed

    @property
    def by_model(self) -> bool:
        """Whether a model made some of the words."""
        return any(chat.made is Made.MODEL for chat in self.chats)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is summarised."""

    author: str  # the name of who wrote it
    ours: bool
    text: str
    at: int
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in one chat, to be summarised."""

    chat_id: str
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Gist:
    """What a model made of a talk."""

    points: tuple[str, ...]
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gists:
    """What a model made of many talks, by the id of their chats; those that it failed at are missing."""

    of: dict[str, Gist]
    model: str = ""
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
