"""One suite for every provider: the vendor's real client against a local server that speaks its protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from frontdesk.kit.clock import SECOND, Clock, SystemClock
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.kit.guard import TransactionOpen, enter_transaction, leave_transaction
from frontdesk.llm.ladder import Limits
from frontdesk.llm.models import Models, ProviderAccess
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.local_server import serving
from frontdesk.testing.wires import (
    AnthropicWire,
    Broken,
    Drop,
    Empty,
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

KEY = "key-for-tests-only"
QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When do you open?"}]
SEARCH: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "knowledge_search",
        "description": "Search.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    },
}


@dataclass(frozen=True)
class Vendor:
    """A provider, the server that stands in for it, and the ways in which people write its address."""

    name: str
    model: str
    wire: Callable[..., Wire]
    endings: tuple[str, ...]  # of the base URL, all meaning the same

    @property
    def full_name(self) -> str:
        return f"{self.name}:{self.model}"


def perplexity_wire(*steps: Step, **more: Any) -> Wire:
    return OpenAIWire(*steps, **more, prefixes=("",))


VENDORS = (
    Vendor("openai", "gpt-4o-mini", OpenAIWire, ("", "/", "/v1", "/v1/", "/v1/chat/completions")),
    Vendor("openai-compatible", "qwen2.5", OpenAIWire, ("", "/", "/v1", "/v1/")),
    Vendor("perplexity", "sonar", perplexity_wire, ("", "/", "/v1", "/chat/completions")),
    Vendor("gemini", "gemini-2.5-flash", GeminiWire, ("", "/", "/v1beta", "/v1beta/")),
    Vendor("ollama", "llama3.2", OllamaWire, ("", "/", "/api", "/v1")),
    Vendor("anthropic", "claude-haiku-4-5", AnthropicWire, ("", "/", "/v1", "/v1/")),
)
WITH_TOOLS = tuple(vendor for vendor in VENDORS if vendor.name != "perplexity")
WITH_KEY = tuple(vendor for vendor in VENDORS if vendor.name not in ("ollama", "openai-compatible"))
ONCE = Limits(attempt=300 * SECOND, overall=300 * SECOND, attempts=1)  # a busy machine must not matter
AGAIN = replace(ONCE, attempts=3, first_wait=1, patience=2 * SECOND)


class WatchedClock(FrozenClock):
    """Keeps how long was slept, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, milliseconds: float) -> None:
        self.waits.append(milliseconds)
        await super().sleep(milliseconds)


