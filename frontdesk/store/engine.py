"""The two engines of a store: one connection that writes, several that read. SQLite here; the URL decides."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from frontdesk.kit.errors import SettingsError

READERS = 4


def sqlite_path(url: str) -> Path:
    """The file behind a `sqlite:///...` URL.

    Raises:
        SettingsError: the URL is of another database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise SettingsError(
            f"DATABASE_URL names “{parsed.get_backend_name()}”, which this version cannot use. "
            "Leave it out, or write sqlite:///path/to/frontdesk.db."
        )
    return Path(parsed.database)


def build(url: str, *, read_only: bool, synchronous: str = "FULL") -> AsyncEngine:
    """An engine in driver-level autocommit: the store says BEGIN and ends transactions itself."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{sqlite_path(url)}",
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # errors must never carry the text of messages
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        pool_timeout=30,
        pool_reset_on_return=None,  # nothing is left open: readers are in autocommit, the writer is never given back
    )
    pragmas = _pragmas(read_only=read_only, synchronous=synchronous)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    return engine


def _pragmas(*, read_only: bool, synchronous: str) -> Mapping[str, str | int]:
    common: dict[str, str | int] = {
        "busy_timeout": 10_000,
        "foreign_keys": 1,
        "cache_size": -16_000,
        "temp_store": "MEMORY",
        "mmap_size": 256 * 1024 * 1024,
    }
    if read_only:
        return {**common, "query_only": 1}
    return {"journal_mode": "WAL", "wal_autocheckpoint": 2_000, **common, "synchronous": synchronous}
