"""An address turned out to be another person's: it gets a contact of its own, and a chat with what came by it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from frontdesk.domain.addresses import Address, placeholder_name
from frontdesk.domain.work import HandBack, RunTurn
from frontdesk.kit.ids import new_id
from frontdesk.store import arrivals, chats as chat_rows, contacts as contact_rows, jobs, reminders
from frontdesk.store.rows import ChatRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Tx
from frontdesk.store.tables import addresses, chats, jobs as job_table, messages, turns

_SILENT = ("edit", "revoke", "reaction", "system")  # kinds for which nobody waits
_BY_THESE = among(messages.c.address, "by")
# What is on its way out stays with the work that brings it there.
_SETTLED = messages.c.status.not_in([const(status) for status in ("queued", "sending", "unknown")])
_MOVE = (
    update(messages)
    .where(messages.c.chat_id == bindparam("old"), _BY_THESE, _SETTLED)
    .values(chat_id=bindparam("new"), contact_id=func.replace(messages.c.contact_id, bindparam("was"), bindparam("is")))
)
_GROUPS = select(chats.c.id).where(chats.c.account_id == bindparam("account"), chats.c.group_ref.is_not(None))
_IN_GROUPS = (
    update(messages)
    .where(messages.c.chat_id.in_(_GROUPS), messages.c.contact_id == bindparam("was"), _BY_THESE)
    .values(contact_id=bindparam("is"))
)
_HEARD = (
    (messages.c.direction == const("inbound"))
    & messages.c.kind.not_in([const(kind) for kind in _SILENT])
    & messages.c.gate_reason.is_distinct_from(const("history"))
)
_NEWEST = (
    select(messages.c.address)
    .where(messages.c.chat_id == bindparam("chat"), _HEARD)
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(bindparam("most"))
    .subquery()
)
_UNREAD = select(func.count()).select_from(_NEWEST).where(among(_NEWEST.c.address, "by"))
_OF_OLD, _OF_NEW = (select(messages.c.turn_id).where(messages.c.chat_id == bindparam(chat)) for chat in ("old", "new"))
_TURNS = (
    update(turns)
    .where(turns.c.chat_id == bindparam("old"), turns.c.state != const("running"), turns.c.id.in_(_OF_NEW))
    .where(turns.c.id.not_in(_OF_OLD.where(messages.c.turn_id.is_not(None))))
    .values(chat_id=bindparam("new"))
)
_SAID = (
    (messages.c.kind != const("edit"))
    & (messages.c.author != const("system"))
    & messages.c.status.not_in([const("draft"), const("discarded")])
)
_STANDS = select(
    func.max(messages.c.provider_time).filter(_SAID),
    func.max(messages.c.provider_time).filter(_HEARD),
    func.min(messages.c.provider_time).filter(
        _HEARD, messages.c.revoked_at.is_(None), messages.c.provider_time >= bindparam("since")
    ),
    func.max(messages.c.created_at).filter(messages.c.gate_reason == const("too_old")),
).where(messages.c.chat_id == bindparam("chat"))
_ASKS = select(messages.c.id).where(messages.c.chat_id == bindparam("chat"), messages.c.decision == const("pending"))
_DUE = select(job_table.c.due_at).where(job_table.c.key == bindparam("turn"), job_table.c.state == const("queued"))


async def split(tx: Tx, chat: ChatRow, gone: Sequence[Address], *, now: int) -> str:
    """Give these addresses of a chat's contact a contact and a chat of their own; gives the id of that chat.

    The new chat is set as the old one is, so that no gate opens and no hold ends.
    """
    assert chat.contact_id is not None
    contact_id, chat_id = new_id("con"), new_id("cht")
    by = {"by": texts(str(address) for address in gone)}
    unread = await tx.scalar(_UNREAD, {"chat": chat.id, "most": chat.unread, **by}) if chat.unread else 0
    await contact_rows.add(tx, contact_id, account_id=chat.account_id, created_at=now)
    for address in gone:
        key = contact_rows.address_id(chat.account_id, address)
        await tx.run(update(addresses).where(addresses.c.id == key).values(contact_id=contact_id, origin=contact_id))
    own = {"id": chat_id, "contact_id": contact_id, "name": placeholder_name(gone[0]), "created_at": now}
    apart = {"unread": unread, "last_text": None, "last_author": None, "last_inbound_at": None}
    await tx.run(insert(chats), asdict(chat) | own | apart)
    moved = {"old": chat.id, "new": chat_id, "was": chat.contact_id, "is": contact_id, **by}
    await tx.run(_MOVE, moved)
    await tx.run(_IN_GROUPS, {"account": chat.account_id, "was": chat.contact_id, "is": contact_id, **by})
    await reminders.move(tx, old=chat.id, new=chat_id)
    await tx.run(_TURNS, {"old": chat.id, "new": chat_id})
    await _stand(tx, chat.id, before=chat, unread=chat.unread - unread)
    await _stand(tx, chat_id, before=chat, unread=unread)
    await arrivals.show_newest(tx, [chat.id, chat_id])
    await _share_work(tx, chat, chat_id, now=now)
    for one in (chat.id, chat_id):
        tx.emit(chat_rows.changed(one, account_id=chat.account_id))
    return chat_id


async def _stand(tx: Tx, chat_id: str, *, before: ChatRow, unread: int) -> None:
    """What the list shows of a chat, from the messages that it has now."""
    waits = before.waiting_since
    found = await tx.one(
        _STANDS, lambda *columns: columns, {"chat": chat_id, "since": 2**62 if waits is None else waits}
    )
    said, heard, waiting, missed = found or (None, None, None, None)
    values: dict[str, Any] = {
        "unread": unread,
        "last_message_at": said or before.last_message_at,
        "last_inbound_at": None if heard is None else min(heard, before.last_inbound_at or 0) or None,
        "waiting_since": waiting,
        "missed_at": before.missed_at if missed is not None else None,
    }
    await tx.run(update(chats).where(chats.c.id == chat_id).values(values))


async def _share_work(tx: Tx, chat: ChatRow, new: str, *, now: int) -> None:
    """What had to be answered has to be answered in its new chat, no sooner; a hold ends there as it does here."""
    if await tx.scalar(_ASKS.limit(1), {"chat": new}) is not None:
        due = await tx.scalar(_DUE, {"turn": RunTurn(chat.id).key})
        await jobs.enqueue(tx, RunTurn(new), now=now, due=due)
    if chat.held_by is not None and chat.held_until is not None:
        await jobs.enqueue(tx, HandBack(new), now=now, due=chat.held_until)
