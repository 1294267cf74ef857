"""A clock of ours that is behind the one by which Meta and WhatsApp tell the time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from turns_house import house_of, summarising

from frontdesk.domain.messages import Author
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
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


@pytest.mark.both_shapes
async def test_what_was_said_when_our_clock_had_been_ahead_at_the_begin_is_remembered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        line.clock.advance(HOUR)
        await line.arrive(line.message("Hello", at=line.clock.now() - HOUR))
        await line.idle()
        line.clock.advance(-HOUR)
        for text in ("Open today?", "And tomorrow?", "Until when?"):
            line.clock.advance(MINUTE)
            await line.arrive(line.message(text))
            await line.idle()
        assert [said.text for said in think.asked[-1].history if said.author is Author.CONTACT] == [
            "Hello", "Open today?", "And tomorrow?"
        ]  # fmt: skip
        assert len(think.asked[-1].history) == 6


async def test_what_follows_on_ids_that_a_clock_ahead_made_goes_into_the_summary_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[TurnInput] = []
    async with fake_line(tmp_path, config=house_of(memory="{ messages = 4 }"), think=summarising(asked)) as line:
        with _ids_ahead(monkeypatch):
            await _ask(line, range(10))
        await _ask(line, range(10, 16))
    assert asked[-1].summary == "+10+10"
    told = [said.text for given in asked for said in given.to_summarise] + [said.text for said in asked[-1].history]
    assert len(told) == len(set(told)) == 30


async def _ask(line: FakeLine, numbers: Iterable[int]) -> None:
    for number in numbers:
        await line.arrive(line.message(f"question {number} about {chr(97 + number) * 9}"))
        await line.idle()
        await line.pass_time(HOUR)


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
