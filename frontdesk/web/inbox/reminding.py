"""Reminders as a page and a chat's panel show them: grouped by when they are due, each with who said it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.domain.operators import Sight
from frontdesk.domain.promises import Kind
from frontdesk.domain.reminders import EVENING, MadeBy, Snooze, State
from frontdesk.kit.clock import to_datetime
from frontdesk.store import reminders
from frontdesk.store.reminders import ReminderLine
from frontdesk.store.store import Read
from frontdesk.web.inbox import words
from frontdesk.web.inbox.cards import Look, within

SHOWN = 200  # open ones
SETTLED = 15  # of each kind of the others

_VERBS = {Kind.PROMISE: "Promised", Kind.FOLLOW_UP: "Asked", Kind.OWN: "Noted"}
_ICONS = {Kind.PROMISE: "clock", Kind.FOLLOW_UP: "corner-down-right", Kind.OWN: "bell"}


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder for its template. Empty texts are not shown."""

    id: str
    what: str
    icon: str
    chat_id: str
    name: str
    by: str
    when: str
    due: bool
    snoozed: str
    untimed: bool
    hint: str
    settled: str
    settled_at: int


@dataclass(frozen=True, slots=True)
class Group:
    """Some of them under one heading."""

    key: str
    title: str
    items: Sequence[ReminderView]


def view(line: ReminderLine, look: Look) -> ReminderView:
    """A reminder, ready to be shown."""
    row = line.reminder
    snoozed = row.remind_at != row.due_at
    settled = row.settled_at or 0
    return ReminderView(
        id=row.id,
        what=row.what,
        icon=_ICONS[Kind(row.kind)],
        chat_id=row.chat_id,
        name=line.name,
        by=_by(line, look),
        when=words.coming(row.due_at, look.now, look.zone),
        due=row.state == State.OPEN and row.remind_at <= look.now,
        snoozed=words.coming(row.remind_at, look.now, look.zone) if snoozed else "",
        untimed=not row.timed,
        hint=_hint(line),
        settled=f"{'Done' if row.state == State.DONE else 'Dismissed'} {words.moment(settled, look.now, look.zone)}"
        if settled
        else "",
        settled_at=settled,
    )


def _by(line: ReminderLine, look: Look) -> str:
    row = line.reminder
    verb = _VERBS[Kind(row.kind)]
    if row.made_by == MadeBy.AGENT:
        return f"{verb} by the agent"
    if row.made_by == MadeBy.PHONE:
        return f"{verb} on the phone"
    return f"{verb} by {within(look.person(row.operator_id)) or 'somebody'}"


def _hint(line: ReminderLine) -> str:
    if line.reminder.kind == Kind.PROMISE and line.file_since:
        return "Possibly done: a file was sent since."
    if line.reminder.kind == Kind.FOLLOW_UP and line.heard_since:
        return "Possibly done: they have written since."
    return ""


def grouped(lines: Iterable[ReminderLine], look: Look) -> list[Group]:
    """The open ones: due, today, later. What holds none is left out."""
    today = words.day_key(look.now, look.zone)
    parts: dict[str, list[ReminderView]] = {"due": [], "today": [], "later": []}
    for line in lines:
        row, shown = line.reminder, view(line, look)
        on_day = words.day_key(row.remind_at, look.zone) == today
        parts["due" if shown.due else "today" if on_day else "later"].append(shown)
    titles = {"due": "Due", "today": "Today", "later": "Later"}
    return [Group(key, titles[key], items) for key, items in parts.items() if items]


async def page_of(read: Read, look: Look, sight: Sight) -> dict[str, Any]:
    """The values of the page."""
    found = await reminders.open_ones(read, sight=sight, limit=SHOWN + 1)
    settled: list[ReminderView] = []
    for state in (State.DONE, State.DISMISSED):
        some = await reminders.page(read, sight=sight, state=state, limit=SETTLED)
        settled += [view(line, look) for line in some.items]
    settled.sort(key=lambda one: one.settled_at, reverse=True)
    return {
        "groups": grouped(found[:SHOWN], look),
        "more": len(found) > SHOWN,
        "settled": settled[:SETTLED],
        "snoozes": snoozes(look),
    }


async def of_chat(read: Read, chat_id: str, look: Look) -> dict[str, Any]:
    """The values of the card beside a chat."""
    found = await reminders.of_chat(read, chat_id)
    return {"reminders": [view(line, look) for line in found], "snoozes": snoozes(look)}


def snoozes(look: Look) -> list[tuple[str, str]]:
    """The usual ways to be told later, as they are called at this moment."""
    here = to_datetime(look.now, look.zone)
    evening = "This evening" if (here.hour, here.minute) < EVENING else "Tomorrow evening"
    return [
        (Snooze.HOUR, "In 1 hour"),
        (Snooze.EVENING, evening),
        (Snooze.TOMORROW, "Tomorrow 9:00"),
        (Snooze.WEEK, "Next week"),
    ]
