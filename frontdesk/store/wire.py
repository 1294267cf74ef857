"""A connection in a thread of its own, and the short way there.

Every trip between the event loop and a thread costs as much as a small query. So a statement is one trip, whatever it
returns, and many statements can share one. Statements that live as long as the program are compiled once and handed to
the driver as they are; those made for the moment go through SQLAlchemy.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Boolean, Connection, Executable, create_engine
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.compiler import SQLCompiler

from frontdesk.domain.words import fold

R = TypeVar("R")
Params = dict[str, Any]
_Errand = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]
_DIALECT = dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it: the names of its parameters in order, and those that never change."""

    sql: str
    names: tuple[str, ...]
    fixed: Params
    truths: tuple[int, ...]  # columns of the result that are booleans, which SQLite gives as 0 and 1

    def row(self, given: Params) -> tuple[Any, ...]:
        """One set of parameters, in order."""
        whole = {**self.fixed, **given} if self.fixed else given
        return tuple([whole[name] for name in self.names])

    def rows(self, given: Sequence[Params]) -> list[tuple[Any, ...]]:
        """Many sets of parameters."""
        if self.fixed or len(self.names) < 2:
            return [self.row(one) for one in given]
        return list(map(itemgetter(*self.names), given))


@lru_cache(maxsize=512)
def _compile(statement: Any, keys: tuple[str, ...]) -> _Compiled:
    columns = list(keys) if statement.is_insert else None
    compiled: SQLCompiler = statement.compile(dialect=_DIALECT, column_keys=columns)
    if "POSTCOMPILE" in str(compiled):
        raise TypeError(f"A list is no parameter of a lasting statement; write among() or const(): {compiled}")
    names = tuple(compiled.positiontup or ())
    fixed = {name: value for name, value in compiled.params.items() if name in names and name not in keys}
    fixed |= {
        column.key: getattr(column.default, "arg", None)
        for column in compiled.insert_prefetch
        if column.key not in keys
    }
    shown = getattr(statement, "selected_columns", None) if statement.is_select else None
    if shown is None:
        shown = getattr(statement, "exported_columns", ()) if getattr(statement, "_returning", ()) else ()
    truths = tuple(place for place, column in enumerate(shown) if isinstance(column.type, Boolean))
    return _Compiled(str(compiled), names, fixed, truths)


def fetch(connection: Connection, statement: Executable, params: Params | None) -> list[tuple[Any, ...]]:
    """Every row of the result. With `params`, the statement is one that lives as long as the program."""
    if params is None:
        result = connection.execute(statement)
        return [tuple(row) for row in result] if result.returns_rows else []
    compiled = _compile(statement, tuple(params))
    rows: list[tuple[Any, ...]] = _driver(connection).execute(compiled.sql, compiled.row(params)).fetchall()
    return [_truthful(row, compiled.truths) for row in rows] if compiled.truths else rows


def fetch_all(
    connection: Connection, queries: Sequence[tuple[Executable, Params | None]]
) -> list[list[tuple[Any, ...]]]:
    """The rows of several queries, in one trip."""
    return [fetch(connection, statement, params) for statement, params in queries]


def touch(connection: Connection, statement: Executable, params: Params | None) -> int:
    """Execute, and give how many rows were touched."""
    if params is None:
        return connection.execute(statement).rowcount
    compiled = _compile(statement, tuple(params))
    return int(_driver(connection).execute(compiled.sql, compiled.row(params)).rowcount)


def touch_all(connection: Connection, work: Sequence[tuple[Executable, Sequence[Params]]]) -> None:
    """Execute several statements, each for many sets of parameters with the same keys."""
    driver = _driver(connection)
    for statement, rows in work:
        if rows:
            compiled = _compile(statement, tuple(rows[0]))
            driver.executemany(compiled.sql, compiled.rows(rows))


def say(connection: Connection, sql: str) -> None:
    """Execute a statement without parameters or result."""
    _driver(connection).execute(sql)


