"""The connections of a store: one that writes, several that read. SQLite here; the URL decides."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from frontdesk.kit.errors import SettingsError
from frontdesk.store.wire import Wire

READERS = 4


def is_postgres(url: str) -> bool:
    """Whether the URL is of PostgreSQL."""
    return make_url(url).get_backend_name() in ("postgresql", "postgres")


def conninfo(url: str) -> str:
    """The URL as PostgreSQL's own library takes it: without the name of a driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def where(url: str) -> str:
    """Where the server is, for people: without user and password."""
    parsed = make_url(url)
    host = parsed.host or parsed.query.get("host") or "this machine"
    return f"{host}:{parsed.port or 5432}"


def plain_url(url: str) -> str:
    """The URL for SQLAlchemy's plain engine, for what is done once and needs no speed, such as migrations."""
    if is_postgres(url):
        return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return f"sqlite:///{sqlite_path(url)}"


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


@contextmanager
def usable(url: str) -> Iterator[None]:
    """While the database is opened for the first time: what stands in the way is for its owner to mend.

    Raises:
        SettingsError: the file cannot be opened, or is none of a database.
    """
    try:
        yield
    except (DatabaseError, sqlite3.Error) as broken:
        if is_postgres(url):
            raise
        cause = broken.orig if isinstance(broken, DatabaseError) else broken
        raise SettingsError(
            f"The database {sqlite_path(url)} cannot be used: {_why(cause, sqlite_path(url))}"
        ) from None


def _why(cause: BaseException | None, path: Path) -> str:
    """What is wrong with the file, and what its owner can do."""
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return (
            "it is damaged, or no database at all. Restore a backup, or move it away so that a new one is made; "
            "another place is named with DATABASE_URL or --data-dir."
        )
    if path.is_dir():
        return f"it is a folder. Name a file with DATABASE_URL, such as sqlite:///{path / 'frontdesk.db'}."
    return (
        f"{cause}. See that its folder is there and may be written, or name another place with DATABASE_URL or "
        "--data-dir."
    )


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
    # What is deleted is overwritten at once; the parts that this leaves, when the file is rewritten (`compacting`).
    writing: dict[str, str | int] = {"journal_mode": "WAL", "wal_autocheckpoint": 2_000, "secure_delete": 1}
    return {**writing, **common, "synchronous": synchronous}
