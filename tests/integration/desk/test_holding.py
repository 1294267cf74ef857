"""A person takes over at once, and the chat goes back by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.errors import NotFound
from frontdesk.domain.live import LiveType
from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.domain.work import HandBack
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.store import jobs
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message())
        await line.idle()
        yield line


async def _hold(line: FakeLine) -> tuple[str | None, int | None]:
    chat = await line.chat()
    return chat.held_by, None if chat.held_until is None else chat.held_until - line.clock.now()


async def _answers(line: FakeLine) -> bool:
    """Whether the agent answers now."""
    before = len(line.channel.sent)
    await line.arrive(line.message(f"a question of the moment {line.clock.now()}"))
    await line.idle()
    return len(line.channel.sent) > before


async def test_a_takeover_holds_at_once_and_is_told(line: FakeLine) -> None:
    chat = await line.chat()
    told = len(line.happened(LiveType.CHAT_CHANGED))
    await line.desk.holding.take_over(chat.id, by="opr_1", reason="A complaint.")
    assert await _hold(line) == ("opr_1", 240 * MINUTE)
    assert (await line.chat()).held_reason == "A complaint."
    assert len(line.happened(LiveType.CHAT_CHANGED)) > told
    assert not await _answers(line)
    assert (await line.decisions())[-1][2] == "held"


async def test_a_chat_goes_back_by_itself_when_its_time_is_over(line: FakeLine) -> None:
    await line.desk.holding.take_over((await line.chat()).id, by="opr_1", minutes=30)
    await line.pass_time(30 * MINUTE - 1)
    assert not await _answers(line)
    await line.pass_time(1)
    await until(lambda: _is_free(line))
    assert await _answers(line)
    assert await line.jobs("hand_back") == []


async def _is_free(line: FakeLine) -> bool:
    return (await line.chat()).held_by is None


async def test_each_word_of_a_person_prolongs_the_hold(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.outbox.write(chat.id, by="opr_1", text="one")
    await line.pass_time(3 * HOUR)
    await line.desk.outbox.write(chat.id, by="opr_1", text="two")
    await line.pass_time(HOUR)
    assert await _hold(line) == ("opr_1", 3 * HOUR)
    await line.pass_time(3 * HOUR)
    await until(lambda: _is_free(line))


async def test_a_word_does_not_shorten_a_longer_hold(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=24 * 60)
    await line.desk.outbox.write(chat.id, by="opr_1", text="one")
    assert (await _hold(line))[1] == DAY


async def test_who_names_the_minutes_may_shorten_a_hold(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=60)
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=5)
    await line.pass_time(5 * MINUTE)
    await until(lambda: _is_free(line))


async def test_zero_minutes_last_until_handed_back(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=5)
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=0)
    assert (await _hold(line), await line.jobs("hand_back")) == (("opr_1", None), [])
    await line.pass_time(30 * DAY)
    assert (await _hold(line))[0] == "opr_1"
    await line.desk.holding.hand_back(chat.id, by="opr_1")
    assert await _answers(line)


async def test_a_hold_without_an_end_is_not_ended_by_a_word(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=0)
    await line.desk.outbox.write(chat.id, by="opr_1", text="one")
    assert await _hold(line) == ("opr_1", None)


async def test_a_house_may_hold_until_handed_back(tmp_path: Path) -> None:
    config = OPEN_HOUSE + "[hold]\nminutes = 0\n"
    async with fake_line(tmp_path, config=config, think=FakeThink()) as line:
        await line.arrive(line.message())
        await line.idle()
        await line.desk.outbox.write((await line.chat()).id, by="opr_1", text="one")
        assert await _hold(line) == ("opr_1", None)


async def test_handing_back_forgets_the_time_and_answers_from_the_next_message_on(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1")
    assert not await _answers(line)
    await line.desk.holding.hand_back(chat.id, by="opr_1")
    await line.idle()
    assert (await _hold(line), await line.jobs("hand_back"), len(line.channel.sent)) == ((None, None), [], 1)
    assert await _answers(line)


async def test_a_hold_ends_after_a_restart_too(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message())
        await line.idle()
        await line.desk.holding.take_over((await line.chat()).id, by="opr_1", minutes=5)
        clock = line.clock
    clock.advance(HOUR)
    async with fake_line(tmp_path, clock=clock, think=FakeThink()) as line:
        await until(lambda: _is_free(line))


async def test_a_hold_whose_job_got_lost_is_ended_by_the_sweep(line: FakeLine) -> None:
    chat = await line.chat()
    await line.desk.holding.take_over(chat.id, by="opr_1", minutes=5)
    async with line.store.begin() as tx:
        await jobs.forget(tx, HandBack(chat.id).key)
    line.clock.advance(5 * MINUTE + SECOND)
    await until(lambda: _is_free(line))


async def test_unknown_chats_are_not_found(line: FakeLine) -> None:
    for verb in (line.desk.holding.take_over, line.desk.holding.hand_back):
        with pytest.raises(NotFound):
            await verb("cht_none", by="opr_1")


async def _someone(line: FakeLine, login: str = "ana") -> str:
    return str((await line.desk.operators.add(login, name=login.title(), role="operator")).id)


async def test_the_first_operator_who_takes_over_or_answers_is_assigned(line: FakeLine) -> None:
    chat, ana, rui = await line.chat(), await _someone(line), await _someone(line, "rui")
    await line.desk.outbox.write(chat.id, by=ana, text="one")
    assert (await line.chat()).assigned_to == ana
    await line.desk.holding.take_over(chat.id, by=rui)
    assert (await line.chat()).assigned_to == ana
    await line.desk.chats.change(chat.id, by=rui, assigned_to="")
    await line.desk.holding.take_over(chat.id, by=rui)
    assert (await line.chat()).assigned_to == rui


@pytest.mark.parametrize("who", ["api", "phone", "agent"])
async def test_who_is_no_operator_is_not_assigned(line: FakeLine, who: str) -> None:
    await line.desk.holding.take_over((await line.chat()).id, by=who)
    assert (await line.chat()).assigned_to is None


@pytest.mark.parametrize("what", ["an answer", "a hand-back", "a resolve"])
async def test_who_sees_to_a_chat_closes_its_call_for_a_person(tmp_path: Path, what: str) -> None:
    asks = FakeThink(TurnOutput(Action.HAND_OVER, ("One moment.",), hand_over_reason="They ask for a person."))
    async with fake_line(tmp_path, think=asks) as line:
        await line.arrive(line.message())
        await line.idle()
        chat = await line.chat()
        assert [alert.key for alert in await line.alerts()] == [f"hand_over:{chat.id}"]
        await line.desk.holding.take_over(chat.id, by="opr_1")
        assert len(await line.alerts()) == 1
        if what == "an answer":
            await line.desk.outbox.write(chat.id, by="opr_1", text="Here I am.")
        elif what == "a hand-back":
            await line.desk.holding.hand_back(chat.id, by="opr_1")
        else:
            await line.desk.chats.change(chat.id, by="opr_1", state="resolved")
        assert await line.alerts() == []
