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
        """The number of the newest event."""

    @property
    def listeners(self) -> int:
        """How many listen now."""

    def publish(self, events: Sequence[Live]) -> None:
        """Number the events and hand them to every listener. Never waits for a slow one."""

    def subscribe(self, after: int | None = None) -> Subscription:
        """Listen from now on, or from behind the event of that number, as far back as it is remembered."""
