"""The Celery application of an installation, as its settings say. Making it connects to nothing."""

from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import Celery

from frontdesk.app.house import Frontdesk, build
from frontdesk.app.scaled import Reaching, redis_of
from frontdesk.app.serve import loop_factory, raise_limits, warm_up
from frontdesk.app.shapes import Ground as HouseGround, Runs
from frontdesk.app.signing import giving_signs
from frontdesk.channels.base import Channel
from frontdesk.desk.desk import Desk
from frontdesk.desk.paces import Paces
from frontdesk.desk.routes import SCHEDULE, lanes, routes
from frontdesk.events.reach import let_in
from frontdesk.jobs.celery import check_broker, is_redis, make_app
from frontdesk.jobs.celery_pool import Ground, Opened
from frontdesk.jobs.celery_run import own_log, run_beat, run_worker
from frontdesk.jobs.publisher import Publisher
from frontdesk.jobs.scaled import ScaledRunner
from frontdesk.kit.log import set_up
from frontdesk.settings import Settings
from frontdesk.settings.models import opened

BEAT = "beat"
PATIENCE = 15.0  # seconds: hundreds of turns share the connections of a worker, and nobody waits at the other end


class Worker(Reaching):
    """Does the work of which Celery brings the ids."""

    role = "worker"
    looks = True

    def __init__(self, ground: HouseGround, app: Celery) -> None:
        super().__init__(ground)
        ground.store.be_patient(PATIENCE)
        self._publisher = Publisher(app)
        self._used: Sequence[Channel] = ()

    def channels(self) -> Sequence[Channel]:
        """The same; what a number may send in a second is shared among workers."""
        self._used = super().channels()
        return self._used

    def runner(self, desk: Desk) -> Runs:
        """Work is done here."""
        ground = self.ground
        return ScaledRunner(
            ground.store,
            ground.clock,
            routes(desk),
            lanes(),
            signs=self.signs,
            broker=self._publisher,
            wake_ups=self.wake,
        )

    def watches(self, desk: Desk) -> Iterable[Coroutine[Any, Any, None]]:
        """Keep to this worker's share of what a number may send."""
        yield Paces(self.ground.store, self.ground.clock, self._used).watch()

    async def open(self) -> None:
        """Give the first sign of life, where the broker does not refuse us for good."""
        await _let_in(self.ground.settings)
        await super().open()

    async def close(self) -> None:
        """Let go of the broker, too."""
        await self._publisher.close()
        await super().close()


def celery_app(settings: Settings) -> Celery:
    """The application for `frontdesk worker`, `frontdesk beat` and for `celery -A frontdesk.worker ...`.

    Raises:
        SettingsError: there is no broker, or it is of a kind that is not known here.
    """
    broker = opened(settings.celery_broker) or redis_of(settings, "worker")
    check_broker(broker)
    own_log(partial(set_up, settings.log_level, settings.log_format))
    app = make_app(
        broker,
        results=opened(settings.celery_results),
        places=sum(lane.places for lane in lanes()),
        schedule=SCHEDULE,
        ground=Ground(loop_factory=loop_factory(), open=lambda: _open(settings, app)),
    )
    return app


@dataclass(frozen=True, slots=True)
class WorkerHouse:
    """The house of a worker, as its pool sees it."""

    house: Frontdesk

    @property
    def worker(self) -> Any:
        """Who does the work."""
        return self.house.runner

    async def close(self) -> None:
        """Take no work any more, finish or release what is claimed, close everything."""
        await self.house.close()


async def _open(settings: Settings, app: Celery) -> Opened:
    house = await build(settings, shape=partial(Worker, app=app))
    try:
        await house.start()
        await warm_up(house)
    except BaseException:
        await house.close()
        raise
    return WorkerHouse(house)


def work(settings: Settings, *, places: int | None = None) -> int:
    """Do the work of the house until told to stop; gives the exit code. Raises what `celery_app` raises."""
    redis_of(settings, Worker.role)
    raise_limits()
    return run_worker(celery_app(settings), places=places)


def keep_time(settings: Settings) -> int:
    """Keep the timetable until told to stop; gives the exit code. Raises what `celery_app` raises."""
    redis_of(settings, BEAT)
    set_up(settings.log_level, settings.log_format)
    with giving_signs(settings, BEAT, then=_let_in(settings)):
        return run_beat(celery_app(settings))


async def _let_in(settings: Settings) -> None:
    await let_in(redis_of(settings, BEAT))
    if (broker := opened(settings.celery_broker)) and is_redis(broker):
        await let_in(broker, setting="CELERY_BROKER_URL")
