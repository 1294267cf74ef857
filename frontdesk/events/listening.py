"""Those who listen within one process, and what they can catch up with: the same for every bus."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.kit.clock import Clock

REMEMBERED = 2_000  # events that a listener who was away can catch up with
LAG = 1_000  # events that may wait for one slow listener


class Listener:
    """A listener's own queue. When it overflows, everything in it is replaced by one `reload`."""

    def __init__(self, audience: "Audience") -> None:
        self._audience = audience
        self._waiting: deque[Numbered] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, event: Numbered) -> None:
        """Add an event; too far behind, the listener is told to reload instead."""
        if len(self._waiting) >= LAG:
            self.reload(event.id, event.at)
            return
        self._waiting.append(event)
        self._ready.set()

    def reload(self, number: int, at: int) -> None:
        """Tell this listener to look at the whole again, which makes what waits for it superfluous."""
        self._waiting.clear()
        self._waiting.append(Numbered(number, at, Live(LiveType.RELOAD, {})))
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
        self._audience.forget(self)
        self._ready.set()


class Audience:
    """All listeners of this process. Knows every event behind `_since`, up to the newest one."""

    def __init__(self, clock: Clock, *, last: int) -> None:
        self.last = last  # the number of the newest event
        self._since = last
        self._clock = clock
        self._past: deque[Numbered] = deque()
        self._listeners: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def tell(self, events: Sequence[Numbered]) -> None:
        """Hand the events to every listener."""
        for event in events:
            self._remember(event)
            for listener in self._listeners:
                listener.offer(event)

    def take_up(self, events: Sequence[Numbered], *, since: int, last: int) -> None:
        """Start from what others remember. Who listened before that may have missed something."""
        self._past.clear()
        self._since = since
        for event in events:
            self._remember(event)
        self.last = last
        self._tell_reload()

    def reload(self, at: int) -> None:
        """Everybody looks at the whole again: what happened up to that number is not known."""
        self._past.clear()
        self._since = self.last = at
        self._tell_reload()

    def subscribe(self, after: int | None) -> Listener:
        """Listen from now on, or from behind the event of that number."""
        listener = Listener(self)
        if after is not None and after != self.last:
            self._catch_up(listener, after)
        self._listeners.add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """Hand this listener nothing more."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener's iteration, so that open streams do not hold up a shutdown."""
        for listener in tuple(self._listeners):
            listener.close()

    def _remember(self, event: Numbered) -> None:
        if len(self._past) >= REMEMBERED:
            self._since = self._past.popleft().id
        self._past.append(event)
        self.last = event.id

    def _catch_up(self, listener: Listener, after: int) -> None:
        if not self._since <= after < self.last:
            listener.reload(self.last, self._clock.now())
            return
        for event in self._past:
            if event.id > after:
                listener.offer(event)

    def _tell_reload(self) -> None:
        now = self._clock.now()
        for listener in self._listeners:
            listener.reload(self.last, now)
