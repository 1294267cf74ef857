"""The passages of the knowledge base, and the questions that it did not answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update

from frontdesk.domain.operators import Sight
from frontdesk.domain.turns import Passage
from frontdesk.kit.ids import new_id
from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.rows import KnowledgeRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import chats, knowledge, knowledge_gaps


@dataclass(frozen=True, slots=True)
class GapRow:
    """A row of `knowledge_gaps`."""

    id: str
    chat_id: str | None
    question: str
    asked_at: int
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source of the knowledge base. `sample`: it is of the sample business."""

    name: str
    passages: int
    sample: bool
    imported_at: int


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
            "page": passage.page,
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


async def passages_of(read: Read, source: str, *, limit: int = 500) -> list[KnowledgeRow]:
    """The passages of one source, in its order."""
    statement = select(knowledge).where(knowledge.c.source == source).order_by(knowledge.c.created_at).limit(limit)
    return await read.all(statement, KnowledgeRow)


async def add_entry(tx: Tx, passage: Passage, *, now: int) -> None:
    """One more passage of a source, whose others stay."""
    row = {"id": passage.id, "title": passage.title, "text": passage.text, "source": passage.source}
    await tx.run(insert(knowledge), row | {"sample": False, "page": passage.page, "created_at": now})
    await changes.note(tx, Kind.KNOWLEDGE)


async def change_entry(tx: Tx, passage: Passage) -> int:
    """Other words for a passage of the source; gives how many there were, one or none."""
    await changes.note(tx, Kind.KNOWLEDGE)
    own = update(knowledge).where(knowledge.c.id == passage.id, knowledge.c.source == passage.source)
    return await tx.count(own.values(title=passage.title, text=passage.text))


async def remove_entry(tx: Tx, passage_id: str, *, source: str) -> int:
    """Forget one passage of the source; gives how many there were, one or none."""
    await changes.note(tx, Kind.KNOWLEDGE)
    return await tx.count(delete(knowledge).where(knowledge.c.id == passage_id, knowledge.c.source == source))


async def sources(read: Read) -> list[tuple[str, int]]:
    """Each source with the number of its passages, by name."""

    def pair(source: str, count: int) -> tuple[str, int]:
        return source, count

    statement = select(knowledge.c.source, func.count()).group_by(knowledge.c.source).order_by(knowledge.c.source)
    return await read.all(statement, pair)


async def source_list(read: Read, *, but: str) -> list[SourceRow]:
    """Every source but one, by name."""
    of = knowledge.c
    counted = select(of.source, func.count(), of.sample, func.min(of.created_at)).where(of.source != but)
    return await read.all(counted.group_by(of.source, of.sample).order_by(of.source), SourceRow)


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


_OPEN_GAPS = select(knowledge_gaps).where(knowledge_gaps.c.closed_at.is_(None)).order_by(knowledge_gaps.c.id.desc())
_CHATS_SEEN = select(chats.c.id).where(among(chats.c.account_id, "sight"))


async def open_gaps(read: Read, *, sight: Sight = None, limit: int = 200) -> list[GapRow]:
    """The questions without an answer that are in sight, the newest first."""
    if sight is None:
        return await read.all(_OPEN_GAPS.limit(limit), GapRow)
    seen = _OPEN_GAPS.where(knowledge_gaps.c.chat_id.in_(_CHATS_SEEN)).limit(limit)
    return await read.all(seen, GapRow, {"sight": texts(sight)})


async def gap(read: Read, gap_id: str) -> GapRow | None:
    """A question that found no answer, open or not."""
    return await read.one(
        select(knowledge_gaps).where(knowledge_gaps.c.id == bindparam("gap")), GapRow, {"gap": gap_id}
    )


async def close_gaps(tx: Tx, ids: Collection[str], now: int) -> int:
    """These questions are dealt with; gives how many were open."""
    statement = update(knowledge_gaps).where(among(knowledge_gaps.c.id, "ids"), knowledge_gaps.c.closed_at.is_(None))
    return await tx.count(statement.values(closed_at=now), {"ids": texts(ids)})
