"""The live bus of several processes without Redis: nobody waits or fails, and whoever missed something learns it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from redis_buses import Open, opening

from frontdesk.events.redis import UNSENT
from frontdesk.testing.buses import grow, take, take_until, tell, tell_and_hear, told
from frontdesk.testing.clock import until
from frontdesk.testing.redis import Redis

SOON = 5.0  # seconds


@pytest.fixture
async def open_bus(own_redis: Redis) -> AsyncIterator[Open]:
    async with opening(own_redis.url()) as open_bus:
        yield open_bus


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("frontdesk")]


async def test_a_start_without_redis_goes_on_and_says_so_once(
    own_redis: Redis, open_bus: Open, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.stop()
    async with asyncio.timeout(SOON):
        bus = await open_bus()
    tell(bus, 1)
    listener = bus.subscribe()
    where = f"127.0.0.1:{own_redis.port}"
    assert bus.trouble == f"Redis at {where} cannot be reached. Live events go on when it is back."
    await until(lambda: bus.unsent == 1)
    await asyncio.to_thread(own_redis.start)
    await until(lambda: bus.trouble is None)
    tell(bus, 2)
    assert told(await take_until(listener, 2)) in (["reload", 2], ["reload", 1, 2])
    assert logged(caplog) == [
        f"Redis at {where} cannot be reached. Live events go on when it is back.",
        f"Redis at {where} is back. Live events go on.",
    ]


async def test_who_listened_before_redis_was_there_reloads(own_redis: Redis, open_bus: Open) -> None:
    own_redis.stop()
    bus = await open_bus()
    listener = bus.subscribe(after=0)
    await asyncio.to_thread(own_redis.start)
    assert told(await take(listener, 1)) == ["reload"]
    assert bus.last_id > 0


async def test_a_redis_that_is_killed_during_publishing_loses_nothing_unseen(own_redis: Redis, open_bus: Open) -> None:
    one, other = await open_bus(), await open_bus()
    listeners = [one.subscribe(), other.subscribe()]
    for number in range(300):
        tell(one, number)
        if number in (100, 200):
            await asyncio.to_thread(own_redis.kill)
        if number in (120, 220):
            await asyncio.to_thread(own_redis.start)
        await asyncio.sleep(0.001)
    for heard in [await take_until(listener, 299) for listener in listeners]:
        assert grow(heard)
        assert gaps_without_reload(told(heard)) == []
        assert "reload" in told(heard)
    await until(lambda: one.trouble is None and other.trouble is None)


def gaps_without_reload(heard: list[int | str]) -> list[tuple[int | str, int | str]]:
    pairs = zip([-1, *heard], heard, strict=False)
    return [(before, now) for before, now in pairs if "reload" not in (before, now) and now != int(before) + 1]


async def test_more_than_is_kept_without_redis_becomes_a_reload_for_everybody(own_redis: Redis, open_bus: Open) -> None:
    web, worker = await open_bus(), await open_bus(listens=False)
    listener = web.subscribe()
    await tell_and_hear(web, -1)
    await asyncio.to_thread(own_redis.kill)
    for number in range(2 * UNSENT):
        tell(worker, number)
        assert worker.unsent <= UNSENT + 1
    await until(lambda: worker.trouble is not None)
    await asyncio.to_thread(own_redis.start)
    heard = told(await take_until(listener, 2 * UNSENT - 1))
    assert "reload" in heard
    assert heard[-500:] == list(range(2 * UNSENT))[-500:]


async def test_a_redis_that_hangs_holds_nobody_up_and_gets_nothing_twice(own_redis: Redis, open_bus: Open) -> None:
    one, other = await open_bus(patience=0.2), await open_bus(patience=0.2)
    listeners = [one.subscribe(), other.subscribe()]
    await tell_and_hear(one, 0)
    os.kill(own_redis.pid, signal.SIGSTOP)
    tell(one, *range(1, 100))
    await until(lambda: one.trouble is not None and "does not answer in time" in one.trouble)
    tell(one, *range(100, 200))
    os.kill(own_redis.pid, signal.SIGCONT)
    for heard in [await take_until(listener, 199) for listener in listeners]:
        assert told(heard) == list(range(200))


async def test_the_end_does_not_wait_for_a_redis_that_is_away(own_redis: Redis, open_bus: Open) -> None:
    bus = await open_bus()
    await asyncio.to_thread(own_redis.kill)
    tell(bus, 1)
    async with asyncio.timeout(SOON):
        await bus.stop()
