"""How long things are kept, and when what is older goes: at night, when nobody waits."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.kit.clock import DAY, SECOND, to_datetime

SHORTEST_DAYS = 7  # WhatsApp repeats what it could not deliver for that long: until then its id has to be known
SETTLED = SHORTEST_DAYS * DAY  # and so long everything stays after it came, however old it was then
QUIET = time(3, 30)  # of the house's own clock


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is older goes: Unix ms, None keeps for ever. Nothing goes that came after `settled`."""

    messages: int | None
    files: int | None
    settled: int

    @property
    def keeps_all(self) -> bool:
        """Whether nothing goes."""
        return self.messages is None and self.files is None


def bounds(now: int, *, days: int, media_days: int) -> Bounds:
    """The bounds at this moment; 0 days are for ever, and 0 for files as long as their messages."""
    return Bounds(now - days * DAY if days else None, now - media_days * DAY if media_days else None, now - SETTLED)


def last_quiet(now: int, zone: str) -> int:
    """The quiet moment that has passed last (Unix ms)."""
    today = to_datetime(now, zone).date()
    found = _at(today, zone)
    return found if found <= now else _at(today - timedelta(days=1), zone)


def next_quiet(now: int, zone: str) -> int:
    """The quiet moment that comes next (Unix ms)."""
    today = to_datetime(now, zone).date()
    found = _at(today, zone)
    return found if found > now else _at(today + timedelta(days=1), zone)


def _at(day: date, zone: str) -> int:
    return int(datetime.combine(day, QUIET, ZoneInfo(zone)).timestamp()) * SECOND
