"""Several buses on one Redis, each as of a process of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from frontdesk.events.redis import RedisBus
from frontdesk.testing.clock import FrozenClock

Open = Callable[..., Awaitable[RedisBus]]


@asynccontextmanager
async def opening(url: str) -> AsyncIterator[Open]:
    """Gives what opens a bus and starts it; all of them stop at the end."""
    opened: list[RedisBus] = []

    async def open_bus(*, at: str = url, **choices: Any) -> RedisBus:
        bus = RedisBus(at, FrozenClock(), **choices)
        opened.append(bus)
        await bus.start()
        return bus

    try:
        yield open_bus
    finally:
        for bus in opened:
            await bus.stop()
