"""A channel whose lines another process holds: what is asked of a line here is done there.

`remote(channel, ...)` gives one that can do what that channel can: it bears the same name, options and capabilities,
and satisfies the same protocols. What needs no line, such as looking a message over, is done here by the channel.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from frontdesk.channels.base import (
    Capabilities,
    Channel,
    Emit,
    FetchesMedia,
    FindsPeople,
    Foresees,
    Forgets,
    HasVitals,
    MarksRead,
    Pairs,
    ReceivesWebhooks,
    TakesCallbacks,
    Types,
    Unlinks,
    Vitals,
    Watched,
)
from frontdesk.channels.remote import spelling
from frontdesk.channels.remote.spelling import Spelling
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Delivery, Fetched, Line, LineState, MediaRef, Outbound, Seen, Sent
from frontdesk.kit import guard
from frontdesk.kit.asking import Failed, NotAsked, Unanswered, error_of
from frontdesk.kit.errors import FrontdeskError, Retryable

QUICK = 40.0  # seconds for what is answered at once; more than the channels themselves wait
SEND = 110.0
FILES = 330.0
LIFT = 60.0
AGAIN = 5_000  # milliseconds after which a line that nobody holds is asked again


class Asks(Protocol):
    """Finds the process that holds a line, and has it do something."""

    async def ask(
        self, account_id: str, verb: str, given: Mapping[str, Any], *, within: float, lifts: bool = False
    ) -> Any:
        """`within` is in seconds; `lifts`: where nobody holds the line, any process may take it for this.

        Raises:
            NotAsked: surely not done.
            Unanswered: what became of it is not known.
            Failed: it was tried and raised that.
        """

    def vitals(self, channel: str) -> Mapping[str, Vitals]:
        """How the processes behind the lines of a channel are doing, as it was told last."""


class RemoteChannel:
    """What every channel can do. `near` is the channel itself, of which no line is up here."""

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]]
    capabilities: ClassVar[Capabilities]

    def __init__(self, near: Channel, asks: Asks, folder: Path) -> None:
        self._near: Any = near
        self._asks = asks
        self._spelling = Spelling(folder)

    async def connect(self, line: Line, emit: Emit) -> None:
        """Have the line brought up; how it stands is told by the process that holds it."""
        try:
            await self._asks.ask(line.account_id, "connect", {}, within=LIFT, lifts=True)
        except FrontdeskError as failed:
            emit(line.account_id, LineState(State.DISCONNECTED, failed.sentence))

    async def disconnect(self, line: Line) -> None:
        """Have the line taken down."""
        await self._ask(line, "disconnect", {}, within=LIFT)

    async def close(self) -> None:
        """Let go of what the channel holds here."""
        await self._near.close()

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Send one message: once, or surely not at all, or in doubt.

        Raises:
            Retryable, Rejected, LoggedOut: as every channel.
        """
        within = FILES if outbound.media is not None else SEND
        guard.outside_transaction()
        given = {"outbound": self._spelling.outbound(outbound)}
        try:
            return spelling.read_sent(await self._asked(line, "send", given, within=within))
        except Unanswered as lost:
            return Sent(None, lost.sentence)

    async def _ask(
        self, line: Line, verb: str, given: Mapping[str, Any], *, within: float = QUICK, lifts: bool = False
    ) -> Any:
        """Ask for what may be done twice."""
        guard.outside_transaction()
        try:
            return await self._asked(line, verb, given, within=within, lifts=lifts)
        except Unanswered as lost:
            raise Retryable(lost.sentence, after=AGAIN) from lost

    async def _asked(
        self, line: Line, verb: str, given: Mapping[str, Any], *, within: float, lifts: bool = False
    ) -> Any:
        try:
            return await self._asks.ask(line.account_id, f"channel.{verb}", given, within=within, lifts=lifts)
        except NotAsked as nobody:
            raise Retryable(nobody.sentence, after=AGAIN, scope="account") from nobody
        except Failed as failed:
            error = error_of(failed)
            if error is None:
                raise BrokenContract(failed.sentence) from failed
            raise error from failed


class BrokenContract(Exception):
    """The channel raised over there what its contract forbids."""


class _Pairs(RemoteChannel):
    async def pair_by_code(self, line: Line, phone: str) -> None:
        """Ask for a code to be typed."""
        await self._ask(line, "pair_by_code", {"phone": phone})


class _Unlinks(RemoteChannel):
    async def log_out(self, line: Line, _emit: Emit) -> bool:
        """End the link, and remove the credentials."""
        return bool(await self._ask(line, "log_out", {}, within=LIFT))


class _MarksRead(RemoteChannel):
    async def mark_read(self, line: Line, seen: Seen, *, typing: bool = False) -> None:
        """Mark a message as read."""
        await self._ask(line, "mark_read", {"seen": spelling.seen(seen), "typing": typing})