def every(vendors: Sequence[Vendor] = VENDORS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vendor", vendors, ids=lambda vendor: vendor.name)


@asynccontextmanager
async def house(
    wire: Wire, vendor: Vendor, *, limits: Limits = AGAIN, clock: Clock | None = None, ending: str = ""
) -> AsyncIterator[Models]:
    """Models whose vendor is the local server."""
    async with serving(wire) as url:
        models = Models({vendor.name: ProviderAccess(KEY, url + ending)}, clock=clock or SystemClock(), limits=limits)
        try:
            yield models
        finally:
            await models.aclose()


async def ask(models: Models, vendor: Vendor, **more: Any) -> AIMessage:
    answer = await models.chat_model([vendor.full_name], **more).ainvoke(QUESTION)
    assert isinstance(answer, AIMessage)
    return answer


@every()
async def test_text_comes_back_with_model_and_tokens(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("At nine.", tokens_in=120, tokens_out=8))
    async with house(wire, vendor) as models:
        answer = await ask(models, vendor)
    assert answer.text == "At nine."
    assert answer.usage_metadata
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (120, 8)
    assert answer.response_metadata["frontdesk"] == {"model": vendor.full_name, "calls": 1, "failed": []}


@every()
async def test_model_and_sampling_arrive_at_the_vendor(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("At nine."))
    async with house(wire, vendor) as models:
        await ask(models, vendor, temperature=0.25, max_tokens=321)
    request = wire.requests[0]
    assert wire.model_of(request) == vendor.model
    assert "0.25" in str(request.body)
    assert "321" in str(request.body)
    assert "Be brief." in str(request.body)


@every()
async def test_addresses_with_and_without_version_and_slash_mean_the_same(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("At nine."))
    for ending in vendor.endings:
        async with house(wire, vendor, ending=ending) as models:
            assert (await ask(models, vendor)).text == "At nine.", ending


@every(WITH_TOOLS)
async def test_tool_call_goes_round(vendor: Vendor) -> None:
    wire = vendor.wire(Reply(tools=(ToolCall("knowledge_search", {"query": "hours"}),)), Reply("At nine."))
    async with house(wire, vendor) as models:
        model = models.chat_model([vendor.full_name]).bind_tools([SEARCH])
        first = await model.ainvoke(QUESTION)
        call = first.tool_calls[0]
        result = {"role": "tool", "tool_call_id": call["id"], "name": call["name"], "content": "from 9 to 19"}
        second = await model.ainvoke([*QUESTION, first, result])
    assert (call["name"], call["args"]) == ("knowledge_search", {"query": "hours"})
    assert second.text == "At nine."
    assert "knowledge_search" in str(wire.requests[0].body)
    assert "from 9 to 19" in str(wire.requests[1].body)


async def test_a_vendor_without_tools_is_not_sent_any() -> None:
    vendor = next(one for one in VENDORS if one.name == "perplexity")
    wire = vendor.wire(Reply("At nine."))
    async with house(wire, vendor) as models:
        model = models.chat_model([vendor.full_name])
        await model.bind_tools([SEARCH]).ainvoke(QUESTION)
    assert not getattr(model, "takes_tools", True)
    assert "tools" not in wire.requests[0].body


FAULTS = (
    pytest.param(Fault(500), Retryable, "server", id="500"),
    pytest.param(Fault(503), Retryable, "server", id="503"),
    pytest.param(Fault(529), Retryable, "server", id="529"),
    pytest.param(Fault(429), Retryable, "rate_limit", id="429"),
    pytest.param(Fault(429, word="insufficient_quota"), Rejected, "quota", id="quota"),
    pytest.param(Fault(402), Rejected, "quota", id="402"),
    pytest.param(Fault(401), Rejected, "key", id="401"),
    pytest.param(Fault(403), Rejected, "key", id="403"),
    pytest.param(Fault(404), Rejected, "model", id="404"),
    pytest.param(Fault(400), Rejected, "request", id="400"),
    pytest.param(Fault(413), Rejected, "request", id="413"),
    pytest.param(Fault(422), Rejected, "request", id="422"),
    pytest.param(Empty(), Retryable, "empty", id="empty"),
    pytest.param(Reply(text="", cut=True), Retryable, "empty", id="cut before the first word"),
    pytest.param(Broken(), Retryable, "unreadable", id="broken"),
    pytest.param(Drop(), Retryable, "unreachable", id="drop"),
)


@every()
@pytest.mark.parametrize(("step", "kind", "code"), FAULTS)
async def test_every_fault_becomes_one_of_our_errors(
    vendor: Vendor, step: Step, kind: type[PluginError], code: str
) -> None:
    wire = vendor.wire(step)
    async with house(wire, vendor, limits=ONCE) as models:
        with pytest.raises(PluginError) as caught:
            await ask(models, vendor)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert KEY not in caught.value.sentence


@every()
async def test_nobody_at_the_address_is_said_in_words(vendor: Vendor) -> None:
    models = Models({vendor.name: ProviderAccess(KEY, "http://127.0.0.1:9")}, clock=SystemClock(), limits=ONCE)
    with pytest.raises(Retryable) as caught:
        await ask(models, vendor)
    await models.aclose()
    assert caught.value.code == "unreachable"
    assert "http://127.0.0.1:9" in caught.value.sentence


@every()
async def test_a_passing_fault_costs_an_attempt_and_no_answer(vendor: Vendor) -> None:
    wire = vendor.wire(Fault(500), Empty(), Reply("At nine."))
    async with house(wire, vendor) as models:
        answer = await ask(models, vendor)
    assert answer.text == "At nine."
    assert answer.response_metadata["frontdesk"]["calls"] == 3
    assert answer.response_metadata["frontdesk"]["failed"] == ["server", "empty"]
    assert len(wire.requests) == 3, "the vendor's own client must not try again by itself"


@every()
async def test_a_refusal_is_not_tried_again(vendor: Vendor) -> None:
    wire = vendor.wire(Fault(400))
    async with house(wire, vendor) as models:
        with pytest.raises(Rejected):
            await ask(models, vendor)
    assert len(wire.requests) == 1


@every()
async def test_retry_after_is_kept(vendor: Vendor) -> None:
    clock = WatchedClock()
    wire = vendor.wire(Fault(429, retry_after=2), Reply("At nine."))
    async with house(wire, vendor, clock=clock) as models:
        asking = asyncio.create_task(ask(models, vendor))
        await until(lambda: 2_000 in clock.waits)
        clock.advance(1_900)
        await asyncio.sleep(0)
        assert len(wire.requests) == 1
        clock.advance(200)
        assert (await asking).text == "At nine."


@every()
async def test_a_silent_vendor_is_given_up_at_the_time_limit(vendor: Vendor) -> None:
    clock = FrozenClock()
    wire = vendor.wire(Hold())
    async with house(wire, vendor, clock=clock, limits=Limits(attempt=30 * SECOND, attempts=1)) as models:
        asking = asyncio.create_task(ask(models, vendor))
        await until(lambda: len(wire.requests) == 1)
        clock.advance(30 * SECOND)
        with pytest.raises(Retryable) as caught:
            await asking
    assert caught.value.code == "timeout"
    assert "30 seconds" in caught.value.sentence


@every(WITH_KEY)
async def test_a_wrong_key_is_said_with_the_setting_that_mends_it(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("ok"), key="another")
    async with house(wire, vendor) as models:
        tested = await models.test_provider(vendor.full_name)
    assert (tested.ok, tested.code) == (False, "key")
    assert "_API_KEY" in tested.sentence


@every()
async def test_an_unknown_model_is_said_by_name(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("ok"), model="another")
    async with house(wire, vendor) as models:
        tested = await models.test_provider(vendor.full_name)
    assert (tested.ok, tested.code) == (False, "model")
    assert vendor.model in tested.sentence


@every()
async def test_trying_a_provider_that_works_says_so(vendor: Vendor) -> None:
    async with house(vendor.wire(Reply("ready"), key=KEY if vendor in WITH_KEY else None), vendor) as models:
        tested = await models.test_provider(vendor.full_name)
    assert tested.ok, tested.sentence
    assert tested.model == vendor.full_name


@every()
async def test_no_model_is_asked_inside_a_transaction(vendor: Vendor) -> None:
    wire = vendor.wire(Reply("At nine."))
    async with house(wire, vendor) as models:
        token = enter_transaction()
        try:
            with pytest.raises(TransactionOpen):
                await ask(models, vendor)
        finally:
            leave_transaction(token)
    assert not wire.requests


@every()
async def test_many_turns_wait_at_once_without_queueing(vendor: Vendor) -> None:
    held = Hold(Reply("At nine."))
    wire = vendor.wire(held)
    async with house(wire, vendor, limits=ONCE) as models:
        asking = [asyncio.create_task(ask(models, vendor)) for _ in range(200)]
        await until(lambda: len(wire.requests) == 200, seconds=60)
        held.release.set()
        answers = await asyncio.gather(*asking)
    assert {answer.text for answer in answers} == {"At nine."}
    assert wire.most_at_once == 200
