"""Transactions. `begin()` gives a Tx that writes, `read()` a connection that only reads.

SQLite has one writer. Transactions that wait for it are gathered into one commit, so that the disk is asked once for
many: each runs in a savepoint of its own, none returns before the common commit has reached the disk, and one that
fails takes only its own work back.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

from frontdesk.domain.live import Live
from frontdesk.kit import guard
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.engine import readers, writer
from frontdesk.store.wire import Params, Wire, after, fetch, fetch_all, nothing, say, take_back, touch, touch_all

log = logging.getLogger(__name__)

GROUP = 64  # transactions that share one commit at the most

R = TypeVar("R")


class StoreUnavailable(FrontdeskError):
    """The database did not take the work: nothing was stored, and the same may be tried again."""


class AfterCommit(Protocol):
    """What is told once a transaction is safe on disk."""

    def __call__(self, events: Sequence[Live], *, due: int | None) -> None:
        """Publish the events; `due` is when the earliest work is due that was enqueued, None where none was."""


class Read:
    """A connection that reads.

    A statement given with `params` must be one that lives as long as the program; it is compiled once.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def _ask(self, function: Callable[..., R], *given: Any) -> R:
        return await self._wire.run(function, *given)

    async def all(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> list[R]:
        """Every row, each made by `row(*columns)`."""
        return [row(*columns) for columns in await self._ask(fetch, statement, params)]

    async def one(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> R | None:
        """The first row, made by `row(*columns)`, or None."""
        rows = await self._ask(fetch, statement, params)
        return row(*rows[0]) if rows else None

    async def scalar(self, statement: Executable, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        rows = await self._ask(fetch, statement, params)
        return rows[0][0] if rows else None

    async def scalars(self, statement: Executable, params: Params | None = None) -> list[Any]:
        """The first column of every row."""
        return [columns[0] for columns in await self._ask(fetch, statement, params)]

    async def pairs(self, statement: Executable, params: Params | None = None) -> dict[Any, Any]:
        """A dict from the first column to the second."""
        return dict(await self._ask(fetch, statement, params))

    async def together(self, *queries: tuple[Executable, Callable[..., Any], Params | None]) -> list[list[Any]]:
        """Several questions in one trip: for each (statement, row, params) its rows."""
        results = await self._ask(fetch_all, [(statement, params) for statement, _, params in queries])
        return [[row(*columns) for columns in rows] for (_, row, _), rows in zip(queries, results, strict=True)]


class Tx(Read):
    """A transaction. Events emitted in it are told after the commit, or never.

    What only writes is left behind until something is asked, or until the end: it then goes along in the same trip.
    """

    def __init__(self, wire: Wire, beginning: str) -> None:
        super().__init__(wire)
        self.events: list[Live] = []
        self.due: int | None = None
        self.begun = False
        self._behind: list[tuple[Any, ...]] = [(say, beginning)]

    async def _ask(self, function: Callable[..., R], *given: Any) -> R:
        behind, self._behind, self.begun = self._behind, [], True
        return await self._wire.run(after, behind, function, *given)

    @property
    def idle(self) -> bool:
        """Whether nothing was asked or written in it."""
        return not self.begun and len(self._behind) == 1

    async def flush(self) -> None:
        """Write what was left behind."""
        if self._behind and not self.idle:
            await self._ask(nothing)

    async def finish(self) -> None:
        """Write what was left behind and commit, in one trip.

        Raises:
            _NotCommitted: all but the commit went through.
        """
        await self._ask(_commit)

    async def run(self, statement: Executable, params: Params | Sequence[Params] | None = None) -> None:
        """Execute a statement that writes; a list of parameters runs it once for each."""
        if params is None or isinstance(params, dict):
            self._behind.append((touch, statement, params))
        else:
            self._behind.append((touch_all, [(statement, params)]))

    async def count(self, statement: Executable, params: Params | None = None) -> int:
        """Execute a statement that writes, and give how many rows it touched."""
        return await self._ask(touch, statement, params)

    async def run_all(self, work: Sequence[tuple[Executable, Sequence[Params]]]) -> None:
        """Execute many statements that write, each for a list of parameters with the same keys."""
        if any(rows for _, rows in work):
            self._behind.append((touch_all, work))

    def emit(self, event: Live) -> None:
        """Tell the listeners after the commit."""
        self.events.append(event)

    def wake(self, due: int) -> None:
        """Let the runner know after the commit that there is work due at that moment."""
        self.due = due if self.due is None else min(self.due, due)


class Store:
    """The database of one installation."""

    def __init__(self, url: str, *, synchronous: str = "FULL") -> None:
        self.url = url
        self.after_commit: AfterCommit = _nobody
        self.trouble: str | None = None  # why the last write failed, until a commit succeeds
        self._readers = readers(url)
        self._free: asyncio.LifoQueue[Wire] = asyncio.LifoQueue()
        for wire in reversed(self._readers):
            self._free.put_nowait(wire)
        self._writer = _Writer(writer(url, synchronous=synchronous), self)

    def begin(self) -> "_Begin":
        """`async with store.begin() as tx:` The block's end returns when the work is on disk.

        Raises:
            StoreUnavailable: the database is locked, full or gone; nothing was stored.
        """
        return _Begin(self._writer)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Read]:
        """A connection that reads what is committed."""
        wire = await self._free.get()
        try:
            yield Read(wire)
        except (DBAPIError, sqlite3.Error) as broken:
            raise _unavailable(broken) from broken
        finally:
            self._free.put_nowait(wire)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._writer.close()
        for wire in self._readers:
            await wire.close()


class _NotCommitted(Exception):
    """What was written before went through; its commit did not. The cause says why."""


def _commit(connection: Connection) -> None:
    """End the transaction.

    Raises:
        _NotCommitted: the database refused.
    """
    try:
        say(connection, "COMMIT")
    except sqlite3.Error as broken:
        raise _NotCommitted from broken


_TAKEN_BACK = "The database took back the work of this moment. Nothing was stored."


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


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end, also when the caller is cancelled meanwhile: a transaction half ended would hold up all."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


class _Writer:
    """The one connection that writes, and the group of transactions that wait for its next commit."""

    def __init__(self, wire: Wire, store: Store) -> None:
        self._wire = wire
        self._store = store
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._group: list[tuple[Tx, asyncio.Future[None]]] = []

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
        return Tx(self._wire, "SAVEPOINT one" if self._group else "BEGIN IMMEDIATE")

    async def keep(self, tx: Tx) -> None:
        """The block is done: commit when nobody else waits, else leave the commit to the last of the group.

        A savepoint is not released by itself: the next of the group stands inside it, and the commit ends all.
        """
        if tx.idle:
            self._tell(tx)
            await self._end()
            return
        refused: BaseException | None = None
        is_last = self._is_last(len(self._group) + 1)
        try:
            await (tx.finish() if is_last else tx.flush())
        except _NotCommitted as broken:
            refused = broken.__cause__
        except Exception:
            await self.drop(tx)
            raise
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._group.append((tx, settled))
        if is_last:
            try:
                await self._committed(refused)
            finally:
                self._lock.release()
        else:
            await self._end()
        await settled

    def _is_last(self, size: int) -> bool:
        """Whether nobody else would come along in the commit of a group of that size."""
        return not self._waiting or size >= GROUP

    async def drop(self, tx: Tx) -> None:
        """The block failed: take back its work and no other's."""
        try:
            if tx.begun and self._group:
                await self._wire.run(say, "ROLLBACK TO one")
                await self._wire.run(say, "RELEASE one")
            elif tx.begun:
                await self._wire.run(take_back)
        except Exception:  # SQLite has taken everything back by itself (the disk is full), or cannot be reached at all
            self._fail(StoreUnavailable(_TAKEN_BACK))
            await self._wire.reopen()
        await self._end()

    async def _end(self) -> None:
        try:
            if self._group and self._is_last(len(self._group)):
                await self._commit()
        finally:
            self._lock.release()

    async def _flush(self) -> None:
        async with self._lock:
            if self._group:
                await self._commit()

    async def _commit(self) -> None:
        refused: BaseException | None = None
        try:
            await self._wire.run(_commit)
        except BaseException as broken:
            refused = broken.__cause__ or broken
        await self._committed(refused)

    async def _committed(self, refused: BaseException | None) -> None:
        """Tell everybody in the group how their commit went."""
        if refused is not None:
            why = _unavailable(refused)
            self._store.trouble = str(why)
            self._fail(why)
            await self._wire.reopen()
            return
        self._store.trouble = None
        group, self._group = self._group, []
        for tx, settled in group:
            self._tell(tx)
            if not settled.done():
                settled.set_result(None)

    def refused(self, broken: BaseException) -> BaseException:
        """What the database said in words of ours; when it takes nothing, the store remembers why."""
        told = _unavailable(broken)
        if isinstance(told, StoreUnavailable):
            self._store.trouble = told.sentence
        return told

    def _tell(self, tx: Tx) -> None:
        """It is on disk: a listener that fails cannot change that, and holds nobody up."""
        if not tx.events and tx.due is None:
            return
        try:
            self._store.after_commit(tx.events, due=tx.due)
        except Exception:
            log.exception("what was stored could not be told")

    def _fail(self, why: BaseException) -> None:
        group, self._group = self._group, []
        for _, settled in group:
            if not settled.done():
                settled.set_exception(why)

    async def close(self) -> None:
        async with self._lock:
            if self._group:
                await self._commit()
            await self._wire.close()


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
            try:
                await _surely(self._writer.keep(self._tx))
            except (DBAPIError, sqlite3.Error) as broken:
                raise self._writer.refused(broken) from broken
            return
        await _surely(self._writer.drop(self._tx))
        if isinstance(error, DBAPIError | sqlite3.Error):
            raise self._writer.refused(error) from error
