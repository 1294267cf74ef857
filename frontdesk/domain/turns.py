"""What goes into one run of the agent and what comes out. Plain values: the agent knows no database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.domain.booking import BookingDesk
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import Persona


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the chat as the agent reads it. Media is told in words, such as “[voice message]”."""

    author: Author
    text: str
    at: int
    name: str | None = None  # who in a group


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the knowledge base."""

    id: str
    title: str  # the question, or the heading
    text: str
    source: str  # where it is from, as people name it
    score: float = 1.0  # 0 to 1: how sure we are that it answers
    page: int | None = None  # of its source, where that has pages

    @property
    def place(self) -> str:
        """The source as an answer names it, with its page."""
        return self.source if self.page is None else f"{self.source}, page {self.page}"


Search = Callable[[str, int], Awaitable[tuple[Passage, ...]]]


@dataclass(frozen=True, slots=True)
class TurnInput:
    """Everything that the agent is given. `pending` is what has to be answered, `history` what came before it."""

    now: int
    zone: str
    persona: Persona
    contact_name: str | None
    history: tuple[Said, ...]
    pending: tuple[Said, ...]
    search: Search
    whole_knowledge: tuple[Passage, ...] = ()  # the whole base, when it is small enough to be read at once
    summary: str = ""  # of what is older than `history`
    calendar: BookingDesk | None = None  # None: nothing can be booked in this chat
    to_summarise: tuple[Said, ...] = ()  # older than `history` and not in the summary yet
    before_call: Callable[[str], Awaitable[None]] | None = None  # is told the whole prompt before the model is


class Action(StrEnum):
    """What the agent decided."""

    REPLY = "reply"
    HAND_OVER = "hand_over"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class TurnOutput:
    """What the agent gave back. `replies` are ready for WhatsApp: formatted and split."""

    action: Action
    replies: tuple[str, ...] = ()
    hand_over_reason: str | None = None
    sources: tuple[Passage, ...] = ()
    summary: str | None = None  # None: unchanged
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    calls: int = 0
    unanswered: str | None = None  # a question that the knowledge base does not answer
    notes: tuple[str, ...] = ()
