"""Turns and threads: each run of the agent, and the spans of its memory."""

from typing import Any

from sqlalchemy import bindparam, insert, select, update

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.rows import MessageRow, ThreadRow, TurnRow
from frontdesk.store.sql import changes, const, updating
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import threads, turns


async def by_id(read: Read, turn_id: str) -> TurnRow | None:
    """The turn of that id."""
    return await read.one(select(turns).where(turns.c.id == turn_id), TurnRow)


_CUT = (
    update(turns)
    .where(turns.c.chat_id == bindparam("chat"), turns.c.state == const("running"))
    .values(state=const("cut_off"), finished_at=bindparam("at"))
)
_ADD, _ADD_THREAD = insert(turns), insert(threads)


async def cut(tx: Tx, chat_id: str, *, at: int) -> None:
    """A turn that still runs in this chat was cut off by a crash."""
    await tx.run(_CUT, {"chat": chat_id, "at": at})


async def start(tx: Tx, row: dict[str, Any], account_id: str) -> None:
    """A new turn. One that still runs in this chat was cut off by a crash, and is marked so."""
    cut = {"chat": row["chat_id"], "at": row["started_at"]}
    await tx.run_all([(_CUT, [cut]), (_ADD, [row])])
    payload = {"turn_id": row["id"], "chat_id": row["chat_id"]}
    tx.emit(Live(LiveType.TURN_STARTED, payload, account_id, row["chat_id"]))


async def finish(tx: Tx, turn_id: str, *, chat_id: str, account_id: str, state: str, **values: Any) -> None:
    """The end of a turn. One that does not run any more stays as it is."""
    new = {"state": state, **values}
    await tx.run(updating(turns, tuple(new), ("id", "state")), changes(new, id=turn_id, state="running"))
    payload = {"turn_id": turn_id, "chat_id": chat_id, "state": state}
    tx.emit(Live(LiveType.TURN_FINISHED, payload, account_id, chat_id))


RUNNING = select(turns.c.id).where(turns.c.id == bindparam("turn"), turns.c.state == const("running"))


async def runs(read: Read, turn_id: str) -> bool:
    """Whether a turn still runs: it was not cut off by another in its chat."""
    return await read.scalar(RUNNING, {"turn": turn_id}) is not None


RUNS = select(turns.c.id).where(turns.c.chat_id == bindparam("chat"), turns.c.state == const("running")).limit(1)


_SINCE = (
    select(turns)
    .where(turns.c.chat_id == bindparam("chat"), turns.c.started_at >= bindparam("since"))
    .order_by(turns.c.started_at.desc(), turns.c.id.desc())
    .limit(1)
)


async def behind(read: Read, message: MessageRow) -> TurnRow | None:
    """The turn that took a message up. For one that still waits: the one that answers it now, or that failed last."""
    if message.turn_id is not None:
        return await by_id(read, message.turn_id)
    if message.decision != "pending":
        return None
    last = await read.one(_SINCE, TurnRow, {"chat": message.chat_id, "since": message.created_at})
    return last if last is not None and last.state in ("running", "failed") else None


PRESENT_THREAD = (
    select(threads).where(threads.c.chat_id == bindparam("chat")).order_by(threads.c.started_at.desc()).limit(1)
)


async def present_thread(read: Read, chat_id: str) -> ThreadRow | None:
    """The newest thread of a chat."""
    return await read.one(PRESENT_THREAD, ThreadRow, {"chat": chat_id})


async def add_thread(tx: Tx, row: dict[str, Any]) -> None:
    """A new thread."""
    await tx.run(_ADD_THREAD, row)


async def change_thread(tx: Tx, thread_id: str, **values: Any) -> None:
    """Set columns of a thread."""
    await tx.run(updating(threads, tuple(values)), changes(values, id=thread_id))
