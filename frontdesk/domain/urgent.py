"""What the owner is told at once: what matters enough, not while it is to be quiet, and together where much comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.domain.telling import Alert, Target
from frontdesk.domain.timetable import last_daily, next_daily
from frontdesk.kit.clock import MINUTE, to_datetime
from frontdesk.kit.text import shorten

GAP = 3 * MINUTE  # between two words to one target: what comes meanwhile is told together
SHOWN = 8  # messages in one word; more are counted
_LONGEST = 280


@dataclass(frozen=True, slots=True)
class Quiet:
    """Times of the day (`HH:MM`) between which it is quiet; over midnight where the first is later."""

    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class Urgent:
    """From which importance on the owner is told at once, when not, and what is told all the same."""

    threshold: int = 5
    quiet: Quiet | None = None
    through: int = 5  # importance that quiet hours let through


@dataclass(frozen=True, slots=True)
class Pressing:
    """One message, or one reminder, that the owner is to know of."""

    name: str
    text: str
    reason: str
    level: int
    at: int
    chat_id: str


def wanted_by(target: Target, house: Urgent) -> int:
    """From which importance on a target is told."""
    return target.threshold if target.threshold is not None else house.threshold


def quiet_until(now: int, zone: str, quiet: Quiet | None) -> int | None:
    """Until when (Unix ms) it is quiet; None where it is not."""
    if quiet is None or last_daily(now, quiet.begins, zone) <= last_daily(now, quiet.ends, zone):
        return None
    return next_daily(now, quiet.ends, zone)


def alert_of(news: Sequence[Pressing], *, zone: str, public_url: str | None) -> Alert:
    """All of it in one word, what matters most first."""
    ordered = sorted(news, key=lambda one: (-one.level, one.at))
    first = ordered[0]
    title = f"{first.name}: {first.reason}" if len(ordered) == 1 else f"{len(ordered)} things need you"
    lines = [_line(one, zone, public_url, alone=len(ordered) == 1) for one in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"and {len(ordered) - SHOWN} more")
    link = f"{public_url.rstrip('/')}/alerts" if public_url else None
    return Alert(shorten(title, 120), "\n\n".join(lines), link=link)


def _line(one: Pressing, zone: str, public_url: str | None, *, alone: bool) -> str:
    said = f"“{shorten(one.text, _LONGEST)}”" if one.text else "(no text)"
    when = f"{to_datetime(one.at, zone):%H:%M}"
    head = f"{when}: {said}" if alone else f"{one.name}, {when} ({one.reason}): {said}"
    return f"{head}\n{public_url.rstrip('/')}/chats/{one.chat_id}" if public_url else head
