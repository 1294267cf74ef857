"""A worker that stood still for too long has lost its work to another. When it goes on, it spoils nothing.

Both work in one house here: what the first holds is put back as though it had died, and the house takes it up again.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import sending_line, write
from turns_house import gated

from frontdesk.domain.messages import Status
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.domain.wire import MediaRef
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store import jobs
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink

pytestmark = pytest.mark.both_shapes


class Apart:
    """Thinks for each turn in turn what it is given, when it is let."""

    def __init__(self, *thoughts: FakeThink) -> None:
        self.thoughts = thoughts
        self.asked = 0

    async def __call__(self, given: TurnInput, persona: Persona) -> TurnOutput:
        self.asked += 1
        return await self.thoughts[self.asked - 1](given, persona)


async def taken_for_dead(line: FakeLine, kind: str) -> None:
    """Who works on this is taken for dead: another takes it up."""
    (row,) = [row for row in await line.jobs(kind) if row.state == "running"]
    async with line.store.begin(shared=True) as tx:
        assert await jobs.put_back_all(tx, str(row.claimed_by), due=line.clock.now(), error="The worker died.")


async def one_is_left(line: FakeLine) -> None:
    """Of the two who worked, one has ended."""
    await until(lambda: line.house.built.runner.busy == 1)


def late(*script: str | Exception) -> FakeThink:
    think = gated()
    think.script.extend(script)
    return think


def go_on(think: FakeThink) -> None:
    assert think.gate is not None
    think.gate.set()


@pytest.mark.parametrize("first_comes_back", ["while the other thinks", "when the other has answered"])
async def test_two_who_answer_the_same_post_one_answer(tmp_path: Path, first_comes_back: str) -> None:
    first, second = late("one"), late("two")
    think = Apart(first, second)
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message())
        await until(lambda: think.asked == 1)
        await taken_for_dead(line, "turn")
        await until(lambda: think.asked == 2)
        order = (first, second) if first_comes_back == "while the other thinks" else (second, first)
        for each in order:
            go_on(each)
            await one_is_left(line) if each is order[0] else await line.idle()
        assert await line.out() == [("two", "sent")]
        assert [decision for _, decision, _ in await line.decisions()] == ["answered"]
        assert sorted(turn.state for turn in await line.turns()) == ["answered", "cut_off"]
        assert await line.jobs("turn") == []


async def test_an_answer_that_is_there_before_another_worker_began_is_the_answer(tmp_path: Path) -> None:
    first = late("one")
    async with fake_line(tmp_path, think=(think := Apart(first))) as line:
        await line.arrive(line.message())
        await until(lambda: think.asked == 1)
        (row,) = await line.jobs("turn")
        async with line.store.begin(shared=True) as tx:
            await jobs.put_back_all(tx, str(row.claimed_by), due=line.clock.now() + MINUTE, error="The worker died.")
        go_on(first)
        await until(lambda: bool(line.channel.texts))
        await line.pass_time(MINUTE)
        assert await line.out() == [("one", "sent")]
        assert (await line.jobs("turn"), think.asked) == ([], 1)


async def test_a_fault_of_who_was_taken_for_dead_leaves_nothing_to_people_that_another_answers(tmp_path: Path) -> None:
    first, second = late(Rejected("The model is gone.")), late("two")
    think = Apart(first, second)
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message())
        await until(lambda: think.asked == 1)
        await taken_for_dead(line, "turn")
        await until(lambda: think.asked == 2)
        go_on(first)
        await one_is_left(line)
        go_on(second)
        await line.idle()
        assert await line.out() == [("two", "sent")]
        assert (await line.alerts(), await line.jobs("turn")) == ([], [])


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with sending_line(tmp_path) as line:
        yield line


async def stands_still(line: FakeLine, *texts: str) -> tuple[list[str], asyncio.Event]:
    """A worker stands still while it sends the first of these. Gives the ids, and what lets it go on."""
    line.channel.gate = gate = asyncio.Event()
    ids = await write(line, *texts)
    await until(lambda: line.channel.under_way == 1)
    line.channel.gate = None
    return ids, gate


async def test_a_result_that_comes_late_is_not_lost(line: FakeLine) -> None:
    ids, gate = await stands_still(line, "one", "two")
    await taken_for_dead(line, "deliver")
    await until(lambda: line.channel.texts == ["one", "two"])
    assert (await line.one(ids[0])).status == Status.UNKNOWN
    gate.set()
    await line.idle()
    assert await line.out() == [("one", "sent"), ("two", "sent")]
    assert (await line.one(ids[0])).external_id is not None
    assert (await line.alerts(), await line.jobs("deliver")) == ([], [])


async def test_a_refusal_that_comes_late_ends_the_doubt(line: FakeLine) -> None:
    line.channel.script.extend([None, Rejected("The number does not exist.")])
    _, gate = await stands_still(line, "one", "two")
    await taken_for_dead(line, "deliver")
    await until(lambda: line.channel.texts == ["one", "two"])
    gate.set()
    await line.idle()
    assert await line.out() == [("one", "failed"), ("two", "sent")]
    assert await line.alerts() == []


async def test_what_has_to_be_sent_again_as_is_known_late_is_sent_again(line: FakeLine) -> None:
    line.channel.script.extend([None, Retryable("The network is away.", after=MINUTE)])
    _, gate = await stands_still(line, "one", "two")
    await taken_for_dead(line, "deliver")
    await until(lambda: line.channel.texts == ["one", "two"])
    gate.set()
    await line.idle()
    assert await line.out() == [("one", "queued"), ("two", "sent")]
    await line.pass_time(2 * MINUTE)
    assert await line.out() == [("one", "sent"), ("two", "sent")]
    assert (await line.alerts(), await line.jobs("deliver")) == ([], [])


async def test_who_comes_back_does_not_send_beside_the_other(line: FakeLine) -> None:
    _, first = await stands_still(line, "one", "two", "three")
    line.channel.gate = second = asyncio.Event()
    await taken_for_dead(line, "deliver")
    await until(lambda: line.channel.texts == ["one", "two"])
    first.set()
    await one_is_left(line)
    assert (line.channel.texts, await line.alerts()) == (["one", "two"], [])
    second.set()
    await line.idle()
    assert (line.channel.texts, {status for _, status in await line.out()}) == (["one", "two", "three"], {"sent"})


async def test_a_file_that_another_worker_has_fetched_is_not_marked_as_failed(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        ref = MediaRef("file-1", "image/png")
        line.channel.files["file-1"] = b"\x89PNG\r\n\x1a\n-pixels"
        await line.arrive(line.message(None, kind="image", media=ref))
        await line.idle()
        (stored,) = await line.files()
        assert stored.state == "stored"
        await line.desk.media._mark(stored, "failed", "The worker stood still.")
        assert await line.files() == [stored]
