"""The live bus: in order, without gaps that do not show, and never waiting for a slow listener."""

import asyncio

import pytest

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.base import Bus, Subscription
from frontdesk.events.memory import LAG, REMEMBERED, MemoryBus
from frontdesk.testing.clock import FrozenClock


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(FrozenClock())


def tell(bus: Bus, *numbers: int) -> None:
    bus.publish([Live(LiveType.CHAT_CHANGED, {"n": number}) for number in numbers])


async def take(subscription: Subscription, count: int) -> list[Numbered]:
    taken: list[Numbered] = []
    async for event in subscription:
        taken.append(event)
        if len(taken) == count:
            break
    return taken


def told(events: list[Numbered]) -> list[int | str]:
    return [event.live.payload.get("n", event.live.type.value) for event in events]


async def test_every_listener_hears_everything_in_order(bus: MemoryBus) -> None:
    listeners = [bus.subscribe() for _ in range(3)]
    tell(bus, 1, 2)
    tell(bus, 3)
    for listener in listeners:
        events = await take(listener, 3)
        assert told(events) == [1, 2, 3]
        assert [event.id for event in events] == list(range(events[0].id, events[0].id + 3))


async def test_a_listener_hears_from_its_subscription_on(bus: MemoryBus) -> None:
    tell(bus, 1)
    listener = bus.subscribe()
    tell(bus, 2)
    assert told(await take(listener, 1)) == [2]


async def test_who_was_away_for_a_while_catches_up(bus: MemoryBus) -> None:
    tell(bus, 1)
    seen = bus.last_id
    tell(bus, 2, 3)
    listener = bus.subscribe(after=seen)
    tell(bus, 4)
    assert told(await take(listener, 3)) == [2, 3, 4]


async def test_who_missed_nothing_hears_only_what_is_new(bus: MemoryBus) -> None:
    tell(bus, 1)
    listener = bus.subscribe(after=bus.last_id)
    tell(bus, 2)
    assert told(await take(listener, 1)) == [2]


async def test_who_was_away_for_too_long_is_told_to_reload(bus: MemoryBus) -> None:
    tell(bus, 0)
    seen = bus.last_id
    tell(bus, *range(REMEMBERED + 1))
    listener = bus.subscribe(after=seen)
    tell(bus, -1)
    assert told(await take(listener, 2)) == ["reload", -1]


@pytest.mark.parametrize("offset", [-5, 5])
async def test_who_listened_to_another_run_is_told_to_reload(bus: MemoryBus, offset: int) -> None:
    listener = bus.subscribe(after=bus.last_id + offset)
    assert told(await take(listener, 1)) == ["reload"]


async def test_numbers_grow_over_a_restart() -> None:
    clock = FrozenClock()
    first = MemoryBus(clock)
    tell(first, 1, 2, 3)
    clock.advance(1_000)
    second = MemoryBus(clock)
    assert second.last_id > first.last_id
    assert told(await take(second.subscribe(after=first.last_id), 1)) == ["reload"]


async def test_a_slow_listener_is_told_to_reload_and_holds_nobody_up(bus: MemoryBus) -> None:
    slow, quick = bus.subscribe(), bus.subscribe()
    hearing = asyncio.create_task(take(quick, 3 * LAG))
    for number in range(3 * LAG):
        tell(bus, number)
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert told(await hearing) == list(range(3 * LAG))
    slow.close()
    left = told([event async for event in slow])
    assert left[0] == "reload"
    assert left[1:] == list(range(3 * LAG))[-len(left) + 1 :]
    assert len(left) <= LAG


async def test_a_listener_that_is_closed_ends_and_is_forgotten(bus: MemoryBus) -> None:
    listener = bus.subscribe()
    hearing = asyncio.create_task(take(listener, 5))
    tell(bus, 1)
    await asyncio.sleep(0)
    listener.close()
    assert told(await hearing) == [1]
    assert bus.listeners == 0


async def test_closing_the_bus_ends_every_listener(bus: MemoryBus) -> None:
    hearing = [asyncio.create_task(take(bus.subscribe(), 5)) for _ in range(3)]
    await asyncio.sleep(0)
    bus.close()
    assert await asyncio.gather(*hearing) == [[], [], []]
    assert bus.listeners == 0
