"""Two contacts turned out to be one person: one dissolves into the other, and nothing that belongs to it is lost."""

from typing import Any

import orjson
from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from frontdesk.domain.messages import PLACEHOLDER
from frontdesk.domain.work import Deliver, HandBack, ReadUp, RunTurn
from frontdesk.store import (
    alerts as alert_rows,
    appointments,
    arrivals,
    chats as chat_rows,
    jobs,
    reminders as reminder_rows,
)
from frontdesk.store.rows import ChatRow, ContactRow
from frontdesk.store.sql import const, to_json
from frontdesk.store.store import Tx
from frontdesk.store.tables import (
    addresses,
    alerts,
    chats,
    contacts,
    jobs as job_table,
    knowledge_gaps,
    media,
    merged_chats,
    messages,
    reminders,
    threads,
    turns,
    waiting_receipts,
)

_STRICTEST = ("off", "draft", "auto")
_NEVER = 2**62
# By chat, as that has an index: a person writes in the own chat and in groups of the line, and nowhere else.
_LINE_OF = select(contacts.c.account_id).where(contacts.c.id == bindparam("keep")).scalar_subquery()
_WROTE_IN = select(chats.c.id).where(
    (chats.c.contact_id == bindparam("keep")) | ((chats.c.account_id == _LINE_OF) & chats.c.group_ref.is_not(None))
)
_AUTHOR = (
    update(messages)
    .where(messages.c.chat_id.in_(_WROTE_IN), messages.c.contact_id == bindparam("gone"))
    .values(contact_id=bindparam("keep"))
)
# Whoever had one address only wrote by it, also before this was noted with each message.
_ONLY = select(func.min(addresses.c.kind + ":" + addresses.c.value)).where(
    addresses.c.contact_id == bindparam("contact")
)
_COME_BY = (
    update(messages)
    .where(
        messages.c.chat_id == select(chats.c.id).where(chats.c.contact_id == bindparam("contact")).scalar_subquery(),
        messages.c.address.is_(None),
        messages.c.author != const("system"),
    )
    .values(address=_ONLY.having(func.count() == 1).scalar_subquery())
)


async def merge(tx: Tx, keep: str, gone: str, *, now: int) -> None:
    """The contact `gone` dissolves into `keep`, with its addresses, chat, messages and waiting work."""
    for contact in (keep, gone):
        await tx.run(_COME_BY, {"contact": contact})
    await tx.run(update(addresses).where(addresses.c.contact_id == gone).values(contact_id=keep))
    kept_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == keep))
    gone_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == gone))
    if gone_chat is not None and kept_chat is None:
        await chat_rows.change(tx, gone_chat, contact_id=keep)
    elif gone_chat is not None:
        await _merge_chats(tx, keep=kept_chat, gone=gone_chat, now=now)
    await tx.run(_AUTHOR, {"keep": keep, "gone": gone})
    await appointments.move_contact(tx, gone, into=keep)
    await _merge_names(tx, keep, gone)
    await tx.run(delete(contacts).where(contacts.c.id == gone))


async def _merge_names(tx: Tx, keep: str, gone: str) -> None:
    """The names of the one that stays win; what it has none of comes from the other."""
    kept = await tx.one(select(contacts).where(contacts.c.id == keep), ContactRow)
    other = await tx.one(select(contacts).where(contacts.c.id == gone), ContactRow)
    if kept is None or other is None:
        return
    names = {name: getattr(kept, name) or getattr(other, name) for name in ("name", "given_name", "username")}
    await tx.run(update(contacts).where(contacts.c.id == keep).values(names))
    shown = names["given_name"] or names["name"] or names["username"]
    if shown:
        await tx.run(update(chats).where(chats.c.contact_id == keep).values(name=shown))


