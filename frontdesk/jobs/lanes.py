"""Lanes: kinds of work that share a number of places, so that no kind takes the places of another."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from frontdesk.domain.work import KINDS


@dataclass(slots=True)
class Lane:
    """Kinds that share a number of places."""

    kinds: tuple[str, ...]
    places: int
    taken: int = field(default=0)
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque, repr=False, compare=False)

    @property
    def free(self) -> int:
        """Places that are free."""
        return self.places - self.taken

    def enter(self) -> None:
        """Take a place, also where none is free: whoever holds a claim already needs one."""
        self.taken += 1

    def leave(self) -> None:
        """Give the place back."""
        self.taken -= 1
        self._call_next()

    def has_place(self) -> bool:
        """Whether a place is free and nobody waits for it."""
        return self.free > 0 and not self._waiting

    async def wait(self) -> None:
        """Take a place as soon as one is free; who came first goes first."""
        if self.has_place():
            self.enter()
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.leave()  # the place was given already
            raise

    def _call_next(self) -> None:
        while self._waiting and self.free > 0:
            called = self._waiting.popleft()
            if not called.done():
                self.enter()
                called.set_result(None)


def by_kind(lanes: Iterable[Lane]) -> dict[str, Lane]:
    """The lane of each kind."""
    return {kind: lane for lane in lanes for kind in lane.kinds}


def urgent_first(kinds: Iterable[str]) -> list[str]:
    """Kinds of work in the order of their priority, the most urgent first."""
    return sorted(kinds, key=lambda kind: -KINDS[kind].priority)
