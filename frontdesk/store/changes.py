"""That something has changed of which every process keeps a copy: noted with the change, and read by the others.

Notes are only ever added: a counter that each change raises would be a row for which all of them wait. So numbers may
be committed out of order, and whoever reads has to look back a little.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, func, insert, select

from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import changes

KEPT = 5_000  # notes; who has not looked for longer looks at everything


class Kind(StrEnum):
    """What has changed."""

    ACCOUNT = "account"
    KNOWLEDGE = "knowledge"
    OUTAGE = "outage"
    PERSONA = "persona"
    RIGHTS = "rights"  # somebody may do or see less than before, or something else


@dataclass(frozen=True, slots=True)
class Change:
    """A row of `changes`. `about` is the id of what has changed, where that is one thing."""

    number: int
    kind: str
    about: str | None


_NOTE = insert(changes).inline()
_BEHIND = changes.c.number >= bindparam("first")
_STAND = select(func.max(changes.c.number), func.count()).where(_BEHIND)
_FROM = select(changes.c.number, changes.c.kind, changes.c.about).where(_BEHIND).order_by(changes.c.number)
_NEWEST = select(func.max(changes.c.number)).where(changes.c.kind == bindparam("wanted"))
_FORGET = delete(changes).where(changes.c.number < select(func.max(changes.c.number)).scalar_subquery() - KEPT)


async def note(tx: Tx, kind: Kind, about: str | None = None) -> None:
    """Something of that kind changes in this transaction."""
    await tx.run(_NOTE, {"kind": kind.value, "about": about})


async def stand(read: Read, first: int) -> tuple[int, int]:
    """The newest number and how many notes there are, from that number on. Differs whenever one was added there."""

    def pair(newest: int | None, count: int) -> tuple[int, int]:
        return newest or 0, count

    return await read.one(_STAND, pair, {"first": first}) or (0, 0)


async def noted(read: Read, first: int) -> list[Change]:
    """What was noted from that number on."""
    return await read.all(_FROM, Change, {"first": first})


async def newest(read: Read, kind: Kind) -> int:
    """The number of the last change of that kind; 0 when there was none that is remembered."""
    return int(await read.scalar(_NEWEST, {"wanted": kind.value}) or 0)


async def forget(tx: Tx) -> None:
    """Drop notes that everybody has read long ago."""
    await tx.run(_FORGET, {})
