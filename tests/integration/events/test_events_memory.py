"""The live bus of one process, in what it does not share with the other one."""

from frontdesk.events.memory import MemoryBus
from frontdesk.testing.buses import take, tell, told
from frontdesk.testing.clock import FrozenClock


async def test_numbers_grow_by_one() -> None:
    bus = MemoryBus(FrozenClock())
    listener = bus.subscribe()
    tell(bus, 1, 2)
    tell(bus, 3)
    events = await take(listener, 3)
    assert [event.id for event in events] == list(range(events[0].id, events[0].id + 3))


async def test_numbers_grow_over_a_restart() -> None:
    clock = FrozenClock()
    first = MemoryBus(clock)
    tell(first, 1, 2, 3)
    clock.advance(1_000)
    second = MemoryBus(clock)
    assert second.last_id > first.last_id
    assert told(await take(second.subscribe(after=first.last_id), 1)) == ["reload"]
