"""The processes of the house that run. Their signs of life are told by the database's clock, which all share."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from frontdesk.store.sql import const
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import jobs, processes

ALIVE = 8_000  # milliseconds for which a process counts as running after its last sign of life


class database_now(FunctionElement[int]):  # noqa: N801 - as SQLAlchemy writes functions
    """The database's own moment in Unix milliseconds."""

    name = "database_now"
    inherit_cache = True
    type = BigInteger()


@compiles(database_now, "sqlite")
def _on_sqlite(element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(database_now, "postgresql")
def _on_postgresql(element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


@dataclass(frozen=True, slots=True)
class Running:
    """A process that runs, or did a moment ago. `silent` is for how many ms nothing was heard of it."""

    id: str
    role: str
    host: str
    pid: int
    version: str
    says: str
    started_at: int
    seen_at: int
    silent: int


_ENTER = insert(processes).values(seen_at=database_now(), started_at=database_now())
_BEAT = update(processes).where(processes.c.id == bindparam("self")).values(seen_at=database_now())
_MOMENT = select(database_now())
_LEAVE = delete(processes).where(processes.c.id == bindparam("self"))
_ALL = select(*processes.c, database_now() - processes.c.seen_at).order_by(processes.c.started_at)
_SEEN = select(processes.c.id, processes.c.seen_at)
_ROLES = (
    select(processes.c.role, func.count())
    .where(processes.c.seen_at > database_now() - bindparam("silent"))
    .group_by(processes.c.role)
)
_BURY = delete(processes).where(processes.c.id == bindparam("dead"), processes.c.seen_at == bindparam("seen"))


async def enter(tx: Tx, id_: str, *, role: str, host: str, pid: int, version: str) -> None:
    """This process runs from now on."""
    await tx.run(_ENTER, {"id": id_, "role": role, "host": host, "pid": pid, "version": version})


async def moment(read: Read) -> int:
    """The database's present moment."""
    return int(await read.scalar(_MOMENT))


async def beat(tx: Tx, id_: str) -> bool:
    """This process lives. False where others have taken it for dead, and all that it held from it."""
    return bool(await tx.count(_BEAT, {"self": id_}))


async def leave(tx: Tx, id_: str) -> None:
    """This process ends."""
    await tx.run(_LEAVE, {"self": id_})


async def running(read: Read) -> list[Running]:
    """All of whom a sign was heard and no end."""
    return await read.all(_ALL, Running, {})


async def roles(read: Read, *, silent: int = ALIVE) -> dict[str, int]:
    """How many of each role gave a sign less than `silent` ms ago."""
    return await read.pairs(_ROLES, {"silent": silent})


async def seen(read: Read) -> dict[str, int]:
    """When each was last seen."""
    return await read.pairs(_SEEN, {})


async def bury(tx: Tx, id_: str, *, seen_at: int) -> bool:
    """Take a process out that has been silent since then. False where it gave a sign, or another was first."""
    return bool(await tx.count(_BURY, {"dead": id_, "seen": seen_at}))


_ORPHANED = (
    select(jobs.c.claimed_by)
    .where(
        jobs.c.state == const("running"),
        jobs.c.lease_until.is_(None),
        jobs.c.claimed_by.not_in(select(processes.c.id)),
    )
    .distinct()
)


async def orphaned(read: Read) -> list[str]:
    """Who holds claims for as long as it lives, and is not among those that run."""
    return await read.scalars(_ORPHANED, {})
