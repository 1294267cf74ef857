"""Two contacts turned out to be one person: one dissolves into the other, and nothing that belongs to it is lost."""

from typing import Any

import orjson
from sqlalchemy import bindparam, delete, exists, select, update

from frontdesk.domain.work import Deliver, HandBack, ReadUp, RunTurn
from frontdesk.store import arrivals, chats as chat_rows, jobs
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
    messages,
    threads,
    turns,
    waiting_receipts,
)

_STRICTEST = ("off", "draft", "auto")
_NEVER = 2**62


async def merge(tx: Tx, keep: str, gone: str, *, now: int) -> None:
    """The contact `gone` dissolves into `keep`, with its addresses, chat, messages and waiting work."""
    await tx.run(update(addresses).where(addresses.c.contact_id == gone).values(contact_id=keep))
    kept_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == keep))
    gone_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == gone))
    if gone_chat is not None and kept_chat is None:
        await chat_rows.change(tx, gone_chat, contact_id=keep)
    elif gone_chat is not None:
        await _merge_chats(tx, keep=kept_chat, gone=gone_chat, now=now)
    await tx.run(update(messages).where(messages.c.contact_id == gone).values(contact_id=keep))
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
    if shown and shown not in (kept.given_name, kept.name, kept.username):
        await tx.run(update(chats).where(chats.c.contact_id == keep).values(name=shown))


async def _merge_chats(tx: Tx, *, keep: str, gone: str, now: int) -> None:
    kept = await tx.one(select(chats).where(chats.c.id == keep), ChatRow)
    other = await tx.one(select(chats).where(chats.c.id == gone), ChatRow)
    assert kept is not None
    assert other is not None
    await _drop_doubles(tx, kept, other)
    for table in (messages, threads, turns, alerts, knowledge_gaps, waiting_receipts):
        await tx.run(update(table).where(table.c.chat_id == gone).values(chat_id=keep))
    merged = _merged(kept, other)
    await tx.run(update(chats).where(chats.c.id == keep).values(merged))
    await _move_work(tx, keep=keep, gone=gone, held_until=merged["held_until"], now=now)
    await tx.run(delete(chats).where(chats.c.id == gone))
    tx.emit(chat_rows.changed(keep, account_id=kept.account_id))
    tx.emit(chat_rows.changed(gone, account_id=kept.account_id))


async def _drop_doubles(tx: Tx, kept: ChatRow, other: ChatRow) -> None:
    """A message that both chats hold stays once, and is a duplicate in the ledger."""
    twin = messages.alias("twin")
    twice = exists().where(
        twin.c.chat_id == kept.id, twin.c.external_id == messages.c.external_id, twin.c.kind == messages.c.kind
    )
    double = delete(messages).where(messages.c.chat_id == other.id, twice)
    received = await tx.count(double.where((messages.c.direction == "inbound") | (messages.c.author == "phone")))
    if received:
        await arrivals.count(tx, {(kept.account_id, "duplicate"): received})
    await tx.run(double)
    same = exists().where(twin.c.chat_id == kept.id, twin.c.idempotency_key == messages.c.idempotency_key)
    await tx.run(update(messages).where(messages.c.chat_id == other.id, same).values(idempotency_key=None))


async def absorb_echo(tx: Tx, echo: str, *, account_id: str) -> None:
    """A row turned out to be the echo of a send of ours: it goes, and is a duplicate in the ledger."""
    await tx.run(update(media).where(media.c.message_id == echo).values(message_id=None))
    await tx.run(delete(messages).where(messages.c.id == echo))
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


async def _move_work(tx: Tx, *, keep: str, gone: str, held_until: int | None, now: int) -> None:
    """What waited for the dissolved chat waits for the other one; what runs for it locks the other one."""
    for old, new in ((RunTurn(gone), RunTurn(keep)), (Deliver(gone), Deliver(keep))):
        due = await tx.scalar(select(job_table.c.due_at).where(*_OF_KEY), {"old": old.key})
        await tx.run(delete(job_table).where(*_OF_KEY), {"old": old.key})
        await tx.run(_FOLLOW, {"old": old.lock, "new": new.lock, "work": to_json(new.payload())})
        if due is not None:
            await jobs.enqueue(tx, new, now=now, due=due)
    for forgotten in (HandBack(gone), ReadUp(gone), HandBack(keep)):
        await jobs.forget(tx, forgotten.key)
    if held_until is not None:
        await jobs.enqueue(tx, HandBack(keep), now=now, due=held_until)