async def _merge_chats(tx: Tx, *, keep: str, gone: str, now: int) -> None:
    kept = await tx.one(select(chats).where(chats.c.id == keep), ChatRow)
    other = await tx.one(select(chats).where(chats.c.id == gone), ChatRow)
    assert kept is not None
    assert other is not None
    await _drop_doubles(tx, kept, other, now)
    work = await _work(tx, gone, now)
    for table in (messages, threads, turns, alerts, knowledge_gaps, waiting_receipts, reminders):
        await tx.run(update(table).where(table.c.chat_id == gone).values(chat_id=keep))
    merged = _merged(kept, other)
    await tx.run(update(chats).where(chats.c.id == keep).values(merged))
    await _move_work(tx, work, keep=keep, gone=gone, now=now)
    await _hold_on(tx, keep, gone=gone, until=merged["held_until"], now=now)
    await alert_rows.speak_of(tx, keep, instead_of=gone, now=now)
    await tx.run(delete(chats).where(chats.c.id == gone))
    await tx.run(update(merged_chats).where(merged_chats.c.chat_id == gone).values(chat_id=keep))
    await tx.run(insert(merged_chats), {"id": gone, "chat_id": keep})
    tx.emit(chat_rows.changed(keep, account_id=kept.account_id))
    tx.emit(chat_rows.merged(gone, into=keep, account_id=kept.account_id))


async def _drop_doubles(tx: Tx, kept: ChatRow, other: ChatRow, now: int) -> None:
    """A message that both chats hold stays once, and is a duplicate in the ledger. Nor stays a place kept for one."""
    twin = messages.alias("twin")
    same = twin.c.external_id == messages.c.external_id
    for chat, beside in ((other, kept), (kept, other)):
        place = messages.c.kind == PLACEHOLDER
        alike = place if chat is kept else (twin.c.kind == messages.c.kind) | place
        doubles = (messages.c.chat_id == chat.id) & exists().where(twin.c.chat_id == beside.id, same, alike)
        ids = select(messages.c.id).where(doubles)
        await tx.run(update(media).where(media.c.message_id.in_(ids)).values(message_id=None))
        await reminder_rows.drop(tx, await tx.scalars(ids), now=now)
        heard = (messages.c.direction == "inbound") | (messages.c.author == "phone")
        received = await tx.count(delete(messages).where(doubles, heard))
        await arrivals.count(tx, {(kept.account_id, "duplicate"): received})
        await tx.run(delete(messages).where(doubles))
    key = exists().where(twin.c.chat_id == kept.id, twin.c.idempotency_key == messages.c.idempotency_key)
    await tx.run(update(messages).where(messages.c.chat_id == other.id, key).values(idempotency_key=None))


async def absorb_echo(tx: Tx, echo: str, *, account_id: str, now: int) -> None:
    """A row turned out to be the echo of a send of ours: it goes, and is a duplicate in the ledger."""
    await tx.run(update(media).where(media.c.message_id == echo).values(message_id=None))
    await tx.run(delete(messages).where(messages.c.id == echo))
    await reminder_rows.drop(tx, [echo], now=now)
    await arrivals.count(tx, {(account_id, "duplicate"): 1})


