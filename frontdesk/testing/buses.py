"""For tests of the live bus: what a listener was told, as numbers that are easy to compare."""

import asyncio
import itertools

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.base import Bus, Subscription


def tell(bus: Bus, *numbers: int) -> None:
    """Publish an event for each number, all at once."""
    bus.publish([Live(LiveType.CHAT_CHANGED, {"n": number}) for number in numbers])


async def take(subscription: Subscription, count: int) -> list[Numbered]:
    """The next events of a listener, at most so many: fewer where it is closed before."""
    taken: list[Numbered] = []
    async for event in subscription:
        taken.append(event)
        if len(taken) == count:
            break
    return taken


async def take_until(subscription: Subscription, last: int) -> list[Numbered]:
    """The next events of a listener, up to the one with that number in it."""
    taken: list[Numbered] = []
    async for event in subscription:
        taken.append(event)
        if event.live.payload.get("n") == last:
            break
    return taken


async def tell_and_hear(bus: Bus, *numbers: int) -> None:
    """Publish, not too much at once, and come back when the listeners of that bus have been told."""
    for start in range(0, len(numbers), 500):
        witness = bus.subscribe()
        some = numbers[start : start + 500]
        tell(bus, *some)
        await take_until(witness, some[-1])
        witness.close()
        await asyncio.sleep(0)  # the other listeners' turn


def told(events: list[Numbered]) -> list[int | str]:
    """The numbers in the events; a `reload` is that word."""
    return [event.live.payload.get("n", event.live.type.value) for event in events]


def grow(events: list[Numbered]) -> bool:
    """Whether their own numbers do."""
    return all(before.id < after.id for before, after in itertools.pairwise(events))
