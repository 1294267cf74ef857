"""The agent without any model: it answers from the knowledge base, or hands over."""

from dataclasses import replace

import pytest
from agent_turns import PERSONA, turn

from frontdesk import samples
from frontdesk.agent.run import run
from frontdesk.domain.turns import Action
from frontdesk.llm.base import ModelOptions
from frontdesk.llm.offline import Offline

OFFLINE = Offline().build(ModelOptions(model=""))


async def test_media_that_nobody_can_read_is_no_gap() -> None:
    out = await run(turn("[voice message, 0:07]"), OFFLINE)
    assert (out.action, out.unanswered) == (Action.HAND_OVER, None)


@pytest.mark.parametrize("question", samples.ANSWERED)
async def test_offline_answers_suggested_questions_with_their_source(question: str) -> None:
    out = await run(turn(question), OFFLINE)
    assert out.action is Action.REPLY
    assert out.sources
    assert out.replies[0] == f"{out.sources[0].text}\n(From: {out.sources[0].source})"
    assert out.unanswered is None


async def test_offline_hands_over_what_the_base_does_not_answer() -> None:
    out = await run(turn(samples.NOT_ANSWERED), OFFLINE)
    assert (out.action, out.unanswered) == (Action.HAND_OVER, samples.NOT_ANSWERED)
    assert "colleague" in out.replies[0]


async def test_offline_says_truthfully_that_it_does_not_know_where_nobody_can_take_over() -> None:
    out = await run(turn(samples.NOT_ANSWERED, persona=replace(PERSONA, tools=("knowledge",))), OFFLINE)
    assert (out.action, out.replies) == (Action.REPLY, ("I do not know that.",))


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("hi", "Hello! How can I help you?"),
        ("¡Hola, buenas tardes!", "¡Hola! ¿En qué puedo ayudarle?"),
        ("Bom dia", "Olá! Em que posso ajudar?"),
        ("thanks a lot!", "You're welcome!"),
        ("Obrigada", "De nada!"),
        ("bye", "Goodbye!"),
    ],
)
async def test_offline_greets_and_thanks(text: str, reply: str) -> None:
    assert (await run(turn(text), OFFLINE)).replies == (reply,)


@pytest.mark.parametrize(
    "text", ["Can I talk to a human?", "quiero hablar con una persona", "This is a scam, I am furious"]
)
async def test_offline_hands_over_to_whom_a_person_is_due(text: str) -> None:
    out = await run(turn(text), OFFLINE)
    assert out.action is Action.HAND_OVER
    assert out.unanswered is None


async def test_offline_answers_a_burst_of_questions_in_one_reply() -> None:
    out = await run(turn("hi", "what are your opening hours?", "and is there parking?"), OFFLINE)
    assert out.action is Action.REPLY
    assert "9:00 to 19:00" in out.replies[0]
    assert "Largo do Jardim" in out.replies[0]


async def test_offline_answers_what_it_can_of_a_burst_and_hands_over_the_rest() -> None:
    out = await run(turn("is there parking?", "do you sell gift vouchers?"), OFFLINE)
    assert out.action is Action.HAND_OVER
    assert "Largo do Jardim" in out.replies[0]
    assert "colleague" in out.replies[0]