class _Types(RemoteChannel):
    async def show_typing(self, line: Line, to: tuple[Address, ...], *, writing: bool = True) -> None:
        """Show that somebody writes."""
        await self._ask(line, "show_typing", {"to": spelling.addresses(to), "writing": writing})


class _FindsPeople(RemoteChannel):
    async def find_person(self, line: Line, phone: Address) -> tuple[Address, ...]:
        """Every address by which the person of that number is known there."""
        return spelling.read_addresses(await self._ask(line, "find_person", {"phone": spelling.addresses((phone,))}))


class _FetchesMedia(RemoteChannel):
    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Download into a file of the shared folder."""
        guard.outside_transaction()
        given = {"media": spelling.media(media), "into": self._spelling.path(into), "limit": limit}
        return self._spelling.read_fetched(await self._ask(line, "fetch", given, within=FILES))


class _Forgets(RemoteChannel):
    async def forget(self, line: Line, person: Sequence[Address]) -> None:
        """Have everything that is kept there of a person removed."""
        await self._ask(line, "forget", {"person": spelling.addresses(tuple(person))}, within=LIFT, lifts=True)


class _Watched(RemoteChannel):
    async def check(self, line: Line) -> None:
        """Prove that the line hears."""
        await self._ask(line, "check", {}, within=SEND)


class _HasVitals(RemoteChannel):
    def vitals(self) -> Mapping[str, Vitals]:
        """By account id."""
        return self._asks.vitals(self.name)


class _Foresees(RemoteChannel):
    def foresee(self, outbound: Outbound) -> None:
        """Look a message over; raises Rejected."""
        self._near.foresee(outbound)


class _ReceivesWebhooks(RemoteChannel):
    def verify(self, body: bytes, headers: Mapping[str, str], lines: Sequence[Line]) -> frozenset[str]:
        """The account ids for which these raw bytes are authentic."""
        found: frozenset[str] = self._near.verify(body, headers, lines)
        return found

    def parse(self, body: bytes) -> tuple[Delivery, ...]:
        """Everything in the body; raises NotADocument."""
        found: tuple[Delivery, ...] = self._near.parse(body)
        return found

    def challenge(self, query: Mapping[str, str], lines: Sequence[Line]) -> str | None:
        """The text to answer a verification request with; raises MissingChallenge."""
        found: str | None = self._near.challenge(query, lines)
        return found

    def line_ref(self, options: Any) -> str:
        """The channel's own id of a line."""
        return str(self._near.line_ref(options))


class _TakesCallbacks(RemoteChannel):
    def believes(self, headers: Mapping[str, str], lines: Sequence[Line], *, near: bool) -> tuple[Line, ...]:
        """The lines for which a callback with these headers is authentic."""
        found: tuple[Line, ...] = self._near.believes(headers, lines, near=near)
        return found

    def _parts(self, body: bytes, lines: Sequence[Line]) -> Sequence[tuple[Line, bytes]]:
        """The body part by part, each with its line, where the channel can tell; else all of it is of the first."""
        if not hasattr(self._near, "parts"):
            return [(lines[0], body)]
        found: Sequence[tuple[Line, bytes]] = self._near.parts(body, lines)
        return found

    async def take_callback(
        self, body: bytes, lines: Sequence[Line]
    ) -> Sequence[tuple[str, Sequence[LineState | Delivery]]]:
        """Have it taken up and stored by whoever holds the line; of a line that nobody holds, here.

        Raises:
            NotADocument, WhichLine: as the channel itself.
            Retryable: it could not be stored.
        """
        guard.outside_transaction()
        left: list[tuple[str, Sequence[LineState | Delivery]]] = []
        for line, part in self._parts(body, lines):
            given = {"body": base64.b64encode(part).decode()}
            try:
                await self._asks.ask(line.account_id, "callback", given, within=QUICK)
            except NotAsked:
                left += await self._near.take_callback(part, [line])
            except (Unanswered, Failed) as failed:
                raise Retryable(failed.sentence, after=AGAIN) from failed
        return left


_PARTS: tuple[tuple[Any, type[RemoteChannel]], ...] = (
    (Pairs, _Pairs),
    (Unlinks, _Unlinks),
    (MarksRead, _MarksRead),
    (Types, _Types),
    (FindsPeople, _FindsPeople),
    (FetchesMedia, _FetchesMedia),
    (Forgets, _Forgets),
    (Watched, _Watched),
    (HasVitals, _HasVitals),
    (Foresees, _Foresees),
    (ReceivesWebhooks, _ReceivesWebhooks),
    (TakesCallbacks, _TakesCallbacks),
)


def remote(near: Channel, asks: Asks, folder: Path) -> Channel:
    """The channel as it is used where its lines are held elsewhere. `folder` is the one that all processes share."""
    parts = tuple(part for ability, part in _PARTS if isinstance(near, ability))
    told = {"name": near.name, "Options": near.Options, "capabilities": near.capabilities}
    made: Channel = type(f"Remote{type(near).__name__}", (*parts, RemoteChannel), told)(near, asks, folder)
    return made
