"""Messages: what is pending, what waits in the outbox, and how each moves on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Boolean, bindparam, case, false, func, insert, select, update

from frontdesk.domain.chats import Reason
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.messages import PLACEHOLDER, Decision
from frontdesk.domain.promises import UNREAD
from frontdesk.store import reminders
from frontdesk.store.rows import MessageRow
from frontdesk.store.sql import among, changes, const, pairs, texts, updating
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import chats, messages, waiting_receipts


def added(row: dict[str, Any]) -> Live:
    """The event of a new message, from the parameters of its row."""
    payload = {
        "id": row["id"],
        "chat_id": row["chat_id"],
        "account_id": row["account_id"],
        "direction": row["direction"],
        "author": row["author"],
        "kind": row["kind"],
        "text": row["text"],
        "status": row["status"],
    }
    return Live(LiveType.MESSAGE_ADDED, payload, row["account_id"], row["chat_id"])


def moved(row: MessageRow, status: str, *, error: str | None = None) -> Live:
    """The event of a new status."""
    payload = {"id": row.id, "chat_id": row.chat_id, "status": status, "error": error}
    return Live(LiveType.MESSAGE_STATUS, payload, row.account_id, row.chat_id)


def changed(message_id: str, *, chat_id: str) -> Live:
    """The event that something else about a message is different now."""
    return Live(LiveType.MESSAGE_CHANGED, {"id": message_id, "chat_id": chat_id}, None, chat_id)


BY_ID = select(messages).where(messages.c.id == bindparam("message"))


async def by_id(read: Read, message_id: str) -> MessageRow | None:
    """The message of that id."""
    return await read.one(BY_ID, MessageRow, {"message": message_id})


async def by_idempotency_key(read: Read, chat_id: str, key: str) -> MessageRow | None:
    """The message that was already made under this key."""
    statement = select(messages).where(messages.c.chat_id == chat_id, messages.c.idempotency_key == key)
    return await read.one(statement, MessageRow)


_SAID_AS = (
    select(messages)
    .where(
        messages.c.external_id == bindparam("external"),
        messages.c.chat_id == bindparam("chat"),
        messages.c.kind.not_in((const("edit"), const("revoke"), const("reaction"))),
    )
    .limit(1)
)


async def said_as(read: Read, external_id: str, *, chat_id: str) -> MessageRow | None:
    """The message of a chat that the channel calls so, whoever wrote it; what only changes it does not count."""
    return await read.one(_SAID_AS, MessageRow, {"chat": chat_id, "external": external_id})


_ADD = insert(messages)


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """One new message, and its event."""
    await tx.run(_ADD, row)
    tx.emit(added(row))


PENDING = (
    select(messages)
    .where(messages.c.chat_id == bindparam("chat"), messages.c.decision == const("pending"))
    .order_by(messages.c.provider_time, messages.c.id)
)


async def pending(read: Read, chat_id: str) -> list[MessageRow]:
    """Inbound messages that no turn has taken up, the oldest first."""
    return await read.all(PENDING, MessageRow, {"chat": chat_id})


_DECIDE = (
    update(messages)
    .where(among(messages.c.id, "ids"))
    .values(
        decision=bindparam("what"),
        turn_id=bindparam("turn"),
        gate_allowed=bindparam("allowed"),
        gate_reason=bindparam("reason"),
    )
)


async def decide(
    tx: Tx, rows: Sequence[MessageRow], *, decision: str, turn_id: str | None, allowed: bool | None, reason: str | None
) -> None:
    """Store what became of inbound messages, with the gate's verdict, and tell the listeners."""
    ids = texts([row.id for row in rows])
    given = {"ids": ids, "what": decision, "turn": turn_id, "allowed": allowed, "reason": reason}
    await tx.run(_DECIDE, given)
    for row in rows:
        tx.emit(changed(row.id, chat_id=row.chat_id))


async def reopen(tx: Tx, chat_id: str, *, since: int = 0) -> int:
    """What the person wrote since our last message, and nobody answered, asks for an answer again; gives how many."""
    last = select(func.coalesce(func.max(messages.c.provider_time), 0)).where(
        messages.c.chat_id == chat_id, messages.c.direction == const("outbound"), messages.c.status.not_in(_UNSENT)
    )
    statement = update(messages).where(
        messages.c.chat_id == chat_id,
        messages.c.direction == "inbound",
        messages.c.decision.in_(("refused", "failed", "handed_over")),
        messages.c.gate_reason.is_distinct_from("kind"),
        messages.c.gate_reason.is_distinct_from("history"),
        messages.c.revoked_at.is_(None),
        messages.c.provider_time >= last.scalar_subquery(),
        messages.c.provider_time >= since,
    )
    return await tx.count(statement.values(decision="pending", gate_allowed=None, gate_reason=None, turn_id=None))


_NEWEST_INBOUND = (
    select(messages)
    .where(messages.c.chat_id == bindparam("chat"), messages.c.direction == const("inbound"))
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(1)
)


