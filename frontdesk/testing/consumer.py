"""A real Celery worker in a thread of the tests, shared by all houses of a run: to start one takes a second.

It has a pool on a loop of its own, as in production. From there each id that Celery brings is handed to the loop on
which the house runs.
"""

import asyncio
import threading
from typing import Any

from celery import Celery
from celery.bootsteps import RUN
from celery.worker import state

from frontdesk.desk.routes import lanes
from frontdesk.jobs.celery import make_app
from frontdesk.jobs.celery_pool import POOL, Ground
from frontdesk.jobs.doing import DROPPED, Outcome
from frontdesk.jobs.scaled import ScaledRunner
from frontdesk.testing.clock import until

NAME = "houses@test"
END = 10  # seconds in which its thread must have ended


class Serves:
    """One house that is served: its runner, the loop on which it runs, and what it was handed and has not ended."""

    def __init__(self, runner: ScaledRunner) -> None:
        self.runner = runner
        self.loop = asyncio.get_running_loop()
        self.under_way: set[asyncio.Task[Outcome]] = set()

    async def take(self, subject: str, kind: str) -> Outcome:
        """Do one job; on the loop of the house."""
        task = asyncio.create_task(self.runner.take(subject, kind))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return await task


class Consumer:
    """Takes from the queues of one broker, and has the house do the work that knows the id."""

    def __init__(self, broker: str) -> None:
        self.app: Celery = make_app(
            broker,
            results=None,
            places=sum(lane.places for lane in lanes()),
            schedule=(),
            ground=Ground(open=self._open),
        )
        self.done = 0  # jobs that were done as Celery brought them
        self._houses: tuple[Serves, ...] = ()
        self._celery: Any = None
        self._thread: threading.Thread | None = None

    @property
    def worker(self) -> "Consumer":
        """Who does the work of the pool."""
        return self

    async def serve(self, runner: ScaledRunner) -> None:
        """Bring this house its work from now on."""
        self._houses = (*self._houses, Serves(runner))
        await until(self._runs)

    async def leave(self, runner: ScaledRunner) -> None:
        """Bring it no more, and come back when it has done what it was brought."""
        gone = [one for one in self._houses if one.runner is runner]
        self._houses = tuple(one for one in self._houses if one not in gone)
        for one in gone:
            await asyncio.gather(*one.under_way, return_exceptions=True)

    def limit(self, places: int) -> None:
        """The houses have their own limits."""

    async def take(self, subject: str, kind: str, begun: Any) -> Outcome:
        """Do the job in the house in which it waits; the others let go of it."""
        begun()
        for house in self._houses:
            doing = asyncio.run_coroutine_threadsafe(house.take(subject, kind), house.loop)
            outcome = await asyncio.wrap_future(doing)
            if outcome is not DROPPED:
                self.done += 1
                return outcome
        return DROPPED

    async def close(self) -> None:
        """The pool ends. The houses go on."""

    def end(self) -> None:
        """End the thread, when the broker is no more needed."""
        if self._thread is not None and self._thread.is_alive():
            state.should_stop = 0
            self._thread.join(END)
            state.should_stop = None

    async def _open(self) -> "Consumer":
        return self

    def _runs(self) -> bool:
        """Whether it takes; where it was ended, as by another test with a worker of its own, it begins anew."""
        if self._thread is None or not self._thread.is_alive():
            self._begin()
        return self._celery.blueprint.state == RUN and self._ready.is_set()

    def _begin(self) -> None:
        state.reset_state()
        state.should_stop = None
        self._ready = threading.Event()
        self._celery = self.app.WorkController(
            app=self.app, hostname=NAME, pool_cls=POOL, without_gossip=True, without_mingle=True,
            without_heartbeat=True, ready_callback=lambda _: self._ready.set(),
        )  # fmt: skip
        self._thread = threading.Thread(target=self._celery.start, name="consumer", daemon=True)
        self._thread.start()
