"""Turns: asked twice, one answer at the most, and left to people when the agent cannot."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from frontdesk.desk.signs import AT_ONCE
from frontdesk.desk.turns import READ_AFTER
from frontdesk.domain.accounts import State
from frontdesk.domain.loops import COOL_DOWN
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, Passage, TurnInput, TurnOutput
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.store import turns
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.channels import FakeChannel, WindowedFake
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

GROUP = "120363@g.us"
QUIET = OPEN_HOUSE.replace("quiet_seconds = 0", "quiet_seconds = 10")


def _house(**persona: Any) -> str:
    """The open house with other lines for its persona."""
    lines = {"name": '"Front desk"', "trusted": "true", "agent_mode": '"auto"', **persona}
    return "[buffer]\nquiet_seconds = 0\ncap_seconds = 0\n[[persona]]\n" + "".join(
        f"{name} = {value}\n" for name, value in lines.items()
    )


def _gated() -> FakeThink:
    think = FakeThink()
    think.gate = asyncio.Event()
    return think


async def _thinking(think: FakeThink, times: int = 1) -> None:
    await until(lambda: len(think.asked) >= times and think.under_way > 0)


def _go_on(think: FakeThink) -> None:
    assert think.gate is not None
    think.gate.set()


# The gate, and its second question


async def test_what_the_gate_refuses_is_not_thought_about_and_says_why(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=_house(trusted="false"), think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (await line.decisions(), think.asked) == ([("Hi", "refused", "not_trusted")], [])
        assert (await line.chat()).waiting_since is not None
        assert (await line.balance()).refused == {"not_trusted": 1}


async def test_a_takeover_during_a_turn_makes_the_answer_a_draft_with_its_reason(tmp_path: Path) -> None:
    think = _gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await _thinking(think)
        await line.desk.holding.take_over((await line.chat()).id, by="api")
        _go_on(think)
        await line.idle()
        assert await line.out() == [("ok", "draft")]
        assert await line.decisions() == [("Hi", "drafted", "held")]
        assert (line.channel.sent, (await line.turns())[0].state) == ([], "drafted")


async def test_a_line_that_stops_during_a_turn_makes_the_answer_a_draft(tmp_path: Path) -> None:
    think = _gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("Hi"))
        await _thinking(think)
        await line.desk.accounts.report(line.account_id, LineState(State.ACTION_REQUIRED, "Stopped."))
        _go_on(think)
        await line.idle()
        assert await line.decisions() == [("Hi", "drafted", "line")]


async def test_a_newer_message_supersedes_the_turn_and_both_are_answered_in_one_reply(tmp_path: Path) -> None:
    think = _gated()
    think.script += ["old", "both"]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await _thinking(think)
        await line.arrive(line.message("two"))
        _go_on(think)
        await line.idle()
        assert think.pending() == ["one", "two"]
        assert await line.out() == [("both", "sent")]
        assert [turn.state for turn in await line.turns()] == ["superseded", "answered"]
        assert {decision for _, decision, _ in await line.decisions()} == {"answered"}


async def test_superseding_leaves_the_buffer_its_quiet(tmp_path: Path) -> None:
    think = _gated()
    config = QUIET.replace("cap_seconds = 0", "cap_seconds = 60")
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("one"))
        line.clock.advance(10 * SECOND)
        await _thinking(think)
        await line.arrive(line.message("two"))
        _go_on(think)
        await line.idle()
        (job,) = await line.jobs("turn")
        assert (job.due_at, len(think.asked)) == (line.clock.now() + 10 * SECOND, 1)


async def test_who_goes_on_writing_for_long_gets_an_answer_to_what_is_there(tmp_path: Path) -> None:
    think = _gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await _thinking(think)
        line.clock.advance(2 * MINUTE + SECOND)
        await line.arrive(line.message("two"))
        _go_on(think)
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["answered", "answered"]
        assert think.pending(1) == ["two"]


async def test_one_turn_runs_in_a_chat_at_a_time_and_chats_run_side_by_side(tmp_path: Path) -> None:
    think = _gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("a"), line.message("b", who="447700900999"))
        await until(lambda: think.under_way == 2)
        await line.arrive(line.message("c"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert think.under_way == 2
        _go_on(think)
        await line.idle()


async def test_a_turn_can_end_once_only(tmp_path: Path) -> None:
    """The turn loses its chat to another one, as after a lease that ran out: it says nothing."""
    think = _gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await _thinking(think)
        async with line.store.begin() as tx:
            await turns.cut(tx, (await line.chat()).id, at=line.clock.now())
        _go_on(think)
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


# When the agent cannot


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
    clock, think = FrozenClock(), _gated()
    async with fake_line(tmp_path, clock=clock, think=think) as line:
        await line.arrive(line.message("Hi"))
        await _thinking(think)
        await line.house.built.runner.close(grace=0)
        assert [turn.state for turn in await line.turns()] == ["running"]
    async with fake_line(tmp_path, clock=clock, think=FakeThink("again")) as line:
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["cut_off", "answered"]
        assert await line.out() == [("again", "sent")]


async def test_a_cut_off_turn_is_marked_also_when_the_gate_is_shut_by_then(tmp_path: Path) -> None:
    clock, think = FrozenClock(), _gated()
    async with fake_line(tmp_path, clock=clock, think=think) as line:
        await line.arrive(line.message("Hi"))
        await _thinking(think)
        await line.desk.holding.take_over((await line.chat()).id, by="api")
        await line.house.built.runner.close(grace=0)
    async with fake_line(tmp_path, clock=clock, think=FakeThink()) as line:
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["cut_off"]
        assert await line.decisions() == [("Hi", "refused", "held")]


# What the agent decides


async def test_a_hand_over_says_its_words_holds_the_chat_and_tells_the_owner(tmp_path: Path) -> None:
    thought = TurnOutput(Action.HAND_OVER, ("A colleague will answer.",), hand_over_reason="A complaint.")
    async with fake_line(tmp_path, think=FakeThink(thought)) as line:
        await line.arrive(line.message("I want my money back"))
        await line.idle()
        chat = await line.chat()
        assert await line.out() == [("A colleague will answer.", "sent")]
        assert (chat.held_by, chat.held_reason, chat.waiting_since) == ("agent", "A complaint.", line.clock.now())
        assert [alert.sentence for alert in await line.alerts()] == ["Ana needs a person: A complaint."]
        assert [decision for _, decision, _ in await line.decisions()] == ["handed_over"]


async def test_a_hand_over_in_draft_mode_still_calls_a_person(tmp_path: Path) -> None:
    thought = TurnOutput(Action.HAND_OVER, ("A colleague will answer.",), hand_over_reason="A complaint.")
    async with fake_line(tmp_path, config=_house(agent_mode='"draft"'), think=FakeThink(thought)) as line:
        await line.arrive(line.message("I want my money back"))
        await line.idle()
        assert await line.out() == [("A colleague will answer.", "draft")]
        assert [alert.kind for alert in await line.alerts()] == ["hand_over"]
        assert (await line.chat()).held_by == "agent"


async def test_silence_is_an_answer(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink(TurnOutput(Action.SILENT))) as line:
        await line.arrive(line.message("👍"))
        await line.idle()
        assert (await line.out(), [turn.state for turn in await line.turns()]) == ([], ["silent"])
        assert (await line.balance()).pending == 0


async def test_draft_mode_writes_drafts(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=_house(agent_mode='"draft"'), think=FakeThink("x")) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (await line.out(), await line.decisions()) == ([("x", "draft")], [("Hi", "drafted", "open")])
        assert (await line.chat()).waiting_since is not None


async def test_a_turn_keeps_its_numbers_and_sources(tmp_path: Path) -> None:
    source = Passage("kno_1", "Hours", "9 to 6", "faq.md", 0.8)
    thought = TurnOutput(
        Action.REPLY, ("9 to 6",), model="m", tokens_in=7, tokens_out=3, calls=2, sources=(source,), unanswered="And?"
    )
    async with fake_line(tmp_path, think=FakeThink(thought)) as line:
        await line.arrive(line.message("Open?"))
        await line.idle()
        (turn,) = await line.turns()
        assert (turn.model, turn.tokens_in, turn.tokens_out, turn.calls) == ("m", 7, 3, 2)
        assert '"title":"Hours"' in turn.sources


async def test_typing_is_shown_and_a_channel_that_fails_at_it_harms_nothing(tmp_path: Path) -> None:
    class Clumsy(FakeChannel):
        async def mark_read(self, *given: Any, **more: Any) -> None:
            await super().mark_read(*given, **more)
            raise ValueError("boom")

    channel, think = Clumsy(), _gated()
    async with fake_line(tmp_path, channel=channel, think=think) as line:
        await line.arrive(line.message("Hi", external_id="x"))
        await _thinking(think)
        line.clock.advance(AT_ONCE)
        await until(lambda: channel.read == [("x", True)])
        _go_on(think)
        await line.idle()
        assert await line.out() == [("ok", "sent")]


async def test_an_answer_that_comes_at_once_shows_no_typing(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        await line.pass_time(AT_ONCE)
        assert (line.channel.read, await line.out()) == ([], [("ok", "sent")])


# When it may answer


async def test_outside_its_hours_the_agent_is_quiet(tmp_path: Path) -> None:
    clock = FrozenClock()
    hour = (clock.now() // HOUR + 2) % 24
    config = _house(hours=f'["mon-sun {hour:02d}:00-{(hour + 1) % 24:02d}:00"]')
    think = FakeThink()
    async with fake_line(tmp_path, config=config, clock=clock, think=think) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert await line.decisions() == [("Hi", "refused", "hours")]


async def test_a_message_that_was_missed_for_half_a_day_is_not_answered(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("Hi", at=line.clock.now() - 13 * HOUR))
        await line.idle()
        assert await line.decisions() == [("Hi", "refused", "too_old")]


async def test_outside_the_window_the_agent_is_quiet(tmp_path: Path) -> None:
    think = _gated()
    async with fake_line(tmp_path, channel=WindowedFake(), think=think) as line:
        await line.arrive(line.message("Hi"))
        await _thinking(think)
        line.clock.advance(11 * HOUR)
        _go_on(think)
        await line.idle()
        assert await line.out() == [("ok", "sent")]


async def test_two_machines_are_stopped_for_a_while(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        for number in range(11):
            await line.arrive(line.message(f"automatic answer {number}"))
            await line.idle()
            line.clock.advance(SECOND)
        assert (await line.decisions())[-1][1:] == ("refused", "loop")
        assert [alert.kind for alert in await line.alerts()] == ["loop"]
        sent = len(line.channel.sent)
        await line.arrive(line.message("still there?"))
        await line.idle()
        assert len(line.channel.sent) == sent
        await line.pass_time(COOL_DOWN)
        await line.arrive(line.message("Hello, a person here"))
        await line.idle()
        assert len(line.channel.sent) == sent + 1


async def test_in_a_group_the_agent_answers_who_names_us_or_answers_us(tmp_path: Path) -> None:
    think = FakeThink("hello all")
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("who comes tonight?", group=GROUP, external_id="q1"))
        await line.idle()
        assert (await line.decisions())[-1][2] == "not_addressed"
        await line.arrive(line.message("me", group=GROUP, who="447700900999", reply_to="q1"))
        await line.idle()
        assert (await line.decisions())[-1][2] == "not_addressed"  # it answers another member, not us
        await line.arrive(line.message("and you, @351210000100?", group=GROUP))
        await line.idle()
        assert await line.out() == [("hello all", "sent")]
        await line.arrive(line.message("at eight?", group=GROUP, reply_to="out-1"))
        await line.idle()
        assert [text for text, _ in await line.out()] == ["hello all", "ok"]
        assert think.asked[-1].pending[0].name == "Ana"


async def test_a_persona_may_be_made_for_a_group(tmp_path: Path) -> None:
    config = _house(trusted="false") + (
        f'[[persona]]\nname = "Club"\nmatch = {{ chats = ["{GROUP}"] }}\ntrusted = true\nagent_mode = "auto"\n'
    )
    think = FakeThink()
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("@351210000100 hi", group=GROUP))
        await line.idle()
        assert [persona.name for persona in think.personas] == ["Club"]


# What it remembers


async def test_the_agent_knows_what_operators_and_the_phone_said(tmp_path: Path) -> None:
    think = FakeThink("first")
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("one"))
        await line.idle()
        chat = await line.chat()
        line.clock.advance(SECOND)
        await line.desk.outbox.write(chat.id, by="api", text="from the inbox")
        await line.idle()
        line.clock.advance(SECOND)
        await line.arrive(line.message("from the phone", typed_on_phone=True))
        await line.desk.holding.hand_back(chat.id, by="api")
        line.clock.advance(SECOND)
        await line.arrive(line.message("two"))
        await line.idle()
        assert think.history() == [
            ("contact", "one"),
            ("agent", "first"),
            ("operator", "from the inbox"),
            ("phone", "from the phone"),
        ]


async def test_what_failed_and_what_was_taken_back_is_not_remembered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        line.channel.script.append(Rejected("No."))
        await line.arrive(line.message("one", external_id="x"))
        await line.idle()
        await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
        line.clock.advance(SECOND)
        await line.arrive(line.message("two"))
        await line.idle()
        assert think.history() == []


@pytest.mark.parametrize(
    ("memory", "passes", "remembers"),
    [
        ('{ mode = "silence", hours = 2 }', HOUR, True),
        ('{ mode = "silence", hours = 2 }', 3 * HOUR, False),
        ('{ mode = "never" }', 5 * DAY, True),
        ('{ mode = "fixed", hours = 2 }', HOUR, True),
        ('{ mode = "fixed", hours = 2 }', 3 * HOUR, False),
        ('{ mode = "day" }', 24 * HOUR, False),
    ],
)
async def test_a_thread_ends_as_its_persona_says(tmp_path: Path, memory: str, passes: int, remembers: bool) -> None:
    think = FakeThink("first")
    async with fake_line(tmp_path, config=_house(memory=memory), think=think) as line:
        await line.arrive(line.message("one"))
        await line.idle()
        await line.pass_time(passes)
        await line.arrive(line.message("two"))
        await line.idle()
        assert think.history() == ([("contact", "one"), ("agent", "first")] if remembers else [])


async def test_what_is_older_goes_into_the_summary_once_and_is_given_back_later(tmp_path: Path) -> None:
    asked: list[TurnInput] = []

    async def think(given: TurnInput, persona: Persona) -> TurnOutput:
        asked.append(given)
        summary = f"{given.summary}+{len(given.to_summarise)}" if given.to_summarise else None
        return TurnOutput(Action.REPLY, (f"answer to {given.pending[0].text}",), summary=summary)

    async with fake_line(tmp_path, config=_house(memory="{ messages = 4 }"), think=think) as line:
        for number in range(16):
            await line.arrive(line.message(f"question {number} about {chr(97 + number) * 9}"))
            await line.idle()
            await line.pass_time(HOUR)
    summarised = [said.text for given in asked for said in given.to_summarise]
    assert asked[-1].summary == "+10+10"
    assert len(summarised) == len(set(summarised)) == 20
    told = [said.text for said in asked[-1].history]
    assert not set(told) & set(summarised)
    assert len(told) + len(summarised) == 30  # everything that was said before the last question


async def test_the_operator_can_have_refused_messages_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=_house(agent_mode='"off"'), think=think) as line:
        await line.arrive(line.message("one"), line.message("two"))
        await line.idle()
        chat = await line.chat()
        await line.desk.chats.change(chat.id, by="api", agent_mode="auto")
        assert await line.desk.chats.answer_now(chat.id, by="api") == 2
        await line.idle()
        assert (think.pending(), await line.out()) == (["one", "two"], [("ok", "sent")])


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


async def test_what_the_agent_answered_is_shown_as_read_after_the_answer_went_out(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (await line.out(), line.channel.read) == ([("ok", "sent")], [])
        line.clock.advance(READ_AFTER)
        await line.idle()
        assert len(line.channel.read) == 1


async def test_what_was_only_drafted_is_not_shown_as_read(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=_house(agent_mode='"draft"'), think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        line.clock.advance(READ_AFTER)
        await line.idle()
        assert line.channel.read == []
