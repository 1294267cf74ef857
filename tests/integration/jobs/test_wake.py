"""Dispatchers of all processes are woken over Redis, one for each word, and without Redis nobody waits or fails."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from frontdesk.events.redis_link import RedisLink
from frontdesk.jobs.wake import HORIZON, KEPT, RedisWake
from frontdesk.kit.clock import SECOND
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.redis import Redis

NOW = FrozenClock().now()
LONG = 20.0  # seconds, which no test waits
Open = Callable[[str], RedisWake]


@pytest.fixture
async def open_wake() -> AsyncIterator[Open]:
    opened: list[RedisWake] = []

    def open_wake(url: str) -> RedisWake:
        opened.append(RedisWake(url, FrozenClock()))
        return opened[-1]

    yield open_wake
    for wake in opened:
        await wake.stop()


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisLink]:
    link = RedisLink(redis_url)
    yield link
    await link.close()


async def test_a_dispatcher_in_another_process_is_woken(redis_url: str, open_wake: Open) -> None:
    waiting = asyncio.create_task(open_wake(redis_url).wait(LONG))
    open_wake(redis_url).tell(NOW + 300)
    assert await waiting == NOW + 300


async def test_each_word_is_taken_by_one_dispatcher(redis_url: str, open_wake: Open) -> None:
    teller, first, second = (open_wake(redis_url) for _ in range(3))
    waiting = [asyncio.create_task(each.wait(LONG)) for each in (first, second)]
    teller.tell(NOW)
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [each.result() for each in done] == [NOW]
    assert len(pending) == 1
    teller.tell(NOW + 1)
    assert await pending.pop() == NOW + 1


async def test_words_that_come_together_are_one_and_the_earliest_counts(
    redis_url: str, open_wake: Open, link: RedisLink
) -> None:
    wake = open_wake(redis_url)
    for due in (NOW + 900, NOW + 5, *range(NOW + 10, NOW + 500)):
        wake.tell(due)
    assert await wake.wait(LONG) == NOW + 5
    assert await link.call("LLEN", "frontdesk:wake") == 0


async def test_work_that_is_due_much_later_wakes_nobody(redis_url: str, open_wake: Open) -> None:
    wake = open_wake(redis_url)
    wake.tell(NOW + HORIZON + 1)
    assert await wake.wait(0.1) is None
    wake.tell(NOW + HORIZON)
    assert await wake.wait(LONG) == NOW + HORIZON


async def test_nobody_is_woken_for_nothing(redis_url: str, open_wake: Open) -> None:
    assert await open_wake(redis_url).wait(0.0001) is None
    assert await open_wake(redis_url).wait(0) is None


async def test_words_that_nobody_takes_do_not_pile_up(redis_url: str, open_wake: Open, link: RedisLink) -> None:
    wake = open_wake(redis_url)
    await link.call("RPUSH", "frontdesk:wake", *[NOW] * (KEPT + 50))
    wake.tell(NOW + 7)
    await until(lambda: _newest_is(link, NOW + 7))
    assert await link.call("LLEN", "frontdesk:wake") == KEPT
    assert 0 < await link.call("PTTL", "frontdesk:wake") <= 5 * SECOND


async def _newest_is(link: RedisLink, due: int) -> bool:
    return bool(await link.call("LINDEX", "frontdesk:wake", 0) == str(due).encode())


async def test_a_word_that_cannot_be_read_still_wakes(redis_url: str, open_wake: Open, link: RedisLink) -> None:
    await link.call("LPUSH", "frontdesk:wake", "soon")
    assert await open_wake(redis_url).wait(LONG) == NOW


async def test_a_dispatcher_that_stops_waiting_can_wait_again(redis_url: str, open_wake: Open) -> None:
    wake = open_wake(redis_url)
    waiting = asyncio.create_task(wake.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    wake.tell(NOW)
    assert await wake.wait(LONG) == NOW


async def test_without_redis_the_wait_takes_its_time_and_telling_none(own_redis: Redis, open_wake: Open) -> None:
    own_redis.stop()
    wake, loop = open_wake(own_redis.url()), asyncio.get_running_loop()
    wake.tell(NOW)
    began = loop.time()
    assert await wake.wait(0.2) is None
    assert 0.2 <= loop.time() - began < 5
    assert wake.trouble is not None
    assert "cannot be reached. Wake-ups for work go on when it is back." in wake.trouble


async def test_a_redis_that_comes_back_wakes_again(own_redis: Redis, open_wake: Open) -> None:
    teller, dispatcher = open_wake(own_redis.url()), open_wake(own_redis.url())
    teller.tell(NOW)
    assert await dispatcher.wait(LONG) == NOW
    waiting = asyncio.create_task(dispatcher.wait(LONG))
    await asyncio.to_thread(own_redis.kill)
    teller.tell(NOW + 1)
    await until(lambda: teller.trouble is not None and dispatcher.trouble is not None)
    await asyncio.to_thread(own_redis.start)
    assert await waiting == NOW + 1  # what was told meanwhile
    await until(lambda: teller.trouble is None and dispatcher.trouble is None)
