"""The contract of the live bus: numbered events for whoever listens, after the commit and never before."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from frontdesk.domain.live import Live, Numbered


class Subscription(Protocol):
    """One listener. Iterate it; close it when done."""

    def __aiter__(self) -> AsyncIterator[Numbered]:
        """Events in order. One of type `reload` means: some were missed, look at the whole again."""

    def close(self) -> None:
        """Stop listening."""


class Bus(Protocol):
    """Carries events from the desk to the listeners."""

    @property
    def last_id(self) -> int:
        """The number of the newest event that listeners were handed here."""

    @property
    def listeners(self) -> int:
        """How many listen now."""

    @property
    def trouble(self) -> str | None:
        """Why events do not go out now, as a sentence; None while they do."""

    @property
    def unsent(self) -> int:
        """How many events were published here and have not gone out yet."""

    @property
    def lag(self) -> int:
        """How long the newest event took from its publication to the listeners of this process, in milliseconds."""

    async def start(self) -> None:
        """Begin to carry events. Returns soon, and never fails: what cannot be reached now is tried again."""

    async def stop(self) -> None:
        """End every listener, send what is unsent if that can be done at once, and let go."""

    def publish(self, events: Sequence[Live]) -> None:
        """Number the events and hand them to every listener. Never waits, and never fails.

        One of type `reload` is the end of what was before it: nobody can catch up with that, and no trace of it stays.
        """

    def subscribe(self, after: int | None = None) -> Subscription:
        """Listen from now on, or from behind the event of that number, as far back as it is remembered."""

    def close(self) -> None:
        """End every listener's iteration. What is published later still goes out to others."""
