"""What the model is told: the day, the persona, who wrote what, and the notes on what is older."""

from dataclasses import replace
from typing import Any

from agent_turns import NOW, PASSAGES, model, turn

from frontdesk import samples
from frontdesk.agent.run import run
from frontdesk.domain.messages import Author
from frontdesk.domain.turns import Said
from frontdesk.kit.errors import Retryable
from frontdesk.testing.models import FakeModel, Scripted


def prompt_of(fake: FakeModel, call: int = 0) -> str:
    return "\n".join(str(message.content) for message in fake.asked[call])


async def test_the_prompt_holds_day_time_zone_name_persona_and_passages() -> None:
    fake = model("We open at nine.")
    await run(turn("When do you open?"), fake)
    system = str(fake.asked[0][0].content)
    for part in ("Wednesday, 18 November 2026", "(Europe/Lisbon)", "Ana Reis", samples.PROMPT, samples.VOICE):
        assert part in system
    assert "Monday to Friday from 9:00 to 19:00" in system


async def test_colleagues_are_marked_and_runs_of_one_side_are_joined() -> None:
    history = (
        Said(Author.AGENT, "Hello!", NOW),
        Said(Author.CONTACT, "I need a visit", NOW),
        Said(Author.CONTACT, "soon", NOW),
        Said(Author.OPERATOR, "Friday at ten is yours.", NOW, name="Rita"),
        Said(Author.PHONE, "See you then.", NOW),
    )
    fake = model("On Friday at ten.")
    await run(turn("When was it?", history=history), fake)
    roles = [message.type for message in fake.asked[0]]
    assert roles == ["system", "human", "ai", "human", "ai", "human"]
    told = str(fake.asked[0][4].content)
    assert "[colleague Rita wrote] Friday at ten is yours." in told
    assert "[a colleague wrote] See you then." in told


async def test_a_reply_that_copies_the_mark_of_colleagues_loses_it() -> None:
    out = await run(turn("When?"), model("[colleague Rita wrote] On Friday."))
    assert out.replies == ("On Friday.",)


async def test_in_groups_the_speakers_are_named() -> None:
    fake = model("Hello both.")
    given = replace(
        turn("x"), pending=(Said(Author.CONTACT, "hi", NOW, "Ana"), Said(Author.CONTACT, "ola", NOW, "Rui"))
    )
    await run(given, fake)
    assert fake.asked[0][-1].content == "Ana: hi\nRui: ola"


async def test_the_whole_base_is_read_at_once_when_it_is_given() -> None:
    fake = model("A cleaning costs €60.")
    out = await run(turn("How much is a cleaning?", whole_knowledge=PASSAGES), fake)
    assert "Dr. Helena Brandão" in prompt_of(fake)
    assert [one.title for one in out.sources] == ["How much does a cleaning cost?"]


async def test_older_messages_are_summed_up_beside_the_reply() -> None:
    def script(messages: list[Any]) -> str:
        return "Ana wants a cleaning." if "Keep notes" in str(messages[0].content) else "Hello again!"

    older = (Said(Author.CONTACT, "I want a cleaning", NOW), Said(Author.OPERATOR, "Friday?", NOW))
    fake = FakeModel(answers=script)
    out = await run(turn("hi", summary="Ana is new.", to_summarise=older), fake)
    assert (out.summary, out.replies) == ("Ana wants a cleaning.", ("Hello again!",))
    assert (out.calls, out.tokens_in, out.tokens_out) == (2, 200, 20)
    summing = next(asked for asked in fake.asked if "Keep notes" in str(asked[0].content))
    assert "Ana is new." in str(summing[1].content)
    assert "Team: [a colleague wrote] Friday?" in str(summing[1].content)
    answering = next(asked for asked in fake.asked if "Keep notes" not in str(asked[0].content))
    assert "Ana is new." in str(answering[0].content)


async def test_a_failed_summary_never_costs_the_reply() -> None:
    def script(messages: list[Any]) -> Scripted:
        return Retryable("busy") if "Keep notes" in str(messages[0].content) else "Hello again!"

    out = await run(turn("hi", to_summarise=(Said(Author.CONTACT, "x", NOW),)), FakeModel(answers=script))
    assert (out.summary, out.replies) == (None, ("Hello again!",))
