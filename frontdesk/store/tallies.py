"""What all processes have counted, since the installation began: each adds what it counted, so a sum never falls."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import marks

PREFIX = "tally:"  # before the key, in the table of marks

_insert = insert(marks)
_ADD = _insert.on_conflict_do_update(
    index_elements=[marks.c.name], set_={"number": marks.c.number + _insert.excluded.number}
)
_ALL = select(marks.c.name, marks.c.number).where(marks.c.name.startswith(PREFIX, autoescape=True))


async def add(tx: Tx, grown: Mapping[str, float]) -> None:
    """Add to the sums."""
    rows = [{"name": f"{PREFIX}{key}", "value": "", "number": by} for key, by in sorted(grown.items())]
    if rows:  # in one order, so that two processes never wait for each other
        await tx.run_all([(_ADD, rows)])


async def sums(read: Read) -> dict[str, float]:
    """Every sum by its key."""
    found = await read.pairs(_ALL, {})
    return {name.removeprefix(PREFIX): number for name, number in found.items()}
