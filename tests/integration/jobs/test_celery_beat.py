"""Celery beat: everything at once at the start, no file, and a broker that goes and comes back."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from celery.beat import Service

from frontdesk.domain.work import Sweep, Vanish
from frontdesk.jobs.beat import Timetable
from frontdesk.jobs.celery import make_app
from frontdesk.jobs.celery_pool import Ground, Opened
from frontdesk.jobs.publisher import Publisher
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.testing.redis import Redis


async def nobody() -> Opened:
    raise AssertionError("beat opens no house")


def made(url: str, every: int = MINUTE) -> Celery:
    schedule = ((every, Sweep()), (10 * MINUTE, Vanish()))
    return make_app(url, results=None, places=1, schedule=schedule, ground=Ground(open=nobody))


@pytest.fixture
def app(redis_url: str) -> Iterator[Celery]:
    app = made(redis_url)
    yield app
    app.close()


def held(app: Celery) -> int:
    return asyncio.run(_held(app))


async def _held(app: Celery) -> int:
    publisher = Publisher(app)
    count = await publisher.holds()
    await publisher.close()
    return count


def test_everything_is_due_once_at_the_start_and_then_at_its_time(app: Celery) -> None:
    timetable = Timetable(app)
    assert [timetable.tick() for _ in range(2)] == [0, 0]
    assert held(app) == 2
    assert timetable.tick() > 0
    assert held(app) == 2


def test_no_file_is_written(app: Celery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = Service(app, scheduler_cls=app.conf.beat_scheduler)
    assert isinstance(service.scheduler, Timetable)
    service.scheduler.tick()
    service.sync()
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_goes_is_named_in_one_line_and_used_again_when_it_is_back(
    own_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    app = made(own_redis.url(), every=SECOND // 100)
    timetable = Timetable(app)
    timetable.tick()
    timetable.tick()
    own_redis.kill()
    with caplog.at_level(logging.ERROR):
        while not caplog.records:
            timetable.tick()
    (line,) = caplog.records[:1]
    assert line.exc_info is None
    assert "“sweep” is asked for again" in line.getMessage()
    own_redis.start()
    while not held(app):
        timetable.tick()
    app.close()
