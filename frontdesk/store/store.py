"""Transactions. `begin()` gives a Tx that writes, `read()` a connection that only reads.

SQLite has one writer. Transactions that wait for it are gathered into one commit, so that the disk is asked once for
many: each runs in a savepoint of its own, none returns before the common commit has reached the disk, and one that
fails takes only its own work back.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar

from sqlalchemy import Executable
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.domain.live import Live
from frontdesk.kit import guard
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.bulk import Wire, execute_all, prepare
from frontdesk.store.engine import build

GROUP = 64  # transactions that share one commit at the most

R = TypeVar("R")
Params = dict[str, Any]


class StoreUnavailable(FrontdeskError):
    """The database did not take the work: nothing was stored, and the same may be tried again."""


class AfterCommit(Protocol):
    """What is told once a transaction is safe on disk."""

    def __call__(self, events: Sequence[Live], *, due: int | None) -> None:
        """Publish the events; `due` is when the earliest work is due that was enqueued, None where none was."""


class Read:
    """A connection that reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> list[R]:
        """Every row, each made by `row(*columns)`."""
        result = await self._connection.execute(statement, params)
        return [row(*columns) for columns in result]

    async def one(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> R | None:
        """The first row, made by `row(*columns)`, or None."""
        columns = (await self._connection.execute(statement, params)).first()
        return None if columns is None else row(*columns)

    async def scalar(self, statement: Executable, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self._connection.execute(statement, params)).scalar()

    async def scalars(self, statement: Executable, params: Params | None = None) -> list[Any]:
        """The first column of every row."""
        return list((await self._connection.execute(statement, params)).scalars())

    async def pairs(self, statement: Executable, params: Params | None = None) -> dict[Any, Any]:
        """A dict from the first column to the second."""
        return {key: value for key, value in await self._connection.execute(statement, params)}  # noqa: C416 - typed


class Tx(Read):
    """A transaction. Events emitted in it are told after the commit, or never."""

    def __init__(self, connection: AsyncConnection, wire: Wire) -> None:
        super().__init__(connection)
        self._wire = wire
        self.events: list[Live] = []
        self.due: int | None = None

    async def run(self, statement: Executable, params: Params | Sequence[Params] | None = None) -> CursorResult[Any]:
        """Execute a statement that writes; a list of parameters runs it once for each."""
        return await self._connection.execute(statement, params)

    async def count(self, statement: Executable, params: Params | None = None) -> int:
        """Execute a statement that writes, and give how many rows it touched."""
        return (await self.run(statement, params)).rowcount

    def emit(self, event: Live) -> None:
        """Tell the listeners after the commit."""
        self.events.append(event)

    def wake(self, due: int) -> None:
        """Let the runner know after the commit that there is work due at that moment."""
        self.due = due if self.due is None else min(self.due, due)

    async def run_all(self, work: Sequence[tuple[Executable, Sequence[Params]]]) -> None:
        """Run many statements, each for a list of parameters, in one go: the way for what arrives in bulk."""
        prepared = [prepare(statement, rows) for statement, rows in work if rows]
        if prepared:
            await self._wire.run(execute_all, prepared)


class Store:
    """The database of one installation."""

    def __init__(self, url: str, *, synchronous: str = "FULL") -> None:
        self.url = url
        self.after_commit: AfterCommit = _nobody
        self._readers: AsyncEngine = build(url, read_only=True)
        self._writer = _Writer(build(url, read_only=False, synchronous=synchronous), self)

    def begin(self) -> "_Begin":
        """`async with store.begin() as tx:` The block's end returns when the work is on disk.

        Raises:
            StoreUnavailable: the database is locked, full or gone; nothing was stored.
        """
        return _Begin(self._writer)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Read]:
        """A connection that reads what is committed."""
        try:
            async with self._readers.connect() as connection:
                yield Read(connection)
        except DBAPIError as broken:
            raise _unavailable(broken) from broken

    async def close(self) -> None:
        """Let go of every connection."""
        await self._writer.close()
        await self._readers.dispose()


def _nobody(events: Sequence[Live], *, due: int | None) -> None:
    """Nobody listens yet."""