def take_back(connection: Connection) -> None:
    """Roll back the transaction, if one is open: a BEGIN that failed opened none."""
    if _driver(connection).in_transaction:
        say(connection, "ROLLBACK")


def after(connection: Connection, behind: Sequence[tuple[Any, ...]], function: Callable[..., R], *given: Any) -> R:
    """Do first what was left behind, (function, arguments ...) each, then `function`."""
    for work, *arguments in behind:
        work(connection, *arguments)
    return function(connection, *given)


def nothing(connection: Connection) -> None:
    """What is done when only what was left behind is to be done."""


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _truthful(row: tuple[Any, ...], truths: tuple[int, ...]) -> tuple[Any, ...]:
    columns = list(row)
    for place in truths:
        if columns[place] is not None:
            columns[place] = bool(columns[place])
    return tuple(columns)


class Wire:
    """A connection to the file and the thread in which it lives. Opened when it is first used."""

    def __init__(self, path: Path, pragmas: Mapping[str, str | int], *, name: str) -> None:
        self._path = path
        self._pragmas = pragmas
        self._name = name
        self._asked: SimpleQueue[_Errand | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._connection: Connection | None = None
        self._closed = False

    async def run(self, function: Callable[..., R], *given: Any) -> R:
        """Call `function(connection, *given)` in the thread. A caller that is cancelled leaves the work to finish."""
        return await self._send(self._do, function, given)

    def _send(self, function: Callable[..., R], *given: Any) -> "asyncio.Future[R]":
        """Leaner than an executor: a trip is one future, one place in the queue and one call back."""
        if self._closed:
            raise RuntimeError("The store is closed.")
        if self._thread is None:
            self._thread = Thread(target=_serve, args=(self._asked,), name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._asked.put((loop, answer, function, given))
        return answer

    def _do(self, function: Callable[..., R], given: tuple[Any, ...]) -> R:
        if self._connection is None:
            self._connection = self._open()
        return function(self._connection, *given)

    def _open(self) -> Connection:
        engine = create_engine(
            f"sqlite:///{self._path}",
            isolation_level="AUTOCOMMIT",  # the store says BEGIN and ends transactions itself
            hide_parameters=True,  # errors must never carry the text of messages
            poolclass=StaticPool,
            pool_reset_on_return=None,
        )
        connection = engine.connect()
        try:
            _driver(connection).create_function("unaccent", 1, _unaccent, deterministic=True)  # as PostgreSQL calls it
            for name, value in self._pragmas.items():
                say(connection, f"PRAGMA {name} = {value}")
        except sqlite3.Error:
            _part_from(connection)
            raise
        return connection

    async def reopen(self) -> None:
        """Let go of the connection; the next use opens another."""
        await self._send(self._let_go)

    async def close(self) -> None:
        """Let go of connection and thread."""
        if self._closed:
            return
        if self._thread is not None:
            await self.reopen()
        self._closed = True
        self._asked.put(None)

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _part_from(connection)


def _serve(asked: "SimpleQueue[_Errand | None]") -> None:
    """What the thread does until it is told to end."""
    while (errand := asked.get()) is not None:
        loop, answer, function, given = errand
        result, broken = None, None
        try:
            result = function(*given)
        except BaseException as raised:  # whatever it is, who waits for it has to hear of it
            broken = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile, and with it whoever waited
            loop.call_soon_threadsafe(_settle, answer, result, broken)
        del errand, answer, function, given, result, broken  # nothing is kept alive until the next one


def _settle(answer: "asyncio.Future[Any]", result: Any, broken: BaseException | None) -> None:
    if answer.done():  # the caller was cancelled
        return
    if broken is not None:
        answer.set_exception(broken)
    else:
        answer.set_result(result)


def _unaccent(text: str | None) -> str | None:
    if text is None or text.isascii():  # most are, and a search asks for each of them
        return text
    return fold(text)


def _part_from(connection: Connection) -> None:
    """Close a connection that may be broken already."""
    with suppress(SQLAlchemyError, sqlite3.Error):
        connection.close()
    with suppress(SQLAlchemyError, sqlite3.Error):
        connection.engine.dispose()
