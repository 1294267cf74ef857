"""The mark of the key under which secrets are sealed. It tells keys apart, and tells nothing of them."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from frontdesk.store.sql import const
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import marks

_NAME = "key"
_KEEP = insert(marks).values(name=_NAME, value=bindparam("mark"), number=None).on_conflict_do_nothing()
_CHANGE = update(marks).where(marks.c.name == const(_NAME)).values(value=bindparam("mark"))
_KEPT = select(marks.c.value).where(marks.c.name == const(_NAME))


async def kept(read: Read) -> str | None:
    """The mark of the key in use; None where none was noted yet."""
    mark: str | None = await read.scalar(_KEPT, {})
    return mark


async def keep(tx: Tx, mark: str) -> str:
    """Note the mark, unless one is noted already; gives the one that is."""
    await tx.run(_KEEP, {"mark": mark})
    return await kept(tx) or mark


async def change(tx: Tx, mark: str) -> None:
    """Note this one in the place of the other."""
    await tx.run(_CHANGE, {"mark": mark})
