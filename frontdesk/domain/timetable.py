"""Times of the day in a zone whose clocks are changed twice a year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.kit.clock import to_datetime


def moment_on(day: date, at: str, zone: str) -> int:
    """The moment (Unix ms) at which the clocks of a zone show `HH:MM` on that day.

    A time that they show twice is the first of both; one that they leap over is as long after the leap.
    """
    hour, minute = (int(part) for part in at.split(":"))
    local = datetime.combine(day, time(hour, minute), ZoneInfo(zone))
    return int(local.astimezone(UTC).timestamp()) * 1_000


def next_daily(now: int, at: str, zone: str) -> int:
    """The next moment after `now` (Unix ms) at which it is `HH:MM` in the zone: once a day, whatever its clocks do."""
    today = to_datetime(now, zone).date()
    days = (today + timedelta(days=ahead) for ahead in (-1, 0, 1, 2))
    return min(moment for moment in (moment_on(day, at, zone) for day in days) if moment > now)


def last_daily(now: int, at: str, zone: str) -> int:
    """The newest such moment that is not after `now`."""
    today = to_datetime(now, zone).date()
    days = (today + timedelta(days=ahead) for ahead in (-2, -1, 0, 1))
    return max(moment for moment in (moment_on(day, at, zone) for day in days) if moment <= now)


def local_day(moment: int, zone: str) -> str:
    """The day that it is then in the zone, as `2026-11-24`."""
    return to_datetime(moment, zone).date().isoformat()
