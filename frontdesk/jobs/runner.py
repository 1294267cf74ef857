"""The embedded runner: claims due work and does it in this process, in lanes so that no kind starves another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from frontdesk.domain.work import KINDS, Job
from frontdesk.jobs.queue import LEASE, Ticket, job_of
from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError, Retryable
from frontdesk.kit.ids import new_id
from frontdesk.store import alerts, jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

Work = Callable[[Job, Ticket], Awaitable[None]]
BATCH = 200  # jobs claimed in one transaction
LONGEST_SLEEP = 20 * SECOND
SHORTEST_SLEEP = SECOND // 10  # when what was due has been taken away before it could be claimed
RENEW = LEASE // 4
NEVER = 2**62


@dataclass(slots=True)
class Lane:
    """Kinds that share a number of places."""

    kinds: tuple[str, ...]
    places: int
    taken: int = field(default=0)

    @property
    def free(self) -> int:
        """Places that are free."""
        return self.places - self.taken


class Runner:
    """Runs until closed. `routes` maps a kind of job to what does it."""

    def __init__(self, store: Store, clock: Clock, routes: Mapping[str, Work], lanes: tuple[Lane, ...]) -> None:
        self._store = store
        self._clock = clock
        self._routes = routes
        self._lanes = lanes
        self._worker = new_id("wrk")
        self._wake = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], str] = {}  # -> id of the job that it works on
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._asleep_until = 0
        self._renewed = 0
        self._promised = NEVER  # when work is due of which we were told since the last look

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms)."""
        self._promised = min(self._promised, due)
        if due < self._asleep_until:
            self._wake.set()

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
        self._wake.set()
        if self._loop is not None:
            await self._loop
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._release()
        except FrontdeskError as broken:
            log.error("the next start has to find what was cut short: %s", broken)

    async def _release(self) -> None:
        """What was cut short waits again at once, for whoever starts next."""
        now = self._clock.now()
        async with self._store.begin() as tx:
            for row in await jobs.running(tx):
                if row.claimed_by == self._worker:
                    await jobs.put_back(tx, row, due=now, error="The process ended.")

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            self._promised = NEVER
            try:
                await self._renew()
                claimed, due = await self._claim()
            except Exception as broken:  # whatever it is, the house must not stop working for it
                unknown = None if isinstance(broken, FrontdeskError) else broken
                log.error("no work can be claimed now: %s", broken, exc_info=unknown)
                await self._rest(SECOND)
                continue
            for row, lane in claimed:
                self._spawn(row, lane)
            if not claimed:
                await self._rest(min(LONGEST_SLEEP, min(due, self._promised) - self._clock.now()))

    async def _renew(self) -> None:
        """Keep the claims on what runs here, and on nothing else: what got lost has to be found by the sweep."""
        now = self._clock.now()
        if now - self._renewed <= RENEW:
            return
        async with self._store.begin() as tx:
            await jobs.extend(tx, self._worker, self._tasks.values(), lease=now + LEASE)
        self._renewed = now

    async def _claim(self) -> tuple[list[tuple[JobRow, Lane]], int]:
        """What is due and has a place, and when to look again where nothing is."""
        now = self._clock.now()
        claimed: list[tuple[JobRow, Lane]] = []
        lanes = [lane for lane in self._lanes if lane.free]
        async with self._store.read() as read:
            due = await jobs.next_due(read, [kind for lane in lanes for kind in lane.kinds])
        if due is None or due > now:
            return [], NEVER if due is None else due
        async with self._store.begin() as tx:
            for lane in lanes:
                most = min(BATCH, lane.free)
                rows = await jobs.claim(tx, lane.kinds, worker=self._worker, now=now, lease=now + LEASE, most=most)
                claimed += [(row, lane) for row in rows]
        return claimed, now + SHORTEST_SLEEP

    async def _rest(self, milliseconds: float) -> None:
        """Sleep that long, or until there is work due before."""
        if milliseconds <= 0:
            return
        self._asleep_until = self._clock.now() + int(milliseconds)
        waking = asyncio.create_task(self._wake.wait())
        sleeping = asyncio.create_task(self._sleep_until(self._asleep_until))
        _, pending = await asyncio.wait((waking, sleeping), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        self._asleep_until = 0

    async def _sleep_until(self, at: int) -> None:
        """The moment counts, not the length: the clock may have moved since it was computed."""
        await self._clock.sleep(at - self._clock.now())

    def _spawn(self, row: JobRow, lane: Lane) -> None:
        lane.taken += 1
        task = asyncio.create_task(self._work(row))
        self._tasks[task] = row.id
        task.add_done_callback(lambda done: self._leave(done, lane))

    def _leave(self, task: asyncio.Task[None], lane: Lane) -> None:
        del self._tasks[task]
        lane.taken -= 1
        self._wake.set()

    async def _work(self, row: JobRow) -> None:
        ticket = Ticket(row)
        try:
            await self._routes[row.kind](job_of(row), ticket)
            if not ticket.ended:
                async with self._store.begin() as tx:
                    await ticket.done(tx)
        except Exception as failure:
            self._say(row, failure)
            if isinstance(failure, StoreUnavailable):
                await self._clock.sleep(SECOND)
            await self._surely_ended(row, failure)

    @staticmethod
    def _say(row: JobRow, failure: Exception) -> None:
        if isinstance(failure, StoreUnavailable):
            log.error("work is left for later: %s", failure, extra={"job": row.kind})
        elif not isinstance(failure, FrontdeskError):
            log.error("a job failed", exc_info=failure, extra={"job": row.kind, "attempt": row.attempts})

    async def _surely_ended(self, row: JobRow, failure: Exception) -> None:
        """The claim is not kept on work that nobody does; while the store is away, this waits for it."""
        while True:
            try:
                async with self._store.begin() as tx:
                    await self._failed(tx, row, failure)
            except StoreUnavailable:
                await self._clock.sleep(SECOND)
            except Exception:
                log.exception("the claim on a job is left to run out", extra={"job": row.kind})
                return
            else:
                return

    async def _failed(self, tx: Tx, row: JobRow, failure: Exception) -> None:
        """Try later, or give up and say so. Nothing happens where the work had ended its claim before it failed."""
        now = self._clock.now()
        if isinstance(failure, StoreUnavailable):
            await jobs.put_back(tx, row, due=now, error="The store was away.", counts=False)
            return
        known = isinstance(failure, FrontdeskError)
        sentence = str(failure) if known else f"{type(failure).__name__} in the program; see the log."
        if row.attempts < KINDS[row.kind].attempts:
            after = failure.after if isinstance(failure, Retryable) else None
            wait = exponential(row.attempts) if after is None else after
            await jobs.put_back(tx, row, due=now + wait, error=sentence)
        elif await jobs.give_up(tx, row, sentence):
            told = f"“{row.kind}” failed: {sentence}"
            await alerts.raise_(tx, now=now, kind="job", sentence=told, key=f"job:{row.kind}")
