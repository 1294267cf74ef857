"""Chats: who holds them, what may happen in them, and what the list shows."""

from typing import Any

from sqlalchemy import bindparam, case, func, select, update

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.rows import ChatRow
from frontdesk.store.sql import changes, const, updating
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import chats, messages, operators

BY_ID = select(chats).where(chats.c.id == bindparam("chat"))


async def by_id(read: Read, chat_id: str) -> ChatRow | None:
    """The chat of that id."""
    return await read.one(BY_ID, ChatRow, {"chat": chat_id})


async def change(tx: Tx, chat_id: str, **values: Any) -> None:
    """Set columns of a chat, and tell the listeners."""
    await tx.run(updating(chats, tuple(values)), changes(values, id=chat_id))
    tx.emit(changed(chat_id))


def changed(chat_id: str, *, account_id: str | None = None) -> Live:
    """The event that something about a chat is different now."""
    return Live(LiveType.CHAT_CHANGED, {"chat_id": chat_id}, account_id, chat_id)


def merged(chat_id: str, *, into: str, account_id: str) -> Live:
    """The event that a chat is gone, and where what was in it is now."""
    return Live(LiveType.CHAT_MERGED, {"chat_id": chat_id, "into": into}, account_id, chat_id)


_ASSIGN_FIRST = (
    update(chats)
    .where(
        chats.c.id == bindparam("chat"),
        chats.c.assigned_to.is_(None),
        select(operators.c.id).where(operators.c.id == bindparam("operator")).exists(),
    )
    .values(assigned_to=bindparam("operator"))
)


async def assign_first(tx: Tx, chat_id: str, *, operator_id: str) -> None:
    """Assign a chat that nobody is assigned to. Who is no operator (a key, a phone, the agent) is assigned nothing."""
    await tx.run(_ASSIGN_FIRST, {"chat": chat_id, "operator": operator_id})


_SPOKE = (
    update(chats)
    .where(chats.c.id == bindparam("chat"))
    .values(
        last_message_at=case(
            (chats.c.last_message_at < bindparam("at"), bindparam("at")), else_=chats.c.last_message_at
        ),
        last_text=bindparam("text"),
        last_author=bindparam("author"),
        waiting_since=None,
        missed_at=None,
        unread=0,
    )
)


async def spoke(tx: Tx, chat_id: str, *, at: int, text: str, author: str) -> None:
    """We said something in the chat: nobody waits there any more."""
    await tx.run(_SPOKE, {"chat": chat_id, "at": at, "text": text, "author": author})
    tx.emit(changed(chat_id))


_HEARD_FROM = (
    update(chats)
    .where(
        chats.c.contact_id == bindparam("contact"), func.coalesce(chats.c.last_inbound_at, 0) < bindparam("heard_at")
    )
    .values(last_inbound_at=bindparam("heard_at"))
    .returning(chats.c.id)
)


async def heard_from(tx: Tx, contact_id: str, *, at: int) -> None:
    """A person did something at that time that opens their window, without a message."""
    for chat_id in await tx.scalars(_HEARD_FROM, {"contact": contact_id, "heard_at": at}):
        tx.emit(changed(chat_id))


_WAIT_NO_MORE = (
    update(chats)
    .where(
        chats.c.id == bindparam("chat"),
        chats.c.waiting_since.is_not(None),
        ~select(messages.c.id)
        .where(
            messages.c.chat_id == bindparam("chat"),
            messages.c.provider_time >= chats.c.waiting_since,
            messages.c.direction == const("inbound"),
            messages.c.revoked_at.is_(None),
            messages.c.kind.not_in((const("edit"), const("revoke"), const("reaction"))),
        )
        .exists(),
    )
    .values(waiting_since=None)
)


async def wait_no_more(tx: Tx, chat_id: str) -> None:
    """Nobody waits in a chat any more where all that asked for an answer was taken back."""
    await tx.run(_WAIT_NO_MORE, {"chat": chat_id})


async def read_up(tx: Tx, chat_id: str, *, at: int) -> None:
    """An operator has seen the chat; who waits keeps waiting."""
    await tx.run(updating(chats, ("unread", "read_up_to")), changes({"unread": 0, "read_up_to": at}, id=chat_id))
    tx.emit(changed(chat_id))


async def held_past(read: Read, now: int) -> list[str]:
    """Chats whose hold has run out."""
    return await read.scalars(select(chats.c.id).where(chats.c.held_by.is_not(None), chats.c.held_until <= now))


async def page_for_personas(read: Read, after: str, limit: int) -> list[ChatRow]:
    """Chats whose switches follow their persona, by id, behind `after`."""
    statement = select(chats).where(chats.c.switched_by_hand.is_(False), chats.c.id > after)
    return await read.all(statement.order_by(chats.c.id).limit(limit), ChatRow)
