"""Moving a house from SQLite to PostgreSQL: every row of it, in the newest shape, all in one transaction."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Select, Table, create_engine, func, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import migrations, upkeep_postgres
from frontdesk.store.engine import plain_url
from frontdesk.store.tables import metadata

# Of processes that ran beside SQLite, and of the copies that they kept.
LEFT_BEHIND = frozenset({"processes", "leases", "changes"})
TABLES = tuple(table for table in metadata.sorted_tables if table.name not in LEFT_BEHIND)
_WAIT = 10  # seconds for a connection, and for tables that somebody else holds
_AT_ONCE = 2_000  # rows read from the file in one step
_LARGEST = 2**31 - 1  # of an INTEGER there; SQLite's holds more
_PATIENT = (
    f"SET LOCAL lock_timeout = '{_WAIT}s'; SET LOCAL statement_timeout = 0; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"
)

Raw = psycopg.Connection[Any]


def move(source: Path, url: str, *, aside: str) -> bool:
    """Copy the rows of a database file, which is brought to the newest shape, to PostgreSQL.

    What is there is moved into the schema `aside`. Gives whether there was anything. All of it, or nothing.

    Raises:
        FrontdeskError: PostgreSQL does not answer, or does not take the rows.
    """
    migrations.upgrade_file(source)
    with _reading(source) as lite, _writing(url) as (connection, raw):
        moved = upkeep_postgres.make_room(raw, aside)
        migrations.build(connection)
        for table in TABLES:
            _copy(lite, raw, table)
        for table in TABLES:
            _compare(lite, raw, table)
        raw.execute("ANALYZE")  # else the first questions would be answered as if every table were empty
    return moved


@contextmanager
def _reading(source: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as lite:
        lite.text_factory = partial(str, encoding="utf-8", errors="replace")
        yield lite


@contextmanager
def _writing(url: str) -> Iterator[tuple[Any, Raw]]:
    """One transaction, as SQLAlchemy sees it and as the driver does."""
    engine = create_engine(plain_url(url), poolclass=NullPool, connect_args={"connect_timeout": _WAIT})
    try:
        with engine.begin() as connection:
            raw: Raw = connection.connection.driver_connection  # type: ignore[assignment]
            raw.execute(_PATIENT)
            yield connection, raw
    except (psycopg.Error, SQLAlchemyError) as refused:
        cause = getattr(refused, "orig", None) or refused
        why = str(cause).strip().partition("\n")[0].rstrip(".") or type(cause).__name__
        raise FrontdeskError(
            f"The rows could not be moved to the database {upkeep_postgres.place(url)}: {why}. Nothing was changed."
        ) from None
    finally:
        engine.dispose()


def _copy(lite: sqlite3.Connection, raw: Raw, table: Table) -> None:
    """Row by row, never more than a few of them in memory.

    Raises:
        FrontdeskError: a column of numbers holds something else.
    """
    fitting = [_fitting(column) for column in table.columns]
    rows = lite.execute(_words(select(table)))
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    try:
        with raw.cursor().copy(into) as target:
            while some := rows.fetchmany(_AT_ONCE):
                for row in some:
                    target.write_row(_fitted(row, fitting))
    except ValueError:
        raise FrontdeskError(f"“{table.name}” holds words where a number belongs. Nothing was changed.") from None


def _words(query: Select[Any]) -> str:
    return str(query.compile(dialect=SQLiteDialect()))


def _fitted(row: Sequence[Any], fitting: Sequence[Callable[[Any], Any]]) -> list[Any]:
    return [None if value is None else fit(value) for fit, value in zip(fitting, row, strict=True)]


def _fitting(column: Column[Any]) -> Callable[[Any], Any]:
    """What makes a value of SQLite one of the column: there every column takes everything."""
    if isinstance(column.type, Boolean):
        return bool
    if isinstance(column.type, BigInteger):
        return int
    if isinstance(column.type, Integer):
        return _integer
    return float if isinstance(column.type, Float) else _text


def _integer(value: Any) -> int:
    return max(-_LARGEST, min(int(value), _LARGEST))


def _text(value: Any) -> str:
    """PostgreSQL keeps every character but one."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "") if "\0" in text else text


def _compare(lite: sqlite3.Connection, raw: Raw, table: Table) -> None:
    """See that all rows are there.

    Raises:
        FrontdeskError: some are not.
    """
    (had,) = lite.execute(_words(select(func.count()).select_from(table))).fetchone()
    row = raw.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))).fetchone()
    has = row[0] if row else 0
    if had != has:
        raise FrontdeskError(f"Of {had} rows of “{table.name}” {has} were moved. Nothing was changed.")
