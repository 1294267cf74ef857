"""Which vendors are left alone for a while, because they failed or asked for it."""

import asyncio
from dataclasses import dataclass, field

from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import PluginError, Retryable
from frontdesk.llm.connections import MOST_AT_ONCE
from frontdesk.llm.errors import Asked, cooling

FAILURES = 5  # in a row, of all turns together, until a vendor is left alone
COOL_DOWN = 30 * SECOND


@dataclass(slots=True)
class Circuit:
    """The health of one vendor at one address, and the places for calls on the way to it."""

    clock: Clock
    failures: int = 0
    closed_at: int = 0
    closed_until: int = 0
    bidden: bool = False  # by the vendor itself, to wait so long
    on_the_way: int = 0  # calls
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def check(self, asked: Asked) -> None:
        """Raise Retryable while the vendor is left alone."""
        now = self.clock.now()
        wait = self.closed_until - now
        if wait > 0 and now >= self.closed_at:  # a clock that was set back would make hours of seconds
            raise cooling(asked, wait, bidden=self.bidden)

    def answered(self) -> None:
        """It works."""
        self.failures = 0

    def note(self, error: PluginError) -> None:
        """It failed. What the vendor refused for good says nothing about its health."""
        if not isinstance(error, Retryable):
            return
        self.failures += 1
        wait = error.after if error.after is not None else COOL_DOWN if self.failures >= FAILURES else 0
        now = self.clock.now()
        if wait and (now + wait > self.closed_until or now < self.closed_at):
            self.closed_at, self.closed_until, self.bidden = now, now + wait, error.after is not None
