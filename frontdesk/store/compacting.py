"""Rewriting the database file. PostgreSQL keeps its own house: autovacuum, as migration 0004 has tuned it."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy import Connection, text

from frontdesk.store.sqlite import Sqlite
from frontdesk.store.store import Read, Store
from frontdesk.store.wire import Wire, say

MUCH = 64 * 1024 * 1024  # bytes of free pages that are worth a rewriting ...
SHARE = 4  # ... where they are at least this part of the file


@dataclass(frozen=True, slots=True)
class Size:
    """Of a database file, in bytes: of it, so much is free pages that the next rows will use."""

    whole: int
    free: int


async def size(read: Read) -> Size | None:
    """The size of the file; None where the database is none."""
    if not isinstance(read.wire, Wire):
        return None
    page, pages, free = [int(await read.scalar(text(f"PRAGMA {name}"))) for name in _SIZES]
    return Size(page * pages, page * free)


_SIZES = ("page_size", "page_count", "freelist_count")


async def wasteful(read: Read) -> bool:
    """Whether so much of the file is empty that it is worth to rewrite it."""
    found = await size(read)
    return found is not None and found.free >= MUCH and found.free * SHARE >= found.whole


async def compact(store: Store) -> bool:
    """Write the file anew without its empty parts, and empty the log beside it.

    Nobody writes meanwhile; reading goes on. False where others hold on to the log: then its old content stays until
    the next time.
    """
    assert isinstance(store.backend, Sqlite)
    return await store.backend.alone(_rewrite)


def _rewrite(connection: Connection) -> bool:
    say(connection, "PRAGMA temp_store = FILE")  # the copy in between is as large as the database
    try:
        say(connection, "VACUUM")
        busy, _, _ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    finally:
        say(connection, "PRAGMA temp_store = MEMORY")
    return not busy


def is_full(broken: BaseException) -> bool:
    """Whether there was no room for it."""
    return isinstance(broken, sqlite3.OperationalError) and "full" in str(broken).lower()
