"""On a line that WhatsApp does not support, answers keep a pace, and nothing collides with what comes in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from turns_house import house_of

from frontdesk.desk.pacing import GAP, LONGEST, PER_CHARACTER, SHORTEST
from frontdesk.domain.addresses import parse
from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import FakeChannel, UnofficialFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

OFF = house_of(agent_mode='"off"')
CHAT = (parse(ANA),)


@pytest.fixture
def think() -> FakeThink:
    return FakeThink()


@pytest.fixture
async def line(tmp_path: Path, think: FakeThink) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=OPEN_HOUSE, think=think) as line:
        yield line


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=OFF) as line:
        yield line


async def _ask(line: FakeLine, **parts: str) -> None:
    await line.arrive(line.message("Hi", **parts))
    await line.idle()


@pytest.mark.parametrize(
    ("text", "length"), [("ok", SHORTEST), ("x" * 100, 100 * PER_CHARACTER), ("x" * 4000, LONGEST)]
)
async def test_an_answer_waits_for_as_long_as_it_takes_to_type(
    line: FakeLine, think: FakeThink, text: str, length: int
) -> None:
    think.script.append(text)
    await _ask(line)
    await line.pass_time(length - 1)
    assert line.channel.sent == []
    await line.pass_time(1)
    assert line.channel.texts == [text]


async def test_typing_is_shown_while_an_answer_waits(line: FakeLine) -> None:
    await _ask(line)
    assert (line.channel.typed, line.channel.sent) == ([(CHAT, True)], [])
    await line.pass_time(SHORTEST)
    assert (line.channel.typed, line.channel.texts) == ([(CHAT, True)], ["ok"])


async def test_each_of_several_answers_is_typed_after_the_one_before(line: FakeLine, think: FakeThink) -> None:
    think.script.append(TurnOutput(Action.REPLY, ("One", "Two"), model="fake"))
    await _ask(line)
    await line.pass_time(SHORTEST)
    assert line.channel.texts == ["One"]
    await line.pass_time(SHORTEST - 1)
    assert line.channel.texts == ["One"]
    await line.pass_time(1)
    assert line.channel.texts == ["One", "Two"]
    assert line.channel.typed == [(CHAT, True)] * 2


async def test_a_chat_that_waits_holds_up_no_other(line: FakeLine, think: FakeThink) -> None:
    think.script += ["x" * 4000, "ok"]
    await _ask(line)
    await _ask(line, who="447700900999")
    await line.pass_time(SHORTEST)
    assert line.channel.texts == ["ok"]


async def test_an_operator_waits_for_the_gap_only(quiet: FakeLine) -> None:
    await _ask(quiet)
    await quiet.desk.outbox.write((await quiet.chat()).id, by="api", text="x" * 1000)
    await quiet.idle()
    await quiet.pass_time(GAP - 1)
    assert quiet.channel.sent == []
    await quiet.pass_time(1)
    assert len(quiet.channel.sent) == 1
    assert quiet.channel.typed == []


async def test_a_message_that_comes_in_meanwhile_begins_the_gap_anew(quiet: FakeLine) -> None:
    await _ask(quiet)
    await quiet.desk.outbox.write((await quiet.chat()).id, by="api", text="Hello")
    await quiet.pass_time(GAP - 1)
    await _ask(quiet)
    await quiet.pass_time(1)
    assert quiet.channel.sent == []
    await quiet.pass_time(GAP - 1)
    assert quiet.channel.texts == ["Hello"]


async def test_where_nothing_came_in_lately_an_operator_waits_for_nothing(quiet: FakeLine) -> None:
    await _ask(quiet)
    await quiet.pass_time(SECOND)
    await quiet.desk.outbox.write((await quiet.chat()).id, by="api", text="Hello")
    await quiet.idle()
    assert quiet.channel.texts == ["Hello"]


@pytest.mark.parametrize("option", [{"care": False}, {"pace": 0}])
async def test_the_pace_can_be_switched_off_and_the_gap_stays(line: FakeLine, option: dict[str, float]) -> None:
    await line.desk.accounts.change(line.account_id, options=option)
    await line.becomes(line.channel.states[-1].state)
    await _ask(line)
    assert line.channel.sent == []
    await line.pass_time(GAP)
    assert (line.channel.texts, line.channel.typed) == (["ok"], [])


async def test_a_slow_line_takes_longer(line: FakeLine) -> None:
    await line.desk.accounts.change(line.account_id, options={"pace": 2})
    await line.becomes(line.channel.states[-1].state)
    await _ask(line)
    await line.pass_time(2 * SHORTEST - 1)
    assert line.channel.sent == []
    await line.pass_time(1)
    assert line.channel.texts == ["ok"]


async def test_an_official_line_keeps_no_pace(tmp_path: Path, think: FakeThink) -> None:
    async with fake_line(tmp_path, channel=FakeChannel(), config=OPEN_HOUSE, think=think) as line:
        await _ask(line)
        assert line.channel.texts == ["ok"]


async def test_a_shutdown_waits_for_no_pace_and_the_next_start_goes_on(tmp_path: Path, think: FakeThink) -> None:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=OPEN_HOUSE, think=think) as line:
        await _ask(line)
        clock = line.clock
    clock.advance(SHORTEST)
    async with fake_line(tmp_path, channel=UnofficialFake(), config=OPEN_HOUSE, clock=clock, think=think) as line:
        await line.idle()
        assert line.channel.texts == ["ok"]
        assert await line.out() == [("ok", "sent")]


async def test_typing_that_cannot_be_shown_harms_nothing(tmp_path: Path, think: FakeThink) -> None:
    class Clumsy(UnofficialFake):
        async def show_typing(self, *given: object, **more: object) -> None:
            raise ValueError("boom")

    async with fake_line(tmp_path, channel=Clumsy(), config=OPEN_HOUSE, think=think) as line:
        await _ask(line)
        await line.pass_time(SHORTEST)
        assert line.channel.texts == ["ok"]
