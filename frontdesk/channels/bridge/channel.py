"""The channel `bridge`: a program of somebody else that holds the link with WhatsApp, such as one in Node.

It is started and kept up here, or runs elsewhere; it tells its events in lines of JSON or by HTTP, and is asked in
either way. What it may be trusted with is small: see `options.py`, `callbacks.py` and `files.py`.
"""

import asyncio
import base64
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from frontdesk.channels.base import Capabilities, Emit, Vitals
from frontdesk.channels.bridge import callbacks, fetching, people, writing
from frontdesk.channels.bridge.asking import FILES, Http
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning
from frontdesk.channels.bridge.fence import Free, Leave
from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.bridge.line import ASK, Line as KeptLine, Means, damaged, files_of
from frontdesk.channels.bridge.lines import Lines
from frontdesk.channels.bridge.options import BridgeOptions
from frontdesk.channels.bridge.writing import Command
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, Fetched, Line, LineState, MediaRef, Outbound, Sent
from frontdesk.kit import guard
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.kit.loose import raw, record
from frontdesk.kit.vault import Vault

log = logging.getLogger(__name__)

SEND = 60.0  # seconds
LOG_OUT = 10.0
BY_HTTP = 48 * 1024 * 1024  # bytes of a file that is sent along as base64
_NO_LEAVE = (
    "This installation starts no programs of others and reads no folders of theirs. Whoever runs this machine may "
    "allow it with FRONTDESK_ALLOW_BRIDGE_COMMANDS=true; or start the bridge by hand and name its send_url."
)
_IDS = ("messageId", "message_id", "external_id", "id", "key", "message", "result")
_WORDS = ("message", "result")  # under which others say something in words


