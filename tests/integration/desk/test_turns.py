"""Turns: what the agent decides, when it may answer, and what it remembers."""

from pathlib import Path

import pytest
from turns_house import gated, go_on, house_of, summarising, thinking

from frontdesk.domain.loops import COOL_DOWN
from frontdesk.domain.turns import Action, Passage, TurnInput, TurnOutput
from frontdesk.kit.clock import DAY, HOUR, SECOND
from frontdesk.kit.errors import Rejected
from frontdesk.testing.channels import WindowedFake
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink

GROUP = "120363@g.us"


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
    async with fake_line(tmp_path, config=house_of(agent_mode='"draft"'), think=FakeThink(thought)) as line:
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
    async with fake_line(tmp_path, config=house_of(agent_mode='"draft"'), think=FakeThink("x")) as line:
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


# When it may answer


async def test_outside_its_hours_the_agent_is_quiet(tmp_path: Path) -> None:
    clock = FrozenClock()
    hour = (clock.now() // HOUR + 2) % 24
    config = house_of(hours=f'["mon-sun {hour:02d}:00-{(hour + 1) % 24:02d}:00"]')
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
    think = gated()
    async with fake_line(tmp_path, channel=WindowedFake(), think=think) as line:
        await line.arrive(line.message("Hi"))
        await thinking(think)
        line.clock.advance(11 * HOUR)
        go_on(think)
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
    config = house_of(trusted="false") + (
        f'[[persona]]\nname = "Club"\nmatch = {{ chats = ["{GROUP}"] }}\ntrusted = true\nagent_mode = "auto"\n'
    )
    think = FakeThink()
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("@351210000100 hi", group=GROUP))
        await line.idle()
        assert [persona.name for persona in think.personas] == ["Club"]


async def test_the_operator_can_have_refused_messages_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=house_of(agent_mode='"off"'), think=think) as line:
        await line.arrive(line.message("one"), line.message("two"))
        await line.idle()
        chat = await line.chat()
        await line.desk.chats.change(chat.id, by="api", agent_mode="auto")
        assert await line.desk.chats.answer_now(chat.id, by="api") == 2
        await line.idle()
        assert (think.pending(), await line.out()) == (["one", "two"], [("ok", "sent")])


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
    async with fake_line(tmp_path, config=house_of(memory=memory), think=think) as line:
        await line.arrive(line.message("one"))
        await line.idle()
        await line.pass_time(passes)
        await line.arrive(line.message("two"))
        await line.idle()
        assert think.history() == ([("contact", "one"), ("agent", "first")] if remembers else [])


async def test_what_is_older_goes_into_the_summary_once_and_is_given_back_later(tmp_path: Path) -> None:
    asked: list[TurnInput] = []
    async with fake_line(tmp_path, config=house_of(memory="{ messages = 4 }"), think=summarising(asked)) as line:
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
