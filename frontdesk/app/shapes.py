"""What differs between one process that does everything and several that share the work."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from frontdesk import __version__
from frontdesk.app.company import SERVE, alone
from frontdesk.channels.base import Channel
from frontdesk.channels.builtin import installed
from frontdesk.desk.desk import Desk
from frontdesk.desk.line_place import Place
from frontdesk.desk.routes import SCHEDULE, lanes, routes
from frontdesk.domain.live import Live
from frontdesk.events.base import Bus
from frontdesk.events.memory import MemoryBus
from frontdesk.events.redis import RedisBus
from frontdesk.jobs import queue
from frontdesk.jobs.runner import Runner
from frontdesk.jobs.schedule import repeat
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import Clock
from frontdesk.kit.vault import Vault
from frontdesk.settings import Settings
from frontdesk.store.engine import is_postgres
from frontdesk.store.store import Store

GRACE = 8.0  # seconds that work under way gets at the end


@dataclass(frozen=True, slots=True)
class Ground:
    """What every process stands on."""

    settings: Settings
    store: Store
    clock: Clock
    vault: Vault


class Runs(Protocol):
    """Does the work of the house, or lets others know of it."""

    @property
    def busy(self) -> int:
        """How many jobs run in this process."""

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms)."""

    def start(self) -> None:
        """Begin."""

    async def close(self, *, grace: float = 10.0) -> None:
        """Claim nothing more, let what runs finish for `grace` seconds, then let go of the rest."""


class Shape(Protocol):
    """How a process takes part. The verbs are called in this order."""

    bus: Bus
    alone: bool  # no other process serves the house
    place: Place | None  # of lines; None: all are here

    def channels(self) -> Sequence[Channel]:
        """The channels as this process uses them."""

    def runner(self, desk: Desk) -> Runs:
        """Who does the work."""

    async def open(self) -> None:
        """Begin, before anything is read."""

    async def take_part(self, desk: Desk) -> None:
        """Go on, once accounts listen to lines."""

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """What is done again and again until the end."""

    async def end(self) -> None:
        """Take down what was begun, while everything else still works."""

    async def close(self) -> None:
        """Let go, when nothing is done any more but the store is still there."""


def bus_of(settings: Settings, clock: Clock) -> Bus:
    """The live bus: over Redis where there is one."""
    return MemoryBus(clock) if settings.redis_url is None else RedisBus(settings.redis_url, clock)


def own_channels(ground: Ground, **more: Any) -> tuple[Channel, ...]:
    """The channels themselves, with their lines in this process."""
    settings = ground.settings
    folder, leave = settings.data_dir / "lines", settings.allow_bridge_commands
    return installed(ground.clock, folder=folder, vault=ground.vault, starts_programs=leave, **more)


def telling(bus: Bus, runner: Runs) -> Callable[..., None]:
    """What the store calls after each commit."""

    def after_commit(events: Sequence[Live], *, due: int | None) -> None:
        bus.publish(events)
        if due is not None:
            runner.wake(due)

    return after_commit


class Embedded:
    """Everything in this one process."""

    alone = True
    place: Place | None = None

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.bus: Bus = bus_of(ground.settings, ground.clock)
        by_others = is_postgres(ground.settings.database_url)  # could the database be served; a file has its lock
        role = Role(SERVE, __version__, looks=False)
        self._signs = Signs(ground.store, ground.clock, role) if by_others else None

    def channels(self) -> Sequence[Channel]:
        """All lines are here."""
        return own_channels(self._ground)

    def runner(self, desk: Desk) -> Runs:
        """All work is done here."""
        return Runner(self._ground.store, self._ground.clock, routes(desk), lanes())

    async def open(self) -> None:
        """Take up what the last run left."""
        await self.bus.start()
        if self._signs is not None:
            await alone(self._ground.store)
            await self._signs.start()
        await queue.recover(self._ground.store, self._ground.clock)

    async def take_part(self, desk: Desk) -> None:
        """There is nothing else."""

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """Look after lines, and keep the timetable."""
        yield desk.watching.watch()
        for every, job in SCHEDULE:
            yield repeat(self._ground.store, self._ground.clock, every, job)

    async def end(self) -> None:
        """There is nothing else."""

    async def close(self) -> None:
        """Let go of the bus."""
        if self._signs is not None:
            await self._signs.close()
        await self.bus.stop()
