"""The table of work on PostgreSQL, where others put in and take out at the very moment: whoever comes first holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from frontdesk.domain.work import Deliver, Job, Notify, RunTurn
from frontdesk.jobs.claims import Claims
from frontdesk.jobs.dispatcher import SURELY_FORGOTTEN
from frontdesk.store import jobs, sending
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, Tx
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock, until

CLOCK = FrozenClock(1_000_000)
NOW = CLOCK.now()
Step = Callable[[Tx], Awaitable[Any]]


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    store = Store(postgres_url)
    yield store
    await store.close()


async def held_up(url: str) -> bool:
    """Whether a transaction waits for another."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
        found = await (await watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")).fetchone()
    return bool(found and found[0])


async def meanwhile(store: Store, first: Step, second: Step) -> None:
    """The second begins when the first has done its step, and has to wait for its end."""

    async def follow() -> None:
        async with store.begin(shared=True) as tx:
            await second(tx)

    async with store.begin(shared=True) as tx:
        await first(tx)
        await tx.flush()
        task = asyncio.create_task(follow())
        await until(lambda: held_up(store.url), every=5)
    await task


def add(*work: Job) -> Step:
    return lambda tx: jobs.enqueue_all(tx, work, now=NOW)


async def put_in(store: Store, *work: Job) -> None:
    async with store.begin(shared=True) as tx:
        await add(*work)(tx)


async def taken(store: Store, *ids: str, worker: str = "w") -> list[JobRow]:
    async with store.begin(shared=True) as tx:
        return await sending.take(tx, ids, worker=worker, now=NOW)


async def rows(store: Store) -> list[JobRow]:
    async with store.read() as read:
        return await read.all(select(table).order_by(table.c.id), JobRow)


async def standing(store: Store) -> list[tuple[str | None, str, str | None]]:
    return sorted((row.key, row.state, row.claimed_by) for row in await rows(store))


async def running(store: Store, *work: Job) -> list[JobRow]:
    """These, claimed by the worker `w`."""
    await put_in(store, *work)
    return await taken(store, *(row.id for row in await rows(store)))


async def test_work_that_is_put_back_while_newer_of_its_key_comes_leaves_the_newer(store: Store) -> None:
    (mine,) = await running(store, RunTurn("a"))
    await meanwhile(store, add(RunTurn("a")), lambda tx: jobs.put_back(tx, mine, due=NOW, error="Again."))
    assert await standing(store) == [("turn:a", "queued", None)]
    assert (await rows(store))[0].id != mine.id


async def test_work_that_is_put_back_is_the_row_that_it_was_and_newer_of_its_key_finds_it(store: Store) -> None:
    (mine,) = await running(store, RunTurn("a"))
    await meanwhile(store, lambda tx: jobs.put_back(tx, mine, due=NOW + 5, error="Again."), add(RunTurn("a")))
    (left,) = await rows(store)
    assert (left.id, left.state, left.attempts, left.error, left.due_at) == (mine.id, "queued", 1, "Again.", NOW)


async def test_what_the_dead_held_is_put_back_while_newer_of_its_keys_comes(store: Store) -> None:
    await running(store, RunTurn("a"), RunTurn("b"), Deliver("b"))
    await meanwhile(store, add(RunTurn("a")), lambda tx: jobs.put_back_all(tx, "w", due=NOW, error="It died."))
    assert await standing(store) == [
        ("deliver:b", "queued", None), ("turn:a", "queued", None), ("turn:b", "queued", None),
    ]  # fmt: skip


async def test_two_who_put_in_the_same_in_another_order_do_not_wait_for_each_other(store: Store) -> None:
    """The one has `a` and comes to `b`, while the other was asked for `b` and then `a`."""
    await put_in(store, RunTurn("a"), RunTurn("b"))
    async with store.begin(shared=True) as tx:
        await add(RunTurn("a"))(tx)
        await tx.flush()
        other = asyncio.create_task(put_in(store, RunTurn("b"), RunTurn("a")))
        await until(lambda: held_up(store.url), every=5)
        await add(RunTurn("b"))(tx)
        await tx.flush()
    await other
    assert await standing(store) == [("turn:a", "queued", None), ("turn:b", "queued", None)]


async def test_work_that_comes_while_the_one_that_waited_is_claimed_waits_behind_it(store: Store) -> None:
    await put_in(store, RunTurn("a"))
    (waiting,) = await rows(store)
    take: Step = lambda tx: sending.take(tx, [waiting.id], worker="w", now=NOW)  # noqa: E731
    await meanwhile(store, take, add(RunTurn("a")))
    assert await standing(store) == [("turn:a", "queued", None), ("turn:a", "running", "w")]


async def test_of_two_with_one_lock_that_are_claimed_at_the_same_moment_one_is_taken(store: Store) -> None:
    await put_in(store, Notify("owner", "a"), Notify("owner", "b"))
    async with store.begin(shared=True) as tx:
        await sending.mark_due(tx, "notify", now=NOW, most=9)
    first, second = await rows(store)
    other = Claims(store, CLOCK, lambda: "other")
    async with store.begin(shared=True) as tx:
        await sending.take(tx, [first.id], worker="w", now=NOW)
        asked = asyncio.create_task(other.take(second.id))
        await until(lambda: held_up(store.url), every=5)
    assert await asked is None
    left = {row.id: (row.state, row.claimed_by, row.sent_at) for row in await rows(store)}
    assert left == {first.id: ("running", "w", NOW), second.id: ("queued", None, None)}


async def test_who_claims_and_who_puts_in_never_wait_for_each_other(store: Store) -> None:
    """One claims `b`, and finds `a` held by who puts in, who wants `b` next."""
    await put_in(store, RunTurn("a"), RunTurn("b"))
    async with store.begin(shared=True) as tx:
        await sending.mark_due(tx, "turn", now=NOW, most=9)
    ids = {row.key: row.id for row in await rows(store)}
    worker = Claims(store, CLOCK, lambda: "w")
    async with store.begin(shared=True) as tx:
        await add(RunTurn("a"))(tx)
        await tx.flush()
        asked = [asyncio.create_task(worker.take(ids[f"turn:{chat}"])) for chat in "ab"]
        await until(lambda: _either(held_up(store.url), _is_running(store, ids["turn:b"])), every=5)
        await add(RunTurn("b"))(tx)
    found = await asyncio.gather(*asked)
    assert [row and row.key for row in found] == [None, "turn:b"]
    left = {(row.key, row.state): row.sent_at for row in await rows(store)}
    assert left[("turn:a", "queued")] is None  # who was refused it lets it be looked for again


async def test_a_letter_that_comes_while_the_one_before_it_is_being_refused_is_asked_for_too(store: Store) -> None:
    """It was sent after that one had been let go."""
    await put_in(store, RunTurn("a"), RunTurn("b"))
    first, second = await sent(store)
    worker = Claims(store, CLOCK, lambda: "w")
    async with held(store, second), held(store, first) as holder:
        refused = [asyncio.create_task(worker.take(row.id)) for row in (first, second)]
        await until(lambda: held_up(store.url), every=5)
        await holder.rollback()
        await until(lambda: _is_unsent(store, first.id), every=5)
        await sent(store)
        assert await worker.take(first.id) is not None
    assert await asyncio.gather(*refused) == [None, None]


async def test_who_is_claimed_does_not_wait_for_those_that_are_held_by_others(store: Store) -> None:
    await put_in(store, RunTurn("a"), RunTurn("b"))
    first, second = await sent(store)
    worker = Claims(store, CLOCK, lambda: "w")
    async with held(store, first):
        refused, taken = [asyncio.create_task(worker.take(row.id)) for row in (first, second)]
        assert await taken is not None
        assert not refused.done()
    assert await refused is None


async def test_what_is_sent_anew_while_an_older_letter_of_it_is_refused_counts_as_sent(store: Store) -> None:
    await put_in(store, RunTurn("a"))
    (waiting,) = await sent(store)
    later = NOW + SURELY_FORGOTTEN
    worker = Claims(store, CLOCK, lambda: "w")
    async with store.begin(shared=True) as tx:
        await sending.mark_forgotten(tx, ["turn"], now=later, first=SURELY_FORGOTTEN, most=9)
        refused = asyncio.create_task(worker.take(waiting.id))
        await until(lambda: held_up(store.url), every=5)
    assert await refused is None
    assert [(row.sends, row.sent_at) for row in await rows(store)] == [(2, later)]


async def sent(store: Store) -> list[JobRow]:
    async with store.begin(shared=True) as tx:
        await sending.mark_due(tx, "turn", now=NOW, most=9)
    return await rows(store)


@asynccontextmanager
async def held(store: Store, row: JobRow) -> AsyncIterator[psycopg.AsyncConnection]:
    """Another has the row of that job locked."""
    async with await psycopg.AsyncConnection.connect(store.url) as holder:
        await holder.execute("SELECT id FROM jobs WHERE id = %s FOR UPDATE", [row.id])
        yield holder
        await holder.rollback()


async def _is_unsent(store: Store, job_id: str) -> bool:
    return any(row.id == job_id and row.sent_at is None for row in await rows(store))


async def _either(*questions: Awaitable[bool]) -> bool:
    return any(await asyncio.gather(*questions))


async def _is_running(store: Store, job_id: str) -> bool:
    return any(row.id == job_id and row.state == "running" for row in await rows(store))
