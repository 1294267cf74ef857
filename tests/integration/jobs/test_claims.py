"""Claims by id: one worker gets a row, and only where it is due and locked out by none."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from frontdesk.domain.work import Job, Notify, RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.claims import MOST, Claims
from frontdesk.store import jobs, sending
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes
CLOCK = FrozenClock(1_000_000)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


def claims(store: Store, worker: str = "w") -> Claims:
    return Claims(store, CLOCK, lambda: worker)


async def add(store: Store, *work: Job, due: int | None = None) -> list[JobRow]:
    async with store.begin(shared=True) as tx:
        await queue.enqueue_all(tx, work, now=CLOCK.now(), due=due)
    return await rows(store)


async def rows(store: Store) -> list[JobRow]:
    async with store.read() as read:
        return await read.all(select(table).order_by(table.c.id), JobRow)


async def mark(store: Store, kind: str = "turn") -> None:
    async with store.begin(shared=True) as tx:
        await sending.mark_due(tx, kind, now=CLOCK.now(), most=100)


async def test_a_row_that_is_due_becomes_the_workers_while_it_lives(store: Store) -> None:
    (waiting,) = await add(store, RunTurn("a"))
    taken = await claims(store).take(waiting.id)
    assert taken is not None
    assert (taken.state, taken.claimed_by, taken.lease_until, taken.attempts) == ("running", "w", None, 1)


async def test_of_many_workers_one_gets_a_row(store: Store) -> None:
    waiting = await add(store, *(RunTurn(f"{n}") for n in range(MOST + 50)))
    all_claims = [claims(store, f"w{n}") for n in range(4)]
    taken = await asyncio.gather(*(each.take(row.id) for each in all_claims for row in waiting))
    ids = [row.id for row in taken if row is not None]
    assert sorted(ids) == sorted(row.id for row in waiting)


async def test_the_same_asked_twice_at_once_is_given_once(store: Store) -> None:
    (waiting,) = await add(store, RunTurn("a"))
    each = claims(store)
    first, second = await asyncio.gather(each.take(waiting.id), each.take(waiting.id))
    assert (first is None) + (second is None) == 1


async def test_what_is_not_due_is_left_and_looked_for_again(store: Store) -> None:
    await add(store, RunTurn("a"))
    await mark(store)
    async with store.begin(shared=True) as tx:
        await tx.run(table.update().values(due_at=CLOCK.now() + 1))
    (waiting,) = await rows(store)
    assert waiting.sent_at is not None
    assert await claims(store).take(waiting.id) is None
    (left,) = await rows(store)
    assert (left.state, left.sent_at) == ("queued", None)


async def test_of_two_with_one_lock_that_are_asked_for_together_one_is_taken(store: Store) -> None:
    waiting = await add(store, Notify("owner", "a"), Notify("owner", "b"), RunTurn("c"))
    await mark(store, "notify")
    each = claims(store)
    taken = [row for row in await asyncio.gather(*(each.take(row.id) for row in waiting)) if row is not None]
    assert sorted(row.kind for row in taken) == ["notify", "turn"]
    (left,) = [row for row in await rows(store) if row.state == "queued"]
    assert left.sent_at is None


async def test_what_a_running_one_locks_out_is_not_taken(store: Store) -> None:
    (first,) = await add(store, RunTurn("a"))
    each = claims(store)
    assert await each.take(first.id) is not None
    (second,) = [row for row in await add(store, RunTurn("a")) if row.id != first.id]
    assert await each.take(second.id) is None


async def test_what_is_gone_or_failed_is_not_taken(store: Store) -> None:
    (waiting,) = await add(store, RunTurn("a"))
    each = claims(store)
    taken = await each.take(waiting.id)
    assert taken is not None
    async with store.begin(shared=True) as tx:
        assert await jobs.give_up(tx, taken, "No.")
    assert await each.take(waiting.id) is None
    assert await each.take("job_gone") is None


async def test_all_of_a_worker_is_put_back_and_where_a_newer_waits_that_one_stands_for_both(store: Store) -> None:
    waiting = await add(store, RunTurn("a"), RunTurn("b"))
    mine, others = claims(store, "w"), claims(store, "other")
    assert [await mine.take(row.id) is not None for row in waiting] == [True, True]
    (third,) = [row for row in await add(store, RunTurn("c")) if row.state == "queued"]
    assert await others.take(third.id) is not None
    await add(store, RunTurn("a"))
    async with store.begin(shared=True) as tx:
        assert await jobs.put_back_all(tx, "w", due=CLOCK.now(), error="It died.") == 2
    left = [(row.key, row.state, row.error) for row in await rows(store)]
    assert sorted(left, key=str) == [
        ("turn:a", "queued", None), ("turn:b", "queued", "It died."), ("turn:c", "running", None),
    ]  # fmt: skip
