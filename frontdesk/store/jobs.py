"""The table of durable work. Exactly one row waits per key, exactly one runs per lock; the indexes see to it.

Who puts in several does so in the order of their keys, as everybody does: so no two wait for each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, case, delete, func, insert, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.work import Deliver, Job, RunTurn
from frontdesk.kit.ids import new_id
from frontdesk.store.rows import JobRow
from frontdesk.store.sql import among, const, texts, to_json
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import jobs

_WAITING = (jobs.c.state == const("queued")) & jobs.c.key.is_not(None)
_add = upsert(jobs)
_ADD = insert(jobs)
_SOONER = _add.on_conflict_do_update(
    index_elements=[jobs.c.key],
    index_where=_WAITING,
    set_={
        "due_at": case((_add.excluded.due_at < jobs.c.due_at, _add.excluded.due_at), else_=jobs.c.due_at),
        "payload": _add.excluded.payload,
    },
)
MOVED = _add.on_conflict_do_update(
    index_elements=[jobs.c.key],
    index_where=_WAITING,
    set_={"due_at": _add.excluded.due_at, "sent_at": null()},  # what the broker was given is not due any more
)


def row_of(job: Job, *, due: int, first: int) -> dict[str, Any]:
    """The parameters of a new row."""
    return {
        "id": new_id("job"),
        "kind": job.kind,
        "key": job.key,
        "lock": job.lock,
        "queue": job.queue,
        "priority": job.priority,
        "state": "queued",
        "payload": to_json(job.payload()),
        "attempts": 0,
        "due_at": due,
        "first_at": first,
    }


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """New rows in the order in which everybody puts in theirs."""
    return sorted(rows, key=lambda row: row["key"] or "")


async def enqueue(tx: Tx, job: Job, *, now: int, due: int | None = None, move: bool = False) -> None:
    """Add work due at `due` (default: now). A waiting job of the same key becomes due sooner, or with `move` then."""
    await enqueue_all(tx, [job], now=now, due=due, move=move)


async def enqueue_all(tx: Tx, work: Iterable[Job], *, now: int, due: int | None = None, move: bool = False) -> None:
    """Add many at once."""
    rows = [row_of(job, due=now if due is None else due, first=now) for job in work]
    if rows:
        await tx.run_all([(MOVED if move else _SOONER, in_order(rows))])
        tx.wake(now if due is None else due)


_RUNNING_LOCKS = select(jobs.c.lock).where(jobs.c.state == const("running"), jobs.c.lock.is_not(None))
_TIMED = (jobs.c.state == const("queued"), jobs.c.due_at > literal_column("0"))  # as the index by time says it
_DUE = (
    select(jobs.c.id)
    .where(
        *_TIMED,
        jobs.c.due_at <= bindparam("now"),
        among(jobs.c.kind, "kinds"),
        jobs.c.lock.is_(None) | jobs.c.lock.not_in(_RUNNING_LOCKS),
    )
    .order_by(jobs.c.priority.desc(), jobs.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(jobs)
    .where(jobs.c.id.in_(select(_DUE.c.id)))
    .values(
        state="running",
        attempts=jobs.c.attempts + 1,
        claimed_by=bindparam("worker"),
        lease_until=bindparam("lease"),
    )
    .returning(*jobs.c)
)


async def claim(tx: Tx, kinds: Iterable[str], *, worker: str, now: int, lease: int | None, most: int) -> list[JobRow]:
    """Take due work of these kinds, the most urgent first; it is ours until `lease` (Unix ms; None: while we live)."""
    given = {"kinds": texts(kinds), "worker": worker, "now": now, "lease": lease, "most": most}
    rows = await tx.all(_CLAIM, JobRow, given)
    return sorted(rows, key=lambda row: (-row.priority, row.due_at))


_NEXT = (
    select(jobs.c.due_at)
    .where(
        *_TIMED,
        among(jobs.c.kind, "kinds"),
        jobs.c.lock.is_(None) | jobs.c.lock.not_in(_RUNNING_LOCKS),
    )
    .order_by(jobs.c.due_at)
    .limit(1)
)


async def next_due(read: Read, kinds: Iterable[str]) -> int | None:
    """When the next waiting job of these kinds is due that no running one locks out."""
    due: int | None = await read.scalar(_NEXT, {"kinds": texts(kinds)})
    return due


_MINE = (
    jobs.c.id == bindparam("job"),
    jobs.c.state == const("running"),
    jobs.c.claimed_by == bindparam("worker"),
    jobs.c.attempts == bindparam("attempt"),  # a worker may lose a claim and get it anew
)
MINE = select(jobs.c.id).where(*_MINE)
_DONE = delete(jobs).where(*_MINE)
_LET_GO = delete(jobs).where(*_MINE).returning(*jobs.c)
_AGAIN = upsert(jobs).on_conflict_do_nothing(index_elements=[jobs.c.key], index_where=_WAITING)
_GIVE_UP = update(jobs).where(*_MINE).values(state="failed", error=bindparam("why"), claimed_by=None, lease_until=None)


def claim_on(row: JobRow) -> dict[str, Any]:
    """The parameters that name the claim by which a row is ours."""
    return {"job": row.id, "worker": row.claimed_by, "attempt": row.attempts}


async def is_mine(read: Read, row: JobRow) -> bool:
    """Whether the claim still stands. Who was silent for too long has lost it, and another may do the work."""
    return await read.scalar(MINE, claim_on(row)) is not None


async def done(tx: Tx, row: JobRow) -> None:
    """The work is done: its row goes. A claim that was lost meanwhile is no longer ours to end."""
    await tx.run(_DONE, claim_on(row))


async def put_back(tx: Tx, row: JobRow, *, due: int, error: str | None, counts: bool = True) -> None:
    """The work waits again until `due`; without `counts` this try is not held against it.

    Where a newer job of its key waits already, that one stands for both. A claim that was lost meanwhile, or ended, is
    left as it is.
    """
    mine = await tx.all(_LET_GO, JobRow, claim_on(row))
    await _wait_again(tx, mine, due=due, error=error, returned=0 if counts else 1)


async def _wait_again(tx: Tx, rows: Sequence[JobRow], *, due: int, error: str | None, returned: int = 0) -> None:
    """What was taken out waits anew: to put it in is the only way that newer ones cannot come in between."""
    free = {"state": "queued", "claimed_by": None, "lease_until": None, "sent_at": None, "sends": 0}
    waiting = [
        {**asdict(row), **free, "attempts": row.attempts - returned, "due_at": due, "error": error} for row in rows
    ]
    if waiting:
        await tx.run_all([(_AGAIN, in_order(waiting))])
        tx.wake(due)


_OF_WORKER = (jobs.c.state == const("running"), jobs.c.claimed_by == bindparam("worker"))
_LET_GO_ALL = delete(jobs).where(*_OF_WORKER).returning(*jobs.c)
_HELD = select(jobs).where(*_OF_WORKER, ~among(jobs.c.id, "but"))


async def held(read: Read, worker: str, *, but: Iterable[str]) -> list[JobRow]:
    """What this worker has claimed, other than these."""
    return await read.all(_HELD, JobRow, {"worker": worker, "but": texts(but)})


async def put_back_all(tx: Tx, worker: str, *, due: int, error: str) -> int:
    """All that this worker has claimed waits again until `due`, as by `put_back`; gives how much."""
    rows = await tx.all(_LET_GO_ALL, JobRow, {"worker": worker})
    await _wait_again(tx, rows, due=due, error=error)
    return len(rows)


async def give_up(tx: Tx, row: JobRow, error: str) -> bool:
    """The work failed for good; its row stays to be seen. False when the claim was not ours any more."""
    return bool(await tx.count(_GIVE_UP, {**claim_on(row), "why": error}))


async def abandoned(tx: Tx, *, now: int) -> list[JobRow]:
    """Running work whose lease has run out: its worker died."""
    return await tx.all(select(jobs).where(jobs.c.state == const("running"), jobs.c.lease_until < now), JobRow)


async def keys_of(read: Read, kind: str) -> set[str]:
    """The keys of what waits or runs of a kind."""
    statement = select(jobs.c.id, jobs.c.key).where(jobs.c.kind == kind, jobs.c.state.in_(("queued", "running")))
    return set((await read.pairs(statement)).values())


_UNDER_WAY = select(jobs).where(jobs.c.kind == bindparam("kind"), jobs.c.state.in_((const("queued"), const("running"))))


async def of_kind(read: Read, kind: str) -> list[JobRow]:
    """What waits or runs of a kind."""
    return await read.all(_UNDER_WAY, JobRow, {"kind": kind})


_AHEAD = (
    update(jobs)
    .where(
        jobs.c.state == const("queued"),
        jobs.c.first_at > bindparam("latest"),
        jobs.c.kind.not_in((const(RunTurn.kind), const(Deliver.kind))),
    )
    .values(due_at=jobs.c.due_at - jobs.c.first_at + bindparam("now"), first_at=bindparam("now"), sent_at=null())
)


async def bring_forward(tx: Tx, *, now: int, latest: int) -> int:
    """What was asked for after `latest`, by a clock that was ahead, waits as if that had been now; gives how much.

    Turns and deliveries are none of it: the sweep knows more of these.
    """
    found = await tx.count(_AHEAD, {"now": now, "latest": latest})
    if found:
        tx.wake(now)
    return found


async def running(read: Read) -> list[JobRow]:
    """Everything that is claimed."""
    return await read.all(select(jobs).where(jobs.c.state == const("running")), JobRow)


_EXTEND = (
    update(jobs)
    .where(among(jobs.c.id, "ids"), jobs.c.claimed_by == bindparam("worker"), jobs.c.state == const("running"))
    .values(lease_until=bindparam("lease"))
)


async def extend(tx: Tx, worker: str, ids: Iterable[str], *, lease: int) -> None:
    """A worker that lives keeps its claims on what it still works on."""
    await tx.run(_EXTEND, {"ids": texts(ids), "worker": worker, "lease": lease})


async def forget(tx: Tx, key: str) -> None:
    """Take back a waiting job by its key."""
    await tx.run(delete(jobs).where(jobs.c.key == key, jobs.c.state == const("queued")))


async def counts(read: Read, *, now: int) -> dict[str, tuple[int, int]]:
    """Per state: how many, and the age in ms of the oldest that is due."""
    oldest = func.coalesce(func.max(case((jobs.c.due_at < now, now - jobs.c.due_at), else_=0)), 0)
    rows = await read.all(
        select(jobs.c.state, func.count(), oldest).group_by(jobs.c.state), lambda state, n, age: (state, n, age)
    )
    return {state: (n, age) for state, n, age in rows}
