"""Whole turns of the agent through every vendor's real client."""

import asyncio
import json
from dataclasses import replace

import pytest

from frontdesk import samples
from frontdesk.agent.run import run
from frontdesk.domain.importing import parse_markdown
from frontdesk.domain.knowledge import KnowledgeIndex
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, Passage, Said, TurnInput
from frontdesk.kit.clock import SECOND, SystemClock
from frontdesk.llm.ladder import Limits
from frontdesk.llm.models import Models, ProviderAccess
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving
from frontdesk.testing.wires import (
    AnthropicWire,
    Fault,
    GeminiWire,
    Hold,
    OllamaWire,
    OpenAIWire,
    Reply,
    Step,
    ToolCall,
    Wire,
)

NOW = 1_795_000_000_000
INDEX = KnowledgeIndex(one for file in samples.knowledge_files() for one in parse_markdown(file.read_text(), file.stem))
WIRES: dict[str, type[Wire]] = {
    "openai:gpt-4o-mini": OpenAIWire,
    "openai-compatible:qwen2.5": OpenAIWire,
    "gemini:gemini-2.5-flash": GeminiWire,
    "ollama:llama3.2": OllamaWire,
    "anthropic:claude-haiku-4-5": AnthropicWire,
}
LOOK = Reply(tools=(ToolCall("knowledge_search", {"query": "parking"}),))
PATIENT = Limits(attempt=300 * SECOND, overall=300 * SECOND, attempts=1)  # a busy machine must not matter
GIVE_UP = Reply(tools=(ToolCall("hand_over", {"reply": "A colleague answers.", "reason": "x", "cause": "other"}),))


async def search(query: str, limit: int) -> tuple[Passage, ...]:
    return INDEX.search(query, limit)


def turn(text: str, *history: Said) -> TurnInput:
    persona = Persona(name="Aurora", prompt=samples.PROMPT)
    said = (Said(Author.CONTACT, text, NOW),)
    return TurnInput(NOW, samples.ZONE, persona, "Ana", history, said, search)


def models(**access: ProviderAccess) -> Models:
    return Models(access, clock=SystemClock(), limits=replace(PATIENT, attempts=2, first_wait=1))


@pytest.mark.parametrize("name", WIRES)
async def test_a_turn_with_a_tool_goes_through_the_real_client(name: str) -> None:
    wire = WIRES[name](LOOK, Reply("There is a car park at Largo do Jardim.", tokens_in=200, tokens_out=20))
    async with serving(wire) as url:
        house = models(**{name.partition(":")[0]: ProviderAccess("key", url)})
        history = (Said(Author.CONTACT, "hello", NOW), Said(Author.OPERATOR, "Good morning!", NOW, "Rita"))
        out = await run(turn("Where can I leave the car?", *history), house.chat_model([name]))
        await house.aclose()
    assert out.replies == ("There is a car park at Largo do Jardim.",)
    assert (out.model, out.calls, out.tokens_in, out.tokens_out) == (name, 2, 320, 28)
    assert [one.title for one in out.sources] == ["Is there parking?"]
    second = json.dumps(wire.requests[1].body, ensure_ascii=False)
    assert "200 metres away" in second
    assert "[colleague Rita wrote]" in second


@pytest.mark.parametrize("name", WIRES)
async def test_a_hand_over_goes_through_the_real_client(name: str) -> None:
    async with serving(WIRES[name](GIVE_UP)) as url:
        house = models(**{name.partition(":")[0]: ProviderAccess("key", url)})
        out = await run(turn("I want a refund"), house.chat_model([name]))
        await house.aclose()
    assert (out.action, out.replies) == (Action.HAND_OVER, ("A colleague answers.",))


@pytest.mark.parametrize("name", WIRES)
async def test_an_answer_that_was_broken_off_ends_with_its_last_whole_sentence(name: str) -> None:
    async with serving(WIRES[name](Reply("We open at nine. On Saturdays we op", cut=True))) as url:
        house = models(**{name.partition(":")[0]: ProviderAccess("key", url)})
        out = await run(turn("When do you open?"), house.chat_model([name]))
        await house.aclose()
    assert out.replies == ("We open at nine.",)


async def test_perplexity_answers_and_hands_over_without_tools() -> None:
    wire = OpenAIWire(
        Reply("Yes, 200 metres away[1][2]."), Reply("HAND_OVER: refund\nA colleague answers."), prefixes=("",)
    )
    async with serving(wire) as url:
        house = models(perplexity=ProviderAccess("key", url))
        model = house.chat_model(["perplexity:sonar"])
        answered = await run(turn("Is there parking?"), model)
        given_up = await run(turn("I want a refund"), model)
        await house.aclose()
    assert answered.replies == ("Yes, 200 metres away.",)
    assert (given_up.action, given_up.replies) == (Action.HAND_OVER, ("A colleague answers.",))
    assert "tools" not in wire.requests[0].body
    assert "Largo do Jardim" in json.dumps(wire.requests[0].body, ensure_ascii=False)


@pytest.mark.parametrize("failing", [Fault(500), Fault(401), Fault(429, retry_after=600), Fault(404)])
async def test_the_ladder_steps_down_from_vendor_to_vendor_in_the_middle_of_a_turn(failing: Step) -> None:
    gemini = GeminiWire(LOOK, failing)
    ollama = OllamaWire(Reply("There is a car park at Largo do Jardim."))
    async with serving(gemini) as first, serving(ollama) as second:
        house = models(gemini=ProviderAccess("key", first), ollama=ProviderAccess(None, second))
        out = await run(turn("Is there parking?"), house.chat_model(["gemini:gemini-2.5-flash", "ollama:llama3.2"]))
        await house.aclose()
    assert out.replies == ("There is a car park at Largo do Jardim.",)
    assert out.model == "ollama:llama3.2"
    assert "200 metres away" in json.dumps(ollama.requests[0].body, ensure_ascii=False)


async def test_the_offline_model_is_the_last_rung() -> None:
    async with serving(OpenAIWire(Fault(500))) as url:
        house = models(openai=ProviderAccess("key", url))
        out = await run(turn("Is there parking?"), house.chat_model(["openai:gpt-4o-mini", "offline:"]))
        await house.aclose()
    assert out.model == "offline:"
    assert "Largo do Jardim" in out.replies[0]
    assert out.calls == 2 * (2 + 1)  # in each of two steps two attempts failed before the offline model was asked


async def test_a_thousand_turns_wait_on_one_model_at_once() -> None:
    held = Hold(Reply("We open at nine."))
    wire = OpenAIWire(held)
    async with serving(wire) as url:
        access = {"openai-compatible": ProviderAccess(None, url)}
        house = Models(access, clock=SystemClock(), limits=PATIENT)
        model = house.chat_model(["openai-compatible:qwen2.5"])
        turns = [asyncio.create_task(run(turn("When do you open?"), model)) for _ in range(1_000)]
        await until(lambda: len(wire.requests) == 1_000 or any(one.done() for one in turns), seconds=120)
        held.release.set()
        outs = await asyncio.gather(*turns)
        await house.aclose()
    assert {out.replies for out in outs} == {("We open at nine.",)}
    assert wire.most_at_once == 1_000
