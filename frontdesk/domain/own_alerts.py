"""From which importance on an operator is told in the browser, and when not. The house's words hold unless they say."""

import re
from dataclasses import dataclass

from frontdesk.domain.urgent import Quiet, Urgent, quiet_until

NOTHING = 6  # an importance that no message has
NEVER_QUIET = ""
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPAN = re.compile(rf"({_TIME})-({_TIME})")


@dataclass(frozen=True, slots=True)
class OwnAlerts:
    """What an operator has set. None: as the house has it."""

    threshold: int | None = None  # 1 to 5; NOTHING: of none
    quiet: str | None = None  # `22:00-07:00`; NEVER_QUIET


def problem(wanted: OwnAlerts) -> str | None:
    """Why it cannot be so; None when it can."""
    if wanted.threshold is not None and not 1 <= wanted.threshold <= NOTHING:
        return f"The importance is one of 1 to 5, or {NOTHING} for nothing at all."
    if wanted.quiet and _hours(wanted.quiet) is None:
        return "Quiet hours are two times of the day such as 22:00-07:00."
    return None


def told_from(own: OwnAlerts, house: Urgent) -> int:
    """From which importance on."""
    return own.threshold if own.threshold is not None else house.threshold


def quiet_of(own: OwnAlerts, house: Urgent) -> Quiet | None:
    """When not; None: at no time."""
    return _hours(own.quiet) if own.quiet is not None else house.quiet


def is_told(level: int, now: int, own: OwnAlerts, house: Urgent, *, zone: str) -> bool:
    """Whether an operator is told now of something that matters so much."""
    quiet = quiet_until(now, zone, quiet_of(own, house)) is not None
    return level >= told_from(own, house) and (not quiet or level >= house.through)


def _hours(text: str) -> Quiet | None:
    found = _SPAN.fullmatch(text)
    return Quiet(found[1], found[2]) if found and found[1] != found[2] else None
