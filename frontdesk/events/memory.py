"""The live bus within one process."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.kit.clock import Clock

REMEMBERED = 2_000  # events that a listener who was away can catch up with
LAG = 1_000  # events that may wait for one slow listener


class MemorySubscription:
    """A listener's own queue. When it overflows, everything in it is replaced by one `reload`."""

    def __init__(self, bus: "MemoryBus") -> None:
        self._bus = bus
        self._waiting: deque[Numbered] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, event: Numbered) -> None:
        """Add an event; too far behind, the listener is told to reload instead."""
        if len(self._waiting) >= LAG:
            self._waiting.clear()
            event = Numbered(event.id, event.at, Live(LiveType.RELOAD, {}))
        self._waiting.append(event)
        self._ready.set()

    async def __aiter__(self) -> AsyncIterator[Numbered]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._closed:
                return
            self._ready.clear()
            await self._ready.wait()

    def close(self) -> None:
        """Stop listening; the iteration ends."""
        self._closed = True
        self._bus.forget(self)
        self._ready.set()


class MemoryBus:
    """Numbers start from the moment of the start, so that they also grow over restarts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.now()
        self._past: deque[Numbered] = deque(maxlen=REMEMBERED)
        self._listeners: set[MemorySubscription] = set()

    @property
    def last_id(self) -> int:
        """The number of the newest event."""
        return self._last

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def publish(self, events: Sequence[Live]) -> None:
        """Number the events and hand them to every listener."""
        at = self._clock.now()
        for event in events:
            self._last += 1
            numbered = Numbered(self._last, at, event)
            self._past.append(numbered)
            for listener in self._listeners:
                listener.offer(numbered)

    def subscribe(self, after: int | None = None) -> MemorySubscription:
        """Listen from now on, or from behind the event of that number."""
        listener = MemorySubscription(self)
        if after is not None and after != self._last:
            self._catch_up(listener, after)
        self._listeners.add(listener)
        return listener

    def _catch_up(self, listener: MemorySubscription, after: int) -> None:
        if after < self._last and self._past and self._past[0].id <= after + 1:
            for event in self._past:
                if event.id > after:
                    listener.offer(event)
        else:
            listener.offer(Numbered(self._last, self._clock.now(), Live(LiveType.RELOAD, {})))

    def forget(self, listener: MemorySubscription) -> None:
        """Hand this listener nothing more."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener's iteration, so that open streams do not hold up a shutdown."""
        for listener in tuple(self._listeners):
            listener.close()
