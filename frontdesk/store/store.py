"""Transactions. `begin()` gives a Tx that writes, `read()` a connection that only reads.

Without arguments a transaction has the house to itself, on every database: what it reads stays so until its end. Those
that are many say what they touch, and on PostgreSQL go beside each other where they touch different things.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Protocol

from frontdesk.kit import guard
from frontdesk.store.engine import is_postgres
from frontdesk.store.outcome import AfterCommit, Connections, Outcome, Scope, StoreUnavailable
from frontdesk.store.postgres import Postgres
from frontdesk.store.sqlite import Sqlite
from frontdesk.store.tx import Read, Tx

__all__ = ["AfterCommit", "Read", "Store", "StoreUnavailable", "Tx"]

_END = "COMMIT"


class Backend(Protocol):
    """A kind of database."""

    async def enter(self, scope: Scope) -> Tx:
        """Begin a transaction that touches that much."""

    async def keep(self, tx: Tx) -> None:
        """Commit it and tell."""

    async def drop(self, tx: Tx) -> None:
        """Take its work back."""

    def read(self, urgent: bool) -> AbstractAsyncContextManager[Read]:
        """A connection that reads what is committed."""

    def unavailable(self, broken: BaseException) -> BaseException:
        """StoreUnavailable where nothing but time or a person can mend what the database says; else the same."""

    async def close(self) -> None:
        """Let go of every connection."""


class Store(Outcome):
    """The database of one installation."""

    def __init__(self, url: str, *, synchronous: str = "FULL", connections: int = 10) -> None:
        """`synchronous` is of SQLite; `connections` is how many this process opens to PostgreSQL at the most."""
        super().__init__()
        self.url = url
        self.backend: Any = (
            Postgres(url, self, connections=connections, end=_END)
            if is_postgres(url)
            else Sqlite(url, self, synchronous=synchronous, end=_END)
        )

    def begin(
        self,
        *,
        chat: str | None = None,
        chats: Iterable[str] = (),
        accounts: Iterable[str] = (),
        addresses: Iterable[str] = (),
        matters: Iterable[str] = (),
        shared: bool = False,
        lasting: bool = True,
        urgent: bool = False,
    ) -> "_Begin":
        """`async with store.begin() as tx:` The block's end returns when the work is on disk.

        `chat`, `chats`, `accounts` (with all that is theirs): it touches these and nothing else that is decided upon
        what was read; `addresses` (by their ids) the same for who writes by them and their chats, known or new, as
        long as nobody becomes another; `matters` for what is none of these, by any name. `shared`: nothing at all, but
        rows that each statement finds for itself, such as jobs.

        Without `lasting` PostgreSQL does not wait for the disk: if the server crashes within the next moment, it is as
        if the work had not been done yet. Everything that lasts and comes later takes it along. For what nobody outside
        has been told, and what is done again where it is missing. `urgent` has a connection of its own, however many
        wait for the others: for signs of life.

        Raises:
            StoreUnavailable: the database is locked, full or gone; nothing was stored.
        """
        named = (*chats, chat) if chat is not None else tuple(chats)
        lines = (*accounts, *(f"matter:{matter}" for matter in matters))
        people = tuple(addresses)
        scope = Scope(bool(shared or named or lines or people), lines, named, people, lasting, urgent)
        return _Begin(self, self.backend, scope)

    @asynccontextmanager
    async def read(self, *, urgent: bool = False) -> AsyncIterator[Read]:
        """A connection that reads what is committed; `urgent` as in `begin`.

        Raises:
            StoreUnavailable: the database cannot be read now.
        """
        backend: Backend = self.backend
        try:
            async with backend.read(urgent) as read:
                yield read
        except Exception as broken:
            told = backend.unavailable(broken)
            if told is broken:
                raise
            raise told from broken

    @property
    def side_by_side(self) -> bool:
        """Whether transactions that touch different things go on beside each other."""
        return isinstance(self.backend, Postgres)

    def be_patient(self, seconds: float) -> None:
        """Wait so long for a connection while all are in use: for who has time, and has more to do than connections."""
        if isinstance(self.backend, Postgres):
            self.backend.patience = seconds

    def connections(self) -> list[Connections]:
        """Those of this process to a server; a file has none."""
        return self.backend.connections() if self.side_by_side else []

    def count_waits(self) -> None:
        """Count in the tally how connections were waited for since the last time."""
        if self.side_by_side:
            self.backend.count_waits()

    async def close(self) -> None:
        """Let go of every connection."""
        await self.backend.close()


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end, also when the caller is cancelled meanwhile: a transaction half ended would hold up all."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


class _Begin:
    """The context manager behind `begin()`: a class, so that the mark of the guard lies in the caller's context."""

    def __init__(self, outcome: Outcome, backend: Backend, scope: Scope) -> None:
        self._outcome = outcome
        self._backend = backend
        self._scope = scope

    async def __aenter__(self) -> Tx:
        self._token = guard.enter_transaction()
        try:
            self._tx = await self._backend.enter(self._scope)
        except BaseException as broken:
            guard.leave_transaction(self._token)
            self._refused(broken)
            raise
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        guard.leave_transaction(self._token)
        if error is not None:
            await _surely(self._backend.drop(self._tx))
            self._refused(error)
            return
        try:
            await _surely(self._backend.keep(self._tx))
        except Exception as broken:
            self._refused(broken)
            raise

    def _refused(self, broken: BaseException) -> None:
        """Say in words of ours what the database said; when it takes nothing, the store remembers why."""
        told = self._backend.unavailable(broken)
        if isinstance(told, StoreUnavailable):
            self._outcome.trouble = told.sentence
        if told is not broken:
            raise told from broken
