"""The runner of a worker beside others: Celery brings ids, the dispatcher finds them, the table decides."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from frontdesk.domain.work import KINDS, Deliver, ReadUp
from frontdesk.jobs.celery import SCHEDULE
from frontdesk.jobs.claims import Claims
from frontdesk.jobs.dispatcher import Broker, Dispatcher, WakeUps
from frontdesk.jobs.doing import DONE, DROPPED, Doing, Outcome, Work, at_work
from frontdesk.jobs.lanes import Lane, by_kind
from frontdesk.jobs.queue import enqueue
from frontdesk.jobs.signs import Signs
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import jobs, sending
from frontdesk.store.rows import JobRow
from frontdesk.store.sending import Letter
from frontdesk.store.store import Store

log = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds of real time in which a place must become free
BATCH = 200  # jobs claimed in one transaction, without a broker
FOLLOWING = (Deliver.kind, ReadUp.kind)  # what nearly every turn leads to


class ScaledRunner:
    """Has the face of `Runner` for the house and that of `Worker` for the pool of Celery.

    `signs` are those of this process, started before this and ended after it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        routes: Mapping[str, Work],
        lanes: tuple[Lane, ...],
        *,
        signs: Signs,
        broker: Broker,
        wake_ups: WakeUps | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lanes = lanes
        self._lane_of = by_kind(lanes)
        self._doing = Doing(store, clock, routes)
        self._signs = signs
        self._claims = Claims(store, clock, lambda: signs.id)
        signs.watch(lambda: [*self._doing.ids, *self._claims.asked])
        self._all = Lane((), sum(lane.places for lane in lanes))
        self._stopping = False
        self._beside: set[asyncio.Task[Outcome]] = set()
        self._asking = 0  # jobs that have neither been claimed nor let go
        self._none_asks = asyncio.Event()
        self._follow_on = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        self.dispatcher = Dispatcher(
            store, clock, lanes=lanes, broker=broker, wake_ups=wake_ups, direct=self._direct, take=self._take
        )

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms). What a job here leads to is done here, if it can be at once."""
        if at_work.get() and due <= self._clock.now() and not self._stopping:
            self._follow_on.set()
        else:
            self.dispatcher.wake(due)

    @property
    def busy(self) -> int:
        """How many jobs run now."""
        return len(self._doing)

    def limit(self, places: int) -> None:
        """So many jobs at once, at the most, whatever the lanes allow."""
        self._all.places = places

    def start(self) -> None:
        """Begin to look for work."""
        self._following = asyncio.create_task(self._follow())
        self.dispatcher.start()

    async def close(self, *, grace: float = 10.0) -> None:
        """Claim nothing more, let what runs finish for `grace` seconds, then let go of the rest."""
        self._stopping = True
        if self._following is not None:
            self._follow_on.set()
            await self._following
        await self.dispatcher.close()
        while self._asking:
            self._none_asks.clear()
            await self._none_asks.wait()
        await self._doing.finish(grace)
        try:
            await self._doing.release(self._signs.id)
        except FrontdeskError as broken:
            log.error("others have to notice what was cut short: %s", broken)

    async def take(self, subject: str, kind: str, begun: Callable[[], None] = lambda: None) -> Outcome:
        """Do the job of that id, if it is still to be done, as soon as its lane has a place; `begun` is called then.

        Without a place nothing is claimed, and after a moment the job goes back: another worker may have one.
        """
        if kind == SCHEDULE:
            begun()
            return await self._enqueue(subject)
        if kind not in KINDS:
            return DROPPED
        lane = self._lane_of[kind]
        row = await self._ask(subject, lane, begun)
        if row is None:
            return DROPPED
        try:
            return await self._doing.here(row)
        finally:
            self._left(lane, row)

    async def _ask(self, job_id: str, lane: Lane, begun: Callable[[], None]) -> JobRow | None:
        """The job, now ours and with a place; None where it was let go. The end waits for whoever is in here."""
        self._asking += 1
        try:
            if self._stopping or not await self._has_place(lane):
                await self._claims.leave(job_id)
                return None
            return await self._claim(job_id, lane, begun)
        finally:
            self._asking -= 1
            self._none_asks.set()

    async def _has_place(self, lane: Lane) -> bool:
        if lane.has_place() and self._all.has_place():
            lane.enter()
            self._all.enter()
            return True
        try:
            await asyncio.wait_for(self._place(lane), PATIENCE)
        except TimeoutError:
            return False
        return True

    async def _place(self, lane: Lane) -> None:
        await lane.wait()
        try:
            await self._all.wait()
        except asyncio.CancelledError:
            lane.leave()
            raise

    async def _claim(self, job_id: str, lane: Lane, begun: Callable[[], None]) -> JobRow | None:
        row = None
        try:
            if self._stopping:
                await self._claims.leave(job_id)
            else:
                begun()
                row = await self._claims.take(job_id)
        finally:
            if row is None:
                self._all.leave()
                lane.leave()
        return row

    async def _enqueue(self, kind: str) -> Outcome:
        """What happens by the clock: a job with a key, so that it waits once however often the clock strikes."""
        if kind not in KINDS:
            return DROPPED
        async with self._store.begin(shared=True) as tx:
            await enqueue(tx, KINDS[kind](), now=self._clock.now())
        return DONE

    def _ended(self, row: JobRow) -> None:
        if row.lock is not None or self.dispatcher.away:
            self.dispatcher.look()

    def _take(self, letter: Letter) -> None:
        task = asyncio.create_task(self.take(letter.id, letter.kind))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _follow(self) -> None:
        """Claim what jobs here lead to. What is of another kind, or has no place here, goes by the broker."""
        while await self._follow_on.wait() and not self._stopping:
            self._follow_on.clear()
            try:
                await self._begin_following()
            except Exception as broken:  # another worker came between, or the database is away: the dispatcher looks
                log.debug("what jobs led to was not claimed here: %s", broken)
            self.dispatcher.look()
            await asyncio.sleep(0)

    async def _begin_following(self) -> None:
        room, most = min(BATCH, self._all.free), dict[str, int]()
        for kind in FOLLOWING:
            most[kind] = max(0, min(room, self._lane_of[kind].free))
            room -= most[kind]
        if not any(most.values()):
            return
        async with self._store.begin(shared=True, lasting=False) as tx:
            rows = await sending.take_unsent(tx, most, worker=self._signs.id, now=self._clock.now())
        for row in rows:
            self._spawn(row, self._lane_of[row.kind])

    def _spawn(self, row: JobRow, lane: Lane) -> None:
        lane.enter()
        self._all.enter()
        task = self._doing.spawn(self._doing.do(row), row)
        task.add_done_callback(lambda _: self._left(lane, row))

    async def _direct(self) -> int:
        """Without a broker: claim what is due and has a place here, as the embedded runner does."""
        now = self._clock.now()
        claimed: list[tuple[JobRow, Lane]] = []
        lanes = [lane for lane in self._lanes if lane.free > 0]
        async with self._store.read() as read:
            due = await jobs.next_due(read, [kind for lane in lanes for kind in lane.kinds])
        if due is None or due > now:
            self.dispatcher.wake(due or now + 1_000)
            return 0
        async with self._store.begin(shared=True, lasting=False) as tx:
            for lane in lanes:
                most = min(BATCH, lane.free)
                rows = await jobs.claim(tx, lane.kinds, worker=self._signs.id, now=now, lease=None, most=most)
                claimed += [(row, lane) for row in rows]
        for row, lane in claimed:
            self._spawn(row, lane)
        return len(claimed)

    def _left(self, lane: Lane, row: JobRow) -> None:
        lane.leave()
        self._all.leave()
        self._ended(row)
