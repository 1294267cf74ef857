"""The channel `linked`: any WhatsApp number, linked like a second device by scanning a code.

Each line has a process of its own (`program.py`), because the library behind it is not safe for several and a crash
has to stay inside. What it hands over is acknowledged once it is stored.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel

from frontdesk.channels.base import Capabilities, Emit, Vitals
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning
from frontdesk.channels.bridge.fence import Leave
from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.bridge.lines import Lines
from frontdesk.channels.linked import writing as outgoing
from frontdesk.channels.linked.credentials import Credentials, Found
from frontdesk.channels.linked.forgetting import forget
from frontdesk.channels.linked.line import LOG_OUT, Line as KeptLine, Start
from frontdesk.channels.linked.numbers import refusal
from frontdesk.channels.linked.options import LinkedOptions
from frontdesk.channels.linked.sends import may_have_gone_out
from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.wire import Fetched, Line, MediaRef, Outbound, Seen, Sent
from frontdesk.kit import guard
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.kit.vault import Vault

log = logging.getLogger(__name__)

ASK = 20.0  # seconds for what is answered at once
SEND = 90.0  # seconds: WhatsApp itself gives up after 75
FILES = 300.0  # seconds for what carries a file
REACH = 10.0  # seconds in which a line that is down is brought up to be logged out


class LinkedChannel:
    """All linked lines. `folder` is where each keeps a private folder; `leave` tells which are held by this process.

    `program`, `environment` of the processes and `patience` are for tests.
    """

    name: ClassVar[str] = "linked"
    keeps_files: ClassVar[bool] = True
    runs_programs: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = LinkedOptions
    capabilities: ClassVar[Capabilities] = Capabilities(
        kinds=outgoing.KINDS, title="Linked device", text_limit=outgoing.LONGEST_TEXT, official=False, to_self=True
    )

    def __init__(
        self,
        clock: Clock,
        *,
        folder: Path,
        vault: Vault,
        leave: Leave | None = None,
        program: tuple[str, ...] = (sys.executable, "-m", "frontdesk.channels.linked.program"),
        environment: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._clock = clock
        self._environment = dict(environment or {})
        self._folder = folder
        self._vault = vault
        self._program = program
        self._patience = patience
        self._leave = leave
        self._lines: Lines[KeptLine] = Lines()

    async def connect(self, line: Line, emit: Emit) -> None:
        """Start the process of the line, or let it try at once."""
        async with self._lines.turn(line.account_id):
            await self._connect(line, emit)

    async def _connect(self, line: Line, emit: Emit) -> None:
        kept = self._lines.get(line.account_id)
        if kept is not None and kept.options != line.options:
            await kept.down()
            kept = None
        if kept is None:
            kept = self._lines[line.account_id] = KeptLine(
                line,
                emit,
                self._clock,
                self._credentials(line),
                start=Start(self._program, self._environment),
                patience=self._patience,
                leave=self._leave,
            )
        kept.line = line
        kept.up(emit)

    async def disconnect(self, line: Line) -> None:
        """End the process in order; the link stays."""
        async with self._lines.turn(line.account_id):
            await self._lines.take_down(line.account_id)

    async def close(self) -> None:
        """End every process."""
        await self._lines.take_down_all()

    async def log_out(self, line: Line, emit: Emit) -> bool:
        """Take the device off the account, as far as WhatsApp can be reached, and remove its credentials."""
        guard.outside_transaction()
        told = await self._tell_of_log_out(line, emit)
        async with self._lines.turn(line.account_id):
            await self._lines.take_down(line.account_id)
            await asyncio.to_thread(self._credentials(line).remove)
        return told

    async def _tell_of_log_out(self, line: Line, emit: Emit) -> bool:
        """Tell WhatsApp, bringing the line up where it is down; gives whether it has the device no longer."""
        found = await asyncio.to_thread(self._credentials(line).look)
        if found is not Found.READY or not isinstance(line.options, LinkedOptions):
            return found is Found.NONE
        kept = self._lines.get(line.account_id)
        if kept is None or not kept.connected:
            await self.connect(line, emit)
            kept = self._lines.get(line.account_id)
        if kept is None or not await kept.stands(REACH):  # it may have heard that it was taken off already
            return await asyncio.to_thread(self._credentials(line).look) is Found.NONE
        try:
            await kept.ask("log_out", {}, within=LOG_OUT)
        except (NotRunning, CommandFailed, NoAnswer) as failed:
            log.warning(
                "WhatsApp was not told of a log-out: %s", type(failed).__name__, extra={"account": line.account_id}
            )
            return False
        return True

    async def pair_by_code(self, line: Line, phone: str) -> None:
        """Ask for a code that is typed on the phone; it is told as a state."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        if kept is None or not kept.shows_code:
            raise Retryable("The line is not ready to be linked yet. Try again in a moment.", after=1000)
        if (why := refusal(kept.line, phone)) is not None:
            raise Rejected(why)
        given = await self._answer(kept, "pair_by_code", {"phone": phone}, within=ASK)
        kept.show_pairing_code(str(given.get("code")))

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Send one message.

        Raises:
            Retryable, Rejected, LoggedOut: as every channel.
        """
        guard.outside_transaction()
        command = outgoing.command(outbound)
        kept = self._connected(line)
        within = FILES if outbound.media is not None else SEND
        try:
            given = await kept.ask("send_message", command, within=within)
        except NoAnswer as lost:
            folder = self._credentials(line).folder
            if kept.running or await asyncio.to_thread(may_have_gone_out, folder, outbound.our_id):
                return Sent(None, lost.sentence)
            raise Retryable("The line ended before the message went out.", scope="account") from lost
        except CommandFailed as failed:
            if failed.code == "doubt":
                return Sent(None, "WhatsApp did not confirm the message.")
            raise _told(failed) from failed
        except NotRunning as gone:
            raise _away() from gone
        external_id = given.get("external_id")
        return Sent(external_id) if external_id else Sent(None, "WhatsApp gave the message no id.")

    def foresee(self, outbound: Outbound) -> None:
        """Look a message over before it is put into the outbox.

        Raises:
            Rejected: it cannot be sent on a linked line.
        """
        outgoing.command(outbound)

    async def mark_read(self, line: Line, seen: Seen, *, typing: bool = False) -> None:
        """Mark a message as read; with `typing`, show that an answer is being written."""
        guard.outside_transaction()
        given = {
            "external_id": seen.external_id,
            "chat": next(iter(outgoing.jids(seen.chat)), None),
            "sender": next(iter(outgoing.jids(seen.sender)), None),
            "voice": seen.voice,
            "typing": typing,
        }
        await self._answer(self._connected(line), "mark_read", given, within=ASK)

    async def show_typing(self, line: Line, to: tuple[Address, ...], *, writing: bool = True) -> None:
        """Show in a chat that an answer is being written, or is no more."""
        guard.outside_transaction()
        given = {"to": outgoing.jids(to), "writing": writing}
        if not given["to"]:
            raise Rejected("The chat has no phone number and no hidden id by which WhatsApp could find it.")
        await self._answer(self._connected(line), "show_typing", given, within=ASK)

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Download what came with a message."""
        guard.outside_transaction()
        if (media.size or 0) > limit:
            raise Rejected("The file is larger than this installation takes.")
        kept = self._connected(line)
        asked = {"file": _file(media), "into": str(into), "limit": limit}
        answer = await self._answer(kept, "fetch", asked, within=FILES)
        return Fetched(into, media.mime, int(answer["size"]), media.name)

    async def find_person(self, line: Line, phone: Address) -> tuple[Address, ...]:
        """Ask WhatsApp for the person of a number: the number as it has it, and the hidden id where it is told."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        if kept is None or not kept.connected:
            raise Retryable("The line is not connected right now. Try again in a moment.", after=5000, scope="account")
        given = await self._answer(kept, "find_person", {"phone": phone.value}, within=ASK)
        if not given.get("there"):
            return ()
        told = parse(str(given["address"]))
        return (told,) if told.kind is AddressKind.PHONE else (phone, told)

    async def forget(self, line: Line, person: Sequence[Address]) -> None:
        """Take a person out of the library's own file: names, numbers, and the keys that are filed under these.

        Raises:
            Retryable: another program is at the file.
            Rejected: it is sealed with another key.
        """
        guard.outside_transaction()
        async with self._lines.turn(line.account_id):
            await forget(self._credentials(line), person)

    def vitals(self) -> Mapping[str, Vitals]:
        """How the process of each line is doing."""
        return {account_id: kept.vitals() for account_id, kept in tuple(self._lines.items())}

    async def check(self, line: Line) -> None:
        """Prove that the line hears; one that is deaf, or grew too large, is started again."""
        guard.outside_transaction()
        kept = self._lines.get(line.account_id)
        if kept is not None:
            await kept.check()

    @staticmethod
    async def _answer(kept: KeptLine, action: str, given: Mapping[str, Any], *, within: float) -> Mapping[str, Any]:
        try:
            return await kept.ask(action, given, within=within)
        except CommandFailed as failed:
            raise _told(failed) from failed
        except (NoAnswer, NotRunning) as gone:
            raise _away() from gone

    def _connected(self, line: Line) -> KeptLine:
        kept = self._lines.get(line.account_id)
        if kept is None or not kept.connected:
            raise _away()
        return kept

    def _credentials(self, line: Line) -> Credentials:
        return Credentials(self._folder / line.account_id, self._vault)


def _file(media: MediaRef) -> Any:
    try:
        return orjson.loads(media.remote_id)
    except orjson.JSONDecodeError:
        raise Rejected("It is not known where WhatsApp keeps this file.") from None


def _away() -> Retryable:
    return Retryable("The line is not connected right now; it is sent when it is.", after=5000, scope="account")


def _told(failed: CommandFailed) -> PluginError:
    """The error of the contract for what the program answered."""
    if failed.code == "logged_out":
        return LoggedOut("The line is no longer linked. Link it again: press Connect and scan the code.")
    if failed.code in ("not_connected", "busy"):
        return _away()
    if failed.code == "unreachable":
        return Retryable("WhatsApp could not be reached for it; it is tried again by itself.")
    if failed.code == "gone":
        return Rejected("WhatsApp no longer has this file. Ask for it to be sent again.", code="gone")
    return Rejected(f"WhatsApp did not take it: {failed.sentence}", code=failed.code)
