"""The embedded runner: claims due work and does it in this process, in lanes so that no kind starves another."""

import asyncio
import logging
from collections.abc import Mapping

from frontdesk.jobs.doing import Doing, Work
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.queue import LEASE
from frontdesk.jobs.rest import NEVER, Rest
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.ids import new_id
from frontdesk.store import jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store

log = logging.getLogger(__name__)

BATCH = 200  # jobs claimed in one transaction
LONGEST_SLEEP = 20 * SECOND
SHORTEST_SLEEP = SECOND // 10  # when what was due has been taken away before it could be claimed
RENEW = LEASE // 4


class Runner:
    """Runs until closed. `routes` maps a kind of job to what does it."""

    def __init__(self, store: Store, clock: Clock, routes: Mapping[str, Work], lanes: tuple[Lane, ...]) -> None:
        self._store = store
        self._clock = clock
        self._doing = Doing(store, clock, routes)
        self._lanes = lanes
        self._worker = new_id("wrk")
        self._rest = Rest(clock)
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._renewed = 0

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms)."""
        self._rest.wake(due)

    @property
    def busy(self) -> int:
        """How many jobs run now."""
        return sum(lane.taken for lane in self._lanes)

    def start(self) -> None:
        """Begin to work."""
        self._renewed = self._clock.now()
        self._loop = asyncio.create_task(self._run())

    async def close(self, *, grace: float = 10.0) -> None:
        """Claim nothing more, let what runs finish for `grace` seconds, then let go of the rest."""
        self._stopping = True
        self._rest.end()
        if self._loop is not None:
            await self._loop
        await self._doing.finish(grace)
        try:
            await self._doing.release(self._worker)
        except FrontdeskError as broken:
            log.error("the next start has to find what was cut short: %s", broken)

    async def _run(self) -> None:
        while not self._stopping:
            self._rest.begin()
            try:
                await self._renew()
                claimed, due = await self._claim()
            except Exception as broken:  # whatever it is, the house must not stop working for it
                unknown = None if isinstance(broken, FrontdeskError) else broken
                log.error("no work can be claimed now: %s", broken, exc_info=unknown)
                await self._rest.for_(SECOND)
                continue
            for row, lane in claimed:
                self._spawn(row, lane)
            if not claimed:
                await self._rest.until(due, at_most=LONGEST_SLEEP)

    async def _renew(self) -> None:
        """Keep the claims on what runs here, and on nothing else: what got lost has to be found by the sweep."""
        now = self._clock.now()
        if now - self._renewed <= RENEW:
            return
        async with self._store.begin(shared=True) as tx:
            await jobs.extend(tx, self._worker, self._doing.ids, lease=now + LEASE)
        self._renewed = now

    async def _claim(self) -> tuple[list[tuple[JobRow, Lane]], int]:
        """What is due and has a place, and when to look again where nothing is."""
        now = self._clock.now()
        claimed: list[tuple[JobRow, Lane]] = []
        lanes = [lane for lane in self._lanes if lane.free > 0]
        async with self._store.read() as read:
            due = await jobs.next_due(read, [kind for lane in lanes for kind in lane.kinds])
        if due is None or due > now:
            return [], NEVER if due is None else due
        async with self._store.begin(shared=True) as tx:
            for lane in lanes:
                most = min(BATCH, lane.free)
                rows = await jobs.claim(tx, lane.kinds, worker=self._worker, now=now, lease=now + LEASE, most=most)
                claimed += [(row, lane) for row in rows]
        return claimed, now + SHORTEST_SLEEP

    def _spawn(self, row: JobRow, lane: Lane) -> None:
        lane.enter()
        task = self._doing.spawn(self._doing.do(row), row)
        task.add_done_callback(lambda _: self._leave(lane))

    def _leave(self, lane: Lane) -> None:
        lane.leave()
        self._rest.look()
