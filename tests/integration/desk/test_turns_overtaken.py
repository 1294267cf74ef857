"""Turns are asked twice: what happens while the agent thinks decides what becomes of its answer."""

import asyncio
from pathlib import Path

from turns_house import QUIET, gated, go_on, house_of, thinking

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.store import turns
from frontdesk.testing.clock import until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink


async def test_what_the_gate_refuses_is_not_thought_about_and_says_why(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=house_of(trusted="false"), think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (await line.decisions(), think.asked) == ([("Hi", "refused", "not_trusted")], [])
        assert (await line.chat()).waiting_since is not None
        assert (await line.balance()).refused == {"not_trusted": 1}


async def test_a_takeover_during_a_turn_makes_the_answer_a_draft_with_its_reason(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await thinking(think)
        await line.desk.holding.take_over((await line.chat()).id, by="api")
        go_on(think)
        await line.idle()
        assert await line.out() == [("ok", "draft")]
        assert await line.decisions() == [("Hi", "drafted", "held")]
        assert (line.channel.sent, (await line.turns())[0].state) == ([], "drafted")


async def test_a_line_that_stops_during_a_turn_makes_the_answer_a_draft(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await thinking(think)
        await line.desk.accounts.report(line.account_id, LineState(State.ACTION_REQUIRED, "Stopped."))
        go_on(think)
        await line.idle()
        assert await line.decisions() == [("Hi", "drafted", "line")]


async def test_a_newer_message_supersedes_the_turn_and_both_are_answered_in_one_reply(tmp_path: Path) -> None:
    think = gated()
    think.script += ["old", "both"]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await thinking(think)
        await line.arrive(line.message("two"))
        go_on(think)
        await line.idle()
        assert think.pending() == ["one", "two"]
        assert await line.out() == [("both", "sent")]
        assert [turn.state for turn in await line.turns()] == ["superseded", "answered"]
        assert {decision for _, decision, _ in await line.decisions()} == {"answered"}


async def test_superseding_leaves_the_buffer_its_quiet(tmp_path: Path) -> None:
    think = gated()
    config = QUIET.replace("cap_seconds = 0", "cap_seconds = 60")
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("one"))
        line.clock.advance(10 * SECOND)
        await thinking(think)
        await line.arrive(line.message("two"))
        go_on(think)
        await line.idle()
        (job,) = await line.jobs("turn")
        assert (job.due_at, len(think.asked)) == (line.clock.now() + 10 * SECOND, 1)


async def test_who_goes_on_writing_for_long_gets_an_answer_to_what_is_there(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await thinking(think)
        line.clock.advance(2 * MINUTE + SECOND)
        await line.arrive(line.message("two"))
        go_on(think)
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["answered", "answered"]
        assert think.pending(1) == ["two"]


async def test_one_turn_runs_in_a_chat_at_a_time_and_chats_run_side_by_side(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("a"), line.message("b", who="447700900999"))
        await until(lambda: think.under_way == 2)
        await line.arrive(line.message("c"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert think.under_way == 2
        go_on(think)
        await line.idle()


async def test_a_turn_can_end_once_only(tmp_path: Path) -> None:
    """The turn loses its chat to another one, as after a lease that ran out: it says nothing."""
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.idle()  # the sweep of the start is over: what follows is left to the next one
        await line.arrive(line.message("one"))
        await thinking(think)
        async with line.store.begin() as tx:
            await turns.cut(tx, (await line.chat()).id, at=line.clock.now())
        go_on(think)
        await line.idle()
        assert ([turn.state for turn in await line.turns()], await line.out()) == (["cut_off"], [])
        line.clock.advance(MINUTE)
        await until(lambda: len(think.asked) == 2)  # the sweep has found what was left
        await line.idle()
        assert [status for _, status in await line.out()] == ["sent"]


async def test_a_message_taken_back_before_its_turn_is_not_answered(tmp_path: Path) -> None:
    think = FakeThink()
    config = QUIET
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("secret", external_id="x"))
        await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
        await line.pass_time(MINUTE)
        assert think.asked == []
