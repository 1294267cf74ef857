"""SQLite: one connection that writes, several that read.

Transactions that wait for the writer are gathered into one commit, so that the disk is asked once for many: each runs
in a savepoint of its own, none returns before the common commit has reached the disk, and one that fails takes only its
own work back.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from frontdesk.store.compiled import Write
from frontdesk.store.engine import readers, writer
from frontdesk.store.outcome import FULL, Outcome, Scope, StoreUnavailable
from frontdesk.store.tx import Read, Tx
from frontdesk.store.wire import NotCommitted, Wire, say, take_back

R = TypeVar("R")

GROUP = 64  # transactions that share one commit at the most
_TAKEN_BACK = "The database took back the work of this moment. Nothing was stored."


def unavailable(broken: BaseException) -> BaseException:
    """What the database says in words of ours, where nothing but time or a person can mend it."""
    cause = broken.orig if isinstance(broken, DBAPIError) else broken
    if not isinstance(cause, sqlite3.OperationalError):
        return broken
    words = str(cause).lower()
    if "full" in words:
        return StoreUnavailable(FULL)
    if "locked" in words or "unable to open" in words or "readonly" in words or "disk i/o" in words:
        return StoreUnavailable(f"The database cannot be used now: {cause}. Nothing was stored.")
    return broken


class Sqlite:
    """The database file of one machine. What a transaction touches does not matter: there is one at a time."""

    unavailable = staticmethod(unavailable)

    def __init__(self, url: str, outcome: Outcome, *, synchronous: str, end: str) -> None:
        self.readers = readers(url)
        self._free: asyncio.LifoQueue[Wire] = asyncio.LifoQueue()
        for wire in reversed(self.readers):
            self._free.put_nowait(wire)
        self.writer = Writer(writer(url, synchronous=synchronous), outcome, end=end)

    async def enter(self, scope: Scope) -> Tx:
        """Wait for the writer."""
        return await self.writer.enter()

    async def keep(self, tx: Tx) -> None:
        """Commit."""
        await self.writer.keep(tx)

    async def drop(self, tx: Tx) -> None:
        """Take its work back."""
        await self.writer.drop(tx)

    @asynccontextmanager
    async def read(self, urgent: bool) -> AsyncIterator[Read]:
        """A connection that reads what is committed."""
        wire = await self._free.get()
        try:
            yield Read(wire)
        finally:
            self._free.put_nowait(wire)

    async def alone(self, work: Callable[[Connection], R]) -> R:
        """Do what no transaction may hold, on the connection that writes; whoever wants to write waits."""
        return await self.writer.alone(work)

    async def close(self) -> None:
        """Let go of every connection."""
        await self.writer.close()
        for wire in self.readers:
            await wire.close()


class Writer:
    """The one connection that writes, and the group of transactions that wait for its next commit."""

    def __init__(self, wire: Wire, outcome: Outcome, *, end: str) -> None:
        self.wire = wire
        self._outcome = outcome
        self._end_word = end
        self.lock = asyncio.Lock()
        self._waiting = 0
        self._group: list[tuple[Tx, asyncio.Future[None]]] = []

    async def enter(self) -> Tx:
        """Wait for the writer; the transaction joins the group that is open, or opens one."""
        self._waiting += 1
        try:
            await self.lock.acquire()
        except asyncio.CancelledError:
            self._waiting -= 1
            if self._group and not self._waiting and not self.lock.locked():
                asyncio.get_running_loop().create_task(self._flush())
            raise
        self._waiting -= 1
        return Tx(self.wire, Write("SAVEPOINT one" if self._group else "BEGIN IMMEDIATE"))

    async def keep(self, tx: Tx) -> None:
        """The block is done: commit when nobody else waits, else leave the commit to the last of the group.

        A savepoint is not released by itself: the next of the group stands inside it, and the commit ends all.
        """
        if tx.idle:
            self._outcome.tell(tx)
            await self._end()
            return
        refused: BaseException | None = None
        is_last = self._is_last(len(self._group) + 1)
        try:
            await (tx.finish(self._end_word) if is_last else tx.flush())
        except NotCommitted as broken:
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
                self.lock.release()
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
                await self.wire.run(say, "ROLLBACK TO one")
                await self.wire.run(say, "RELEASE one")
            elif tx.begun:
                await self.wire.run(take_back)
        except Exception:  # SQLite has taken everything back by itself (the disk is full), or cannot be reached at all
            self._fail(StoreUnavailable(_TAKEN_BACK))
            await self.wire.reopen()
        await self._end()

    async def _end(self) -> None:
        try:
            if self._group and self._is_last(len(self._group)):
                await self._commit()
        finally:
            self.lock.release()

    async def _flush(self) -> None:
        async with self.lock:
            if self._group:
                await self._commit()

    async def _commit(self) -> None:
        refused: BaseException | None = None
        try:
            await self.wire.finish((), self._end_word)
        except BaseException as broken:
            refused = broken.__cause__ or broken
        await self._committed(refused)

    async def _committed(self, refused: BaseException | None) -> None:
        """Tell everybody in the group how their commit went."""
        if refused is not None:
            why = unavailable(refused)
            self._outcome.trouble = str(why)
            self._fail(why)
            await self.wire.reopen()
            return
        self._outcome.trouble = None
        group, self._group = self._group, []
        for tx, settled in group:
            self._outcome.tell(tx)
            if not settled.done():
                settled.set_result(None)

    async def alone(self, work: Callable[[Connection], R]) -> R:
        """Between two transactions; raises what `work` raises, or StoreUnavailable."""
        async with self.lock:
            if self._group:
                await self._commit()
            try:
                return await self.wire.run(work)
            except Exception as broken:
                await self.wire.reopen()
                told = unavailable(broken)
                if told is broken:
                    raise
                raise told from broken

    def _fail(self, why: BaseException) -> None:
        group, self._group = self._group, []
        for _, settled in group:
            if not settled.done():
                settled.set_exception(why)

    async def close(self) -> None:
        async with self.lock:
            if self._group:
                await self._commit()
            await self.wire.close()
