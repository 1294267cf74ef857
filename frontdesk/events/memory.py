"""The live bus within one process."""

from collections.abc import Sequence

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.listening import Audience, Listener
from frontdesk.kit.clock import Clock


class MemoryBus:
    """Numbers start from the moment of the start, so that they also grow over restarts."""

    trouble: str | None = None
    unsent: int = 0
    lag: int = 0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._audience = Audience(clock, last=clock.now())

    @property
    def last_id(self) -> int:
        """The number of the newest event."""
        return self._audience.last

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._audience)

    async def start(self) -> None:
        """Nothing has to be reached."""

    async def stop(self) -> None:
        """Nothing is left to send."""
        self.close()

    def publish(self, events: Sequence[Live]) -> None:
        """Number the events and hand them to every listener."""
        at, last = self._clock.now(), self._audience.last
        for place, event in enumerate(events, 1):
            if event.type is LiveType.RELOAD:  # whoever looks at the whole again needs nothing of what was before
                self._audience.reload(last + place)
            else:
                self._audience.tell([Numbered(last + place, at, event)])

    def subscribe(self, after: int | None = None) -> Listener:
        """Listen from now on, or from behind the event of that number."""
        return self._audience.subscribe(after)

    def forget(self, listener: Listener) -> None:
        """Hand this listener nothing more."""
        self._audience.forget(listener)

    def close(self) -> None:
        """End every listener's iteration, so that open streams do not hold up a shutdown."""
        self._audience.close()