async def newest_inbound(read: Read, chat_id: str) -> MessageRow | None:
    """The person's last message."""
    return await read.one(_NEWEST_INBOUND, MessageRow, {"chat": chat_id})


_UNSENT = ("draft", "discarded", "failed")
_RECENT = (
    select(messages)
    .where(messages.c.chat_id == bindparam("chat"), messages.c.status.not_in((const("draft"), const("discarded"))))
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(bindparam("most"))
)


async def recent(read: Read, chat_id: str, limit: int) -> list[MessageRow]:
    """The newest messages of a chat, oldest first, without drafts."""
    return (await read.all(_RECENT, MessageRow, {"chat": chat_id, "most": limit}))[::-1]


OUTBOX = (
    select(messages)
    .where(messages.c.chat_id == bindparam("chat"), messages.c.status.in_((const("queued"), const("sending"))))
    .order_by(messages.c.id)
    .limit(bindparam("most"))
)


async def outbox(read: Read, chat_id: str, limit: int = 50) -> list[MessageRow]:
    """What waits to be sent in a chat, in the order in which it was written."""
    return await read.all(OUTBOX, MessageRow, {"chat": chat_id, "most": limit})


_HELD_UP = select(
    func.count(), func.min(case((messages.c.error.is_not(None), messages.c.created_at), else_=None))
).where(messages.c.account_id == bindparam("account"), messages.c.status.in_((const("queued"), const("sending"))))


async def held_up(read: Read, account_id: str) -> tuple[int, int | None]:
    """How many messages of an account wait to be sent, and since when the oldest that was tried in vain."""
    found = await read.one(_HELD_UP, lambda waiting, oldest: (waiting, oldest), {"account": account_id})
    return found or (0, None)


async def waiting_chats(read: Read, account_id: str) -> list[str]:
    """Chats of an account with something in the outbox."""
    statement = (
        select(messages.c.chat_id)
        .where(messages.c.account_id == account_id, messages.c.status.in_((const("queued"), const("sending"))))
        .distinct()
    )
    return await read.scalars(statement)


_DOUBT = (
    select(messages.c.id).where(messages.c.chat_id == bindparam("chat"), messages.c.status == const("unknown")).limit(1)
)


async def in_doubt(read: Read, chat_id: str) -> bool:
    """Whether a chat has a message of which nobody knows whether it went out."""
    return await read.scalar(_DOUBT, {"chat": chat_id}) is not None


async def move(tx: Tx, row: MessageRow, status: str, **values: Any) -> bool:
    """Compare and set the status; False when it was not what `row` says any more. Tells the listeners."""
    new = {"status": status, **values}
    statement = updating(messages, tuple(new), ("id", "status"))
    if not await tx.count(statement, changes(new, id=row.id, status=row.status)):
        return False
    tx.emit(moved(row, status, error=values.get("error")))
    return True


async def put(tx: Tx, row: MessageRow, status: str, **values: Any) -> MessageRow:
    """Set the status of a row that this transaction has read for itself; gives the row as it is now."""
    new = {"status": status, **values}
    await tx.run(updating(messages, tuple(new)), changes(new, id=row.id))
    tx.emit(moved(row, status, error=values.get("error")))
    return replace(row, **new)


async def change(tx: Tx, row: MessageRow, **values: Any) -> None:
    """Set columns of a message, and tell the listeners."""
    await tx.run(updating(messages, tuple(values)), changes(values, id=row.id))
    tx.emit(changed(row.id, chat_id=row.chat_id))


_TARGET = (
    messages.c.chat_id == bindparam("chat"),
    messages.c.external_id == bindparam("target"),
    messages.c.kind.not_in((const("edit"), const("revoke"), const("reaction"))),
)
_THAT_WAY = messages.c.direction == bindparam("way")
_OWN = messages.c.contact_id.is_not_distinct_from(bindparam("author"))
_NEWEST = messages.c.revoked_at.is_(None) & (func.coalesce(messages.c.edited_at, 0) <= bindparam("at"))
_EDITED = (
    update(messages)
    .where(*_TARGET, _THAT_WAY, _OWN, messages.c.kind != const(PLACEHOLDER))
    .values(
        text=case((_NEWEST, bindparam("words")), else_=messages.c.text),
        edited_at=case((_NEWEST, bindparam("at")), else_=messages.c.edited_at),
        importance=case((_NEWEST & messages.c.importance.is_not(None), 0), else_=messages.c.importance),
        promises=case(
            (_NEWEST & (messages.c.direction == const("outbound")), const(UNREAD)), else_=messages.c.promises
        ),
    )
    .returning(messages.c.id)
)
_WAITS = messages.c.decision == const("pending")
_GROUPS = select(chats.c.id).where(chats.c.id == bindparam("chat"), chats.c.group_ref.is_not(None))
_BY_ADMIN = bindparam("by_admin", type_=Boolean) & messages.c.chat_id.in_(_GROUPS)
_REVOKED = (
    update(messages)
    .where(*_TARGET, _THAT_WAY | _BY_ADMIN)
    .values(
        revoked_at=bindparam("at"),
        gate_allowed=case((_WAITS, false()), else_=messages.c.gate_allowed),
        gate_reason=case((_WAITS, const(Reason.REVOKED.value)), else_=messages.c.gate_reason),
        decision=case((_WAITS, const(Decision.REFUSED.value)), else_=messages.c.decision),
    )
    .returning(messages.c.id)
)


