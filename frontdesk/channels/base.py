"""The contract of a channel, and the optional one-method capabilities beside it.

A channel raises only Retryable, Rejected and LoggedOut from `frontdesk.kit.errors`. It holds no database, and calls
`guard.outside_transaction()` before it talks to the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Delivery, Fetched, Line, LineState, MediaRef, Outbound, Seen, Sent
from frontdesk.kit.errors import FrontdeskError

Emit = Callable[[str, LineState | Delivery], None]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, as data. The docs' channel matrix is written from it."""

    kinds: frozenset[str]  # of messages that it can send
    title: str = ""  # as people name the channel
    window: bool = False  # free messages only within 24 hours of the person's last
    templates: bool = False
    receipts: bool = True
    settles: bool = False  # reports our own id back, so that cut-off sends settle by themselves
    real: bool = True  # False: never reaches a real phone
    groups: bool = True
    text_limit: int = 4096
    to_self: bool = False  # a line may write to its own number
    official: bool = True  # False: WhatsApp does not support it, so care is taken of the number


class MissingChallenge(FrontdeskError):
    """A verification request has the right token and nothing to answer with: it is answered with 400."""


class NotADocument(FrontdeskError):
    """The body is not a JSON document at all."""


class WhichLine(FrontdeskError):
    """A callback may be of several lines, or of none."""


class Channel(Protocol):
    """A kind of line and its code."""

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]]
    capabilities: ClassVar[Capabilities]

    async def connect(self, line: Line, emit: Emit) -> None:
        """Bring the line up. Never raises: what goes wrong is emitted as a state with a reason."""

    async def disconnect(self, line: Line) -> None:
        """Take the line down; what it needs to come back is kept."""

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Send one message.

        Raises:
            Retryable: surely not sent, try again later.
            Rejected: refused for good.
            LoggedOut: the line may no longer be used.
        """

    async def close(self) -> None:
        """Let go of connections at the end."""


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """The line's events come by HTTP."""

    def verify(self, body: bytes, headers: Mapping[str, str], lines: Sequence[Line]) -> frozenset[str]:
        """The account ids among `lines` for which these raw bytes are authentic. Header names are lower case."""

    def parse(self, body: bytes) -> tuple[Delivery, ...]:
        """Everything in the body, whatever is broken in it as Damaged.

        Raises:
            NotADocument: the bytes are no JSON document.
        """

    def challenge(self, query: Mapping[str, str], lines: Sequence[Line]) -> str | None:
        """The text to answer a verification request with; None when it is not to be answered (403).

        Raises:
            MissingChallenge: the token is right, yet there is nothing to answer with (400).
        """

    def line_ref(self, options: Any) -> str:
        """The channel's own id of a line, by which deliveries are routed."""


@runtime_checkable
class TakesCallbacks(Protocol):
    """Programs of others report of its lines by HTTP, in words of their own and with a word that proves them."""

    def believes(self, headers: Mapping[str, str], lines: Sequence[Line], *, near: bool) -> tuple[Line, ...]:
        """The lines for which a callback with these headers is authentic. Header names are lower case.

        `near`: it comes from this machine, and strangers cannot reach the installation.
        """

    async def take_callback(
        self, body: bytes, lines: Sequence[Line]
    ) -> Sequence[tuple[str, Sequence[LineState | Delivery]]]:
        """What it tells, by account id; whoever asks stores it before the answer.

        Raises:
            NotADocument: the bytes are no JSON document.
            WhichLine: it cannot be told of which of these lines it is.
        """


@runtime_checkable
class Foresees(Protocol):
    """Knows before sending what the other side would surely refuse, so that who writes is told at once."""

    def foresee(self, outbound: Outbound) -> None:
        """Look a message over; nothing is sent, and nothing outside is asked.

        Raises:
            Rejected: `send` would refuse it; the sentence says why.
        """


@runtime_checkable
class KeepsPace(Protocol):
    """Keeps to a rate at which a line may send."""

    def share_pace(self, senders: int) -> None:
        """So many processes send: this one keeps to its share."""


@runtime_checkable
class FindsPeople(Protocol):
    """Can tell whether somebody is on WhatsApp before they are written to."""

    async def find_person(self, line: Line, phone: Address) -> tuple[Address, ...]:
        """Every address by which the person of that number is known there; none where nobody is.

        Raises:
            Retryable, Rejected, LoggedOut: as `send`.
        """


@runtime_checkable
class MarksRead(Protocol):
    """Can tell the other side that we read."""

    async def mark_read(self, line: Line, seen: Seen, *, typing: bool = False) -> None:
        """Mark a message, and what came before it, as read; with `typing`, show that an answer is being written."""


@runtime_checkable
class Types(Protocol):
    """Can show that somebody writes without marking anything as read."""

    async def show_typing(self, line: Line, to: tuple[Address, ...], *, writing: bool = True) -> None:
        """Show in the chat of these addresses that an answer is being written, or that it is no more."""


@runtime_checkable
class Pairs(Protocol):
    """Its lines are linked with a phone, whose codes come as states (`LineState.qr`, `.pairing_code`)."""

    async def pair_by_code(self, line: Line, phone: str) -> None:
        """Ask for a code to be typed on the phone of that number; it is told as a state.

        Raises:
            Rejected: the number cannot be linked, or the line is linked already.
            Retryable: the line is not ready for it yet.
        """


@runtime_checkable
class Unlinks(Protocol):
    """Holds credentials of its own for a line."""

    async def log_out(self, line: Line, emit: Emit) -> bool:
        """End the link on the other side as far as it can be reached, and remove the credentials here, always.

        A line that is down may be brought up for it: `emit` is told what comes in meanwhile. Gives whether the other
        side holds the link for ended.
        """


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the process behind a line is doing."""

    restarts: int  # since this program started
    memory: int | None  # bytes that belong to it alone or by share; None while it does not run
    waiting: int = 0  # events that it has handed over and that are not stored yet


@runtime_checkable
class HasVitals(Protocol):
    """Runs a process for each line."""

    def vitals(self) -> Mapping[str, Vitals]:
        """By account id."""


@runtime_checkable
class Watched(Protocol):
    """Its lines can say that they are up and yet be deaf, so somebody has to ask now and then."""

    async def check(self, line: Line) -> None:
        """Prove that the line hears: what it finds out is told as a state. Nothing happens to a line that is fine."""


@runtime_checkable
class Forgets(Protocol):
    """Keeps something of people itself, such as an address book."""

    async def forget(self, line: Line, person: Sequence[Address]) -> None:
        """Keep nothing more of the person with these addresses; whoever is forgotten can write again.

        Raises:
            Retryable, Rejected: it is all still there, or some of it.
        """


@runtime_checkable
class FetchesMedia(Protocol):
    """Can download what came with a message."""

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Download into the file `into`, at most `limit` bytes; the raised errors are those of `send`."""
