"""Time as the house reads it: Unix milliseconds in UTC, always handed in, never taken from the air."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def whole_second(at: int) -> int:
    """A moment as WhatsApp tells it: without what is less than a second, but still in milliseconds."""
    return at - at % SECOND


class Clock(Protocol):
    """Where "now" comes from. The twin in `frontdesk.testing` is moved by hand."""

    def now(self) -> int:
        """The present moment in Unix milliseconds."""

    async def sleep(self, milliseconds: float) -> None:
        """Wait until that much time of this clock has passed."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """The present moment in Unix milliseconds."""
        return time.time_ns() // 1_000_000

    async def sleep(self, milliseconds: float) -> None:
        """Wait, without holding the event loop."""
        await asyncio.sleep(milliseconds / 1_000)


class SharedClock(SystemClock):
    """The clock of a server that processes of many machines ask, so that all of them tell the same time.

    In between, and until it was asked, it goes by the steady clock of this machine: nobody sets that one, and a wrong
    clock of the machine does not matter.
    """

    def __init__(self) -> None:
        self._ahead = super().now() - self.steady()
        self._asked = False

    def now(self) -> int:
        """The server's present moment in Unix milliseconds."""
        return self.steady() + self._ahead

    @staticmethod
    def steady() -> int:
        """Milliseconds since some moment, whatever happens to the clock of the machine."""
        return time.monotonic_ns() // 1_000_000

    def read(self, told: int, *, asked: int) -> None:
        """The server's clock stood at `told` at some moment since `asked`, which was told by `steady`.

        What agrees with that stays as it is: an answer that was long under way sets nothing wrong.
        """
        least, most = told - self.steady(), told - asked
        self._ahead = max(least, min(most, self._ahead)) if self._asked else (least + most) // 2
        self._asked = True


def to_datetime(at: int, zone: str = "UTC") -> datetime:
    """The moment as an aware datetime in an IANA zone."""
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(zone))


def to_iso(at: int | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as every answer of the API writes it; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
