"""A real database for tests that need no house around it."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from frontdesk.domain.live import Live
from frontdesk.store import migrations
from frontdesk.store.engine import sqlite_path
from frontdesk.store.store import Store
from frontdesk.testing.clock import until


class Told:
    """Keeps what a store tells after its commits."""

    def __init__(self) -> None:
        self.events: list[Live] = []
        self.due: list[int] = []

    def __call__(self, events: Sequence[Live], *, due: int | None) -> None:
        self.events += events
        if due is not None:
            self.due.append(due)

    @property
    def texts(self) -> list[str]:
        """The `text` of each event's payload."""
        return [str(event.payload.get("text")) for event in self.events]


@asynccontextmanager
async def fresh_store(folder: Path, *, busy_timeout: int = 50, synchronous: str = "OFF") -> AsyncIterator[Store]:
    """A migrated database in `folder`; who finds it locked waits `busy_timeout` milliseconds. Its `after_commit` is a
    `Told`.
    """
    url = f"sqlite:///{folder / 'frontdesk.db'}"
    await migrations.upgrade(url)
    store = Store(url, synchronous=synchronous)
    store.after_commit = Told()
    for wire in (store._writer._wire, *store._readers):
        wire._pragmas = {**wire._pragmas, "busy_timeout": busy_timeout}
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def locked(store: Store) -> AsyncIterator[None]:
    """Another program holds the database's write lock; it gets it as soon as the store has ended what it is at."""
    other = sqlite3.connect(sqlite_path(store.url), timeout=0)

    def has_begun() -> bool:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    try:
        await until(has_begun)
        yield
    finally:
        other.rollback()
        other.close()
