"""What is given to the broker: the id of a row, to the queue of its kind, where Celery finds it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from frontdesk.jobs.celery import PREFIX, make_app
from frontdesk.jobs.celery_pool import Ground, Opened
from frontdesk.jobs.publisher import TOGETHER, BrokerAway, Publisher
from frontdesk.store.sending import Letter
from frontdesk.testing.redis import Redis

TURN, STATE = Letter("job_1", "turn", "default", 5, 1), Letter("job_2", "hand_back", "state", 8, 1)


async def nobody() -> Opened:
    raise AssertionError("nothing is opened")


@pytest.fixture
async def publisher(own_redis: Redis) -> AsyncIterator[Publisher]:
    app = make_app(own_redis.url(), results=None, places=1, schedule=(), ground=Ground(open=nobody))
    publisher = Publisher(app)
    yield publisher
    await publisher.close()
    app.close()


async def test_the_broker_says_how_much_it_holds(publisher: Publisher) -> None:
    assert await publisher.holds() == 0
    await publisher.publish([TURN, STATE, *[TURN] * TOGETHER])
    assert await publisher.holds() == TOGETHER + 2


async def test_every_key_has_our_prefix_and_each_priority_its_list(publisher: Publisher, own_redis: Redis) -> None:
    await publisher.publish([TURN, STATE])
    for queue, level in (("default", 4), ("state", 1)):
        assert own_redis.ask(f"LLEN {PREFIX}{queue}\x06\x16{level}") == ":1"
    assert own_redis.ask("DBSIZE") == ":2"


async def test_a_broker_that_is_away_is_said_to_be_and_used_again_when_it_is_back(
    publisher: Publisher, own_redis: Redis
) -> None:
    await publisher.publish([TURN])
    await asyncio.to_thread(own_redis.kill)
    for _ in range(2):
        with pytest.raises(BrokerAway):
            await publisher.publish([TURN])
        with pytest.raises(BrokerAway):
            await publisher.holds()
    await asyncio.to_thread(own_redis.start)
    await publisher.publish([TURN])
    assert await publisher.holds() == 1


async def test_a_broker_that_hangs_is_away_after_some_seconds_and_holds_up_no_loop(
    publisher: Publisher, own_redis: Redis
) -> None:
    await publisher.publish([TURN])
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        with pytest.raises(BrokerAway):
            await publisher.publish([TURN])
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
