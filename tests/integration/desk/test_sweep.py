"""The sweep: whatever a crash or a fault left behind is found, and nothing else is touched."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from turns_house import QUIET

from frontdesk.domain.accounts import State
from frontdesk.domain.messages import Author
from frontdesk.domain.wire import LineState
from frontdesk.domain.work import Deliver, HandBack, MakeDigest
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import Retryable, Scope
from frontdesk.store import chats, sweeps
from frontdesk.store.tables import jobs
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=QUIET, think=FakeThink()) as line:
        yield line


async def _are_sent(line: FakeLine, count: int) -> bool:
    return [status for _, status in await line.out()].count("sent") >= count


async def _lose_all_work(line: FakeLine) -> None:
    await line.idle()
    async with line.store.begin() as tx:
        await tx.run(jobs.delete())


async def test_a_message_whose_turn_got_lost_is_answered(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"))
    await _lose_all_work(line)
    line.clock.advance(MINUTE)
    await until(lambda: bool(line.channel.sent))
    await line.idle()
    assert await line.out() == [("ok", "sent")]


async def test_a_message_whose_delivery_got_lost_is_sent(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"))
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, (await line.chat()).id)
        await line.desk.outbox.post(tx, chat, author=Author.AGENT, text="lost")
        await tx.run(jobs.delete())
    line.clock.advance(MINUTE)
    await until(lambda: "lost" in line.channel.texts)


async def test_the_sweep_leaves_what_has_its_work_and_lines_that_are_down(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"))
    await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED))
    await line.pass_time(MINUTE)
    before = {(job.key, job.due_at) for job in await line.jobs() if job.kind not in ("sweep", "read_up")}
    line.clock.advance(HOUR)
    await line.idle()
    assert {(job.key, job.due_at) for job in await line.jobs() if job.kind not in ("sweep", "read_up")} == before


async def test_a_turn_that_waits_for_an_hour_because_a_clock_was_ahead_is_taken_up(line: FakeLine) -> None:
    line.clock.advance(HOUR)
    await line.arrive(line.message("Hi"))
    line.clock.advance(-HOUR)
    line.clock.advance(MINUTE)
    await until(lambda: bool(line.channel.sent))


async def test_a_delivery_that_waits_for_an_hour_because_a_clock_was_ahead_is_made(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"))
    line.clock.advance(MINUTE)
    await until(lambda: bool(line.channel.sent))
    await line.idle()
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, (await line.chat()).id)
        assert chat is not None
        await line.desk.outbox.post(tx, chat, author=Author.AGENT, text="late")
        await tx.run(jobs.update().where(jobs.c.kind == "deliver").values(due_at=line.clock.now() + HOUR))
    line.clock.advance(MINUTE)
    await until(lambda: "late" in line.channel.texts)


@pytest.mark.both_shapes
@pytest.mark.parametrize("scope", ["message", "chat", "account"])
async def test_a_message_that_was_tried_in_vain_while_a_clock_was_an_hour_ahead_waits_no_hour(
    line: FakeLine, scope: Scope
) -> None:
    line.clock.advance(HOUR)
    line.channel.script.append(Retryable("Come again.", scope=scope))
    await line.arrive(line.message("Hi"))
    line.clock.advance(MINUTE)
    await until(lambda: not line.channel.script)
    await line.arrive(line.message("Hi", who="+447700900999"))
    await line.idle()
    assert await line.out() == [("ok", "queued")]
    line.clock.advance(-HOUR)
    for count in (1, 2):
        line.clock.advance(MINUTE)
        await until(partial(_are_sent, line, count))


async def test_a_line_that_was_asked_to_wait_for_an_hour_is_left_alone(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"))
    chat_id, later = (await line.chat()).id, line.clock.now() + HOUR
    async with line.store.begin() as tx:
        await chats.change(tx, chat_id, blocked_until=later)
        await tx.run(jobs.delete())
        await enqueue(tx, Deliver(chat_id), now=line.clock.now(), due=later)
    async with line.store.read() as read:
        assert await sweeps.chats_that_wait_too_long(read, latest=line.clock.now() + MINUTE) == ([], [])
    async with line.store.begin() as tx:
        await chats.change(tx, chat_id, blocked_until=None)
    async with line.store.read() as read:
        assert await sweeps.chats_that_wait_too_long(read, latest=line.clock.now() + MINUTE) == ([], [chat_id])


@pytest.mark.both_shapes
async def test_what_a_clock_that_was_ahead_asked_for_is_done_and_what_is_planned_for_later_waits(
    line: FakeLine,
) -> None:
    now = line.clock.now()
    async with line.store.begin(shared=True) as tx:
        await enqueue(tx, MakeDigest("iss_of_nobody"), now=now + HOUR)
        await enqueue(tx, HandBack("cht_of_nobody"), now=now, due=now + HOUR)
    line.clock.advance(MINUTE)
    await until(partial(_has_no, line, MakeDigest.kind))
    assert [job.due_at for job in await line.jobs(HandBack.kind)] == [now + HOUR]


async def _has_no(line: FakeLine, kind: str) -> bool:
    return not await line.jobs(kind)
