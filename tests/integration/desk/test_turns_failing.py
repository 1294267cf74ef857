"""Turns that fail or are cut off are tried again, and are left to people when the agent cannot."""

from pathlib import Path

import pytest
from turns_house import QUIET, gated, thinking

from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink


async def test_a_model_that_fails_is_tried_again_later(tmp_path: Path) -> None:
    think = FakeThink(Retryable("Busy.", after=7 * SECOND), "now")
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["failed"]
        assert await line.decisions() == [("Hi", "pending", None)]
        await line.pass_time(7 * SECOND)
        assert await line.out() == [("now", "sent")]
        assert await line.alerts() == []


async def test_a_model_that_fails_too_often_leaves_the_chat_to_people_and_tells_the_owner(tmp_path: Path) -> None:
    think = FakeThink(*[Retryable("Busy.", after=SECOND, code="busy")] * 5)
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        for _ in range(10):
            await line.pass_time(SECOND)
        assert (len(think.asked), await line.decisions()) == (5, [("Hi", "failed", "model")])
        assert [(alert.kind, alert.severe) for alert in await line.alerts()] == [("model", True)]
        assert (await line.chat()).waiting_since is not None
        assert (await line.jobs("turn"), (await line.balance()).balanced) == ([], True)
        await line.pass_time(HOUR)
        assert len(think.asked) == 5


@pytest.mark.parametrize("failure", [Rejected("The key is wrong."), LoggedOut("No such key.")])
async def test_a_model_that_will_never_answer_is_not_asked_again(tmp_path: Path, failure: Exception) -> None:
    think = FakeThink(failure)
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.pass_time(HOUR)
        assert (len(think.asked), await line.decisions()) == (1, [("Hi", "failed", "model")])


async def test_a_fault_of_the_program_leaves_the_chat_to_people_in_the_end(tmp_path: Path) -> None:
    think = FakeThink(*[ValueError("boom")] * 50)
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        for _ in range(8):
            await line.pass_time(10 * MINUTE)
        assert (len(think.asked), await line.decisions()) == (5, [("Hi", "failed", "model")])
        assert {alert.kind for alert in await line.alerts()} == {"job"}
        assert {turn.state for turn in await line.turns()} == {"cut_off"}


async def test_nobody_answers_on_a_line_that_was_removed(tmp_path: Path) -> None:
    think = FakeThink()
    config = QUIET
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.desk.accounts.remove(line.account_id)
        await line.pass_time(MINUTE)
        assert (think.asked, await line.decisions()) == ([], [("Hi", "refused", "line")])
        assert await line.alerts() == []


async def test_a_turn_that_a_crash_cut_off_is_marked_and_run_again(tmp_path: Path) -> None:
    clock, think = FrozenClock(), gated()
    async with fake_line(tmp_path, clock=clock, think=think) as line:
        await line.arrive(line.message("Hi"))
        await thinking(think)
        await line.house.built.runner.close(grace=0)
        assert [turn.state for turn in await line.turns()] == ["running"]
    async with fake_line(tmp_path, clock=clock, think=FakeThink("again")) as line:
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["cut_off", "answered"]
        assert await line.out() == [("again", "sent")]


async def test_a_cut_off_turn_is_marked_also_when_the_gate_is_shut_by_then(tmp_path: Path) -> None:
    clock, think = FrozenClock(), gated()
    async with fake_line(tmp_path, clock=clock, think=think) as line:
        await line.arrive(line.message("Hi"))
        await thinking(think)
        await line.desk.holding.take_over((await line.chat()).id, by="api")
        await line.house.built.runner.close(grace=0)
    async with fake_line(tmp_path, clock=clock, think=FakeThink()) as line:
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["cut_off"]
        assert await line.decisions() == [("Hi", "refused", "held")]


async def test_a_store_that_is_away_during_a_turn_costs_no_try(tmp_path: Path) -> None:
    think = FakeThink(*[StoreUnavailable("The disk is full.")] * 8, "at last")

    def tried(times: int) -> bool:
        line.clock.advance(SECOND // 10)
        return len(think.asked) == times

    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await until(lambda: tried(9))
        await line.idle()
        assert await line.out() == [("at last", "sent")]
