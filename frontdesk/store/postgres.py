"""PostgreSQL: a pool of connections, and locks that keep apart what touches the same.

The code that writes was made for one writer at a time. Here many write at once, so each transaction takes advisory
locks in the trip of its BEGIN: the house alone, or the house with others and its own account or chat alone. They end
with the transaction, so that a pooler such as PgBouncer may hand out connections transaction by transaction.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from frontdesk.kit.cancelling import cancellations
from frontdesk.store.compiled import Write
from frontdesk.store.engine import conninfo
from frontdesk.store.outcome import FULL_SERVER, Connections, Outcome, Scope, StoreUnavailable
from frontdesk.store.postgres_trip import Connection
from frontdesk.store.postgres_wire import PostgresWire, locking
from frontdesk.store.tx import Read, Tx

log = logging.getLogger(__name__)

WAIT = 3.0  # seconds that a connection is waited for, unless the house says otherwise
WAIT_AWAY = 0.25  # the same while the server is away: who asks is told at once, and may try again
RECONNECT = 2.0  # seconds for which one outage is tried in the background; whoever comes later tries anew
IDLE = 300.0  # seconds after which a connection that nobody needs is closed

_GONE = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
    errors.IdleInTransactionSessionTimeout,
    errors.ReadOnlySqlTransaction,
)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)


class Postgres:
    """A PostgreSQL server, reached directly or through a pooler."""

    def __init__(self, url: str, outcome: Outcome, *, connections: int, end: str) -> None:
        self._url = url
        self._outcome = outcome
        self._end = end
        self.patience = WAIT
        self._urgent_one: Connection | None = None
        # Apart, so that a transaction which looks something up on the side never waits for transactions.
        self._writing = _Pool(url, name="store-writers", most=connections)
        self._reading = _Pool(url, name="store-readers", most=max(2, connections // 2))
        self._urgent = _Pool(url, name="store-urgent", most=1)
        self._pools = (self._writing, self._reading, self._urgent)

    async def enter(self, scope: Scope) -> Tx:
        """A connection, and a transaction that begins with its first statement."""
        pool = self._urgent if scope.urgent else self._writing
        wire = PostgresWire(await pool.take(self.patience))
        if scope.urgent:
            self._urgent_one = wire.connection
        return Tx(wire, Write("BEGIN"), *locking(scope))

    async def keep(self, tx: Tx) -> None:
        """Commit and tell. What fails is rolled back; where the connection breaks meanwhile, nobody knows."""
        wire = _wire(tx)
        try:
            if not tx.idle:
                await tx.finish(self._end)
        except BaseException:
            await self._let_go(wire)
            raise
        self._give_back(wire.connection)
        self._outcome.trouble = None
        self._outcome.tell(tx)

    async def drop(self, tx: Tx) -> None:
        """Take its work back."""
        await self._let_go(_wire(tx))

    async def _let_go(self, wire: PostgresWire) -> None:
        with suppress(psycopg.Error):  # a connection that is broken has lost the transaction anyway
            if not wire.connection.closed:
                await wire.connection.rollback()
        self._give_back(wire.connection)

    def _give_back(self, connection: Connection) -> None:
        (self._urgent if connection is self._urgent_one else self._writing).give_back(connection)

    @asynccontextmanager
    async def read(self, urgent: bool) -> AsyncIterator[Read]:
        """A connection that reads what is committed."""
        pool = self._urgent if urgent else self._reading
        connection = await pool.take(self.patience)
        try:
            yield Read(PostgresWire(connection))
        finally:
            pool.give_back(connection)

    @staticmethod
    def unavailable(broken: BaseException) -> BaseException:
        """What the database says in words of ours, where nothing but time or a person can mend it."""
        if isinstance(broken, errors.DiskFull):
            return StoreUnavailable(FULL_SERVER)
        if isinstance(broken, _BUSY):
            return StoreUnavailable("The database is held up by other work. Nothing was stored; it is tried again.")
        if isinstance(broken, PoolTimeout | TooManyRequests):
            return StoreUnavailable("The database does not answer. Nothing was stored; see that PostgreSQL runs.")
        if isinstance(broken, _GONE) or _is_lost(broken):
            return StoreUnavailable("The connection to the database was lost. It is tried again.")
        return broken

    def connections(self) -> list[Connections]:
        """How the pools stand."""
        return [pool.standing() for pool in self._pools]

    def count_waits(self) -> None:
        """Count in the tally how connections were waited for since the last time."""
        for pool in self._pools:
            for what, by in pool.waits().items():
                self._outcome.tally.add(f"database_{what}", by, purpose=pool.purpose)

    async def close(self) -> None:
        """Let go of every connection."""
        for pool in self._pools:
            await pool.close()


def _wire(tx: Tx) -> PostgresWire:
    assert isinstance(tx.wire, PostgresWire)
    return tx.wire


def _is_lost(broken: BaseException) -> bool:
    """An operational error that the server did not send is one of the way there."""
    return isinstance(broken, psycopg.OperationalError | PoolClosed) and getattr(broken, "sqlstate", None) is None


class _Pool:
    """Connections for one purpose, opened when they are first needed."""

    def __init__(self, url: str, *, name: str, most: int) -> None:
        self._url = url
        self._name = name
        self._most = most
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._away = False
        self._in_use = 0
        self._opening = asyncio.Lock()
        self._errands: set[asyncio.Task[None]] = set()

    async def take(self, patience: float = WAIT) -> Connection:
        """A connection, waited for that many seconds at the most, and shorter while the server is away.

        Raises:
            PoolTimeout: none could be had in time.
        """
        pool = self._pool or await self._open()
        try:
            before = cancellations()
            connection = await pool.getconn(WAIT_AWAY if self._away else patience)
        except PoolTimeout:
            self._away = self._in_use < self._most  # else it is only busy
            raise
        self._away = False
        self._in_use += 1
        if cancellations() > before:  # the pool has lost it
            self.give_back(connection)
            raise asyncio.CancelledError
        return connection

    def give_back(self, connection: Connection) -> None:
        """Let others have it. One that broke is replaced, and those beside it are looked at."""
        assert self._pool is not None
        self._in_use -= 1
        self._do(self._pool.putconn(connection))
        if connection.broken:
            self._do(self._pool.check())

    def _do(self, work: "object") -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    @property
    def purpose(self) -> str:
        """What these connections are for."""
        return self._name.removeprefix("store-")

    def standing(self) -> Connections:
        """How many there are."""
        found = self._pool.get_stats() if self._pool else {}
        size, free, waiting = (found.get(name, 0) for name in ("pool_size", "pool_available", "requests_waiting"))
        return Connections(self.purpose, size, free, waiting)

    def waits(self) -> dict[str, float]:
        """How often one was taken, how many seconds that took, and how often it was in vain, since the last time."""
        found = self._pool.pop_stats() if self._pool else {}
        taken, seconds = found.get("requests_num", 0), found.get("requests_wait_ms", 0) / 1_000
        grown = {"taken": taken, "wait_seconds": seconds, "refused": found.get("requests_errors", 0)}
        return {what: float(by) for what, by in grown.items() if by}

    async def _open(self) -> AsyncConnectionPool[Connection]:
        async with self._opening:
            if self._pool is None:
                pool = AsyncConnectionPool(
                    conninfo(self._url),
                    open=False,
                    name=self._name,
                    min_size=0,
                    max_size=self._most,
                    timeout=WAIT,
                    max_idle=IDLE,
                    reconnect_timeout=RECONNECT,
                    connection_class=Connection,
                    kwargs={"autocommit": True},
                    configure=_configure,
                )
                await pool.open()
                self._pool = pool
        return self._pool

    async def close(self) -> None:
        """Let go of every connection."""
        if self._pool is not None:
            await asyncio.gather(*self._errands, return_exceptions=True)
            await self._pool.close()


async def _configure(connection: Connection) -> None:
    """Behind a pooler, who answers is not who was connected to, and prepared statements are gone a moment later."""
    row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
    if row is None or row[0] != connection.info.backend_pid:
        connection.prepares = False
