"""Transactions that leave a mark behind, and a writer that is held so that they gather."""

import asyncio
import sqlite3
from typing import cast

from sqlalchemy import insert

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.engine import sqlite_path
from frontdesk.store.store import Store, Tx
from frontdesk.store.tables import marks
from frontdesk.testing.clock import until
from frontdesk.testing.stores import Told


def told(store: Store) -> Told:
    """What a store of `fresh_store` told after its commits."""
    return cast("Told", store.after_commit)


async def write(store: Store, name: str, *, fail: bool = False) -> None:
    """One transaction that leaves this mark, or raises a KeyError after it."""
    async with store.begin() as tx:
        await put(tx, name)
        if fail:
            raise KeyError(name)


async def put(tx: Tx, name: str) -> None:
    """Leaves a mark, and tells it."""
    await tx.run(insert(marks), {"name": name, "value": "x"})
    tx.emit(Live(LiveType.CHAT_CHANGED, {"text": name}))


def on_disk(store: Store) -> list[str]:
    """What another program sees."""
    with sqlite3.connect(sqlite_path(store.url)) as other:
        names = [row[0] for row in other.execute("SELECT name FROM marks ORDER BY rowid")]
    other.close()
    return names


class Busy:
    """The writer is held, so that others gather behind it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._hold())
        await until(self._store.backend.writer.lock.locked)

    async def _hold(self) -> None:
        async with self._store.begin() as tx:
            await put(tx, "holder")
            await tx.flush()
            await self._go.wait()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)
        self._go.set()
        assert self._task is not None
        await asyncio.gather(self._task, return_exceptions=True)
