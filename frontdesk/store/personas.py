"""Personas as they were read from the file, and those that were made elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import personas


@dataclass(frozen=True, slots=True)
class PersonaRow:
    """A row of `personas`. `body` is JSON with the keys of the file."""

    name: str
    position: int
    body: str
    from_file: bool
    changed_at: int


async def all_(read: Read) -> list[PersonaRow]:
    """Every persona, those of the file first, each part in its own order."""
    order = (personas.c.from_file.desc(), personas.c.position, personas.c.name)
    return await read.all(select(personas).order_by(*order), PersonaRow)


async def replace_file(tx: Tx, bodies: Sequence[tuple[str, str]], *, now: int) -> None:
    """The file now says these (name, body), in this order; what was made elsewhere stays."""
    await tx.run(delete(personas).where(personas.c.from_file.is_(True)))
    rows = [
        {"name": name, "position": position, "body": body, "from_file": True, "changed_at": now}
        for position, (name, body) in enumerate(bodies)
    ]
    if rows:
        await tx.run(insert(personas), rows)


async def put(tx: Tx, name: str, body: str, *, now: int) -> None:
    """A persona that was made elsewhere, in the place of the one of that name."""
    row = {"name": name, "position": 0, "body": body, "from_file": False, "changed_at": now}
    statement = upsert(personas)
    news = {"body": statement.excluded.body, "changed_at": statement.excluded.changed_at}
    await tx.run(statement.on_conflict_do_update(index_elements=[personas.c.name], set_=news), row)
    await changes.note(tx, Kind.PERSONA, name)
