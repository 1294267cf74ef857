"""A linked line for tests: the real channel with the real library in its process, linked to a lab."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.channels.linked.options import LinkedOptions
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, parse
from frontdesk.domain.wire import Delivery, Event, Inbound, Line, LineState, Outbound, Sent
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.kit.vault import Vault
from frontdesk.testing.lab import Account, Device, Lab, Phone

SHOP, ANNA, BEN = "351210000100", "447700900123", "447700900456"
IN_TIME = 30.0  # seconds of real time; far more than anything takes
KEY = "a key of this installation"

E = TypeVar("E", bound=Event)


class LinkedLine:
    """A line of the channel, with all that it tells. What it tells counts as stored unless `keeps` is false."""

    def __init__(self, lab: Lab, folder: Path, clock: Clock | None = None, **options: Any) -> None:
        self.lab = lab
        self.folder = folder
        self.fresh = partial(  # a channel that knows of nothing, as after a restart
            LinkedChannel,
            clock or SystemClock(),
            folder=folder,
            vault=Vault(KEY),
            **({"program": options.pop("program")} if "program" in options else {}),
            environment={**lab.environment(), **options.pop("environment", {})},
            patience=Patience(base=20, cap=1000),
        )
        self.channel = self.fresh()
        self.line = Line("acc_1", LinkedOptions(**options))
        self.states: list[LineState] = []
        self.events: list[Event] = []
        self.held: list[Delivery] = []
        self.keeps = True
        self._news = asyncio.Event()
        self._taken: list[Event] = []
        self._ids = count(1)
        self.device: Device | None = None

    # What it tells

    def _emit(self, _account_id: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            self.states.append(what)
            if what.phone:
                self.line = replace(self.line, phone=what.phone)
        else:
            self.events.extend(what.events)
            if self.keeps and what.stored is not None:
                what.stored()
            else:
                self.held.append(what)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, looking again whenever something is told."""
        async with asyncio.timeout(IN_TIME):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def state(self, state: State, *, after: int = 0) -> LineState:
        """The newest state of that sort, told after the first so many states."""

        def found() -> list[LineState]:
            return [told for told in self.states[after:] if told.state is state]

        await self.until(lambda: bool(found()))
        return found()[-1]

    async def reason(self, words: str, *, after: int = 0) -> LineState:
        """The first state whose reason has these words, told after the first so many states."""

        def found() -> list[LineState]:
            return [told for told in self.states[after:] if words in (told.reason or "")]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def event(self, kind: type[E], matches: Callable[[E], bool] = lambda _: True) -> E:
        """The first event of that type that was not taken yet and matches."""

        def found() -> E | None:
            for one in self.events:
                if isinstance(one, kind) and not any(one is taken for taken in self._taken) and matches(one):
                    return one
            return None

        await self.until(lambda: found() is not None)
        one = found()
        assert one is not None
        self._taken.append(one)
        return one

    async def inbound(self) -> Inbound:
        """The next message that came in or was typed on the phone."""
        return await self.event(Inbound)

    # What it is asked

    async def connect(self) -> None:
        """Bring the line up."""
        await self.channel.connect(self.line, self._emit)

    async def link(self, account: Account) -> Device:
        """Bring the line up, scan its code with the phone of the account, and wait until it stands."""
        await self.connect()
        code = (await self.state(State.QR_PENDING)).qr
        assert code is not None
        self.device = await self.lab.scan_qr(account, code)
        await self.state(State.CONNECTED)
        return self.device

    async def down(self) -> None:
        """Take the line down in order."""
        await self.channel.disconnect(self.line)

    async def log_out(self) -> bool:
        """Log the line out; gives whether WhatsApp has been told."""
        return await self.channel.log_out(self.line, self._emit)

    async def send(self, to: str | tuple[Address, ...], kind: str = "text", **parts: Any) -> Sent:
        """Send a message."""
        addresses = (parse(to),) if isinstance(to, str) else to
        our_id = parts.pop("our_id", f"msg_{next(self._ids)}")
        return await self.channel.send(self.line, Outbound(our_id, addresses, kind, **parts))

    @property
    def files(self) -> list[str]:
        """The names of the files that the line keeps."""
        return sorted(path.name for path in (self.folder / "acc_1").glob("*"))


@asynccontextmanager
async def linked(lab: Lab, folder: Path, *, clock: Clock | None = None, **options: Any) -> AsyncIterator[LinkedLine]:
    """A line that is not linked yet. `environment` is added to that of its process.

    `program` is its process, where it is not the usual one. In the end it is killed, which takes less time than an end
    in order: whoever wants one takes the line down.
    """
    line = LinkedLine(lab, folder, clock, **options)
    try:
        yield line
    finally:
        for kept in line.channel._lines.values():
            kept._keeper.kill()
        await line.channel.close()


def shop_and_anna(lab: Lab) -> tuple[Account, Phone]:
    """The account of the shop, and a customer with a phone."""
    return lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
