"""The channel `linked` with a far end that is real: the library itself, and a stand-in for WhatsApp that it calls.

Linking and starting take longer than any check, so the numbers are linked once for all of them, and the line that a
check leaves standing serves the next one too.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.channels.linked.options import LinkedOptions
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, Line, LineState, Outbound, Sent
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import PluginError, Retryable
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import until
from frontdesk.testing.conformance import Subject
from frontdesk.testing.lab import Account, Device, Lab, Phone, Said

ANA = Address(AddressKind.PHONE, "447700900123")
GOOD, BAD, ABSENT = "acc_1", "acc_2", "acc_3"
NOWHERE = "socks5://127.0.0.1:9"


@dataclass(slots=True)
class Linked:
    """A lab with a customer, a number that is linked, and one that was taken off while it was away."""

    lab: Lab
    folder: Path
    shop: Account
    ana: Phone
    device: Device
    asked: Said
    channel: LinkedChannel  # of the line as the check before left it


@asynccontextmanager
async def linked_numbers(folder: Path) -> AsyncIterator[Linked]:
    """Two numbers, linked; one of them was taken off on its phone since."""
    async with Lab(folder / "lab") as lab:
        shop, other = lab.add_account("351210000100", "Shop"), lab.add_account("351210000200", "Other shop")
        ana = Phone(lab, lab.add_account(ANA.value, "Ana"))
        channel = _channel(lab, folder)
        device, gone = await asyncio.gather(_up(channel, lab, GOOD, shop), _up(channel, lab, BAD, other))
        assert device is not None
        assert gone is not None
        asked = await ana.send_text(shop, "Are you open?")
        await until(lambda: asked.id in device.acknowledged)
        await channel.close()
        await lab.unlink(gone)
        numbers = Linked(lab, folder, shop, ana, device, asked, _channel(lab, folder))
        yield numbers
        await numbers.channel.close()


def _channel(lab: Lab, folder: Path) -> LinkedChannel:
    patience = Patience(base=20, cap=20, tries=2)
    return LinkedChannel(
        SystemClock(),
        folder=folder,
        vault=Vault("a key of this installation"),
        environment=lab.environment(),
        patience=patience,
    )


async def _up(channel: LinkedChannel, lab: Lab, account_id: str, account: Account) -> Device | None:
    """Bring a line up; where it shows a code, it is scanned, and the new device given."""
    told: list[LineState] = []

    def emit(_account_id: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            told.append(what)
        elif what.stored is not None:
            what.stored()

    await channel.connect(Line(account_id, LinkedOptions()), emit)
    await until(lambda: bool(told) and (told[-1].qr is not None or told[-1].state is State.CONNECTED))
    device = await lab.scan_qr(account, told[-1].qr) if told[-1].qr else None
    await until(lambda: told[-1].state is State.CONNECTED)
    return device


@dataclass(frozen=True, slots=True)
class LinkedSubject(Subject):
    """WhatsApp carries no id of ours: their texts tell which of ours have come. A send waits until the line stands."""

    written: dict[str, str] = field(default_factory=dict)  # text -> our id

    def example(self, kind: str, **parts: Any) -> Outbound:
        """A plain message of that kind; its text is noted."""
        made = Subject.example(self, kind, **parts)
        self.written[made.text or ""] = made.our_id
        return made

    async def send(self, outbound: Outbound, line: Line | None = None) -> Sent | PluginError:
        """What becomes of a send."""
        if line is None:
            await until(self._stands)
        return await Subject.send(self, outbound, line)

    async def _stands(self) -> bool:
        assert isinstance(self.channel, LinkedChannel)
        try:
            await self.channel.show_typing(self.line, (self.to,))
        except Retryable:
            return False
        return True


@asynccontextmanager
async def linked_subject(numbers: Linked, folder: Path) -> AsyncIterator[Subject]:
    """The channel over what is linked; its good line stands. It is made anew after a check that took the line down."""
    if not _is_up(numbers.channel):
        await numbers.channel.close()
        numbers.channel = _channel(numbers.lab, numbers.folder)
        numbers.device = await _up(numbers.channel, numbers.lab, GOOD, numbers.shop) or numbers.device
    written, coming = dict[str, str](), list[asyncio.Task[None]]()
    kept = folder / "kept"
    shutil.copytree(numbers.folder / BAD, kept)  # once the line hears that it was taken off, they are gone
    subject = LinkedSubject(
        channel=numbers.channel,
        line=Line(GOOD, LinkedOptions()),
        refused=Line(BAD, LinkedOptions()),
        absent=Line(ABSENT, LinkedOptions.model_validate({"proxy": NOWHERE})),
        to=ANA,
        folder=folder,
        heard=lambda: [written.get(one.text or "", one.id) for one in numbers.ana.history],
        quoted=numbers.asked.id,
        break_next=_troubles(numbers, coming),
        written=written,
    )
    try:
        yield subject
    finally:
        for trouble in coming:
            trouble.cancel()  # one that was too late for its send must not meet the next check
        await asyncio.gather(*coming, return_exceptions=True)
        numbers.lab.leave_unanswered("message", 0)
        for line in (subject.refused, subject.absent):
            await numbers.channel.disconnect(line)
        shutil.rmtree(numbers.folder / BAD, ignore_errors=True)
        shutil.copytree(kept, numbers.folder / BAD)


def _is_up(channel: LinkedChannel) -> bool:
    line = channel._lines.get(GOOD)
    return line is not None and line.connected


def _troubles(numbers: Linked, coming: list[asyncio.Task[None]]) -> Mapping[str, Callable[[], None]]:
    """What may happen while a message is on its way: WhatsApp has it, and has not answered yet."""
    lab = numbers.lab

    async def once_taken(trouble: Callable[[], None]) -> None:
        await until(lambda: not lab.faults.unanswered["message"])
        trouble()

    def then(trouble: Callable[[], None]) -> Callable[[], None]:
        def begin() -> None:
            lab.leave_unanswered("message")
            coming.append(asyncio.create_task(once_taken(trouble)))

        return begin

    def kill() -> None:
        numbers.channel._lines[GOOD]._keeper.kill()

    return {"the connection is cut": then(lambda: lab.drop(numbers.device)), "the process is killed": then(kill)}
