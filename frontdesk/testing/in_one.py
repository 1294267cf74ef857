"""The scaled house in one process, for tests: web, worker and beat with one store, on PostgreSQL, Redis and Celery."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from frontdesk import __version__
from frontdesk.app.scaled import Shared
from frontdesk.app.shapes import Ground
from frontdesk.desk.desk import Desk
from frontdesk.desk.routes import SCHEDULE, lanes, routes
from frontdesk.jobs.publisher import Publisher
from frontdesk.jobs.scaled import ScaledRunner
from frontdesk.jobs.schedule import repeat
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.testing.consumer import Consumer

LOOK = 0.25  # seconds of real time between two looks for work: the clock of the house may stand still
BESIDE = ("web", "beat")  # the roles as which it is seen, besides


class Awake:
    """Tells the time of the house and lets real time pass, by which signs of life are told."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now

    async def sleep(self, milliseconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(milliseconds / SECOND)


class InOne(Shared):
    """Each job goes from the table over the dispatcher and Celery to its claim. All lines are here."""

    role = "worker"
    looks = True

    def __init__(self, ground: Ground, consumer: Consumer) -> None:
        super().__init__(ground)
        clock = Awake(ground.clock)
        self.signs = Signs(ground.store, clock, Role(self.role, __version__, looks=self.looks))
        self._beside = [Signs(ground.store, clock, Role(role, __version__, looks=False)) for role in BESIDE]
        self._consumer = consumer
        self._publisher = Publisher(consumer.app)
        self._runner: ScaledRunner | None = None

    def runner(self, desk: Desk) -> ScaledRunner:
        """As in a worker."""
        ground, given = self.ground, {"signs": self.signs, "broker": self._publisher, "wake_ups": self.wake}
        self._runner = ScaledRunner(ground.store, ground.clock, routes(desk), lanes(), **given)  # type: ignore[arg-type]
        return self._runner

    async def open(self) -> None:
        """Give the first signs of life."""
        await super().open()
        for signs in self._beside:
            await signs.start()

    async def take_part(self, desk: Desk) -> None:
        """Let Celery bring work."""
        assert self._runner is not None
        await self._consumer.serve(self._runner)

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """Look after lines, keep the timetable, and look for work."""
        yield desk.watching.watch()
        for every, job in SCHEDULE:
            yield repeat(self.ground.store, self.ground.clock, every, job)
        yield self._look()

    async def close(self) -> None:
        """Let go of Celery, too."""
        if self._runner is not None:
            await self._consumer.leave(self._runner)
        await self._publisher.close()
        for signs in self._beside:
            await signs.close()
        await super().close()

    async def _look(self) -> None:
        assert self._runner is not None
        while True:
            await asyncio.sleep(LOOK)
            self._runner.dispatcher.look()
