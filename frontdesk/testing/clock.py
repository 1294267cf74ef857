"""A clock that is moved by hand."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable

from frontdesk.kit.clock import SECOND


class FrozenClock:
    """Stands still until `advance`; those who sleep on it wake when their moment has come."""

    def __init__(self, now: int = 1_795_000_000_000) -> None:
        self._now = now
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> int:
        """The moment at which the clock stands, in Unix milliseconds."""
        return self._now

    async def sleep(self, milliseconds: float) -> None:
        """Wait until the clock was moved past that much time."""
        if milliseconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + milliseconds, next(self._order), waiter))
        await waiter

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward and wake whoever waited for it. Set back, it keeps nobody asleep for longer."""
        self._now += milliseconds
        if milliseconds < 0:
            self._sleepers = [(at + milliseconds, order, waiter) for at, order, waiter in self._sleepers]
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, waiter = heapq.heappop(self._sleepers)
            if not waiter.done():
                waiter.set_result(None)


async def until(condition: Callable[[], Awaitable[bool] | bool], *, seconds: float = 30, every: float = 5) -> None:
    """Wait until the condition holds, looking again `every` few milliseconds, when the loop has had a turn.

    Whoever made it true has begun to wait for the clock then, where that was the next thing to do: it can be moved.

    Raises:
        AssertionError: it did not hold within that many seconds of real time.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        result = condition()
        if await result if isinstance(result, Awaitable) else result:
            await asyncio.sleep(0)
            return
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"This did not come true within {seconds} seconds: {condition}")
        await asyncio.sleep(every / SECOND)
