"""Reminders: what was promised, what is waited for, and what somebody wants to be reminded of."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.promises import Kind
from frontdesk.domain.reminders import State
from frontdesk.kit.clock import to_iso
from frontdesk.store import reminders as store
from frontdesk.store.reminders import ReminderLine
from frontdesk.web.api.deps import Before, Limit, find_one, problems
from frontdesk.web.api.shapes import Given, Items, Shape, left_out
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["reminders"])


class Reminder(Shape):
    """Something to remember. `kind` is promise, follow_up (the other side is to do something) or own.

    `timed`: whether a moment was named when it was said. `snoozed_until`: when it is told of, where that is later than
    `due_at`. `told_at`: when it became due and the owner was told. `possibly_done`: a file was sent since (a promise),
    or the person has written since (a follow_up); nobody has decided that it is done.
    """

    id: str
    account_id: str
    chat_id: str
    chat_name: str
    message_id: str | None
    kind: Kind
    what: str
    due_at: str | None
    timed: bool
    snoozed_until: str | None
    state: State
    made_by: str
    operator_id: str | None
    possibly_done: bool
    said_at: str | None
    told_at: str | None
    settled_at: str | None


class NewReminder(Given):
    """When: `due_at`, or in words with `when`, read in the house's time zone."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"chat": "447700900123", "what": "Send the contract", "when": "tomorrow at 9"}}
    )

    chat: str = Field(min_length=1, max_length=300)
    what: str = Field(min_length=1, max_length=2_000)
    due_at: AwareDatetime | None = None
    when: str | None = Field(None, max_length=120)
    kind: Kind = Kind.OWN


class ReminderChange(Given):
    """What is given is changed. A snooze leaves `due_at` as it is; `state` done or open settles or reopens it.

    `when` and `snooze` are moments in words, read in the house's time zone; `due_at` and `snooze_until` are exact.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"state": "done"}})

    what: Annotated[str, Field(min_length=1, max_length=2_000)] = left_out()
    due_at: AwareDatetime = left_out()
    when: Annotated[str, Field(min_length=1, max_length=120)] = left_out()
    snooze_until: AwareDatetime = left_out()
    snooze: Annotated[str, Field(min_length=1, max_length=120)] = left_out()
    state: State = left_out()


@router.get("/reminders", summary="List reminders", responses=problems(404, 409))
async def list_reminders(
    *,
    caller: Reader,
    rooms: RoomsOf,
    state: Annotated[State, Query(description="The open ones come by when they are due, others the last first.")] = (
        State.OPEN
    ),
    chat: Annotated[str | None, Query(max_length=300, description="Those of one chat, in any form of its id.")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Reminder]:
    """The open ones, the soonest first; or those that are done, or were dismissed."""
    chat_id = (await find_one(rooms, chat, sight=caller.sight)).id if chat else None
    async with rooms.store.read() as read:
        page = await store.page(read, sight=caller.sight, state=state, chat_id=chat_id, before=before, limit=limit)
    return Items(items=[_reminder(line) for line in page.items], next=page.next)


@router.post("/reminders", status_code=201, summary="Be reminded", responses=problems(404, 409))
async def make_reminder(caller: Writer, rooms: RoomsOf, new: NewReminder) -> Reminder:
    """Of something in a chat."""
    due_at = _moment(rooms, new.model_dump(exclude_none=True), "due_at", "when")
    if due_at is None:
        raise Invalid("Say when: give “due_at”, or “when” in words.")
    chat = await find_one(rooms, new.chat, sight=caller.sight)
    made = await rooms.desk.reminders.make(chat.id, by=caller.by, what=new.what, due_at=due_at, kind=new.kind)
    return await _shown(rooms, made)


@router.get("/reminders/{reminder_id}", summary="One reminder", responses=problems(404))
async def reminder(caller: Reader, rooms: RoomsOf, reminder_id: str) -> Reminder:
    """As the list has it."""
    return await _shown(rooms, reminder_id)


@router.patch("/reminders/{reminder_id}", summary="Change, snooze or settle a reminder", responses=problems(404, 409))
async def change_reminder(caller: Writer, rooms: RoomsOf, reminder_id: str, new: ReminderChange) -> Reminder:
    """Done, other words, another moment, later."""
    desk, by, given = rooms.desk.reminders, caller.by, new.model_dump(exclude_unset=True)
    due_at = _moment(rooms, given, "due_at", "when")
    if given.get("state") is State.OPEN:
        await desk.undo(reminder_id, by=by)
    if "what" in given or due_at is not None:
        await desk.change(reminder_id, by=by, what=given.get("what"), due_at=due_at)
    if (until := _moment(rooms, given, "snooze_until", "snooze")) is not None:
        await desk.snooze(reminder_id, by=by, until=until)
    if given.get("state") is State.DONE:
        await desk.done(reminder_id, by=by)
    elif given.get("state") is State.DISMISSED:
        await desk.dismiss(reminder_id, by=by)
    return await _shown(rooms, reminder_id)


@router.delete("/reminders/{reminder_id}", status_code=204, summary="Dismiss a reminder", responses=problems(404))
async def dismiss_reminder(caller: Writer, rooms: RoomsOf, reminder_id: str) -> None:
    """It is nothing to be reminded of. It stays among those that were dismissed, and can be reopened."""
    await rooms.desk.reminders.dismiss(reminder_id, by=caller.by)


def _moment(rooms: Rooms, given: dict[str, Any], exact: str, in_words: str) -> int | None:
    """A moment that may be given in two ways."""
    if exact in given and in_words in given:
        raise Invalid(f"Give “{exact}” or “{in_words}”, not both.")
    if in_words in given:
        return rooms.desk.reminders.moment(given[in_words])
    return _ms(given[exact]) if exact in given else None


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1_000)


async def _shown(rooms: Rooms, reminder_id: str) -> Reminder:
    async with rooms.store.read() as read:
        line = await store.line(read, reminder_id)
    if line is None:
        raise NotFound("There is no such reminder.")
    return _reminder(line)


def _reminder(line: ReminderLine) -> Reminder:
    row = line.reminder
    return Reminder(
        id=row.id,
        account_id=row.account_id,
        chat_id=row.chat_id,
        chat_name=line.name,
        message_id=row.message_id,
        kind=Kind(row.kind),
        what=row.what,
        due_at=to_iso(row.due_at),
        timed=row.timed,
        snoozed_until=to_iso(row.remind_at) if row.remind_at != row.due_at else None,
        state=State(row.state),
        made_by=row.made_by,
        operator_id=row.operator_id,
        possibly_done=line.file_since if row.kind == Kind.PROMISE else row.kind == Kind.FOLLOW_UP and line.heard_since,
        said_at=to_iso(row.said_at),
        told_at=to_iso(row.reminded_at),
        settled_at=to_iso(row.settled_at),
    )
