"""A connection to SQLite in a thread of its own, and the short way there.

Every trip between the event loop and a thread costs as much as a small query. So a statement is one trip, whatever it
returns, and many statements can share one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from frontdesk.domain.words import fold
from frontdesk.store.compiled import Compiled, Query, Write, compile_lasting

R = TypeVar("R")
_Errand = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]
_DIALECT = dialect(paramstyle="qmark")


class NotCommitted(Exception):
    """What was written before went through; its commit did not. The cause says why."""


@lru_cache(maxsize=512)
def _compile(statement: Any, keys: tuple[str, ...]) -> Compiled:
    return compile_lasting(statement, keys, _DIALECT)


def fetch(connection: Connection, query: Query) -> list[tuple[Any, ...]]:
    """Every row of the result."""
    if query.params is None:
        result = connection.execute(query.statement)
        return [tuple(row) for row in result] if result.returns_rows else []
    compiled = _compile(query.statement, tuple(query.params))
    rows: list[tuple[Any, ...]] = _driver(connection).execute(compiled.sql, compiled.row(query.params)).fetchall()
    return [_truthful(row, compiled.truths) for row in rows] if compiled.truths else rows


def ask(connection: Connection, behind: Sequence[Write], queries: Sequence[Query]) -> list[list[tuple[Any, ...]]]:
    """Write what was left behind, then answer: for each question its rows."""
    for write in behind:
        put(connection, write)
    return [fetch(connection, query) for query in queries]


def touch(connection: Connection, behind: Sequence[Write], query: Query) -> int:
    """Write what was left behind, then this; gives how many rows this touched."""
    for write in behind:
        put(connection, write)
    if query.params is None:
        return connection.execute(query.statement).rowcount
    compiled = _compile(query.statement, tuple(query.params))
    return int(_driver(connection).execute(compiled.sql, compiled.row(query.params)).rowcount)


def put(connection: Connection, write: Write) -> None:
    """Write."""
    if isinstance(write.statement, str):
        say(connection, write.statement)
    elif write.rows is None:
        connection.execute(write.statement)
    elif len(write.rows) == 1:
        compiled = _compile(write.statement, tuple(write.rows[0]))
        _driver(connection).execute(compiled.sql, compiled.row(write.rows[0]))
    elif write.rows:
        compiled = _compile(write.statement, tuple(write.rows[0]))
        _driver(connection).executemany(compiled.sql, compiled.rows(write.rows))


def finish(connection: Connection, behind: Sequence[Write], end: str) -> None:
    """Write what was left behind, and end the transaction with the statement `end`.

    Raises:
        NotCommitted: the database refused the end.
    """
    for write in behind:
        put(connection, write)
    try:
        say(connection, end)
    except sqlite3.Error as broken:
        raise NotCommitted from broken


def say(connection: Connection, sql: str) -> None:
    """Execute a statement without parameters or result."""
    _driver(connection).execute(sql)


def take_back(connection: Connection) -> None:
    """Roll back the transaction, if one is open: a BEGIN that failed opened none."""
    if _driver(connection).in_transaction:
        say(connection, "ROLLBACK")


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

    async def ask(self, behind: Sequence[Write], queries: Sequence[Query]) -> list[list[tuple[Any, ...]]]:
        """Write what was left behind, then answer: for each question its rows. All in one trip."""
        return await self.run(ask, behind, queries)

    async def touch(self, behind: Sequence[Write], query: Query) -> int:
        """Write what was left behind, then this; gives how many rows this touched."""
        return await self.run(touch, behind, query)

    async def finish(self, behind: Sequence[Write], end: str) -> None:
        """Write what was left behind, and end the transaction with the statement `end`.

        Raises:
            NotCommitted: the database refused the end.
        """
        await self.run(finish, behind, end)

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
