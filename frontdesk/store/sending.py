"""Jobs as a broker sees them: which are due and were not given to it, and how one is taken when it gives it back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Select, bindparam, case, cast, func, literal, select, union_all, update

from frontdesk.domain.work import KINDS
from frontdesk.store.rows import JobRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import jobs


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to a broker about one job."""

    id: str
    kind: str
    queue: str
    priority: int
    sends: int  # how often it was sent, this time too


_OTHER = jobs.alias("other")
_FREE = (
    ~select(_OTHER.c.id)
    .where(_OTHER.c.lock == jobs.c.lock, _OTHER.c.state == const("running"), _OTHER.c.lock.is_not(None))
    .correlate(jobs)
    .exists()
)
_QUEUED = jobs.c.state == const("queued")
# Said in other words than the rest: else PostgreSQL takes the index of all that is due, and reads a whole backlog.
_UNSENT = (jobs.c.state != const("failed"), jobs.c.claimed_by.is_(None), jobs.c.sent_at.is_(None))
_SENT = (_QUEUED, jobs.c.sent_at.is_not(None))
_LETTER = (jobs.c.id, jobs.c.kind, jobs.c.queue, jobs.c.priority, jobs.c.sends)


def _next(kind: str) -> Select[tuple[str, int]]:
    first = select(jobs.c.due_at).where(jobs.c.kind == const(kind), *_UNSENT, _FREE).order_by(jobs.c.due_at).limit(1)
    return select(literal(kind).label("kind"), first.scalar_subquery().label("due"))


_NEXT = union_all(*(_next(kind) for kind in KINDS))
_OUTSTANDING = select(jobs.c.kind, func.count()).where(*_SENT).group_by(jobs.c.kind)


async def outlook(read: Read) -> tuple[dict[str, int], dict[str, int]]:
    """For each kind with work that no broker was given: when the first is due. And per kind, how many were given."""
    due, outstanding = await read.together((_NEXT, _pair, {}), (_OUTSTANDING, _pair, {}))
    return {kind: at for kind, at in due if at is not None}, dict(outstanding)


def _pair(kind: str, number: int | None) -> tuple[str, int | None]:
    return kind, number


_DUE = (
    select(jobs.c.id)
    .where(*_UNSENT, jobs.c.kind == bindparam("kind"), jobs.c.due_at <= bindparam("now"), _FREE)
    .order_by(jobs.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_MARK = {"sent_at": bindparam("now"), "sends": jobs.c.sends + 1}
_SEND = update(jobs).where(jobs.c.id.in_(select(_DUE.c.id))).values(_MARK).returning(*_LETTER)


async def mark_due(tx: Tx, kind: str, *, now: int, most: int) -> list[Letter]:
    """Mark due work of a kind as sent: the longest due first. Nobody else gets the same."""
    return await tx.all(_SEND, Letter, {"kind": kind, "now": now, "most": most})


_TIMES = case((jobs.c.sends <= 1, 1), (jobs.c.sends == 2, 2), (jobs.c.sends == 3, 4), else_=8)
_SILENCE = cast(bindparam("first"), BigInteger) * _TIMES  # a short number, times a short one, would be too short
_FORGOTTEN = (
    select(jobs.c.id)
    .where(*_SENT, among(jobs.c.kind, "kinds"), jobs.c.sent_at <= bindparam("now") - _SILENCE, _FREE)
    .order_by(jobs.c.sent_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("forgotten")
)
_SEND_AGAIN = update(jobs).where(jobs.c.id.in_(select(_FORGOTTEN.c.id))).values(_MARK).returning(*_LETTER)


async def mark_forgotten(tx: Tx, kinds: Iterable[str], *, now: int, first: int, most: int) -> list[Letter]:
    """Mark as sent once more what was sent `first` ms ago and still waits; the pause doubles with each time, to 8 x."""
    return await tx.all(_SEND_AGAIN, Letter, {"kinds": texts(kinds), "now": now, "first": first, "most": most})


_LEFT = select(jobs.c.id).where(among(jobs.c.id, "ids"), *_SENT).with_for_update(skip_locked=True).cte("left_alone")
_TAKE_BACK = update(jobs).where(jobs.c.id.in_(select(_LEFT.c.id))).values(sent_at=None)
_STILL = select(jobs.c.id, jobs.c.sent_at).where(among(jobs.c.id, "ids"), *_SENT)
_TAKE_ONE_BACK = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"), *_SENT, jobs.c.sent_at == bindparam("at"))  # not what is sent anew meanwhile
    .values(sent_at=None)
)


async def unmark(tx: Tx, ids: Iterable[str]) -> dict[str, int]:
    """These were not sent after all, or could not be taken: they are looked for again.

    Waits for nobody, as who has several locked may be waited for; gives those that another transaction has locked,
    and when each was sent.
    """
    given = {"ids": texts(ids)}
    await tx.run(_TAKE_BACK, given)
    return await tx.pairs(_STILL, given)


async def unmark_one(tx: Tx, job_id: str, *, sent_at: int) -> None:
    """The same for one, whoever has it locked. The transaction must have locked no other."""
    await tx.run(_TAKE_ONE_BACK, {"job": job_id, "at": sent_at})


_WANTED = (
    select(jobs.c.id)
    .where(among(jobs.c.id, "ids"), _QUEUED, jobs.c.due_at <= bindparam("now"), _FREE)
    .with_for_update(skip_locked=True)
    .cte("wanted")
)
_TAKEN_BY = update(jobs).values(
    state="running", attempts=jobs.c.attempts + 1, claimed_by=bindparam("worker"), lease_until=None
)
_TAKE = _TAKEN_BY.where(jobs.c.id.in_(select(_WANTED.c.id))).returning(*jobs.c)


_FIRST = (
    select(jobs.c.id)
    .where(*_UNSENT, jobs.c.kind == bindparam("kind"), jobs.c.due_at <= bindparam("now"), _FREE)
    .order_by(jobs.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("first")
)
_TAKE_FIRST = _TAKEN_BY.where(jobs.c.id.in_(select(_FIRST.c.id))).returning(*jobs.c)


async def take_unsent(tx: Tx, most: Mapping[str, int], *, worker: str, now: int) -> list[JobRow]:
    """Claim due work that no broker was given, the longest due first: of each kind so much at the most.

    Refused as a whole like `take`.
    """
    given = [{"kind": kind, "worker": worker, "now": now, "most": limit} for kind, limit in most.items() if limit > 0]
    return [row for rows in await tx.together(*((_TAKE_FIRST, JobRow, each) for each in given)) for row in rows]


async def take(tx: Tx, ids: Iterable[str], *, worker: str, now: int) -> list[JobRow]:
    """Claim those of these that wait, are due and locked out by none; they are this worker's while it lives.

    Two of one lock cannot both be taken: the database refuses the whole then.
    """
    return await tx.all(_TAKE, JobRow, {"ids": texts(ids), "worker": worker, "now": now})
