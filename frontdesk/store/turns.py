"""Turns and threads: each run of the agent, and the spans of its memory."""

from typing import Any

from sqlalchemy import insert, select, update

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.rows import ThreadRow, TurnRow
from frontdesk.store.sql import const
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import threads, turns


async def by_id(read: Read, turn_id: str) -> TurnRow | None:
    """The turn of that id."""
    return await read.one(select(turns).where(turns.c.id == turn_id), TurnRow)


async def start(tx: Tx, row: dict[str, Any], account_id: str) -> None:
    """A new turn. One that still runs in this chat was cut off by a crash, and is marked so."""
    cut = update(turns).where(turns.c.chat_id == row["chat_id"], turns.c.state == const("running"))
    await tx.run(cut.values(state="cut_off", finished_at=row["started_at"]))
    await tx.run(insert(turns), row)
    payload = {"turn_id": row["id"], "chat_id": row["chat_id"]}
    tx.emit(Live(LiveType.TURN_STARTED, payload, account_id, row["chat_id"]))


async def finish(tx: Tx, turn_id: str, *, chat_id: str, account_id: str, state: str, **values: Any) -> bool:
    """Compare and set: only a turn that runs can finish, and only once. False when it does not run any more."""
    statement = update(turns).where(turns.c.id == turn_id, turns.c.state == const("running"))
    if not await tx.count(statement.values(state=state, **values)):
        return False
    payload = {"turn_id": turn_id, "chat_id": chat_id, "state": state}
    tx.emit(Live(LiveType.TURN_FINISHED, payload, account_id, chat_id))
    return True


async def runs(read: Read, chat_id: str) -> bool:
    """Whether the agent is writing in a chat now."""
    running = select(turns.c.id).where(turns.c.chat_id == chat_id, turns.c.state == const("running")).limit(1)
    return await read.scalar(running) is not None


async def present_thread(read: Read, chat_id: str) -> ThreadRow | None:
    """The newest thread of a chat."""
    statement = select(threads).where(threads.c.chat_id == chat_id).order_by(threads.c.started_at.desc()).limit(1)
    return await read.one(statement, ThreadRow)


async def add_thread(tx: Tx, row: dict[str, Any]) -> None:
    """A new thread."""
    await tx.run(insert(threads), row)


async def change_thread(tx: Tx, thread_id: str, **values: Any) -> None:
    """Set columns of a thread."""
    await tx.run(update(threads).where(threads.c.id == thread_id).values(**values))
