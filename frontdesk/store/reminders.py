"""Reminders: what was promised, what is waited for, and when somebody is to be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, delete, exists, func, insert, literal, select, update

from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.operators import Sight
from frontdesk.domain.reminders import State
from frontdesk.store.pages_base import Page, above, below, cursor, cut
from frontdesk.store.sql import among, changes, const, texts, updating
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import alerts, chats, messages, reminders

COUNTED = 100  # the number on the rail stops there


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A row of `reminders`."""

    id: str
    account_id: str
    chat_id: str
    message_id: str | None
    place: int
    kind: str
    what: str
    due_at: int
    timed: bool
    remind_at: int
    state: str
    touched: bool
    made_by: str
    operator_id: str | None
    said_at: int
    created_at: int
    settled_at: int | None
    reminded_at: int | None


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """A reminder as lists show it. It may be done already: a file was sent since, or the person has written since."""

    reminder: ReminderRow
    name: str  # of the chat
    file_since: bool
    heard_since: bool


def alert_key(reminder_id: str) -> str:
    """The matter of the alert that tells of it."""
    return f"reminder:{reminder_id}"


def changed(row: ReminderRow, state: str | None = None) -> Live:
    """The event that a reminder is new or different now."""
    payload = {"id": row.id, "chat_id": row.chat_id, "state": state or row.state}
    return Live(LiveType.REMINDER_CHANGED, payload, row.account_id, row.chat_id)


_ADD = insert(reminders)
_BY_ID = select(reminders).where(reminders.c.id == bindparam("reminder"))


async def add(tx: Tx, row: ReminderRow) -> None:
    """One more."""
    await tx.run(_ADD, {column.name: getattr(row, column.name) for column in reminders.c})
    tx.emit(changed(row))


async def by_id(read: Read, reminder_id: str) -> ReminderRow | None:
    """The reminder of that id."""
    return await read.one(_BY_ID, ReminderRow, {"reminder": reminder_id})


async def change(tx: Tx, row: ReminderRow, **values: Any) -> None:
    """Set columns of it."""
    await tx.run(updating(reminders, tuple(values)), changes(values, id=row.id))
    tx.emit(changed(row, values.get("state")))


# Where it was said

_IN = select(reminders).where(among(reminders.c.message_id, "ids")).order_by(reminders.c.place)
_OPEN = reminders.c.state == const("open")
_OPEN_IN = select(reminders).where(among(reminders.c.chat_id, "ids"), _OPEN)
_KEYS = literal("reminder:").concat(reminders.c.id)
_GONE = "What this was about was taken back or has vanished."
_SILENCE = (
    update(alerts)
    .where(among(alerts.c.key, "keys"))
    .values(sentence=_GONE, acknowledged_at=func.coalesce(alerts.c.acknowledged_at, bindparam("now", type_=BigInteger)))
)
_DROP = delete(reminders).where(among(reminders.c.id, "ids"))


async def of_messages(read: Read, message_ids: Iterable[str]) -> list[ReminderRow]:
    """Those that were drawn from these messages."""
    return await read.all(_IN, ReminderRow, {"ids": texts(message_ids)})


async def open_in(read: Read, chat_ids: Iterable[str]) -> list[ReminderRow]:
    """The open ones of these chats."""
    return await read.all(_OPEN_IN, ReminderRow, {"ids": texts(chat_ids)})


async def drop(tx: Tx, message_ids: Sequence[str], *, now: int) -> None:
    """These messages are gone, and their reminders with them; alerts that repeat their words do so no more."""
    if message_ids:
        await remove(tx, await of_messages(tx, message_ids), now=now)


async def remove(tx: Tx, rows: Sequence[ReminderRow], *, now: int) -> None:
    """These are no more."""
    if not rows:
        return
    await tx.run(_SILENCE, {"keys": texts([alert_key(row.id) for row in rows]), "now": now})
    await tx.run(_DROP, {"ids": texts([row.id for row in rows])})
    for row in rows:
        tx.emit(changed(row, "gone"))
        tx.emit(Live(LiveType.ALERT_CHANGED, {"key": alert_key(row.id)}, row.account_id))


_OF_NEW = select(messages.c.id).where(messages.c.chat_id == bindparam("new"))
_MOVE = (
    update(reminders)
    .where(reminders.c.chat_id == bindparam("old"), reminders.c.message_id.in_(_OF_NEW))
    .values(chat_id=bindparam("new"))
)
_MOVE_ALERTS = (
    update(alerts)
    .where(
        alerts.c.chat_id == bindparam("old"),
        alerts.c.key.in_(select(_KEYS).where(reminders.c.chat_id == bindparam("new"))),
    )
    .values(chat_id=bindparam("new"))
)


async def move(tx: Tx, *, old: str, new: str) -> None:
    """Messages of a chat have moved to a new one: so do the reminders of what was said in them."""
    await tx.run(_MOVE, {"old": old, "new": new})
    await tx.run(_MOVE_ALERTS, {"old": old, "new": new})


# When they are due

