"""How often was guessed wrongly, and when last. Who guesses, and at what, stands here only as a hash."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import tries


@dataclass(frozen=True, slots=True)
class Tried:
    """Wrong guesses: how many, and when the last was."""

    count: int
    last_at: int


_AT = select(tries.c.key, tries.c.count, tries.c.last_at).where(among(tries.c.key, "keys"))
_DROP = delete(tries).where(among(tries.c.key, "keys"))
_ADD = insert(tries)
_SWEEP = delete(tries).where(tries.c.last_at < bindparam("before"))


async def at(read: Read, keys: Iterable[str]) -> dict[str, Tried]:
    """What is known of these keys."""

    def row(key: str, count: int, last_at: int) -> tuple[str, Tried]:
        return key, Tried(count, last_at)

    return dict(await read.all(_AT, row, {"keys": texts(keys)}))


async def put(tx: Tx, found: Mapping[str, Tried | None]) -> None:
    """From now on this is known of these keys; None: nothing."""
    await tx.run(_DROP, {"keys": texts(found)})
    rows = [{"key": key, "count": each.count, "last_at": each.last_at} for key, each in found.items() if each]
    if rows:
        await tx.run(_ADD, rows)


async def sweep(tx: Tx, before: int) -> None:
    """Forget those who have been quiet since that moment."""
    await tx.run(_SWEEP, {"before": before})
