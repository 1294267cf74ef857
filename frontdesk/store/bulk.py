"""Many statements in one trip to the database's thread.

Each statement that is sent by itself costs a trip between threads and the bookkeeping of a result. Where hundreds of
rows of several tables are written at once, they are handed over together and executed there in a row.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

R = TypeVar("R")
_DIALECT = dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the database takes it: names of its parameters in order, and those that are the same each time."""

    sql: str
    names: tuple[str, ...]
    fixed: dict[str, Any]

    def rows(self, given: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """The parameters of each row, in order."""
        if self.fixed:
            given = [{**self.fixed, **row} for row in given]
        if len(self.names) == 1:
            return [(row[self.names[0]],) for row in given]
        return list(map(itemgetter(*self.names), given))


@lru_cache(maxsize=256)
def _compile(statement: Any, keys: tuple[str, ...]) -> _Compiled:
    columns = list(keys) if statement.is_insert else None
    compiled: SQLCompiler = statement.compile(dialect=_DIALECT, column_keys=columns)
    names = tuple(compiled.positiontup or ())
    fixed = {name: value for name, value in compiled.params.items() if name in names and name not in keys}
    return _Compiled(str(compiled), names, fixed)


def prepare(statement: Executable, rows: Sequence[dict[str, Any]]) -> tuple[str, list[tuple[Any, ...]]]:
    """SQL and parameters. All rows have the same keys; the statement is one that lives as long as the program."""
    compiled = _compile(statement, tuple(rows[0]))
    return compiled.sql, compiled.rows(rows)


def execute_all(connection: sqlite3.Connection, work: Sequence[tuple[str, list[tuple[Any, ...]]]]) -> None:
    """Run in the database's thread."""
    for sql, rows in work:
        connection.executemany(sql, rows)


class Wire:
    """The driver's connection behind SQLAlchemy's: the short way to its thread."""

    def __init__(self, driver: aiosqlite.Connection) -> None:
        self._driver = driver

    @classmethod
    async def of(cls, connection: AsyncConnection) -> "Wire":
        """The wire of a connection."""
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        return cls(driver)

    async def say(self, sql: str) -> None:
        """Execute a statement without parameters or result."""
        await self.run(_say, sql)

    async def run(self, function: Callable[..., R], *given: Any) -> R:
        """Call `function(connection, *given)` in the database's thread."""
        result: R = await self._driver._execute(function, self._driver._conn, *given)  # type: ignore[no-untyped-call]
        return result


def _say(connection: sqlite3.Connection, sql: str) -> None:
    connection.execute(sql)
