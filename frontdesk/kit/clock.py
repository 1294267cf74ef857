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


def to_datetime(at: int, zone: str = "UTC") -> datetime:
    """The moment as an aware datetime in an IANA zone."""
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(zone))


def to_iso(at: int | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as every answer of the API writes it; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
