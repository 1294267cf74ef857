"""Small facts of the installation, each under its name: what was done last, and what holds for the whole house."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import marks


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands under a name."""

    value: str
    number: float | None


_OF = select(marks.c.value, marks.c.number).where(marks.c.name == bindparam("mark"))
_PUT = upsert(marks)
_PUT_OVER = _PUT.on_conflict_do_update(
    index_elements=[marks.c.name], set_={"value": _PUT.excluded.value, "number": _PUT.excluded.number}
)
_DROP = delete(marks).where(marks.c.name == bindparam("mark"))


async def of(read: Read, name: str) -> Mark | None:
    """What stands under that name."""
    return await read.one(_OF, Mark, {"mark": name})


async def put(tx: Tx, name: str, value: str, number: float | None = None) -> None:
    """That stands there from now on."""
    await tx.run(_PUT_OVER, {"name": name, "value": value, "number": number})


async def drop(tx: Tx, name: str) -> bool:
    """Nothing stands there any more; whether something did."""
    return await tx.count(_DROP, {"mark": name}) > 0


async def moment(read: Read, name: str) -> int | None:
    """The moment (Unix ms) under that name; None where there is none."""
    found = await of(read, name)
    return None if found is None else int(found.value)


async def note(tx: Tx, name: str, at: int) -> None:
    """Remember a moment (Unix ms), in the place of an older one."""
    await put(tx, name, str(at))


async def forget(tx: Tx, name: str) -> None:
    """Remember nothing under that name."""
    await drop(tx, name)
