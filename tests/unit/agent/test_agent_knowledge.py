"""The agent says what the knowledge base holds, invents nothing, and notes what is missing there."""

from dataclasses import replace

from agent_turns import PERSONA, model, turn

from frontdesk.agent.run import run
from frontdesk.domain.turns import Action


async def test_invented_amounts_are_written_again_or_handed_over() -> None:
    fake = model("A cleaning costs €75.", "A cleaning costs €60.")
    assert (await run(turn("How much is a cleaning?"), fake)).replies == ("A cleaning costs €60.",)
    assert "€75" in str(fake.asked[1][-1].content)
    stubborn = await run(turn("How much is a cleaning?"), model("A cleaning costs €75."))
    assert stubborn.action is Action.HAND_OVER
    assert "75" not in stubborn.replies[0]


async def test_amounts_that_the_person_or_the_base_named_are_no_invention() -> None:
    out = await run(turn("Can I pay 1150 euros in parts?"), model("Yes, €1,150 can be paid in 3, 6 or 12 parts."))
    assert out.action is Action.REPLY


async def test_only_from_knowledge_does_not_let_other_answers_pass() -> None:
    persona = replace(PERSONA, only_from_knowledge=True)
    out = await run(turn("Who won the match?", persona=persona), model("Benfica won."))
    assert (out.action, out.unanswered) == (Action.HAND_OVER, "Who won the match?")
    assert "Benfica" not in out.replies[0]
    assert (await run(turn("hello", persona=persona), model("Hello!"))).action is Action.REPLY
    asked_back = await run(turn("Who won the match?", persona=persona), model("What do you mean?"))
    assert asked_back.action is Action.REPLY
    known = await run(turn("Is there parking?", persona=persona), model("Yes, at Largo do Jardim."))
    assert known.action is Action.REPLY


async def test_a_question_that_the_base_does_not_answer_is_a_gap() -> None:
    out = await run(turn("Do you sell gift vouchers?"), model("Sorry, I do not know."))
    assert (out.action, out.unanswered) == (Action.REPLY, "Do you sell gift vouchers?")
    assert (await run(turn("Is there parking?"), model("Yes, 200 metres away."))).unanswered is None
