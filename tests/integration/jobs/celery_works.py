"""A real Celery worker in a thread, whose pool works on the loop of the test."""

import asyncio
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from celery.worker import state
from kombu import pools

from frontdesk.domain.work import KINDS, Job
from frontdesk.jobs import queue
from frontdesk.jobs.celery import make_app
from frontdesk.jobs.celery_pool import Ground
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.publisher import Publisher
from frontdesk.jobs.queue import Ticket
from frontdesk.jobs.scaled import ScaledRunner
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import MINUTE, SystemClock
from frontdesk.store import jobs
from frontdesk.store.sending import Letter
from frontdesk.store.store import Store
from frontdesk.testing.clock import until

NAME = "desk@test"
SLOW = ("turn",)
LANES = (Lane(SLOW, 600), Lane(tuple(kind for kind in KINDS if kind not in SLOW), 20))


class NotingPublisher(Publisher):
    """It notes of which kinds were the jobs whose letters it was given."""

    def __init__(self, app: Celery) -> None:
        super().__init__(app)
        self.kinds: set[str] = set()

    async def publish(self, letters: Sequence[Letter]) -> None:
        self.kinds |= {letter.kind for letter in letters}
        await super().publish(letters)


@dataclass
class Works:
    """A store, a worker on it, and what it was asked to do."""

    url: str
    broker: str
    results: str | None = None
    lanes: tuple[Lane, ...] = LANES
    done: list[Job] = field(default_factory=list)
    under_way: int = 0
    gate: asyncio.Event | None = None
    work: Callable[[Job, Ticket], Awaitable[None]] | None = None
    runner: Any = None
    celery: Any = None
    grace: float = 0.0

    def __post_init__(self) -> None:
        self.store = Store(self.url)
        self.clock = SystemClock()
        self.lanes = tuple(Lane(lane.kinds, lane.places) for lane in self.lanes)
        self.app: Celery = make_app(
            self.broker,
            results=self.results,
            places=sum(lane.places for lane in self.lanes),
            schedule=((MINUTE, KINDS["sweep"]()),),
            ground=Ground(open=self.open, loop=asyncio.get_running_loop()),
        )

    async def open(self) -> "Works":
        """What the pool calls at its start."""
        self.signs = Signs(self.store, self.clock, Role("worker", "1.0", looks=True))
        self.publisher = NotingPublisher(self.app)
        routes = dict.fromkeys(KINDS, self._do)
        self.runner = ScaledRunner(self.store, self.clock, routes, self.lanes, signs=self.signs, broker=self.publisher)
        self.store.after_commit = lambda events, *, due: self.runner.wake(due) if due is not None else None
        await self.signs.start()
        self.runner.start()
        return self

    async def close(self) -> None:
        """What the pool calls at its end."""
        await self.runner.close(grace=self.grace)
        await self.signs.close()
        await self.publisher.close()

    async def _do(self, job: Job, ticket: Ticket) -> None:
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.work is not None:
                await self.work(job, ticket)
        finally:
            self.under_way -= 1
        self.done.append(job)

    async def add(self, *work: Job, due: int | None = None) -> None:
        async with self.store.begin(shared=True) as tx:
            await queue.enqueue_all(tx, work, now=self.clock.now(), due=due)

    async def empty(self) -> bool:
        """Whether the table is."""
        async with self.store.read() as read:
            return await jobs.counts(read, now=self.clock.now()) == {}

    async def inspect(self, what: str, **given: Any) -> Any:
        """The answer of the worker to `celery inspect`."""
        inspecting = self.app.control.inspect([NAME], timeout=5, limit=1)
        answers = await asyncio.to_thread(getattr(inspecting, what), **given)
        return (answers or {}).get(NAME)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Works"]:
        """The worker runs inside the block, and ends in order with it."""
        state.reset_state()
        state.should_stop = None
        ready = threading.Event()
        self.celery = self.app.WorkController(
            app=self.app, hostname=NAME, pool_cls=self.app.conf.worker_pool, without_gossip=True, without_mingle=True,
            ready_callback=lambda _: ready.set(),
        )  # fmt: skip
        thread = threading.Thread(target=self.celery.start, daemon=True)
        thread.start()
        try:
            await until(lambda: ready.is_set() or not thread.is_alive())
            yield self
        finally:
            state.should_stop = 0
            await self._ended(thread)
            state.should_stop = None

    async def _ended(self, thread: threading.Thread) -> None:
        try:
            await until(lambda: not thread.is_alive(), seconds=60)
        except AssertionError as hangs:
            where = traceback.format_stack(sys._current_frames()[thread.ident or 0])
            raise AssertionError(f"The worker does not end; it is here:\n{''.join(where)}") from hangs

    @property
    def worker(self) -> ScaledRunner:
        """Who does the work of the pool."""
        assert isinstance(self.runner, ScaledRunner)
        return self.runner


@asynccontextmanager
async def works_on(url: str, broker: str, **given: Any) -> AsyncIterator[Works]:
    """Works that are closed at the end; start their worker with `running`."""
    works = Works(url, broker, **given)
    try:
        yield works
    finally:
        await works.store.close()
        works.app.close()
        pools.reset()  # type: ignore[no-untyped-call]
