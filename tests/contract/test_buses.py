"""The live bus, whichever it is: in order, without gaps that do not show, and never waiting for a slow listener."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from frontdesk.domain.live import Live, LiveType
from frontdesk.events.base import Bus
from frontdesk.events.listening import LAG, REMEMBERED
from frontdesk.events.memory import MemoryBus
from frontdesk.events.redis import RedisBus
from frontdesk.testing.buses import grow, take, tell, tell_and_hear, told
from frontdesk.testing.clock import FrozenClock, until


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    made: Bus
    if request.param == "redis":
        made = RedisBus(request.getfixturevalue("redis_url"), FrozenClock())
    else:
        made = MemoryBus(FrozenClock())
    await made.start()
    yield made
    await made.stop()


async def test_every_listener_hears_everything_in_order(bus: Bus) -> None:
    listeners = [bus.subscribe() for _ in range(3)]
    tell(bus, 1, 2)
    tell(bus, 3)
    heard = [await take(listener, 3) for listener in listeners]
    assert [told(events) for events in heard] == [[1, 2, 3]] * 3
    assert heard[0] == heard[1] == heard[2]
    assert grow(heard[0])


async def test_an_event_arrives_as_it_was_published(bus: Bus) -> None:
    listener = bus.subscribe()
    payload: dict[str, Any] = {"text": 'Grüße 👋\n"“', "none": None, "list": [1, 2.5, True], "deep": {"a": {}}}
    said = Live(LiveType.MESSAGE_ADDED, payload, "acc_1", "cht_1", "opr_1")
    bus.publish([said])
    [event] = await take(listener, 1)
    assert (event.live, event.at) == (said, FrozenClock().now())


async def test_a_listener_hears_from_its_subscription_on(bus: Bus) -> None:
    await tell_and_hear(bus, 1)
    listener = bus.subscribe()
    tell(bus, 2)
    assert told(await take(listener, 1)) == [2]


async def test_who_was_away_for_a_while_catches_up(bus: Bus) -> None:
    await tell_and_hear(bus, 1)
    seen = bus.last_id
    await tell_and_hear(bus, 2, 3)
    listener = bus.subscribe(after=seen)
    tell(bus, 4)
    assert told(await take(listener, 3)) == [2, 3, 4]


async def test_who_missed_nothing_hears_only_what_is_new(bus: Bus) -> None:
    await tell_and_hear(bus, 1)
    listener = bus.subscribe(after=bus.last_id)
    tell(bus, 2)
    assert told(await take(listener, 1)) == [2]


async def test_who_was_away_for_too_long_is_told_to_reload(bus: Bus) -> None:
    await tell_and_hear(bus, 0)
    seen = bus.last_id
    await tell_and_hear(bus, *range(REMEMBERED + 1))
    listener = bus.subscribe(after=seen)
    tell(bus, -1)
    assert told(await take(listener, 2)) == ["reload", -1]


async def test_who_missed_as_much_as_may_wait_for_one_listener_catches_up(bus: Bus) -> None:
    await tell_and_hear(bus, *range(REMEMBERED))
    seen = bus.last_id
    await tell_and_hear(bus, *range(LAG))
    assert told(await take(bus.subscribe(after=seen), LAG)) == list(range(LAG))


@pytest.mark.parametrize("offset", [-5, 5])
async def test_who_listened_to_another_run_is_told_to_reload(bus: Bus, offset: int) -> None:
    listener = bus.subscribe(after=bus.last_id + offset)
    assert told(await take(listener, 1)) == ["reload"]


async def test_a_slow_listener_is_told_to_reload_and_holds_nobody_up(bus: Bus) -> None:
    slow, quick = bus.subscribe(), bus.subscribe()
    hearing = asyncio.create_task(take(quick, 3 * LAG))
    for start in range(0, 3 * LAG, 100):
        await tell_and_hear(bus, *range(start, start + 100))
    assert told(await hearing) == list(range(3 * LAG))
    slow.close()
    left = told([event async for event in slow])
    assert left[0] == "reload"
    assert left[1:] == list(range(3 * LAG))[-len(left) + 1 :]
    assert len(left) <= LAG


async def test_a_listener_that_is_closed_ends_and_is_forgotten(bus: Bus) -> None:
    listener = bus.subscribe()
    hearing = asyncio.create_task(take(listener, 5))
    await tell_and_hear(bus, 1)
    listener.close()
    assert told(await hearing) == [1]
    assert bus.listeners == 0


async def test_closing_the_bus_ends_every_listener(bus: Bus) -> None:
    hearing = [asyncio.create_task(take(bus.subscribe(), 5)) for _ in range(3)]
    await asyncio.sleep(0)
    bus.close()
    assert await asyncio.gather(*hearing) == [[], [], []]
    assert bus.listeners == 0


async def test_the_end_of_the_bus_ends_every_listener(bus: Bus) -> None:
    hearing = asyncio.create_task(take(bus.subscribe(), 5))
    await asyncio.sleep(0)
    await bus.stop()
    assert await hearing == []


async def test_publishing_does_not_wait_and_a_well_bus_names_no_trouble(bus: Bus) -> None:
    bus.publish([])
    await tell_and_hear(bus, 1)
    assert (bus.trouble, bus.unsent, bus.lag) == (None, 0, 0)


async def test_after_a_reload_nobody_can_catch_up_with_what_was_before(bus: Bus) -> None:
    here = bus.subscribe()
    tell(bus, 1, 2)
    start, *_ = [event.id for event in await take(here, 2)]
    bus.publish([Live(LiveType.RELOAD, {})])
    tell(bus, 3)
    assert [event.live.type for event in await take(here, 1)] == [LiveType.RELOAD]
    await until(lambda: bus.unsent == 0 and bus.last_id > start + 2)
    late = bus.subscribe(start)
    assert [event.live.type for event in await take(late, 1)] == [LiveType.RELOAD]
