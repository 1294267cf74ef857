"""What only one process may hold at a time.

No clock decides who may take over: `until` grows with every renewal, and whoever wants what another holds must have
seen the same value for long enough by a clock of their own. It is also the moment, by the database's clock, after which
nobody need count on that owner; nothing that must be safe hangs on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from frontdesk.store.processes import database_now
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """A row of `leases`. `left` is for how many milliseconds its owner may still be counted on."""

    name: str
    owner: str
    until: int
    left: int


_FRESH = database_now() + bindparam("lasts")
_LATER = case((leases.c.until >= _FRESH, leases.c.until + 1), else_=_FRESH)
_MINE = leases.c.owner == bindparam("self")
_INSERT = (
    insert(leases).values(name=bindparam("wanted"), owner=bindparam("self"), until=_FRESH).on_conflict_do_nothing()
)
_INHERIT = (
    update(leases)
    .where(
        leases.c.name == bindparam("wanted"), leases.c.owner == bindparam("dead"), leases.c.until == bindparam("seen")
    )
    .values(owner=bindparam("self"), until=_LATER)
)
_RENEW = update(leases).where(_MINE, among(leases.c.name, "names")).values(until=_LATER).returning(leases.c.name)
_DROP_OTHERS = delete(leases).where(_MINE, ~among(leases.c.name, "names"))
_DROP = delete(leases).where(_MINE, among(leases.c.name, "names"))
_ALL = select(*leases.c, leases.c.until - database_now()).order_by(leases.c.name)
_ONE = select(leases.c.owner).where(leases.c.name == bindparam("wanted"))
_LIVELY = _ONE.where(leases.c.until > database_now())


async def take(tx: Tx, name: str, *, owner: str, lasts: int, dead: Lease | None = None) -> bool:
    """Hold it from now on, where nobody does, or where `dead` is still all that is told of its owner.

    `lasts` is in milliseconds.
    """
    given = {"wanted": name, "self": owner, "lasts": lasts}
    if dead is None:
        return bool(await tx.count(_INSERT, given))
    return bool(await tx.count(_INHERIT, {**given, "dead": dead.owner, "seen": dead.until}))


async def renew(tx: Tx, names: Iterable[str], *, owner: str, lasts: int, spared: Iterable[str] = ()) -> frozenset[str]:
    """Hold these on, and no others but the spared, which stay as they are; gives those that are still held."""
    wanted = tuple(names)
    await tx.run(_DROP_OTHERS, {"self": owner, "names": texts((*wanted, *spared))})
    return frozenset(await tx.scalars(_RENEW, {"self": owner, "names": texts(wanted), "lasts": lasts}))


async def give_back(tx: Tx, names: Iterable[str], *, owner: str) -> None:
    """Hold these no longer: whoever wants them may take them at once."""
    await tx.run(_DROP, {"self": owner, "names": texts(names)})


async def every(read: Read) -> list[Lease]:
    """All that is held."""
    return await read.all(_ALL, Lease, {})


async def owner_of(read: Read, name: str) -> str | None:
    """Who holds it; None where nobody does. The owner may have died."""
    owner: str | None = await read.scalar(_ONE, {"wanted": name})
    return owner


async def lively_owner_of(read: Read, name: str) -> str | None:
    """Who holds it and gave a sign of life a moment ago; None where nobody did."""
    owner: str | None = await read.scalar(_LIVELY, {"wanted": name})
    return owner
