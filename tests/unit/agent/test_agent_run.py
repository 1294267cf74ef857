"""One run of the agent: exactly one outcome, whatever the model writes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from agent_turns import NOW, PERSONA, model, turn
from langchain_core.messages import AIMessage

from frontdesk.agent.graph import MOST_CALLS
from frontdesk.agent.run import run, warm_up
from frontdesk.domain.messages import Author
from frontdesk.domain.turns import Action, Passage, Said
from frontdesk.kit.errors import Retryable
from frontdesk.kit.guard import TransactionOpen, enter_transaction, leave_transaction
from frontdesk.testing.clock import until
from frontdesk.testing.models import FakeModel, ToolUse


async def test_a_text_is_the_reply_with_model_tokens_and_calls() -> None:
    out = await run(turn("When do you open?"), model("We open at **nine**."))
    assert (out.action, out.replies) == (Action.REPLY, ("We open at *nine*.",))
    assert (out.model, out.tokens_in, out.tokens_out, out.calls) == ("fake", 100, 10, 1)
    assert out.hand_over_reason is None


async def test_a_tool_call_is_done_and_its_result_told() -> None:
    fake = model(
        ToolUse("knowledge_search", {"query": "parking"}), "There is a car park at Largo do Jardim, 200 metres away."
    )
    out = await run(turn("Where can I leave my vehicle?"), fake)
    assert out.replies == ("There is a car park at Largo do Jardim, 200 metres away.",)
    assert [one.title for one in out.sources] == ["Is there parking?"]
    assert (out.calls, out.tokens_in) == (2, 200)
    assert "Largo do Jardim" in str(fake.asked[1][-1].content)


async def test_the_tool_hand_over_ends_the_turn_with_its_own_words() -> None:
    fake = model(
        ToolUse(
            "hand_over",
            {"reply": "A colleague answers you here.", "reason": "Wants a refund.", "cause": "needs_action"},
        ),
        "never asked",
    )
    out = await run(turn("I want my money back"), fake)
    assert (out.action, out.replies) == (Action.HAND_OVER, ("A colleague answers you here.",))
    assert (out.hand_over_reason, out.calls, out.unanswered) == ("Wants a refund.", 1, None)


async def test_handing_over_without_words_is_said_in_the_language_of_the_person() -> None:
    fake = model(ToolUse("hand_over", {"reason": "x", "cause": "not_in_knowledge"}))
    out = await run(turn("¿Venden bonos de regalo por favor?"), fake)
    assert out.replies[0].startswith("No puedo responder a eso.")
    assert out.unanswered == "¿Venden bonos de regalo por favor?"


async def test_hand_over_beside_other_calls_still_gives_one_outcome() -> None:
    calls = (
        ToolUse("knowledge_search", {"query": "x"}),
        ToolUse("hand_over", {"reply": "A colleague answers.", "reason": "first", "cause": "other"}),
        ToolUse("hand_over", {"reply": "Twice?", "reason": "second", "cause": "other"}),
        ToolUse("note", {"text": "Wants a refund of 60 euros."}),
    )
    out = await run(turn("refund"), model(calls))
    assert (out.replies, out.hand_over_reason) == (("A colleague answers.",), "first")
    assert out.notes == ("Wants a refund of 60 euros.",)


@pytest.mark.parametrize(
    "promise",
    [
        "I'll pass this on to my colleague and they will get back to you.",
        "Let me check with the team and get back to you.",
        "Someone from our clinic will contact you shortly.",
        "I have forwarded your request to reception.",
        "Voy a consultar con el equipo y le avisaremos.",
        "Vou verificar com a equipa. Entraremos em contacto em breve.",
        "Un collègue va vous répondre.",
        "Ich leite das an das Team weiter.",
    ],
)
async def test_a_promise_in_words_is_a_hand_over(promise: str) -> None:
    out = await run(turn("Can I change my invoice?"), model(promise))
    assert (out.action, out.replies) == (Action.HAND_OVER, (promise,))
    assert out.hand_over_reason


@pytest.mark.parametrize(
    "offer",
    [
        "Would you like me to pass you to a colleague?",
        "If you like, I can ask a colleague.",
        "You can call reception at +351 21 555 01 48.",
        "The dentist tells you the exact price before the treatment.",
        "Reception confirms the time with you.",
    ],
)
async def test_an_offer_or_a_fact_is_no_promise(offer: str) -> None:
    assert (await run(turn("Can I change my invoice?"), model(offer))).action is Action.REPLY


PLAIN_CALLS = (
    '{"name": "knowledge_search", "arguments": {"query": "parking"}}',
    '```json\n{"name": "knowledge_search", "parameters": {"query": "parking"}}\n```',
    '<tool_call>\n{"name": "knowledge_search", "arguments": {"query": "parking"}}\n</tool_call>',
    '[TOOL_CALLS][{"name": "knowledge_search", "arguments": {"query": "parking"}}]',
    '<function=knowledge_search>{"query": "parking"}</function>',
    'Let me look. knowledge_search(query="parking")',
    '{"type": "function", "function": {"name": "knowledge_search", "arguments": "{\\"query\\": \\"parking\\"}"}}',
    '{"action": "knowledge_search", "query": "parking"}',
)


@pytest.mark.parametrize("written", PLAIN_CALLS)
async def test_a_tool_call_written_as_text_is_done_and_never_sent(written: str) -> None:
    fake = model(written, "There is a car park at Largo do Jardim.")
    out = await run(turn("hello, where can I park?"), fake)
    assert out.replies == ("There is a car park at Largo do Jardim.",)
    assert "Largo do Jardim" in str(fake.asked[1][-1].content)


@pytest.mark.parametrize(
    "written",
    [
        '{"name": "hand_over", "arguments": {"reason": "angry", "reply": "A colleague answers you."}}',
        "HAND_OVER: angry\nA colleague answers you.",
        "A colleague answers you.\nHAND OVER: angry",
    ],
)
async def test_handing_over_written_as_text_is_done(written: str) -> None:
    out = await run(turn("This is outrageous"), model(written))
    assert (out.action, out.hand_over_reason, out.replies) == (Action.HAND_OVER, "angry", ("A colleague answers you.",))


@pytest.mark.parametrize(
    "useless", ['{"name": "send_email", "arguments": {"to": "x"}}', "<think>what now</think>", "   ", "```json\n```"]
)
async def test_a_useless_answer_is_asked_for_again_and_then_handed_over(useless: str) -> None:
    assert (await run(turn("hello there"), model(useless, "Hello!"))).replies == ("Hello!",)
    out = await run(turn("hello there"), model(useless))
    assert out.action is Action.HAND_OVER
    assert len(out.replies) == 1
    assert useless.strip() == "" or useless not in out.replies[0]


async def test_thoughts_and_speaker_names_are_not_sent() -> None:
    out = await run(turn("hi"), model("<think>The person greets.</think>\nAssistant: Hello Ana!"))
    assert out.replies == ("Hello Ana!",)


async def test_a_model_that_only_calls_tools_is_stopped() -> None:
    fake = model(ToolUse("knowledge_search", {"query": "again"}))
    out = await run(turn("what?"), fake)
    assert out.action is Action.HAND_OVER
    assert fake.calls == MOST_CALLS == out.calls


async def test_tools_are_those_of_the_persona_and_no_others() -> None:
    fake = model(ToolUse("knowledge_search", {"query": "x"}), ToolUse("hand_over", {"reason": "x"}), "Sorry, I cannot.")
    out = await run(turn("x", persona=replace(PERSONA, tools=("note", "appointments"))), fake)
    assert fake.offered[0] == ["note"]
    assert "no tool" in str(fake.asked[1][-1].content)
    assert out.action is Action.REPLY


async def test_a_persona_without_tools_is_given_none() -> None:
    fake = model("Hello!")
    await run(turn("hi", persona=replace(PERSONA, tools=())), fake)
    assert fake.offered == [[]]


async def test_a_broken_search_is_told_truthfully() -> None:
    async def broken(query: str, limit: int) -> tuple[Passage, ...]:
        raise OSError("disk")

    fake = model(ToolUse("knowledge_search", {"query": "x"}), "I cannot look that up now.")
    out = await run(turn("hours?", search=broken), fake)
    assert "search failed" in str(fake.asked[1][-1].content)
    assert "disk" not in str(fake.asked[1][-1].content)
    assert out.action is Action.REPLY


async def test_bad_arguments_are_told_truthfully() -> None:
    fake = model((ToolUse("knowledge_search", {"q": 1}), ToolUse("note", {})), "Sorry.")
    out = await run(turn("hours?"), fake)
    told = [str(message.content) for message in fake.asked[1][-2:]]
    assert all("missing" in text for text in told)
    assert out.notes == ()


async def test_a_failed_model_is_told_to_the_caller() -> None:
    with pytest.raises(Retryable):
        await run(turn("hi"), model(Retryable("busy", code="rate_limit")))


async def test_a_cancelled_turn_leaves_nothing_running() -> None:
    fake = model("late", gate=asyncio.Event())
    going = asyncio.create_task(run(turn("hi", to_summarise=(Said(Author.CONTACT, "x", NOW),)), fake))
    await until(lambda: fake.waiting == 2)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert fake.waiting == 0


async def test_a_turn_is_not_run_inside_a_transaction() -> None:
    token = enter_transaction()
    try:
        with pytest.raises(TransactionOpen):
            await run(turn("hi"), model("Hello!"))
    finally:
        leave_transaction(token)


async def test_long_replies_are_split_and_counted_as_one_turn() -> None:
    out = await run(turn("tell me everything"), model("We are open. " * 500))
    assert 1 < len(out.replies) <= 5
    assert all(len(reply) <= 4_096 for reply in out.replies)


async def test_an_answer_of_blocks_is_read_as_text() -> None:
    blocks: list[str | dict[Any, Any]] = [{"type": "text", "text": "Hello"}, {"type": "text", "text": " Ana"}]
    assert (await run(turn("hi"), model(AIMessage(content=blocks)))).replies == ("Hello Ana",)


async def test_a_model_without_tools_hands_over_in_words() -> None:
    fake = model("HAND_OVER: wants a refund\nA colleague answers you here.", takes_tools=False)
    out = await run(turn("refund!"), fake)
    assert fake.offered == [[]]
    assert "HAND_OVER:" in str(fake.asked[0][0].content)
    assert (out.action, out.replies) == (Action.HAND_OVER, ("A colleague answers you here.",))


async def test_turns_run_side_by_side_without_touching_each_other() -> None:
    def script(messages: list[Any]) -> str:
        return f"echo {messages[-1].content}"

    fake = FakeModel(answers=script)
    outs = await asyncio.gather(*(run(turn(f"number {number}"), fake) for number in range(50)))
    assert [out.replies for out in outs] == [(f"echo number {number}",) for number in range(50)]


async def test_the_agent_is_warm_after_warming_up() -> None:
    await warm_up()
