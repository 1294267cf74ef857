"""Processes that hold lines, and one that reaches them, side by side in a test: real database and Redis, fake lines."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from frontdesk.channels.base import Capabilities, Channel, Emit, Vitals
from frontdesk.channels.bridge.fence import Fence
from frontdesk.channels.remote.channel import remote
from frontdesk.desk.account import Account
from frontdesk.desk.desk import Desk, Needs, build
from frontdesk.desk.leasing import Leases, Times
from frontdesk.desk.line_owners import Elsewhere, LineOwners, line_name
from frontdesk.desk.lines import Leased, Lines
from frontdesk.desk.personas import Personas
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.domain.wire import Line, LineState, Outbound
from frontdesk.events.answering import Answering
from frontdesk.events.asking import Asking
from frontdesk.events.board import Board
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.kit.errors import FrontdeskError, Rejected
from frontdesk.kit.ids import new_id
from frontdesk.kit.vault import Vault
from frontdesk.store.store import Store
from frontdesk.testing.channels import KINDS, LinkedFake
from frontdesk.testing.clock import until

KEY = "the same key in each process"
QUICK = Times(lasts=2.0, lets_go=1.5, renewed=0.2)
PHONE = "351210000100"
MARGIN = 0.3  # seconds


@dataclass(slots=True)
class Outside:
    """What the other side sees of all lines: who is linked for whom now. `twice` are those that were so two times."""

    linked: dict[str, str] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)


class HeldFake(LinkedFake):
    """A linked line of which only one may be up, wherever it is. It is up at once, unless `states` say otherwise."""

    name: ClassVar[str] = "held"
    capabilities: ClassVar[Capabilities] = Capabilities(kinds=KINDS, title="Held fake", official=False)

    def __init__(self, outside: Outside, who: str) -> None:
        super().__init__()
        self.states = (LineState(State.CONNECTED, phone=PHONE),)
        self.found: tuple[Address, ...] = ()
        self.checked: list[str] = []
        self._outside = outside
        self._who = who

    async def connect(self, line: Line, emit: Emit) -> None:
        """Be linked."""
        if self._outside.linked.setdefault(line.account_id, self._who) != self._who:
            self._outside.twice.append(line.account_id)
        await super().connect(line, emit)

    async def disconnect(self, line: Line) -> None:
        """Be linked no longer."""
        if self._outside.linked.get(line.account_id) == self._who:
            del self._outside.linked[line.account_id]
        await super().disconnect(line)

    async def show_typing(self, line: Line, to: tuple[Address, ...], *, writing: bool = True) -> None:
        """Remember it."""
        self.typed.append((to, writing))

    async def find_person(self, line: Line, phone: Address) -> tuple[Address, ...]:
        """Who is to be found."""
        return self.found

    async def check(self, line: Line) -> None:
        """Remember it."""
        self.checked.append(line.account_id)

    def foresee(self, outbound: Outbound) -> None:
        """Refuse what is too long."""
        if outbound.text is not None and len(outbound.text) > self.capabilities.text_limit:
            raise Rejected("The text is too long for the fake.")

    def vitals(self) -> dict[str, Vitals]:
        """Of those that are linked here."""
        return {one: Vitals(1, 2_000_000) for one, who in self._outside.linked.items() if who == self._who}


@dataclass(slots=True)
class Around:
    """What all processes of one house share."""

    database: str
    redis: str
    folder: Path
    outside: Outside = field(default_factory=Outside)
    times: Times = QUICK
    clock: Clock = field(default_factory=SystemClock)

    @property
    def vault(self) -> Vault:
        """With the one key."""
        return Vault(KEY)

    async def desk(self, store: Store, channels: dict[str, Channel], place: Any) -> Desk:
        """The use cases on these channels."""
        personas = Personas(store, self.clock, lambda: None, lambda house: (), wrong=lambda house: ())
        needs = Needs(
            store=store,
            clock=self.clock,
            vault=self.vault,
            channels=channels,
            think=_nothing,
            personas=personas,
            media_folder=self.folder / "media",
            alone=False,
            place=place,
        )
        return build(needs)


async def _nothing(turn: TurnInput, persona: Persona) -> TurnOutput:
    raise AssertionError("nobody thinks here")


@dataclass(slots=True)
class LinesProcess:
    """One that holds lines."""

    name: str
    desk: Desk
    store: Store
    channel: Any
    leases: Leases
    lines: Lines
    answering: Answering
    running: AsyncExitStack

    def has(self, account_id: str) -> bool:
        """Whether the line is up here, and held."""
        account = self.desk.accounts.find(account_id)
        held = self.leases.holds(line_name(account_id)) and account_id in self.channel.connected
        return held and account is not None and account.state is State.CONNECTED

    async def crash(self) -> None:
        """End without any order: nothing is given back, and nothing taken down."""
        for task in self.lines._tasks:
            task.cancel()
        await asyncio.gather(*self.lines._tasks, return_exceptions=True)
        await self.answering.close(grace=0)
        for account_id in tuple(self.channel._outside.linked):
            if self.channel._outside.linked[account_id] == self.name:
                del self.channel._outside.linked[account_id]

    async def close(self) -> None:
        """End in order."""
        await self.running.aclose()


@dataclass(slots=True)
class WebProcess:
    """One that holds none."""

    desk: Desk
    store: Store
    owners: LineOwners
    channel: Any

    async def account(self, name: str = "Front desk", channel: str = "held") -> str:
        """A new account."""
        return await self.desk.accounts.add(channel, name=name, options={})

    def of(self, account_id: str) -> Account:
        """As it is known here."""
        return self.desk.accounts.get(account_id)

    async def becomes(self, account_id: str, state: State) -> None:
        """Wait until it is known here to stand so."""

        async def stands() -> bool:
            await self.desk.following.caught_up()
            return self.of(account_id).state is state

        await until(stands)


@asynccontextmanager
async def lines_process(
    around: Around, *, name: str | None = None, look: float = 0.05, make: Callable[[Fence], Any] | None = None
) -> AsyncIterator[LinesProcess]:
    """A process for lines, until it is closed or the block ends. `make` gives its channel, in place of the fake."""
    owner = name or new_id("prc")
    async with AsyncExitStack() as stack:
        store = Store(around.database)
        stack.push_async_callback(store.close)
        leases = Leases(store, owner, times=around.times)
        fence = Fence(lambda account_id: leases.holds(line_name(account_id)), margin=MARGIN)
        leases.on_change = fence.hold_until
        channel: Any = make(fence) if make is not None else HeldFake(around.outside, owner)
        desk = await around.desk(store, {channel.name: channel}, Leased(leases))
        await desk.accounts.load()
        await desk.accounts.start()
        stack.push_async_callback(desk.accounts.close)
        stack.push_async_callback(ended, asyncio.create_task(_follow(desk)))
        board = Board(around.redis, around.vault)
        stack.push_async_callback(board.close)
        lines = Lines(
            desk.accounts, {channel.name: channel}, leases, fence=fence, folder=around.folder, board=board, look=look
        )
        answering = Answering(around.redis, around.vault, name=owner, do=lines.do)
        await lines.start()
        stack.push_async_callback(lines.close)
        await answering.start()
        stack.push_async_callback(answering.close)
        made = LinesProcess(owner, desk, store, channel, leases, lines, answering, stack)
        yield made


@asynccontextmanager
async def web_process(around: Around, near: Any = None, *, take: float = 1.0) -> AsyncIterator[WebProcess]:
    """A process that reaches lines, and holds none."""
    async with AsyncExitStack() as stack:
        store = Store(around.database)
        stack.push_async_callback(store.close)
        asking = Asking(around.redis, around.vault, take=take, look=take)
        owners = LineOwners(store, around.clock, asking, Board(around.redis, around.vault))
        await owners.start()
        stack.push_async_callback(owners.close)
        channel: Any = remote(near or HeldFake(around.outside, "web"), owners, around.folder)
        desk = await around.desk(store, {channel.name: channel}, Elsewhere(owners))
        await desk.accounts.load()
        await desk.accounts.start()
        stack.push_async_callback(desk.accounts.close)
        yield WebProcess(desk, store, owners, channel)


async def _follow(desk: Desk) -> None:
    while True:
        with contextlib.suppress(FrontdeskError):
            await desk.following.caught_up()
        await asyncio.sleep(0.05)


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel it, and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
