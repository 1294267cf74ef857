"""The table of durable work: one waits per key, one runs per lock, and nothing is claimed twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from frontdesk.domain.work import Deliver, HandBack, Job, ReadUp, RunTurn, SettleReceipts, Sweep
from frontdesk.jobs import queue
from frontdesk.jobs.queue import LEASE, Ticket, job_of
from frontdesk.kit.clock import SECOND
from frontdesk.store import jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.stores import Told, fresh_store

NOW = 1_000_000
ALL = [kind.kind for kind in (RunTurn, Deliver, HandBack, ReadUp, SettleReceipts, Sweep)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def add(store: Store, *work: Job, due: int | None = None, move: bool = False) -> None:
    async with store.begin() as tx:
        await queue.enqueue_all(tx, work, now=NOW, due=due, move=move)


async def rows(store: Store) -> list[JobRow]:
    async with store.read() as read:
        return await read.all(select(table).order_by(table.c.id), JobRow)


async def claim(store: Store, *, now: int = NOW, most: int = 100, worker: str = "w", kinds: Any = ALL) -> list[JobRow]:
    async with store.begin() as tx:
        return await jobs.claim(tx, kinds, worker=worker, now=now, lease=now + LEASE, most=most)


async def test_one_job_waits_per_key_and_becomes_due_sooner(store: Store) -> None:
    await add(store, RunTurn("a"), due=NOW + 50)
    await add(store, RunTurn("a"), due=NOW + 10)
    await add(store, RunTurn("a"), due=NOW + 90)
    assert [row.due_at for row in await rows(store)] == [NOW + 10]


async def test_a_job_that_is_moved_becomes_due_then_and_keeps_when_it_began(store: Store) -> None:
    await add(store, RunTurn("a"), due=NOW + 10)
    await add(store, RunTurn("a"), due=NOW + 90, move=True)
    assert [(row.due_at, row.first_at) for row in await rows(store)] == [(NOW + 90, NOW)]


async def test_many_of_one_key_in_one_call_are_one(store: Store) -> None:
    await add(store, *[RunTurn("a")] * 5, RunTurn("b"))
    assert [row.key for row in await rows(store)] == ["turn:a", "turn:b"]


async def test_while_one_runs_another_of_its_key_may_wait_and_is_not_claimed(store: Store) -> None:
    await add(store, RunTurn("a"))
    (first,) = await claim(store)
    await add(store, RunTurn("a"))
    assert await claim(store) == []
    async with store.read() as read:
        assert await jobs.next_due(read, ALL) is None
    async with store.begin() as tx:
        await Ticket(first).done(tx)
    assert [row.key for row in await claim(store)] == ["turn:a"]


async def test_the_database_itself_lets_one_run_per_lock(store: Store) -> None:
    await add(store, RunTurn("a"))
    await claim(store)
    await add(store, RunTurn("a"))
    with pytest.raises(IntegrityError):
        async with store.begin() as tx:
            await tx.run(table.update().where(table.c.state == "queued").values(state="running"))


async def test_the_most_urgent_is_claimed_first_then_the_oldest(store: Store) -> None:
    await add(store, ReadUp("a"), due=NOW - 50)
    await add(store, RunTurn("a"), due=NOW - 5)
    await add(store, RunTurn("b"), due=NOW - 9)
    await add(store, Deliver("a"))
    await add(store, HandBack("a"))
    order = [row.key for row in await claim(store, most=4)]
    assert order == ["hand_back:a", "deliver:a", "turn:b", "turn:a"]


async def test_only_what_is_due_and_of_the_kinds_is_claimed(store: Store) -> None:
    await add(store, RunTurn("a"), due=NOW + 1)
    await add(store, Deliver("a"))
    assert await claim(store, kinds=["turn"]) == []
    assert [row.kind for row in await claim(store, now=NOW + 1, kinds=["turn"])] == ["turn"]


async def test_no_job_is_claimed_by_two(store: Store) -> None:
    await add(store, *(RunTurn(f"{n}") for n in range(40)))
    claims = await asyncio.gather(*(claim(store, most=7, worker=f"w{n}") for n in range(10)))
    ids = [row.id for claimed in claims for row in claimed]
    assert len(ids) == len(set(ids)) == 40


async def test_a_claimed_job_carries_its_work_and_its_try(store: Store) -> None:
    await add(store, RunTurn("a"))
    (row,) = await claim(store)
    ticket = Ticket(row)
    assert (job_of(row), row.attempts, ticket.attempt, ticket.last) == (RunTurn("a"), 1, 1, False)
    assert (row.state, row.claimed_by, row.lease_until) == ("running", "w", NOW + LEASE)


async def test_work_put_back_waits_until_it_is_due_and_counts_its_tries(store: Store) -> None:
    await add(store, RunTurn("a"))
    for attempt in (1, 2, 3):
        (row,) = await claim(store)
        assert row.attempts == attempt
        async with store.begin() as tx:
            await Ticket(row).later(tx, NOW, "Busy.")
    (row,) = await rows(store)
    assert (row.state, row.error, row.claimed_by, row.lease_until) == ("queued", "Busy.", None, None)


async def test_a_try_that_does_not_count_is_given_back(store: Store) -> None:
    await add(store, RunTurn("a"))
    for _ in range(3):
        (row,) = await claim(store)
        assert row.attempts == 1
        async with store.begin() as tx:
            await Ticket(row).later(tx, NOW, "Not now.", counts=False)


async def test_where_a_newer_job_of_its_key_waits_that_one_stands_for_both(store: Store) -> None:
    await add(store, RunTurn("a"))
    (row,) = await claim(store)
    await add(store, RunTurn("a"), due=NOW + 5)
    async with store.begin() as tx:
        await Ticket(row).later(tx, NOW + 500)
    assert [(left.id != row.id, left.due_at) for left in await rows(store)] == [(True, NOW + 5)]


async def test_a_lost_claim_can_no_longer_be_ended(store: Store) -> None:
    await add(store, RunTurn("a"))
    (lost,) = await claim(store, worker="dead")
    assert await queue.sweep(store, FrozenClock(NOW + LEASE + 1)) == 1
    (present,) = await claim(store, now=NOW + LEASE + 1, worker="alive")
    async with store.begin() as tx:
        await Ticket(lost).done(tx)
        await Ticket(lost).later(tx, NOW)
        assert not await jobs.give_up(tx, lost, "x")
    assert [(row.id, row.state, row.claimed_by) for row in await rows(store)] == [(present.id, "running", "alive")]


async def test_a_claim_that_was_ended_is_ended_once(store: Store) -> None:
    await add(store, RunTurn("a"))
    (row,) = await claim(store)
    async with store.begin() as tx:
        await Ticket(row).later(tx, NOW + 5)
    async with store.begin() as tx:
        await jobs.put_back(tx, row, due=NOW + 900, error="x")
        assert not await jobs.give_up(tx, row, "x")
    assert [left.due_at for left in await rows(store)] == [NOW + 5]


async def test_the_sweep_takes_what_the_dead_held_and_leaves_what_the_living_hold(store: Store) -> None:
    await add(store, RunTurn("a"), RunTurn("b"))
    await claim(store, most=1, worker="dead")
    (living,) = await claim(store, now=NOW + SECOND, worker="alive")
    assert await queue.sweep(store, FrozenClock(NOW + LEASE + 1)) == 1
    states = {row.id: row.state for row in await rows(store)}
    assert states.pop(living.id) == "running"
    assert list(states.values()) == ["queued"]


async def test_a_worker_prolongs_only_what_it_still_works_on(store: Store) -> None:
    await add(store, RunTurn("a"), RunTurn("b"))
    kept, forgotten = await claim(store)
    async with store.begin() as tx:
        await jobs.extend(tx, "w", [kept.id], lease=NOW + 10 * LEASE)
    assert await queue.sweep(store, FrozenClock(NOW + 2 * LEASE)) == 1
    assert {row.id for row in await rows(store) if row.state == "queued"} == {forgotten.id}


async def test_at_the_start_everything_that_was_claimed_waits_again(store: Store) -> None:
    await add(store, RunTurn("a"), Deliver("a"))
    await claim(store)
    assert await queue.recover(store, FrozenClock(NOW)) == 2
    assert {(row.state, row.error) for row in await rows(store)} == {("queued", "The process ended.")}


async def test_work_is_enqueued_with_its_transaction_or_not_at_all(store: Store) -> None:
    with pytest.raises(KeyError):
        await _fail(store)
    assert await rows(store) == []
    assert isinstance(store.after_commit, Told)
    assert store.after_commit.due == []


async def _fail(store: Store) -> None:
    async with store.begin() as tx:
        await queue.enqueue(tx, RunTurn("a"), now=NOW)
        raise KeyError("a")


async def test_a_waiting_job_can_be_forgotten_and_a_running_one_not(store: Store) -> None:
    await add(store, HandBack("a"), HandBack("b"))
    (running,) = await claim(store, most=1)
    async with store.begin() as tx:
        for chat in ("a", "b"):
            await jobs.forget(tx, HandBack(chat).key)
    assert [row.id for row in await rows(store)] == [running.id]


async def test_what_was_given_up_stays_to_be_seen_and_bars_no_new_work(store: Store) -> None:
    await add(store, RunTurn("a"))
    (row,) = await claim(store)
    async with store.begin() as tx:
        assert await jobs.give_up(tx, row, "No.")
    await add(store, RunTurn("a"))
    assert sorted(left.state for left in await rows(store)) == ["failed", "queued"]
    async with store.read() as read:
        assert await jobs.counts(read, now=NOW + 7) == {"failed": (1, 7), "queued": (1, 7)}
