"""The connections of a store: one that writes, several that read. SQLite here; the URL decides."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from frontdesk.kit.errors import SettingsError
from frontdesk.store.wire import Wire

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


def writer(url: str, *, synchronous: str = "FULL") -> Wire:
    """The one connection that writes."""
    return Wire(sqlite_path(url), _pragmas(read_only=False, synchronous=synchronous), name="store-writer")


def readers(url: str) -> list[Wire]:
    """The connections that only read."""
    path, pragmas = sqlite_path(url), _pragmas(read_only=True, synchronous="FULL")
    return [Wire(path, pragmas, name=f"store-reader-{number}") for number in range(READERS)]


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
