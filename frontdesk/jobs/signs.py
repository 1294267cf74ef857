"""Signs of life. Each process gives one every two seconds; what the dead held is put back by whoever notices.

A process is dead when its last sign has stayed the same over several looks in a row. So no clock that jumps and no
outage of the database makes a dead one of a living one: after either, the looks begin anew.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from frontdesk.domain.live import Live, LiveType
from frontdesk.kit.clock import SECOND, Clock, SharedClock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.ids import new_id
from frontdesk.store import jobs, processes
from frontdesk.store.store import Store, Tx

log = logging.getLogger(__name__)

BEAT = 2 * SECOND
LOOKS = 4  # at an unchanged sign, each a beat after the one before, until its process is taken for dead

_DIED = "The worker died."


@dataclass(frozen=True, slots=True)
class Role:
    """What a process is: web, worker, beat or lines."""

    name: str
    version: str
    looks: bool  # whether it puts back what the dead held


class Signs:
    """The signs of this process, and what it makes of those of the others."""

    def __init__(self, store: Store, clock: Clock, role: Role) -> None:
        self._store = store
        self._clock = clock
        self._role = role
        self._unchanged: dict[str, tuple[int, int]] = {}  # id -> its last sign, and how often that was seen again
        self._strays: set[str] = set()  # who held claims at the last look and was not among those that run
        self._under_way: Callable[[], Iterable[str]] = tuple
        self._unheard: set[tuple[str, int]] = set()  # claims in our name, at the last look, of which we do not know
        self._task: asyncio.Task[None] | None = None
        self.id = new_id("wrk")

    def watch(self, under_way: Callable[[], Iterable[str]]) -> None:
        """It tells the ids of all jobs that are being claimed or done here: what else is claimed in our name goes."""
        self._under_way = under_way

    async def start(self) -> None:
        """Give the first sign, and go on.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        await self._set_clock()
        await self._enter()
        self._task = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        """This process ends in order. Call it last: what it still holds is put back at once."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        try:
            async with self._store.begin(shared=True) as tx:
                await jobs.put_back_all(tx, self.id, due=self._clock.now(), error=_DIED)
                await processes.leave(tx, self.id)
        except FrontdeskError as broken:
            log.error("the others have to notice that this process ended: %s", broken)

    async def _set_clock(self) -> None:
        """Processes of one house tell the time of their database, whatever the clocks of their machines say."""
        if isinstance(self._clock, SharedClock):
            async with self._store.read(urgent=True) as read:
                asked = self._clock.steady()
                told = await processes.moment(read)
            self._clock.read(told, asked=asked)

    async def _enter(self) -> None:
        async with self._store.begin(shared=True) as tx:
            await processes.enter(
                tx,
                self.id,
                role=self._role.name,
                version=self._role.version,
                host=socket.gethostname(),
                pid=os.getpid(),
            )

    async def _go_on(self) -> None:
        while True:
            await self._clock.sleep(BEAT)
            try:
                await self._set_clock()
                await self._beat()
                if self._role.looks:
                    await self._look()
            except Exception as broken:  # whatever it is, the signs must go on
                self._unchanged.clear()
                unknown = None if isinstance(broken, FrontdeskError) else broken
                log.error("no sign of life could be given: %s", broken, exc_info=unknown)

    async def _beat(self) -> None:
        async with self._store.begin(shared=True, lasting=False, urgent=True) as tx:
            lives = await processes.beat(tx, self.id)
        if lives:
            return
        log.warning("this process was silent and taken for dead: it begins anew")
        self.id = new_id("wrk")
        await self._enter()  # what is under way finds out by its claims: a send still has to say how it went

    async def _look(self) -> None:
        async with self._store.read(urgent=True) as read:
            seen = await processes.seen(read)
            strays = set(await processes.orphaned(read))
        before, self._unchanged = self._unchanged, {}
        for id_, at in seen.items():
            last, times = before.get(id_, (None, 0))
            self._unchanged[id_] = (at, times + 1 if at == last else 0)
        for id_, (at, times) in self._unchanged.items():
            if times >= LOOKS and id_ != self.id:
                await self._bury(id_, at)
        for id_ in strays & self._strays:
            await self._put_back(id_)
        self._strays = strays
        await self._look_for_unheard()

    async def _look_for_unheard(self) -> None:
        """A claim may be kept by the database and its answer be lost with the connection: nobody would do that job."""
        async with self._store.read(urgent=True) as read:
            rows = await jobs.held(read, self.id, but=self._under_way())
        before, self._unheard = self._unheard, {(row.id, row.attempts) for row in rows}
        lost = [row for row in rows if (row.id, row.attempts) in before]
        for row in lost:
            async with self._store.begin(shared=True, urgent=True) as tx:
                await jobs.put_back(tx, row, due=self._clock.now(), error=None)
        if lost:
            log.warning("claims that were not heard of are put back", extra={"claims": len(lost)})

    async def _bury(self, id_: str, seen_at: int) -> None:
        async with self._store.begin(shared=True, urgent=True) as tx:
            if not await processes.bury(tx, id_, seen_at=seen_at):
                return
            lost = await self._recovered(tx, id_)
            tx.emit(Live(LiveType.RELOAD, {}))  # what it had committed may not have been told any more
        log.warning("a process died: what it held is put back", extra={"worker": id_, "claims": lost})

    async def _put_back(self, id_: str) -> None:
        async with self._store.begin(shared=True, urgent=True) as tx:
            lost = await self._recovered(tx, id_)
        log.warning("claims of nobody are put back", extra={"worker": id_, "claims": lost})

    async def _recovered(self, tx: Tx, id_: str) -> int:
        return await jobs.put_back_all(tx, id_, due=self._clock.now(), error=_DIED)
