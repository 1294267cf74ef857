"""Moments that the house has to remember, each under a name."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import marks

_insert = insert(marks)
_PUT = _insert.on_conflict_do_update(
    index_elements=[marks.c.name], set_={"value": _insert.excluded.value, "number": _insert.excluded.number}
)
_MOMENT = select(marks.c.value).where(marks.c.name == bindparam("mark"))


async def moment(read: Read, name: str) -> int | None:
    """The moment (Unix ms) under that name; None where there is none."""
    found = await read.scalar(_MOMENT, {"mark": name})
    return None if found is None else int(found)


async def note(tx: Tx, name: str, at: int) -> None:
    """Remember a moment (Unix ms), in the place of an older one."""
    await tx.run(_PUT, {"name": name, "value": str(at), "number": None})


async def forget(tx: Tx, name: str) -> None:
    """Remember nothing under that name."""
    await tx.run(delete(marks).where(marks.c.name == name))
