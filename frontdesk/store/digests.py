"""Digests: who wants which, what was made, and where it was told."""

from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.rows_digests import DigestRow, IssueRow, WordRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables_digests import digest_issues, digest_words, digests

_BY_ID = select(digests).where(digests.c.id == bindparam("digest"))
_OF = select(digests).order_by(digests.c.created_at, digests.c.id)
_DUE = select(digests).where(digests.c.next_at <= bindparam("now")).order_by(digests.c.next_at)


async def by_id(read: Read, digest_id: str) -> DigestRow | None:
    """The digest of that id."""
    return await read.one(_BY_ID, DigestRow, {"digest": digest_id})


async def of(read: Read, operator_id: str | None) -> list[DigestRow]:
    """Those of an operator, the oldest first; None: everybody's."""
    statement = _OF if operator_id is None else _OF.where(digests.c.operator_id == operator_id)
    return await read.all(statement, DigestRow)


async def due(tx: Tx, now: int) -> list[DigestRow]:
    """Those whose time has come."""
    return await tx.all(_DUE, DigestRow, {"now": now})


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new digest."""
    await tx.run(insert(digests), row)


async def change(tx: Tx, digest_id: str, **values: Any) -> None:
    """Set columns of a digest."""
    await tx.run(update(digests).where(digests.c.id == digest_id).values(**values))


async def remove(tx: Tx, digest_id: str) -> None:
    """The digest goes, with all that was made of it."""
    issues = select(digest_issues.c.id).where(digest_issues.c.digest_id == digest_id)
    await tx.run(delete(digest_words).where(digest_words.c.issue_id.in_(issues)))
    await tx.run(delete(digest_issues).where(digest_issues.c.digest_id == digest_id))
    await tx.run(delete(digests).where(digests.c.id == digest_id))


async def add_issue(tx: Tx, row: dict[str, Any]) -> bool:
    """A new issue; False when there is one for that moment already."""
    statement = upsert(digest_issues).on_conflict_do_nothing()
    return bool(await tx.scalars(statement.values(**row).returning(digest_issues.c.id)))


_ISSUE = select(digest_issues).where(digest_issues.c.id == bindparam("issue"))


async def issue(read: Read, issue_id: str) -> IssueRow | None:
    """The issue of that id."""
    return await read.one(_ISSUE, IssueRow, {"issue": issue_id})


async def issues(read: Read, digest_id: str, *, limit: int) -> list[IssueRow]:
    """The newest issues of a digest."""
    found = select(digest_issues).where(digest_issues.c.digest_id == digest_id)
    return await read.all(
        found.order_by(digest_issues.c.created_at.desc(), digest_issues.c.id.desc()).limit(limit), IssueRow
    )


async def newest(read: Read, digest_ids: list[str], *, limit: int) -> list[IssueRow]:
    """The newest issues of several digests together."""
    found = select(digest_issues).where(among(digest_issues.c.digest_id, "digests"))
    found = found.order_by(digest_issues.c.created_at.desc(), digest_issues.c.id.desc()).limit(limit)
    return await read.all(found, IssueRow, {"digests": texts(digest_ids)})


async def unmade(read: Read) -> list[str]:
    """The ids of issues that wait to be made."""
    return await read.scalars(select(digest_issues.c.id).where(digest_issues.c.state == "waits"))


async def unseen(read: Read, operator_id: str) -> int:
    """How many issues an operator has not looked at."""
    found = (
        select(func.count())
        .select_from(digest_issues.join(digests, digests.c.id == digest_issues.c.digest_id))
        .where(digests.c.operator_id == operator_id, digest_issues.c.seen_at.is_(None), digest_issues.c.state == "made")
    )
    return int(await read.scalar(found))


_WHOSE = select(digests.c.operator_id).where(digests.c.id == bindparam("digest"))


async def made(tx: Tx, row: IssueRow, *, content: str, text: str, now: int) -> bool:
    """The issue is there, which only whose it is hears; False when another has made it meanwhile."""
    statement = (
        update(digest_issues)
        .where(digest_issues.c.id == row.id, digest_issues.c.state == "waits")
        .values(state="made", content=content, text=text, made_at=now)
        .returning(digest_issues.c.id)
    )
    if not await tx.scalars(statement):
        return False
    payload = {"digest_id": row.digest_id, "issue_id": row.id}
    whose: str | None = await tx.scalar(_WHOSE, {"digest": row.digest_id})
    tx.emit(Live(LiveType.DIGEST_MADE, payload, operator_id=whose))
    return True


async def seen(tx: Tx, issue_id: str, now: int) -> None:
    """Its reader has looked at it."""
    await tx.run(
        update(digest_issues)
        .where(digest_issues.c.id == issue_id, digest_issues.c.seen_at.is_(None))
        .values(seen_at=now)
    )


async def put_word(tx: Tx, issue_id: str, target: str, *, state: str, now: int, error: str | None = None) -> None:
    """How far telling one target has come."""
    statement = upsert(digest_words)
    news = {name: statement.excluded[name] for name in ("state", "error", "at")}
    row = {"issue_id": issue_id, "target": target, "state": state, "error": error, "at": now}
    await tx.run(statement.on_conflict_do_update(index_elements=["issue_id", "target"], set_=news), row)


async def words(read: Read, issue_id: str) -> list[WordRow]:
    """Where the issue was told, and how that went."""
    return await read.all(select(digest_words).where(digest_words.c.issue_id == issue_id), WordRow)


async def untold(read: Read) -> list[tuple[str, str]]:
    """Issue and target of every word that still waits to be said."""
    found = select(digest_words.c.issue_id, digest_words.c.target).where(digest_words.c.state == "waits")
    return await read.all(found, lambda issue_id, target: (issue_id, target))
