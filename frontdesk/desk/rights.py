"""Tells those who keep a connection open that somebody's right to one may have ended."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Rights:
    """What ends in another process is told by whoever follows it."""

    def __init__(self) -> None:
        self._watching: set[asyncio.Event] = set()

    @contextmanager
    def watching(self) -> Iterator[asyncio.Event]:
        """Gives an event that is set when a key or a sign-in has ended. Clear it, then look whether it was yours."""
        told = asyncio.Event()
        self._watching.add(told)
        try:
            yield told
        finally:
            self._watching.discard(told)

    def ended(self) -> None:
        """A key or a sign-in has ended. Said after the commit."""
        for told in self._watching:
            told.set()
