"""The sweep: whatever a crash or a fault left behind is found, and nothing else is touched."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from turns_house import QUIET

from frontdesk.domain.accounts import State
from frontdesk.domain.messages import Author
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.store import chats
from frontdesk.store.tables import jobs
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=QUIET, think=FakeThink()) as line:
        yield line


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
