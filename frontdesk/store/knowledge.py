"""The passages of the knowledge base, and the questions that it did not answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update

from frontdesk.domain.turns import Passage
from frontdesk.kit.ids import new_id
from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.rows import KnowledgeRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import knowledge, knowledge_gaps


@dataclass(frozen=True, slots=True)
class GapRow:
    """A row of `knowledge_gaps`."""

    id: str
    chat_id: str | None
    question: str
    asked_at: int
    closed_at: int | None


async def all_(read: Read) -> list[KnowledgeRow]:
    """Every passage, by source, in the order in which the source has them."""
    return await read.all(select(knowledge).order_by(knowledge.c.source, knowledge.c.created_at), KnowledgeRow)


async def replace_sources(tx: Tx, passages: Sequence[Passage], *, now: int, sample: bool) -> None:
    """These passages take the place of whatever their sources held."""
    gone = {passage.source for passage in passages}
    await tx.run(delete(knowledge).where(among(knowledge.c.source, "sources")), {"sources": texts(gone)})
    rows = [
        # The place of a passage in its source is kept in the time, one millisecond each.
        {
            "id": passage.id,
            "title": passage.title,
            "text": passage.text,
            "source": passage.source,
            "sample": sample,
            "created_at": at,
        }
        for at, passage in enumerate({passage.id: passage for passage in passages}.values(), now)
    ]
    if rows:
        await tx.run(insert(knowledge), rows)
    await changes.note(tx, Kind.KNOWLEDGE)


async def remove_source(tx: Tx, source: str) -> int:
    """Forget a source; gives how many passages it had."""
    await changes.note(tx, Kind.KNOWLEDGE)
    return await tx.count(delete(knowledge).where(knowledge.c.source == source))


async def sources(read: Read) -> list[tuple[str, int]]:
    """Each source with the number of its passages, by name."""

    def pair(source: str, count: int) -> tuple[str, int]:
        return source, count

    statement = select(knowledge.c.source, func.count()).group_by(knowledge.c.source).order_by(knowledge.c.source)
    return await read.all(statement, pair)


_SAME_GAP = select(knowledge_gaps.c.id).where(
    knowledge_gaps.c.question == bindparam("asked"), knowledge_gaps.c.closed_at.is_(None)
)
_ADD_GAP = insert(knowledge_gaps).from_select(
    ["id", "chat_id", "question", "asked_at"],
    select(bindparam("gap"), bindparam("chat"), bindparam("asked"), bindparam("now")).where(~_SAME_GAP.exists()),
)


async def add_gap(tx: Tx, question: str, *, chat_id: str | None, now: int) -> None:
    """A question found no answer. One that is open already, in the same words, is not noted twice."""
    await tx.run(_ADD_GAP, {"gap": new_id("gap"), "chat": chat_id, "asked": question, "now": now})


async def open_gaps(read: Read, *, limit: int = 200) -> list[GapRow]:
    """The questions without an answer, the newest first."""
    statement = select(knowledge_gaps).where(knowledge_gaps.c.closed_at.is_(None))
    return await read.all(statement.order_by(knowledge_gaps.c.id.desc()).limit(limit), GapRow)


async def close_gaps(tx: Tx, ids: Collection[str], now: int) -> int:
    """These questions are dealt with; gives how many were open."""
    statement = update(knowledge_gaps).where(among(knowledge_gaps.c.id, "ids"), knowledge_gaps.c.closed_at.is_(None))
    return await tx.count(statement.values(closed_at=now), {"ids": texts(ids)})
