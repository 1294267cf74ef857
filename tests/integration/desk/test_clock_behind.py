"""A clock of ours that is behind the one by which Meta and WhatsApp tell the time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, think=FakeThink("Yes.")) as line:
        yield line


async def _shown(line: FakeLine) -> list[str | None]:
    return [row.text for row in sorted(await line.messages(), key=lambda row: (row.provider_time, row.id))]


@pytest.mark.both_shapes
async def test_an_answer_stands_behind_its_question_where_our_clock_is_behind(line: FakeLine) -> None:
    await line.arrive(line.message("Open today?", at=line.clock.now() + 90 * SECOND))
    await line.idle()
    assert await _shown(line) == ["Open today?", "Yes."]


@pytest.mark.both_shapes
async def test_an_answer_stands_behind_its_question_of_the_same_second_that_a_process_with_a_clock_ahead_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    think = FakeThink(TurnOutput(Action.REPLY, ("Yes.", "From nine on."), model="fake"))
    think.gate = asyncio.Event()
    async with fake_line(tmp_path, think=think) as line:
        with _ids_ahead(monkeypatch):
            await line.arrive(line.message("Open today?"))
        think.gate.set()
        await line.idle()
        assert await _shown(line) == ["Open today?", "Yes.", "From nine on."]
        await line.arrive(line.message("And tomorrow?"))
        await line.idle()
        assert think.history() == [("contact", "Open today?"), ("agent", "Yes."), ("agent", "From nine on.")]


@pytest.mark.both_shapes
async def test_an_operators_answer_stands_behind_a_question_that_a_process_with_a_clock_ahead_stored(
    line: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.desk.holding.take_over(await _first_chat(line), by="opr_1")
    with _ids_ahead(monkeypatch):
        await line.arrive(line.message("And tomorrow?"))
    for text in ("From nine on.", "Until six."):
        await line.desk.outbox.write((await line.chat()).id, by="opr_1", text=text)
    assert await _shown(line) == ["Hello", "Yes.", "And tomorrow?", "From nine on.", "Until six."]


@pytest.mark.both_shapes
async def test_an_operators_answer_stands_behind_the_question_where_our_clock_is_behind(line: FakeLine) -> None:
    await line.desk.holding.take_over(await _first_chat(line), by="opr_1")
    await line.arrive(line.message("And tomorrow?", at=line.clock.now() + 10 * MINUTE))
    await line.desk.outbox.write((await line.chat()).id, by="opr_1", text="From nine on.")
    assert await _shown(line) == ["Hello", "Yes.", "And tomorrow?", "From nine on."]


async def test_what_was_said_while_our_clock_was_behind_is_remembered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        await _first_chat(line)
        line.clock.advance(-HOUR)
        await line.arrive(line.message("Open today?", at=line.clock.now() + HOUR))
        await line.idle()
        line.clock.advance(HOUR + MINUTE)
        await line.arrive(line.message("And tomorrow?"))
        await line.idle()
        assert [said.text for said in think.asked[-1].history] == ["Hello", "ok", "Open today?", "ok"]


@contextmanager
def _ids_ahead(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ids are made as by another process, whose clock is an hour ahead."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("frontdesk.kit.ids._newest", [(time.time_ns() // 1_000_000 + HOUR) << 48])
        yield


async def _first_chat(line: FakeLine) -> str:
    await line.arrive(line.message("Hello"))
    await line.idle()
    return (await line.chat()).id