_UNTOLD = (_OPEN, reminders.c.reminded_at.is_(None), reminders.c.remind_at <= bindparam("now", type_=BigInteger))
_DUE = select(reminders.c.id).where(*_UNTOLD).order_by(reminders.c.remind_at).limit(bindparam("most"))
_TELL = (
    update(reminders)
    .where(among(reminders.c.id, "ids"), *_UNTOLD)
    .values(reminded_at=bindparam("now", type_=BigInteger))
    .returning(*reminders.c)
)


async def due(read: Read, *, now: int, most: int) -> list[str]:
    """The ids of those that are due and that nobody has been told of, the longest due first."""
    return await read.scalars(_DUE, {"now": now, "most": most})


async def tell(tx: Tx, ids: Sequence[str], *, now: int) -> list[ReminderRow]:
    """Those of them that are still to be told: they are told in this transaction, and in no other."""
    rows = await tx.all(_TELL, ReminderRow, {"ids": texts(ids), "now": now})
    for row in rows:
        tx.emit(changed(row))
    return sorted(rows, key=lambda row: (row.remind_at, row.id))


def _how_many(*seen: Any) -> Select[Any]:
    some = select(reminders.c.id).where(_OPEN, reminders.c.reminded_at.is_not(None), *seen).limit(COUNTED)
    return select(func.count()).select_from(some.subquery())


TOLD = _how_many()  # the number of those that are due
TOLD_SEEN = _how_many(among(reminders.c.account_id, "sight"))


# Lists

_SINCE = messages.c.provider_time > reminders.c.said_at
_FILE_SINCE = exists().where(
    messages.c.chat_id == reminders.c.chat_id,
    _SINCE,
    messages.c.direction == const("outbound"),
    func.coalesce(messages.c.media_id, "") != "",  # said so, PostgreSQL walks the chat and not all files
    messages.c.revoked_at.is_(None),
    messages.c.status.in_([const(status) for status in ("sent", "delivered", "read", "played")]),
)
_HEARD_SINCE = exists().where(
    messages.c.chat_id == reminders.c.chat_id,
    _SINCE,
    messages.c.direction == const("inbound"),
    messages.c.kind.not_in([const(kind) for kind in ("edit", "revoke", "reaction", "system")]),
)
_WIDTH = len(reminders.c)
_LINES = select(reminders, chats.c.name, _FILE_SINCE, _HEARD_SINCE).join_from(
    reminders, chats, chats.c.id == reminders.c.chat_id
)
_SOONEST = (reminders.c.remind_at, reminders.c.id)
_LATEST = (reminders.c.settled_at, reminders.c.id)
_OF_CHAT = _LINES.where(reminders.c.chat_id == bindparam("chat"), _OPEN).order_by(*_SOONEST)
_NAMES = select(chats.c.id, chats.c.name).where(among(chats.c.id, "ids"))


def _line(*columns: Any) -> ReminderLine:
    name, *since = columns[_WIDTH:]
    return ReminderLine(ReminderRow(*columns[:_WIDTH]), name, *map(bool, since))


def _seen(query: Select[Any], sight: Sight) -> Select[Any]:
    return query if sight is None else query.where(reminders.c.account_id.in_(sorted(sight)))


async def of_chat(read: Read, chat_id: str) -> list[ReminderLine]:
    """The open ones of a chat, the soonest first."""
    return await read.all(_OF_CHAT, _line, {"chat": chat_id})


async def open_ones(read: Read, *, sight: Sight, until: int | None = None, limit: int = 200) -> list[ReminderLine]:
    """The open ones that are due by that moment, or all; the soonest first."""
    query = _seen(_LINES.where(_OPEN).order_by(*_SOONEST).limit(limit), sight)
    return await read.all(query if until is None else query.where(reminders.c.remind_at <= until), _line)


async def page(
    read: Read,
    *,
    sight: Sight,
    state: State = State.OPEN,
    chat_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page[ReminderLine]:
    """The open ones, the soonest first; or those of another state, the last settled first.

    Raises:
        MalformedCursor: `before` is no cursor.
    """
    query = _seen(_LINES, sight).limit(limit + 1)
    if chat_id is not None:
        query = query.where(reminders.c.chat_id == chat_id)
    if state is State.OPEN:
        query = query.where(_OPEN).order_by(*_SOONEST)
        query = query.where(above(*_SOONEST, before)) if before is not None else query
    else:
        query = query.where(reminders.c.state == state.value, reminders.c.state != const("open"))
        query = query.order_by(*(column.desc() for column in _LATEST))
        query = query.where(below(*_LATEST, before)) if before is not None else query
    items, more = cut(await read.all(query, _line), limit)
    if not more:
        return Page(items)
    last = items[-1].reminder
    at = last.remind_at if state is State.OPEN else last.settled_at
    return Page(items, cursor(at or 0, last.id))


async def line(read: Read, reminder_id: str) -> ReminderLine | None:
    """One as lists show it."""
    return await read.one(_LINES.where(reminders.c.id == reminder_id), _line)


async def names(read: Read, chat_ids: Iterable[str]) -> dict[str, str]:
    """What the chats are called."""
    return await read.pairs(_NAMES, {"ids": texts(chat_ids)})