def _unavailable(broken: BaseException) -> BaseException:
    """What the database says in words of ours, where nothing but time or a person can mend it."""
    cause = broken.orig if isinstance(broken, DBAPIError) else broken
    if not isinstance(cause, sqlite3.OperationalError):
        return broken
    words = str(cause).lower()
    if "full" in words:
        return StoreUnavailable("The disk is full. Nothing was stored; free some space and it goes on by itself.")
    if "locked" in words or "unable to open" in words or "readonly" in words or "disk i/o" in words:
        return StoreUnavailable(f"The database cannot be used now: {cause}. Nothing was stored.")
    return broken


class _Writer:
    """The one connection that writes, and the group of transactions that wait for its next commit."""

    def __init__(self, engine: AsyncEngine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._group: list[tuple[Tx, asyncio.Future[None]]] = []
        self._open = False
        self.connection: AsyncConnection | None = None
        self._wire: Wire | None = None

    async def enter(self) -> Tx:
        """Wait for the writer; the transaction joins the group that is open, or opens one."""
        self._waiting += 1
        try:
            await self._lock.acquire()
        except asyncio.CancelledError:
            self._waiting -= 1
            if self._group and not self._waiting and not self._lock.locked():
                asyncio.get_running_loop().create_task(self._flush())
            raise
        self._waiting -= 1
        try:
            if self.connection is None or self._wire is None:
                self.connection = await self._engine.connect()
                self._wire = await Wire.of(self.connection)
            await self._wire.say("SAVEPOINT one" if self._open else "BEGIN IMMEDIATE")
        except BaseException as broken:
            await self._end()
            raise _unavailable(broken) from broken
        self._open = True
        return Tx(self.connection, self._wire)

    async def keep(self, tx: Tx) -> None:
        """The block is done: commit when nobody else waits, else leave the commit to the last of the group."""
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        assert self._wire is not None
        if self._group:
            await self._wire.say("RELEASE one")
        self._group.append((tx, settled))
        await self._end()
        await settled

    async def drop(self) -> None:
        """The block failed: take back its work and no other's."""
        assert self._wire is not None
        try:
            if self._group:
                await self._wire.say("ROLLBACK TO one")
                await self._wire.say("RELEASE one")
            else:
                await self._wire.say("ROLLBACK")
                self._open = False
        except (sqlite3.Error, ValueError):  # SQLite has rolled back by itself (disk full), or a task was cancelled
            self._fail(StoreUnavailable("The database took back the work of this moment. Nothing was stored."))
            await self._abandon()
        await self._end()

    async def _end(self) -> None:
        try:
            if self._group and (not self._waiting or len(self._group) >= GROUP):
                await self._commit()
        finally:
            self._lock.release()

    async def _flush(self) -> None:
        async with self._lock:
            if self._group:
                await self._commit()

    async def _commit(self) -> None:
        assert self._wire is not None
        try:
            await self._wire.say("COMMIT")
        except BaseException as broken:
            self._fail(_unavailable(broken))
            await self._abandon()
            return
        group, self._group, self._open = self._group, [], False
        for tx, settled in group:
            if tx.events or tx.due is not None:
                self._store.after_commit(tx.events, due=tx.due)
            if not settled.done():
                settled.set_result(None)

    def _fail(self, why: BaseException) -> None:
        group, self._group, self._open = self._group, [], False
        for _, settled in group:
            if not settled.done():
                settled.set_exception(why)

    async def _abandon(self) -> None:
        connection, self.connection, self._wire = self.connection, None, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def close(self) -> None:
        async with self._lock:
            if self._group:
                await self._commit()
            if self.connection is not None:
                await self.connection.close()
            await self._engine.dispose()


class _Begin:
    """The context manager behind `begin()`: a class, so that the mark of the guard lies in the caller's context."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    async def __aenter__(self) -> Tx:
        self._token = guard.enter_transaction()
        try:
            self._tx = await self._writer.enter()
        except BaseException:
            guard.leave_transaction(self._token)
            raise
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        guard.leave_transaction(self._token)
        if error is None:
            await self._writer.keep(self._tx)
            return
        await self._writer.drop()
        if isinstance(error, DBAPIError | sqlite3.Error):
            raise _unavailable(error) from error