async def edited(tx: Tx, chat_id: str, target: str, *, by: tuple[str, str | None], text: str | None, at: int) -> bool:
    """Somebody (direction, contact) changed a message of their own; False where none of theirs is here.

    An older change that comes late changes nothing, nor does one of a message that was taken back.
    """
    way, author = by
    given = {"chat": chat_id, "target": target, "way": way, "author": author, "words": text, "at": at}
    found = await tx.scalars(_EDITED, given)
    for message_id in found:
        tx.emit(changed(message_id, chat_id=chat_id))
    return bool(found)


async def revoked(tx: Tx, chat_id: str, target: str, *, way: str, at: int, by_admin: bool = False) -> bool:
    """A message that went that way was taken back: it is shown as deleted, and the agent neither reads nor answers it.

    In a group others may do so than its author, and who leads it with messages of either way. False where it is not
    here.
    """
    given = {"chat": chat_id, "target": target, "way": way, "by_admin": by_admin, "at": at}
    found = await tx.scalars(_REVOKED, given)
    await reminders.drop(tx, found, now=at)
    for message_id in found:
        tx.emit(changed(message_id, chat_id=chat_id))
    return bool(found)


_GIVEN = pairs("given")
_AHEAD_OF = select(messages).join_from(
    _GIVEN, messages, (messages.c.chat_id == _GIVEN.c.first) & (messages.c.waits_for == _GIVEN.c.second)
)
_AHEAD_WITH = (
    select(messages)
    .join_from(chats, messages, messages.c.chat_id == chats.c.id)
    .where(chats.c.contact_id == bindparam("contact"), messages.c.waits_for.is_not(None))
)
_FORGET = update(messages).where(messages.c.waits_for.is_not(None), messages.c.created_at < bindparam("before"))
_FORGET_AHEAD = _FORGET.values(waits_for=None)


async def ahead_of(read: Read, given: Iterable[tuple[str, str]]) -> list[MessageRow]:
    """Edits and deletions that came before these messages (chat, external id)."""
    return await read.all(_AHEAD_OF, MessageRow, {"given": texts(given)})


async def ahead_with(read: Read, contact_id: str) -> list[MessageRow]:
    """Edits and deletions in the chat of a contact that wait for their message."""
    return await read.all(_AHEAD_WITH, MessageRow, {"contact": contact_id})


async def wait_for(tx: Tx, message_id: str, target: str | None) -> None:
    """An edit or a deletion waits for the message of that external id, or with None no longer."""
    await tx.run(updating(messages, ("waits_for",)), changes({"waits_for": target}, id=message_id))


async def forget_ahead(tx: Tx, before: int) -> None:
    """Edits and deletions that came before that moment wait no longer: nothing will come any more."""
    await tx.run(_FORGET_AHEAD, {"before": before})


_FOR_RECEIPTS = select(messages).where(
    messages.c.direction == const("outbound"),
    (messages.c.account_id == bindparam("account")) & among(messages.c.external_id, "externals"),
)
_BY_IDS = select(messages).where(among(messages.c.id, "ids"))


async def for_receipts(
    read: Read, account_id: str, *, our_ids: Sequence[str], external_ids: Sequence[str]
) -> list[MessageRow]:
    """The outbound messages that receipts speak of, by our id or by the channel's."""
    found: dict[str, MessageRow] = {}
    if our_ids:
        for row in await read.all(_BY_IDS, MessageRow, {"ids": texts(our_ids)}):
            if row.account_id == account_id and row.direction == "outbound":
                found[row.id] = row
    if external_ids:
        given = {"account": account_id, "externals": texts(external_ids)}
        found |= {row.id: row for row in await read.all(_FOR_RECEIPTS, MessageRow, given)}
    return list(found.values())


async def with_early_receipts(read: Read, account_id: str) -> list[MessageRow]:
    """Outbound messages for which receipts wait that came too early."""
    early = select(waiting_receipts.c.external_id).where(waiting_receipts.c.account_id == account_id)
    statement = select(messages).where(
        messages.c.account_id == account_id,
        messages.c.direction == const("outbound"),
        messages.c.external_id.in_(early),
    )
    return await read.all(statement, MessageRow)


def target_of(content: str | None) -> str | None:
    """The external id of the message that an edit, a deletion or a reaction speaks of, from its `content`."""
    if not content:
        return None
    target = orjson.loads(content).get("target")
    return target if isinstance(target, str) else None


def by_admin(content: str | None) -> bool:
    """Whether who leads the group took the message back, from the `content` of the deletion."""
    return content is not None and orjson.loads(content).get("by_admin") is True
