"""A channel that does what a test tells it to, and says what a test wants to be said."""

import asyncio
import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, SecretStr

from frontdesk.channels.base import Capabilities, Emit, NotADocument
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, parse
from frontdesk.domain.wire import (
    Damaged,
    Delivery,
    Event,
    Fetched,
    Inbound,
    Line,
    LineState,
    MediaRef,
    Outbound,
    Seen,
    Sender,
    Sent,
)
from frontdesk.kit import guard
from frontdesk.kit.errors import PluginError, Rejected

KINDS = frozenset({"text", "image", "video", "audio", "document", "sticker", "reaction", "template", "location"})


class FakeOptions(BaseModel):
    """A number by which deliveries are routed, and a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    number: str
    token: SecretStr = SecretStr("the-token-of-the-fake")


class NoOptions(BaseModel):
    """Nothing has to be said of a line."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PlainFake:
    """Takes every message, until `script` says otherwise.

    `script` holds what becomes of the next sends: a Sent, an error to raise, or None for the usual. While `gate` is
    set to an event, sends wait for it; `under_way` counts them. `states` are told at each connect. `files` are what can
    be fetched, by their remote id; `file_types` what is then said of their type. `sent`, `read` and `connected` keep
    what was asked of it, and `inside` those sends that were asked for while a transaction was open.
    """

    name: ClassVar[str] = "plain"
    Options: ClassVar[type[BaseModel]] = NoOptions
    capabilities: ClassVar[Capabilities] = Capabilities(kinds=KINDS, title="Plain fake", settles=True, real=False)

    def __init__(self) -> None:
        self.script: deque[Sent | Exception | None] = deque()
        self.gate: asyncio.Event | None = None
        self.under_way = 0
        self.states: tuple[LineState, ...] = (LineState(State.CONNECTED, phone="351210000100"),)
        self.files: dict[str, bytes | PluginError] = {}
        self.file_types: dict[str, str] = {}
        self.sent: list[Outbound] = []
        self.read: list[tuple[str, bool]] = []
        self.typed: list[tuple[tuple[Address, ...], bool]] = []
        self.connected: list[str] = []
        self.disconnected: list[str] = []
        self.closed = False
        self._emit: dict[str, Emit] = {}
        self._numbers = count(1)

    @property
    def texts(self) -> list[str | None]:
        """The texts that were handed over, in order, whatever became of them."""
        return [outbound.text for outbound in self.sent]

    def say(self, account_id: str, *what: LineState | Delivery) -> None:
        """The line of that account reports something."""
        for one in what:
            self._emit[account_id](account_id, one)

    async def connect(self, line: Line, emit: Emit) -> None:
        """Tell the scripted states."""
        guard.outside_transaction()
        self.connected.append(line.account_id)
        self._emit[line.account_id] = emit
        for state in self.states:
            emit(line.account_id, state)

    async def disconnect(self, line: Line) -> None:
        """Remember it."""
        self.disconnected.append(line.account_id)

    async def close(self) -> None:
        """Remember it."""
        self.closed = True

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Do what the script says."""
        guard.outside_transaction()
        if outbound.kind not in self.capabilities.kinds:
            raise Rejected(f"Messages of the kind “{outbound.kind}” cannot be sent by the fake.")
        if outbound.text is not None and len(outbound.text) > self.capabilities.text_limit:
            raise Rejected("The text is too long for the fake.")
        if not outbound.to:
            raise Rejected("There is nobody to send to.")
        self.sent.append(outbound)
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.under_way -= 1
        told = self.script.popleft() if self.script else None
        if isinstance(told, Exception):
            raise told
        return told or Sent(f"out-{next(self._numbers)}")

    async def mark_read(self, line: Line, seen: Seen, *, typing: bool = False) -> None:
        """Remember it."""
        guard.outside_transaction()
        self.read.append((seen.external_id, typing))

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Hand over the file of that remote id."""
        guard.outside_transaction()
        found = self.files.get(media.remote_id, Rejected("The file is gone."))
        if isinstance(found, PluginError):
            raise found
        if len(found) > limit:
            raise Rejected("The file is too large.")
        await asyncio.to_thread(into.write_bytes, found)
        return Fetched(into, self.file_types.get(media.remote_id, media.mime), len(found), media.name)


