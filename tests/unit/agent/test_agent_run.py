"""One run of the agent: exactly one outcome, whatever the model writes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from frontdesk import samples
from frontdesk.agent.graph import MOST_CALLS
from frontdesk.agent.run import run, warm_up
from frontdesk.domain.importing import parse_markdown
from frontdesk.domain.knowledge import KnowledgeIndex
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, Passage, Said, TurnInput
from frontdesk.kit.errors import Retryable
from frontdesk.kit.guard import TransactionOpen, enter_transaction, leave_transaction
from frontdesk.llm.base import ModelOptions
from frontdesk.llm.offline import Offline
from frontdesk.testing.clock import until
from frontdesk.testing.models import FakeModel, Scripted, ToolUse

NOW = 1_795_000_000_000  # Wednesday, 18 November 2026, 06:26 in Lisbon
PASSAGES = tuple(one for file in samples.knowledge_files() for one in parse_markdown(file.read_text(), file.stem))
INDEX = KnowledgeIndex(PASSAGES)
PERSONA = Persona(name="Aurora", prompt=samples.PROMPT, voice=samples.VOICE, tools=("knowledge", "hand_over", "note"))


async def search(query: str, limit: int) -> tuple[Passage, ...]:
    return INDEX.search(query, limit)


def turn(*texts: str, persona: Persona = PERSONA, **more: Any) -> TurnInput:
    pending = tuple(Said(Author.CONTACT, text, NOW) for text in texts)
    given: dict[str, Any] = {
        "contact_name": "Ana Reis",
        "history": (),
        "search": search,
        "zone": "Europe/Lisbon",
        **more,
    }
    return TurnInput(now=NOW, persona=persona, pending=pending, **given)


def model(*answers: Scripted, **more: Any) -> FakeModel:
    return FakeModel(answers=answers, **more)


def prompt_of(fake: FakeModel, call: int = 0) -> str:
    return "\n".join(str(message.content) for message in fake.asked[call])


async def test_a_text_is_the_reply_with_model_tokens_and_calls() -> None:
    out = await run(turn("When do you open?"), model("We open at **nine**."))
    assert (out.action, out.replies) == (Action.REPLY, ("We open at *nine*.",))
    assert (out.model, out.tokens_in, out.tokens_out, out.calls) == ("fake", 100, 10, 1)
    assert out.hand_over_reason is None


async def test_the_prompt_holds_day_time_zone_name_persona_and_passages() -> None:
    fake = model("We open at nine.")
    await run(turn("When do you open?"), fake)
    system = str(fake.asked[0][0].content)
    for part in ("Wednesday, 18 November 2026", "(Europe/Lisbon)", "Ana Reis", samples.PROMPT, samples.VOICE):
        assert part in system
    assert "Monday to Friday from 9:00 to 19:00" in system


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


async def test_media_that_nobody_can_read_is_no_gap() -> None:
    out = await run(turn("[voice message, 0:07]"), OFFLINE)
    assert (out.action, out.unanswered) == (Action.HAND_OVER, None)


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


OFFLINE = Offline().build(ModelOptions(model=""))


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
