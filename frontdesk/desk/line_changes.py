"""Waiting for a line to stand otherwise."""

import asyncio
from collections.abc import Callable

from frontdesk.kit.clock import Clock


class LineChanges:
    """Wakes whoever waits, whenever a line has told something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        self._told.set()
        self._told = asyncio.Event()

    async def until(self, holds: Callable[[], bool], *, within: int) -> bool:
        """Wait until it holds, for that many milliseconds at most; whether it does."""
        over = asyncio.ensure_future(self._clock.sleep(within))
        try:
            while not holds():
                if over.done():
                    return False
                told = asyncio.ensure_future(self._told.wait())
                await asyncio.wait({over, told}, return_when=asyncio.FIRST_COMPLETED)
                told.cancel()
            return True
        finally:
            over.cancel()