def _merged(kept: ChatRow, other: ChatRow) -> dict[str, Any]:
    """One chat's columns from two. A merge never opens a gate, and never ends a hold."""
    newer = other if other.last_message_at > kept.last_message_at else kept
    holder = max(kept, other, key=_hold)
    return {
        "last_message_at": newer.last_message_at,
        "last_text": newer.last_text,
        "last_author": newer.last_author,
        "last_inbound_at": _latest(kept.last_inbound_at, other.last_inbound_at),
        "waiting_since": min(filter(None, (kept.waiting_since, other.waiting_since)), default=None),
        "unread": kept.unread + other.unread,
        "state": "open" if "open" in (kept.state, other.state) else kept.state,
        "trusted": kept.trusted and other.trusted,
        "agent_mode": min(kept.agent_mode, other.agent_mode, key=_STRICTEST.index),
        "switched_by_hand": kept.switched_by_hand or other.switched_by_hand,
        "persona": kept.persona or other.persona,
        "assigned_to": kept.assigned_to or other.assigned_to,
        "labels": to_json(list(dict.fromkeys([*orjson.loads(kept.labels), *orjson.loads(other.labels)]))),
        "held_by": holder.held_by,
        "held_until": holder.held_until,
        "held_reason": holder.held_reason,
        "cooldown_until": _latest(kept.cooldown_until, other.cooldown_until),
        "blocked_until": _latest(kept.blocked_until, other.blocked_until),
        "read_up_to": _latest(kept.read_up_to, other.read_up_to),
        "missed_at": _latest(kept.missed_at, other.missed_at),
        "expires_after": min(filter(None, (kept.expires_after, other.expires_after)), default=None),
    }


def _hold(chat: ChatRow) -> int:
    """How long a chat is held; without an end is longest."""
    if chat.held_by is None:
        return -1
    return _NEVER if chat.held_until is None else chat.held_until


def _latest(*moments: int | None) -> int | None:
    return max(filter(None, moments), default=None)


_OF_KEY = (job_table.c.key == bindparam("old"), job_table.c.state == const("queued"))
_TAKEN = job_table.alias("taken")
_FOLLOW = (
    update(job_table)
    .where(
        job_table.c.lock == bindparam("old"),
        job_table.c.state == const("running"),
        ~exists().where(_TAKEN.c.lock == bindparam("new"), _TAKEN.c.state == const("running")),
    )
    .values(key=bindparam("new"), lock=bindparam("new"), payload=bindparam("work"))
)


_KEEP_WAITING = (
    select(job_table.c.id)
    .where(job_table.c.key == bindparam("new"), job_table.c.state == const("queued"))
    .with_for_update()
)
_ASKS = select(messages.c.id).where(messages.c.chat_id == bindparam("chat"), messages.c.decision == const("pending"))
_UNSENT = select(messages.c.id).where(
    messages.c.chat_id == bindparam("chat"), messages.c.status.in_((const("queued"), const("sending")))
)


async def _work(tx: Tx, chat_id: str, now: int) -> list[tuple[type[RunTurn | Deliver], int | None]]:
    """When the work of a chat is due; at once where something waits behind work that runs, as that will not find it."""
    found: list[tuple[type[RunTurn | Deliver], int | None]] = []
    for kind, waits in ((RunTurn, _ASKS), (Deliver, _UNSENT)):
        due = await tx.scalar(select(job_table.c.due_at).where(*_OF_KEY), {"old": kind(chat_id).key})
        if due is None and await tx.scalar(waits.limit(1), {"chat": chat_id}) is not None:
            due = now
        found.append((kind, due))
    return found


async def _move_work(
    tx: Tx, work: list[tuple[type[RunTurn | Deliver], int | None]], *, keep: str, gone: str, now: int
) -> None:
    """What waited for the dissolved chat waits for the other one; what runs for it locks the other one."""
    for kind, due in work:
        old, new = kind(gone), kind(keep)
        # Nobody begins with what waits for the other chat before it is plain who has its lock.
        await tx.scalar(_KEEP_WAITING, {"new": new.key})
        await jobs.forget(tx, old.key)
        await tx.run(_FOLLOW, {"old": old.lock, "new": new.lock, "work": to_json(new.payload())})
        if due is not None:
            await jobs.enqueue(tx, new, now=now, due=due)


async def _hold_on(tx: Tx, keep: str, *, gone: str, until: int | None, now: int) -> None:
    """The chat is given back when its hold ends now."""
    for forgotten in (HandBack(gone), ReadUp(gone), HandBack(keep)):
        await jobs.forget(tx, forgotten.key)
    if until is not None:
        await jobs.enqueue(tx, HandBack(keep), now=now, due=until)
