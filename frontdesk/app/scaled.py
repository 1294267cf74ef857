"""The shapes of processes that share the work: on PostgreSQL and Redis, several of each, on one machine or many."""

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from frontdesk import __version__
from frontdesk.app.company import beside
from frontdesk.app.shapes import Ground, Runs, own_channels
from frontdesk.channels.base import Channel
from frontdesk.channels.bridge.fence import Fence
from frontdesk.channels.remote.channel import remote
from frontdesk.desk.desk import Desk
from frontdesk.desk.leasing import Leases
from frontdesk.desk.line_checks import LineChecks
from frontdesk.desk.line_owners import Elsewhere, LineOwners, line_name
from frontdesk.desk.line_place import Place
from frontdesk.desk.lines import Leased, Lines
from frontdesk.events.answering import Answering
from frontdesk.events.asking import Asking
from frontdesk.events.base import Bus
from frontdesk.events.board import Board
from frontdesk.events.reach import let_in
from frontdesk.events.redis import RedisBus
from frontdesk.events.redis_link import RedisLink
from frontdesk.jobs.signs import Role, Signs
from frontdesk.jobs.wake import RedisWake
from frontdesk.kit.errors import SettingsError
from frontdesk.kit.ids import new_id
from frontdesk.settings import Settings
from frontdesk.store.engine import is_postgres


def redis_of(settings: Settings, role: str) -> str:
    """The Redis over which processes share the work.

    Raises:
        SettingsError: PostgreSQL or Redis is not named, or the URL is not one of Redis.
    """
    if not is_postgres(settings.database_url):
        raise SettingsError(
            f"“frontdesk {role}” works beside other processes, and needs PostgreSQL: set DATABASE_URL to "
            "postgresql://user:password@host/database. “frontdesk serve” runs everything in one process without it."
        )
    if settings.redis_url is None:
        raise SettingsError(
            f"“frontdesk {role}” works beside other processes, and needs Redis: set REDIS_URL, such as "
            "redis://localhost:6379/0. “frontdesk serve” runs everything in one process without it."
        )
    RedisLink(settings.redis_url)  # raises where the URL is wrong; it connects to nothing
    return settings.redis_url


class Waker:
    """In the place of a runner where no work is done: workers are told of it."""

    busy = 0

    def __init__(self, words: RedisWake) -> None:
        self._words = words

    def wake(self, due: int) -> None:
        """There is work due at that moment."""
        self._words.tell(due)

    def start(self) -> None:
        """There is nothing to begin."""

    async def close(self, *, grace: float = 10.0) -> None:
        """There is nothing to let go of."""


class Shared:
    """What all of these have: signs of life, the bus, and wake-ups for work."""

    alone = False
    place: Place | None = None
    role = ""
    looks = False  # whether it takes up what the dead left

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._url = redis_of(ground.settings, self.role)
        self.bus: Bus = RedisBus(self._url, ground.clock)
        self.signs = Signs(ground.store, ground.clock, Role(self.role, __version__, looks=self.looks))
        self.wake = RedisWake(self._url, ground.clock)

    def channels(self) -> Sequence[Channel]:
        """The channels as this process uses them."""
        return own_channels(self.ground)

    def runner(self, desk: Desk) -> Runs:
        """Others do the work."""
        return Waker(self.wake)

    async def open(self) -> None:
        """Give the first sign of life."""
        await let_in(self._url)
        await self.bus.start()
        await beside(self.ground.store)
        await self.signs.start()

    async def take_part(self, desk: Desk) -> None:
        """There is nothing else."""

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """There is nothing else."""
        return ()

    async def end(self) -> None:
        """There is nothing else."""

    async def close(self) -> None:
        """Give the last sign, and let go of Redis."""
        await self.wake.stop()
        await self.signs.close()
        await self.bus.stop()


class Reaching(Shared):
    """Lines that run a program are in other processes, and are asked there."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        asking, board = Asking(self._url, ground.vault), Board(self._url, ground.vault)
        self._owners = LineOwners(ground.store, ground.clock, asking, board)
        self.place: Place | None = Elsewhere(self._owners)

    def channels(self) -> Sequence[Channel]:
        """Those that need a program stand for what is elsewhere."""
        folder = self.ground.settings.data_dir
        return tuple(
            one if one.capabilities.official else remote(one, self._owners, folder) for one in super().channels()
        )

    async def open(self) -> None:
        """Begin to listen for answers."""
        await super().open()
        await self._owners.start()

    async def close(self) -> None:
        """Let go."""
        await self._owners.close()
        await super().close()


class Web(Reaching):
    """Takes webhooks, and shows the inbox."""

    role = "web"

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """See how lines are doing, and check those that need no program where no other process does."""
        yield self._owners.watch()
        yield LineChecks(desk.accounts, Leases(self.ground.store, new_id("prc"))).watch()


class HoldingLines(Shared):
    """Holds lines that run a program each: linked devices and bridges."""

    role = "lines"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._leases = Leases(ground.store, new_id("prc"))
        self._fence = Fence(lambda account_id: self._leases.holds(line_name(account_id)))
        self._leases.on_change = self._fence.hold_until
        self._board = Board(self._url, ground.vault)
        self.place: Place | None = Leased(self._leases)
        self._used: Sequence[Channel] = ()
        self._lines: Lines | None = None
        self._answering: Answering | None = None

    def channels(self) -> Sequence[Channel]:
        """The channels themselves, which may run what this process holds."""
        self._used = own_channels(self.ground, leave=self._fence)
        return self._used

    async def take_part(self, desk: Desk) -> None:
        """Take lines, and answer what is asked of them."""
        self._lines = Lines(
            desk.accounts,
            {one.name: one for one in self._used},
            self._leases,
            fence=self._fence,
            folder=self.ground.settings.data_dir,
            board=self._board,
        )
        self._answering = Answering(self._url, self.ground.vault, name=self._leases.owner, do=self._lines.do)
        await self._lines.start()
        await self._answering.start()

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """Look whether lines that say they are up do hear."""
        yield desk.watching.watch()

    async def end(self) -> None:
        """Take no questions, take down all lines and give them back."""
        if self._answering is not None and self._lines is not None:
            await self._answering.stop()
            await self._lines.close()
            await self._answering.close()

    async def close(self) -> None:
        """Let go."""
        await self._board.close()
        await super().close()
