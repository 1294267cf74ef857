"""The runner: wakes in time, starves nobody, tries again, gives up aloud, and keeps no claim on what nobody does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from frontdesk.domain.work import Deliver, Job, ReadUp, RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.queue import LEASE, Ticket
from frontdesk.jobs.runner import LONGEST_SLEEP, Runner
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store import alerts, jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, StoreUnavailable
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store, locked


@dataclass
class Works:
    """A runner with a table of its own, and what it was asked to do."""

    store: Store
    clock: FrozenClock
    done: list[Job] = field(default_factory=list)
    under_way: int = 0
    gate: asyncio.Event | None = None
    script: list[Exception | None] = field(default_factory=list)
    work: Callable[[Job, Ticket], Any] | None = None
    lanes: tuple[Lane, ...] = (Lane(("turn",), 10), Lane(("deliver", "read_up"), 10))
    runner: Any = None

    def start(self) -> "Works":
        self.runner = Runner(self.store, self.clock, dict.fromkeys(("turn", "deliver", "read_up"), self.do), self.lanes)
        self.store.after_commit = lambda events, *, due: self.runner.wake(due) if due is not None else None
        self.runner.start()
        return self

    async def do(self, job: Job, ticket: Ticket) -> None:
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.work is not None:
                await self.work(job, ticket)
        finally:
            self.under_way -= 1
        self.done.append(job)
        told = self.script.pop(0) if self.script else None
        if told is not None:
            raise told

    async def add(self, *work: Job, due: int | None = None) -> None:
        async with self.store.begin() as tx:
            await queue.enqueue_all(tx, work, now=self.clock.now(), due=due)

    async def hold_up(self, job: Job) -> asyncio.Event:
        """Start the runner on work that goes on until this gate is set."""
        self.gate = gate = asyncio.Event()
        self.start()
        await self.add(job)
        await until(lambda: self.under_way == 1)
        return gate

    async def rows(self) -> list[JobRow]:
        async with self.store.read() as read:
            return await read.all(select(table).order_by(table.c.id), JobRow)

    async def sleeps(self) -> None:
        """Wait until the runner has nothing to do."""
        await until(lambda: bool(self.runner._rest.asleep_until) and not self.runner.busy)

    async def times(self, count: int) -> None:
        await until(lambda: len(self.done) == count)

    async def empty(self) -> bool:
        return await self.rows() == []


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Works]:
    async with fresh_store(tmp_path) as store:
        works = Works(store, FrozenClock())
        yield works
        if works.gate is not None:
            works.gate.set()
        if works.runner is not None:
            await works.runner.close(grace=0)


async def test_work_is_done_and_its_row_goes(works: Works) -> None:
    works.start()
    await works.add(RunTurn("a"))
    await works.times(1)
    await until(works.empty)


async def test_the_runner_wakes_when_work_is_due(works: Works) -> None:
    works.start()
    await works.add(RunTurn("a"), due=works.clock.now() + 5 * SECOND)
    await works.sleeps()
    works.clock.advance(5 * SECOND - 1)
    await works.sleeps()
    assert works.done == []
    works.clock.advance(1)
    await works.times(1)


async def test_the_runner_wakes_for_what_is_due_long_after_its_longest_sleep(works: Works) -> None:
    works.start()
    await works.add(RunTurn("a"), due=works.clock.now() + HOUR)
    for _ in range(HOUR // LONGEST_SLEEP):
        await works.sleeps()
        assert works.done == []
        works.clock.advance(LONGEST_SLEEP)
    await works.times(1)


async def test_sooner_work_shortens_a_sleep(works: Works) -> None:
    works.start()
    await works.add(RunTurn("a"), due=works.clock.now() + 10 * SECOND)
    await works.sleeps()
    await works.add(Deliver("b"), due=works.clock.now() + SECOND)
    await works.sleeps()
    works.clock.advance(SECOND)
    await works.times(1)
    assert works.done == [Deliver("b")]


async def test_no_wake_up_is_lost_however_work_and_look_fall_together(works: Works) -> None:
    """Work is enqueued at every moment of the runner's look; the clock stands, so only a wake-up can help."""
    works.start()
    for number in range(60):
        await works.sleeps()
        works.runner._rest.look()  # it looks now
        for _ in range(number % 20):
            await asyncio.sleep(0)
        await works.add(RunTurn(f"{number}"))
        await works.times(number + 1)


