"""A real Celery worker on real PostgreSQL and Redis: it tells the truth, keeps the order, and loses nothing."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from celery_works import Works, works_on
from sqlalchemy import select

from frontdesk.domain.work import Deliver, HandBack, Job, ReadUp, RunTurn, SettleReceipts, Sweep
from frontdesk.jobs.celery import QUEUES, SCHEDULE, TASK, priority_of
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import HOUR
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store import sending
from frontdesk.store.rows import JobRow
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import until
from frontdesk.testing.redis import Redis


@pytest.fixture
async def works(postgres_url: str, redis_url: str) -> AsyncIterator[Works]:
    async with works_on(postgres_url, redis_url) as works:
        yield works


async def rows(works: Works) -> list[JobRow]:
    async with works.store.read() as read:
        return await read.all(select(table), JobRow)


async def all_found(works: Works) -> bool:
    """Whether nothing waits at the broker, or for a place: what could not be taken can be found again."""
    return all(row.sent_at is None for row in await rows(works) if row.state == "queued")


async def test_work_goes_through_the_broker_and_its_row_goes(works: Works) -> None:
    async with works.running():
        await works.add(RunTurn("a"), Deliver("b"))
        await until(works.empty)
        assert set(works.done) == {RunTurn("a"), Deliver("b")}
        assert works.publisher.kinds == {"turn", "deliver"}


async def test_what_a_job_leads_to_is_done_here_without_the_broker_and_the_rest_goes_by_it(works: Works) -> None:
    async def work(job: Job, ticket: Ticket) -> None:
        if isinstance(job, RunTurn):
            await works.add(Deliver(job.chat_id), ReadUp(job.chat_id), SettleReceipts("line"))

    works.work = work
    async with works.running():
        await works.add(RunTurn("a"), RunTurn("b"))
        await until(works.empty)
        kinds = [job.kind for job in works.done]
        assert [kinds.count(kind) for kind in ("turn", "deliver", "read_up")] == [2, 2, 2]
        assert works.publisher.kinds == {"turn", "settle_receipts"}
    assert all(lane.taken == 0 for lane in works.lanes)


async def test_what_a_job_leads_to_waits_where_there_is_no_place(works: Works) -> None:
    works.lanes[1].places = 0

    async def work(job: Job, ticket: Ticket) -> None:
        if isinstance(job, RunTurn):
            await works.add(Deliver("a"))

    works.work = work
    async with works.running():
        await works.add(RunTurn("a"))
        await until(lambda: works.done == [RunTurn("a")])
        await until(lambda: works.runner.busy == 0)
        works.lanes[1].places = 5
        await until(works.empty)
    assert works.done == [RunTurn("a"), Deliver("a")]


async def test_what_jobs_lead_to_takes_no_more_places_than_there_are(works: Works) -> None:
    """However many lanes it is of."""
    waited = asyncio.Event()
    most = 0

    async def work(job: Job, ticket: Ticket) -> None:
        nonlocal most
        most = max(most, works.under_way)
        if isinstance(job, RunTurn):
            await works.add(*(kind(f"{n}") for n in range(6) for kind in (Deliver, ReadUp)))
        else:
            await waited.wait()

    works.work = work
    async with works.running():
        works.runner.limit(4)
        await works.add(RunTurn("a"))
        await until(lambda: works.under_way == 4)
        waited.set()
        await until(works.empty)
    assert most == 4


async def test_hundreds_wait_at_once_in_one_process_and_inspect_says_so(works: Works) -> None:
    works.gate = asyncio.Event()
    async with works.running():
        threads = threading.active_count()
        await works.add(*(RunTurn(f"{n}") for n in range(500)))
        await until(lambda: works.under_way == 500)
        assert threading.active_count() <= threads + 2  # the publisher's, and one for the inspection
        active = await works.inspect("active")
        assert len(active) == 500
        assert {task["name"] for task in active} == {"frontdesk.turn"}
        assert all(task["time_start"] and task["args"] == [task["id"]] for task in active)
        assert await works.inspect("ping") == {"ok": "pong"}
        stats = await works.inspect("stats")
        assert (stats["pool"]["max-concurrency"], stats["total"]) == (620, {"frontdesk.turn": 500})
        assert {f"{TASK}turn", f"{TASK}hand_back", f"{TASK}{SCHEDULE}"} <= set(await works.inspect("registered"))
        works.gate.set()
        await until(works.empty)
        assert await works.inspect("active") == []


async def test_task_events_tell_how_it_went_and_how_long_it_took(works: Works) -> None:
    heard: list[dict[str, Any]] = []

    async def work(job: Job, ticket: Ticket) -> None:
        if job == RunTurn("slow"):
            await asyncio.sleep(0.2)
        if job == RunTurn("bad"):
            raise Retryable("Busy.", after=60_000)
        if job == ReadUp("worse"):
            raise Rejected("No.")

    works.work = work
    async with works.running():
        await asyncio.to_thread(works.app.control.enable_events)
        listening = threading.Thread(target=_listen, args=(works, heard), daemon=True)
        listening.start()
        await until(lambda: any(event["type"] == "worker-heartbeat" for event in heard))
        await works.add(RunTurn("slow"), RunTurn("bad"))
        await until(lambda: {"task-succeeded", "task-retried"} <= {event["type"] for event in heard})
        await until(lambda: len(works.done) == 1)
    received = {event["uuid"]: event["name"] for event in heard if event["type"] == "task-received"}
    (succeeded,) = (event for event in heard if event["type"] == "task-succeeded")
    (retried,) = (event for event in heard if event["type"] == "task-retried")
    assert 0.2 <= succeeded["runtime"] < 2
    assert "Busy." in retried["exception"]
    assert set(received) == {succeeded["uuid"], retried["uuid"]}
    assert {event["uuid"] for event in heard if event["type"] == "task-started"} == set(received)


def _listen(works: Works, heard: list[dict[str, Any]]) -> None:
    with works.app.connection() as connection:
        receiver = works.app.events.Receiver(connection, handlers={"*": heard.append})
        for _ in receiver.itercapture(limit=None, timeout=None, wakeup=True):
            if any(event["type"] == "worker-offline" for event in heard):
                return


async def test_the_most_urgent_of_a_backlog_goes_first(works: Works) -> None:
    await works.add(*(ReadUp(f"{n}") for n in range(3)), *(RunTurn(f"{n}") for n in range(3)))
    await works.add(Deliver("a"), HandBack("a"))
    works.app.conf.worker_concurrency = 1
    async with works.running():
        await until(works.empty)
    assert [job.kind for job in works.done] == ["hand_back", "deliver", *["turn"] * 3, *["read_up"] * 3]


@pytest.mark.parametrize(("broker", "first", "last"), [("redis://x", 1, 8), ("amqp://x", 8, 1)])
def test_priorities_are_told_in_the_order_of_the_broker(broker: str, first: int, last: int) -> None:
    assert (priority_of(HandBack.priority, broker), priority_of(ReadUp.priority, broker)) == (first, last)


async def test_a_message_that_was_lost_is_sent_again(works: Works, redis: Redis) -> None:
    """Who stops to listen takes one message more with the question that it has already asked: it is waited for."""
    works.lanes[0].places = 1
    works.gate = asyncio.Event()
    control = works.app.control
    async with works.running():
        for name in QUEUES:
            await asyncio.to_thread(control.cancel_consumer, name, reply=True, timeout=5, limit=1)
        await until(lambda: not redis.asked())
        await works.add(RunTurn("a"))
        await until(lambda: works.runner.dispatcher.sent == 1)
        redis.flush()
        for name in QUEUES:
            await asyncio.to_thread(control.add_consumer, name, reply=True, timeout=5, limit=1)
        works.gate.set()
        await until(works.empty)
        assert works.done == [RunTurn("a")]
        assert works.runner.dispatcher.sent == 2


async def test_a_claim_whose_answer_was_lost_is_given_up_and_done_and_what_runs_is_left_alone(works: Works) -> None:
    works.gate = asyncio.Event()
    async with works.running():
        await works.add(RunTurn("a"))
        await until(lambda: works.under_way == 1)
        await works.add(RunTurn("b"), due=works.clock.now() + HOUR)
        (lost,) = [row for row in await rows(works) if row.state == "queued"]
        async with works.store.begin(shared=True) as tx:
            await tx.run(table.update().where(table.c.id == lost.id).values(due_at=works.clock.now()))
            await sending.take(tx, [lost.id], worker=works.signs.id, now=works.clock.now())
        await until(lambda: works.under_way == 2)
        assert [(row.key, row.attempts) for row in await rows(works)] == [("turn:a", 1), ("turn:b", 2)]
        works.gate.set()
        await until(works.empty)
        assert works.done == [RunTurn("a"), RunTurn("b")]


async def test_a_broker_that_goes_stops_nothing_and_is_used_again_when_it_is_back(
    postgres_url: str, own_redis: Redis
) -> None:
    async with works_on(postgres_url, own_redis.url()) as works, works.running():
        await works.add(RunTurn("a"))
        await until(works.empty)
        await asyncio.to_thread(own_redis.kill)
        await works.add(RunTurn("b"), RunTurn("c"))
        await until(works.empty)
        assert works.runner.dispatcher.away
        await asyncio.to_thread(own_redis.start)
        await until(lambda: not works.runner.dispatcher.away)
        sent = works.runner.dispatcher.sent
        await works.add(RunTurn("d"))
        await until(works.empty)
        assert works.runner.dispatcher.sent == sent + 1
        assert works.done[-1] == RunTurn("d")


async def test_no_kind_takes_the_places_of_another(works: Works) -> None:
    works.lanes = tuple(Lane(lane.kinds, 2) for lane in works.lanes)
    works.gate = asyncio.Event()
    async with works.running():
        await works.add(*(RunTurn(f"{n}") for n in range(20)))
        await until(lambda: works.under_way == 2)
        await works.add(Deliver("a"))
        await until(lambda: works.under_way == 3)
        assert [row.state for row in await rows(works)].count("running") == 3
        works.gate.set()
        await until(works.empty)


async def test_at_the_end_what_does_not_finish_is_put_back_and_the_rest_was_never_claimed(works: Works) -> None:
    works.gate = asyncio.Event()
    works.lanes[0].places = 2
    async with works.running():
        await works.add(*(RunTurn(f"{n}") for n in range(4)))
        await until(lambda: works.under_way == 2)
        await until(lambda: all_found(works))
    left = await rows(works)
    assert [(row.state, row.claimed_by, row.sent_at) for row in left] == [("queued", None, None)] * 4
    assert sorted(row.attempts for row in left) == [0, 0, 1, 1]


async def test_who_waits_for_a_place_at_the_end_lets_its_job_go_first(works: Works) -> None:
    works.lanes[0].places = 0
    await works.add(RunTurn("a"))
    await works.open()
    async with works.store.begin(shared=True) as tx:
        (letter,) = await sending.mark_due(tx, RunTurn.kind, now=works.clock.now(), most=1)
    waiting = asyncio.create_task(works.runner.take(letter.id, letter.kind))
    await asyncio.sleep(0)
    await works.close()
    assert waiting.done()
    assert [(row.state, row.claimed_by, row.sent_at) for row in await rows(works)] == [("queued", None, None)]


async def test_what_finishes_in_time_is_finished_at_the_end(works: Works) -> None:
    works.gate, works.grace = asyncio.Event(), 8.0
    async with works.running():
        await works.add(RunTurn("a"))
        await until(lambda: works.under_way == 1)
        asyncio.get_running_loop().call_later(0.2, works.gate.set)
    assert works.done == [RunTurn("a")]
    assert await works.empty()


async def test_the_beat_enqueues_a_job_once_however_often_it_strikes(works: Works) -> None:
    works.gate = asyncio.Event()
    async with works.running():
        for _ in range(3):
            works.app.tasks[TASK + SCHEDULE].apply_async((Sweep.kind,))
        await until(lambda: works.under_way == 1)
        stats = await works.inspect("stats")
        while stats["total"].get(TASK + SCHEDULE) != 3:
            stats = await works.inspect("stats")
        assert [row.kind for row in await rows(works)].count(Sweep.kind) <= 2  # one runs, one waits
        works.gate.set()
        await until(works.empty)


@pytest.mark.filterwarnings("ignore:Call to deprecated")  # by Celery, of the library for Redis
async def test_results_are_kept_where_a_backend_is_named(postgres_url: str, redis_url: str) -> None:
    async with works_on(postgres_url, redis_url, results=redis_url) as works, works.running():
        works.gate = asyncio.Event()
        await works.add(RunTurn("a"))
        (row,) = await rows(works)
        works.gate.set()
        result = works.app.AsyncResult(row.id)
        assert await asyncio.to_thread(result.get, timeout=20) == "done"