class BridgeChannel:
    """All lines behind bridges. `folder` is where each has a private folder.

    `starts_programs` is the leave to start what a line names, and to read folders that it names; `leave` tells which
    lines are held by this process.
    """

    name: ClassVar[str] = "bridge"
    keeps_files: ClassVar[bool] = True
    asks_leave: ClassVar[bool] = True
    runs_programs: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = BridgeOptions
    capabilities: ClassVar[Capabilities] = Capabilities(
        kinds=writing.KINDS, title="Bridge", text_limit=writing.LONGEST_TEXT, official=False, to_self=True
    )

    def __init__(
        self,
        clock: Clock,
        *,
        folder: Path,
        vault: Vault | None = None,
        starts_programs: bool = False,
        leave: Leave | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._leave = leave or Free()
        self._clock = clock
        self._folder = folder
        self._starts_programs = starts_programs
        self._patience = patience or Patience()
        self._http = Http()
        self._lines: Lines[KeptLine] = Lines()

    async def connect(self, line: Line, emit: Emit) -> None:
        """Start the bridge of the line, or ask the one elsewhere how it stands."""
        guard.outside_transaction()
        async with self._lines.turn(line.account_id):
            await self._connect(line, emit)

    async def _connect(self, line: Line, emit: Emit) -> None:
        kept = self._lines.get(line.account_id)
        if kept is not None and kept.options != line.options:
            await self._lines.take_down(line.account_id)
            kept = None
        if line.options.needs_leave and not self._starts_programs:
            emit(line.account_id, LineState(State.ACTION_REQUIRED, _NO_LEAVE))
            return
        if kept is None:
            means = Means(self._folder_of(line), self._http, self._patience, self._leave)
            kept = self._lines[line.account_id] = KeptLine(line, emit, self._clock, means)
        kept.up(emit)

    async def disconnect(self, line: Line) -> None:
        """End the process in order, or let go of the bridge elsewhere; the link stays."""
        async with self._lines.turn(line.account_id):
            await self._lines.take_down(line.account_id)

    async def close(self) -> None:
        """End every process and let go of all connections."""
        await self._lines.take_down_all()
        await self._http.close()

    async def log_out(self, line: Line, _emit: Emit) -> bool:
        """Have the bridge end its link, as far as it can be asked, and remove what is kept here."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        told = kept is None and not await asyncio.to_thread(self._folder_of(line).exists)  # it was never up
        if kept is not None:
            with suppress(NotRunning, CommandFailed, NoAnswer):
                await kept.ask("logout", {}, within=LOG_OUT)
                told = True
        async with self._lines.turn(line.account_id):
            await self._lines.take_down(line.account_id)
            await asyncio.to_thread(shutil.rmtree, self._folder_of(line), ignore_errors=True)
        return told

    async def pair_by_code(self, line: Line, phone: str) -> None:
        """Ask for a code that is typed on the phone; it is told as a state."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        if kept is None:
            raise Retryable("The line is not ready to be linked yet. Try again in a moment.", after=1000)
        given = await self._answer(kept, Command("pair_by_code", {"phone": phone}))
        code = given.get("code", given.get("result"))
        if not isinstance(code, str) or not code:
            raise Rejected("The bridge gave no code. Scan the QR code instead.")
        kept.show(LineState(State.QR_PENDING, pairing_code=code))

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Send one message.

        Raises:
            Retryable, Rejected, LoggedOut: as every channel.
        """
        guard.outside_transaction()
        command = writing.command(outbound)
        kept = self._connected(line)
        if command.file and kept.options.send_url:
            command = await _with_content(command, outbound)
        began = self._clock.now()
        try:
            given = await kept.ask(command.action, command.given, within=FILES if command.file else SEND)
        except NoAnswer as lost:
            return Sent(None, lost.sentence)
        except CommandFailed as failed:
            if failed.code == "doubt":
                return Sent(None, "The bridge does not know whether WhatsApp took the message.")
            raise _told(failed) from failed
        except NotRunning as gone:
            raise _away() from gone
        return Sent(_id_in(given) or kept.echoes.id_of(outbound, began))

    def foresee(self, outbound: Outbound) -> None:
        """Look a message over before it is put into the outbox.

        Raises:
            Rejected: no bridge could send it.
        """
        writing.command(outbound)

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Copy a file that the bridge has put down, hands out, or whose content it sent along."""
        guard.outside_transaction()
        if line.options.needs_leave and not self._starts_programs:
            raise Rejected(_NO_LEAVE)
        if (url := fetching.address_of(media)) is not None:
            size = await fetching.fetch(self._http, line.options, url, into, limit=limit)
            return Fetched(into, media.mime, size, media.name)
        return await files_of(line.options, self._folder_of(line)).fetch(media, into, limit=limit)

    def believes(self, headers: Mapping[str, str], lines: Sequence[Line], *, near: bool) -> tuple[Line, ...]:
        """The lines for which a callback with these headers is authentic."""
        return callbacks.believes(headers, lines, near=near)

    async def take_callback(
        self, body: bytes, lines: Sequence[Line]
    ) -> Sequence[tuple[str, Sequence[LineState | Delivery]]]:
        """What a callback tells, by account id. Nothing is emitted: whoever asks stores it.

        Raises:
            NotADocument: the bytes are no JSON document.
            WhichLine: it cannot be told of which line it is.
        """
        return [(line.account_id, await self._take(line, one)) for line, one in self._placed(body, lines)]

    def parts(self, body: bytes, lines: Sequence[Line]) -> Sequence[tuple[Line, bytes]]:
        """A callback event by event, for whoever holds the line of each. Raises as `take_callback`."""
        return [(line, json.dumps(one).encode()) for line, one in self._placed(body, lines)]

    @staticmethod
    def _placed(body: bytes, lines: Sequence[Line]) -> Sequence[tuple[Line, Any]]:
        return [(callbacks.line_of(one, lines), one) for one in callbacks.documents(body)]

    async def _take(self, line: Line, document: Any) -> Sequence[LineState | Delivery]:
        told = callbacks.told(document)
        if told is None:
            return [damaged("The callback names no event.", raw(document))]
        kept = self._lines.get(line.account_id)
        if kept is None:  # it is down here, and its bridge still speaks
            means = Means(self._folder_of(line), self._http, self._patience, self._leave)
            kept = KeptLine(line, lambda account_id, what: None, self._clock, means)
        return await kept.take_callback(told)

    def vitals(self) -> Mapping[str, Vitals]:
        """How the processes that are run here are doing. May be asked in a thread, while lines come and go."""
        told = {account_id: kept.vitals() for account_id, kept in tuple(self._lines.items())}
        return {account_id: vitals for account_id, vitals in told.items() if vitals is not None}

    async def check(self, line: Line) -> None:
        """Ask the bridge how it stands."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        if kept is not None:
            await kept.check()

    @staticmethod
    async def _answer(kept: KeptLine, command: Command) -> Mapping[str, Any]:
        try:
            return await kept.ask(command.action, command.given, within=ASK)
        except CommandFailed as failed:
            raise _told(failed) from failed
        except (NoAnswer, NotRunning) as gone:
            raise _away() from gone

    def _connected(self, line: Line) -> KeptLine:
        kept = self._lines.get(line.account_id)
        if kept is None or not kept.connected:
            raise _away()
        return kept

    def _folder_of(self, line: Line) -> Path:
        return self._folder / line.account_id


async def _with_content(command: Command, outbound: Outbound) -> Command:
    """The command for a bridge that cannot be expected to see our disk."""
    media = outbound.media
    if media is None or media.size > BY_HTTP:
        raise Rejected(f"A file that is handed to a bridge by HTTP may have {BY_HTTP // 2**20} MB at most.")
    content = await asyncio.to_thread(media.path.read_bytes)
    given = {name: value for name, value in command.given.items() if name != "path"}
    return Command(command.action, {**given, "media": base64.b64encode(content).decode()}, file=True)


def _id_in(given: Mapping[str, Any]) -> str | None:
    """The id under which WhatsApp knows the message, wherever the bridge put it."""
    for name in _IDS:
        value = given.get(name)
        plain = None if name in _WORDS and isinstance(value, str) else people.text_id(value)
        found = plain or people.text_id(record(value).get("id"))
        if found is not None:
            return found
    return None


def _away() -> Retryable:
    return Retryable("The bridge is not connected right now; it is sent when it is.", after=5000, scope="account")


def _told(failed: CommandFailed) -> PluginError:
    """The error of the contract for what the bridge answered."""
    if failed.code == "token":
        return LoggedOut(failed.sentence)
    if failed.code == "logged_out":
        return LoggedOut("The bridge is no longer linked. Link it again: press Connect and scan the code.")
    if failed.code in ("not_connected", "not_ready", "busy"):
        return _away()
    return Rejected(f"The bridge did not send it: {failed.sentence}", code=failed.code)
