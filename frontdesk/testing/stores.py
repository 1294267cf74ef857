"""A real database for tests that need no house around it."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from frontdesk.domain.live import Live
from frontdesk.store import migrations
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.store import Store
from frontdesk.testing.clock import until
from frontdesk.testing.shape import scaled


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


@cache
def _empty() -> bytes:
    """An empty database in its newest shape: making it takes longer than most tests, so a run makes it once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frontdesk.db"
        migrations._upgrade_when_behind(f"sqlite:///{path}")
        return path.read_bytes()


def furnish(url: str) -> None:
    """Put an empty database where there is none yet, so that nobody has to make it."""
    if is_postgres(url):
        return
    path = sqlite_path(url)
    if path.parent.is_dir() and not path.exists():
        path.write_bytes(_empty())


@asynccontextmanager
async def fresh_store(folder: Path, *, busy_timeout: int = 50, synchronous: str = "OFF") -> AsyncIterator[Store]:
    """A migrated database in `folder`, or in the shape of the test; who finds the file locked waits `busy_timeout`
    milliseconds. Its `after_commit` is a `Told`.
    """
    here = scaled()
    url = f"sqlite:///{folder / 'frontdesk.db'}" if here is None else here.database_of(folder)
    furnish(url)
    store = Store(url, synchronous=synchronous)
    store.after_commit = Told()
    for wire in (store.backend.writer.wire, *store.backend.readers) if here is None else ():
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