class FakeChannel(PlainFake):
    """The same, and what happens there comes by webhook."""

    name: ClassVar[str] = "fake"
    Options: ClassVar[type[BaseModel]] = FakeOptions
    capabilities: ClassVar[Capabilities] = Capabilities(kinds=KINDS, title="Fake", settles=True, real=False)

    def verify(self, body: bytes, headers: Mapping[str, str], lines: Sequence[Line]) -> frozenset[str]:
        """A body is authentic for the lines whose token stands in the header `x-fake-token`."""
        given = headers.get("x-fake-token", "")
        known = [(line.account_id, line.options.token.get_secret_value()) for line in lines]
        return frozenset(account for account, token in known if hmac.compare_digest(given.encode(), token.encode()))

    def parse(self, body: bytes) -> tuple[Delivery, ...]:
        """`{"number": ..., "texts": [{"id", "from", "text"}]}`.

        Raises:
            NotADocument: the bytes are no JSON document.
        """
        try:
            document: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise NotADocument("The body is not JSON.") from None
        if not isinstance(document, dict):
            return (Delivery(None, (Damaged("This is no delivery of the fake.", body.decode(errors="replace")),)),)
        given = document.get("texts")
        events = tuple(_event(one) for one in given) if isinstance(given, list) else ()
        return (Delivery(str(document.get("number")), events),)

    def challenge(self, query: Mapping[str, str], lines: Sequence[Line]) -> str | None:
        """Answer with the word that came along."""
        return query.get("word")

    def line_ref(self, options: Any) -> str:
        """The number."""
        known: FakeOptions = options
        return known.number


class LinkedFake(PlainFake):
    """Is linked with a phone, by a QR code at first.

    `answers` holds what comes of the next questions for a code to be typed: a state to tell, or an error to raise;
    then the code `WXYZ-2345`. `asked` keeps them, `logged_out` whose credentials were removed, and `log_out_fails` is
    raised instead.
    """

    name: ClassVar[str] = "linkable"
    capabilities: ClassVar[Capabilities] = Capabilities(kinds=KINDS, title="Linked fake", official=False, to_self=True)

    def __init__(self) -> None:
        super().__init__()
        self.states = (LineState(State.QR_PENDING, qr="2@the-first-code-of-the-fake"),)
        self.answers: deque[LineState | Exception] = deque()
        self.asked: list[tuple[str, str]] = []
        self.logged_out: list[str] = []
        self.log_out_fails: Exception | None = None
        self.log_out_is_heard = True

    async def pair_by_code(self, line: Line, phone: str) -> None:
        """Do what `answers` says."""
        guard.outside_transaction()
        self.asked.append((line.account_id, phone))
        told = self.answers.popleft() if self.answers else LineState(State.QR_PENDING, pairing_code="WXYZ-2345")
        if isinstance(told, Exception):
            raise told
        self.say(line.account_id, told)

    async def log_out(self, line: Line, _emit: Emit) -> bool:
        """Remember it."""
        guard.outside_transaction()
        if self.log_out_fails is not None:
            raise self.log_out_fails
        self.logged_out.append(line.account_id)
        return self.log_out_is_heard


class WindowedFake(FakeChannel):
    """The same with a 24-hour window."""

    name: ClassVar[str] = "windowed"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kinds=KINDS, title="Windowed fake", window=True, templates=True, settles=True, real=False
    )


class UnofficialOptions(FakeOptions):
    """The same for a line that WhatsApp does not support: whether care is taken of its number, and at which pace."""

    care: bool = True
    pace: float = 1.0


class UnofficialFake(FakeChannel):
    """The same on a line that WhatsApp does not support: it carries no id of ours, and shows typing.

    `typed` keeps in which chats that was asked for, and whether to show it or no more.
    """

    name: ClassVar[str] = "unofficial"
    Options: ClassVar[type[BaseModel]] = UnofficialOptions
    capabilities: ClassVar[Capabilities] = Capabilities(
        kinds=KINDS | {"edit", "revoke"},
        title="Unofficial fake",
        settles=False,
        real=False,
        official=False,
        to_self=True,
    )

    async def show_typing(self, line: Line, to: tuple[Address, ...], *, writing: bool = True) -> None:
        """Remember it."""
        guard.outside_transaction()
        self.typed.append((to, writing))


def _event(given: Any) -> Event:
    try:
        return Inbound(given["id"], "text", Sender((parse(given["from"]),)), text=given["text"])
    except Exception as wrong:
        return Damaged(f"A text could not be read: {type(wrong).__name__}.", orjson.dumps(given).decode())