async def test_work_enqueued_while_its_like_runs_is_done_behind_it(works: Works) -> None:
    gate = await works.hold_up(RunTurn("a"))
    await works.add(RunTurn("a"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert works.under_way == 1
    gate.set()
    await works.times(2)


async def test_no_kind_takes_the_places_of_another(works: Works) -> None:
    works.gate = asyncio.Event()
    works.start()
    await works.add(*(RunTurn(f"{n}") for n in range(50)))
    await until(lambda: works.under_way == 10)
    await works.add(Deliver("a"))
    await until(lambda: works.under_way == 11)
    works.gate.set()
    await works.times(51)


async def test_a_full_lane_goes_on_as_soon_as_a_place_is_free(works: Works) -> None:
    works.lanes = (Lane(("turn",), 1),)
    works.start()
    await works.add(*(RunTurn(f"{n}") for n in range(5)))
    await works.times(5)


async def test_what_is_due_behind_work_that_was_taken_back_is_found_in_time(works: Works) -> None:
    works.start()
    await works.sleeps()
    await works.add(RunTurn("b"), due=works.clock.now() + SECOND)
    await works.add(RunTurn("a"), due=works.clock.now() + SECOND // 2)
    async with works.store.begin() as tx:
        await jobs.forget(tx, "turn:a")
    works.clock.advance(SECOND // 2)
    await works.sleeps()
    works.clock.advance(SECOND // 2)
    await works.sleeps()
    works.clock.advance(SECOND // 10)
    await works.times(1)


# Failure


async def test_work_that_fails_is_tried_again_later_and_then_given_up_aloud(works: Works) -> None:
    works.script = [Retryable("Busy.", after=3 * SECOND)] * 2
    works.start()
    await works.add(ReadUp("a"))  # two tries
    await works.times(1)
    await works.sleeps()
    works.clock.advance(3 * SECOND)
    await works.times(2)
    await works.sleeps()
    assert [(row.state, row.error) for row in await works.rows()] == [("failed", "Busy.")]
    async with works.store.read() as read:
        assert [alert.sentence for alert in await alerts.recent(read)] == ["“read_up” failed: Busy."]


async def test_the_time_between_tries_grows(works: Works) -> None:
    works.script = [Rejected("No.")] * 5
    works.start()
    await works.add(RunTurn("a"))
    waits = []
    for attempt in range(1, 5):
        await works.times(attempt)
        await works.sleeps()
        (row,) = await works.rows()
        waits.append(row.due_at - works.clock.now())
        works.clock.advance(waits[-1])
    assert waits == sorted(waits)
    assert 1_500 <= waits[0] <= 2_500
    assert 12_000 <= waits[3] <= 20_000


async def test_a_fault_of_the_program_says_no_more_than_its_name(works: Works) -> None:
    works.script = [ValueError("the text of a message")]
    works.start()
    await works.add(RunTurn("a"))
    await works.times(1)
    await works.sleeps()
    assert [row.error for row in await works.rows()] == ["ValueError in the program; see the log."]


async def test_work_that_ended_its_claim_and_failed_then_is_not_done_again(works: Works) -> None:
    async def end(job: Job, ticket: Ticket) -> None:
        async with works.store.begin() as tx:
            await ticket.done(tx)

    works.work, works.script = end, [ValueError("too late")]
    works.start()
    await works.add(RunTurn("a"))
    await works.times(1)
    await works.sleeps()
    assert await works.empty()


async def test_work_whose_end_was_taken_back_with_its_transaction_is_tried_again(works: Works) -> None:
    async def half(job: Job, ticket: Ticket) -> None:
        async with works.store.begin() as tx:
            await ticket.done(tx)
            if len(works.done) < 1:
                works.done.append(job)
                raise ValueError("boom")

    works.work = half
    works.start()
    await works.add(RunTurn("a"))
    await works.times(1)
    await works.sleeps()
    assert [row.state for row in await works.rows()] == ["queued"]
    works.clock.advance(MINUTE)
    await until(works.empty)


async def test_a_store_that_is_away_costs_no_try_and_keeps_no_claim(works: Works) -> None:
    works.script = [StoreUnavailable("The disk is full.")]
    works.start()
    await works.add(RunTurn("a"))
    await works.times(1)

    def again() -> bool:
        works.clock.advance(SECOND // 4)
        return len(works.done) == 2

    await until(again)
    await until(works.empty)


async def test_work_that_ends_while_the_store_is_away_lets_go_of_its_claim_when_it_is_back(works: Works) -> None:
    gate = await works.hold_up(RunTurn("a"))
    async with locked(works.store):
        gate.set()
        await works.times(1)
        for _ in range(20):
            works.clock.advance(LEASE)  # however long it takes
            await asyncio.sleep(0.005)

    async def settled() -> bool:
        works.clock.advance(SECOND)
        return await works.empty()

    await until(settled)
    assert len(works.done) >= 1


async def test_a_fault_while_looking_for_work_does_not_end_the_runner(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.start()
    await works.sleeps()
    claim, faults = works.runner._claim, [ValueError("boom"), StoreUnavailable("The disk is full.")]

    async def broken() -> Any:
        if faults:
            raise faults.pop()
        return await claim()

    monkeypatch.setattr(works.runner, "_claim", broken)
    await works.add(RunTurn("a"))

    def done() -> bool:
        works.clock.advance(SECOND)
        return len(works.done) == 1

    await until(done)


async def test_long_work_keeps_its_claim_and_lost_work_does_not(works: Works) -> None:
    await works.hold_up(RunTurn("a"))
    (row,) = await works.rows()
    async with works.store.begin() as tx:  # a claim of this worker that nobody works on
        lost = {**{name: getattr(row, name) for name in row.__dataclass_fields__}}
        await tx.run(table.insert(), {**lost, "id": "job_lost", "key": "turn:b", "lock": "turn:b"})
    for _ in range(2 * LEASE // LONGEST_SLEEP):
        works.clock.advance(LONGEST_SLEEP)
        await until(lambda: works.runner._rest.asleep_until > works.clock.now())
    assert await queue.sweep(works.store, works.clock) == 1
    assert {left.id: left.state for left in await works.rows()}[row.id] == "running"


# The end


async def test_closing_lets_work_finish(works: Works) -> None:
    gate = await works.hold_up(RunTurn("a"))
    closing = asyncio.create_task(works.runner.close(grace=5))
    await asyncio.sleep(0)
    gate.set()
    await closing
    assert (works.done, await works.empty()) == ([RunTurn("a")], True)


async def test_closing_puts_back_what_does_not_finish_and_claims_nothing_more(works: Works) -> None:
    await works.hold_up(RunTurn("a"))
    await works.runner.close(grace=0)
    await works.add(RunTurn("b"))
    assert [(row.key, row.state, row.claimed_by) for row in await works.rows()] == [
        ("turn:a", "queued", None),
        ("turn:b", "queued", None),
    ]
    assert works.done == []


async def test_closing_while_the_store_is_away_does_not_fail(works: Works) -> None:
    await works.hold_up(RunTurn("a"))
    async with locked(works.store):
        await works.runner.close(grace=0)


async def test_the_next_start_does_what_the_last_left(works: Works) -> None:
    gate = await works.hold_up(RunTurn("a"))
    works.runner._loop.cancel()
    for task in tuple(works.runner._doing._under_way):  # as a kill: no claim is given back
        task.cancel()
    await asyncio.gather(*works.runner._doing._under_way, works.runner._loop, return_exceptions=True)
    gate.set()
    await queue.recover(works.store, works.clock)
    works.start()
    await works.times(1)
