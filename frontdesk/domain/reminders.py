"""Reminders: their states, when a snooze ends, and how one is told."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from frontdesk.domain.moments import local
from frontdesk.domain.promises import Kind
from frontdesk.kit.clock import HOUR, MINUTE, to_datetime

EVENING, MORNING = (19, 0), (9, 0)
LATE = 10 * MINUTE  # from then on it is said that it comes late


class State(StrEnum):
    """Where a reminder stands."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class MadeBy(StrEnum):
    """Who gave the promise, or asked to be reminded."""

    AGENT = "agent"
    OPERATOR = "operator"
    PHONE = "phone"
    PERSON = "person"


class Snooze(StrEnum):
    """The usual ways to be reminded later."""

    HOUR = "hour"
    EVENING = "evening"
    TOMORROW = "tomorrow"
    WEEK = "week"


def snoozed(choice: Snooze, now: int, zone: str) -> int:
    """When it is told of again: in an hour, at the next 19:00, tomorrow at 9:00, or on Monday at 9:00."""
    today = to_datetime(now, zone).date()
    if choice is Snooze.HOUR:
        return now + HOUR
    if choice is Snooze.EVENING:
        at = local(today, EVENING, zone)
        return at if at > now else local(today + timedelta(days=1), EVENING, zone)
    days = 1 if choice is Snooze.TOMORROW else 7 - today.weekday()
    return local(today + timedelta(days=days), MORNING, zone)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a reminder that has become due. `late`: when it was due, in words, where that is long ago."""

    kind: Kind
    made_by: MadeBy
    what: str
    name: str
    late: str = ""


def heading(told: Told) -> str:
    """Whom it is about, and whether it comes late; what is to be remembered stands elsewhere."""
    about = _about(told)
    return f"{about}. It was due {told.late}; this comes late" if told.late else about


def sentence(told: Told) -> str:
    """How the owner is told."""
    says = f"{_about(told)}: “{told.what.rstrip('. ')}”."
    return f"{says} It was due {told.late}; this comes late." if told.late else says


def _about(told: Told) -> str:
    if told.kind is Kind.FOLLOW_UP:
        return f"{told.name} was asked, or is waited for"
    if told.kind is Kind.OWN:
        return f"To remember with {told.name}"
    return f"The agent promised {told.name}" if told.made_by is MadeBy.AGENT else f"Promised to {told.name}"
