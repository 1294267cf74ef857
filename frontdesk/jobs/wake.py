"""Tells dispatchers of all processes over Redis that work is due. The table stays the truth."""

import asyncio
from typing import Any

from frontdesk.events.redis_link import PATIENCE, PREFIX, RedisLink, Standing
from frontdesk.kit.clock import SECOND, Clock

HORIZON = 2 * SECOND  # work that is due later is found by looking into the table
TOGETHER = 0.005  # seconds in which what becomes due is told as one: the earliest counts
KEPT = 64  # words that wait for a dispatcher at most; one who comes finds all the work anyway
KEPT_FOR = 5 * SECOND
SHORTEST = 0.01  # seconds to ask Redis to wait: none would mean for ever
NEVER = 2**62


class RedisWake:
    """`tell` in those who make work due, `wait` in dispatchers: one of those who wait takes each word.

    Raises:
        SettingsError: the URL is not one of Redis.
    """

    def __init__(self, url: str, clock: Clock, *, prefix: str = PREFIX) -> None:
        self._clock = clock
        self._words = f"{prefix}wake"
        self._telling, self._waiting = RedisLink(url), RedisLink(url)
        self._standing = Standing(url, purpose="Wake-ups for work")
        self._due = NEVER  # the earliest moment that is not told yet
        self._more = asyncio.Event()
        self._again_at = 0.0  # by the loop's time: when to ask Redis again after a failure
        self._task: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why nobody is woken now; None while all is well."""
        return self._standing.trouble

    def tell(self, due: int) -> None:
        """There is work due at that moment (Unix ms). Never waits and never fails."""
        if due > self._clock.now() + HORIZON:
            return
        self._due = min(self._due, due)
        self._more.set()
        if self._task is None:
            self._task = asyncio.create_task(self._tell())

    async def wait(self, timeout_seconds: float) -> int | None:
        """When work is due, as soon as some process tells it; None when none does within that time.

        Only one waits at a time. Without Redis this takes the whole time: whoever looks afterwards, looks often enough.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_seconds
        while (left := until - loop.time()) > 0:
            if (rest := self._again_at - loop.time()) > 0:
                await asyncio.sleep(min(rest, left))
                continue
            try:
                return await self._taken(max(left, SHORTEST))
            except Exception as broken:  # whatever it is, the dispatcher goes on looking into the table
                self._again_at = loop.time() + self._standing.fell("waiting", broken)
        return None

    async def stop(self) -> None:
        """Let go of Redis. Nobody may wait any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._telling.close()
        await self._waiting.close()

    async def _taken(self, seconds: float) -> int | None:
        found = await self._waiting.call("BRPOP", self._words, f"{seconds:.3f}", seconds=seconds + PATIENCE)
        self._standing.rose("waiting")
        return None if found is None else _moment(found[1], otherwise=self._clock.now())

    async def _tell(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            due, self._due = self._due, NEVER
            try:
                await self._push(due)
                self._standing.rose("telling")
                await asyncio.sleep(TOGETHER)
            except Exception as broken:  # whatever it is, what becomes due later is told again
                self._due = min(self._due, due)
                self._more.set()
                await asyncio.sleep(self._standing.fell("telling", broken))

    async def _push(self, due: int) -> None:
        await self._telling.calls(
            ("LPUSH", self._words, due), ("LTRIM", self._words, 0, KEPT - 1), ("PEXPIRE", self._words, KEPT_FOR)
        )


def _moment(word: Any, *, otherwise: int) -> int:
    """The moment in a word. One that cannot be read still wakes."""
    try:
        return int(word)
    except ValueError:
        return otherwise
