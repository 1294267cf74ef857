"""A chat model that says what a test tells it to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field

from frontdesk.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call of a scripted answer."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Scripted = str | ToolUse | Sequence[ToolUse] | AIMessage | Exception
Script = Callable[[list[BaseMessage]], Scripted]


class FakeModel(BaseChatModel):
    """Answers from a list (the last one again and again) or from a function of the messages; counts and keeps calls.

    `gate` makes it wait for an event, `takes` for that many milliseconds of the `clock`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answers: Any = ("ok",)  # a sequence of Scripted, or a Script
    gate: asyncio.Event | None = None
    clock: Any = None
    takes: float = 0
    takes_tools: bool = True
    calls: int = 0
    waiting: int = 0  # calls that stand at the gate or the clock now
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    offered: list[list[str]] = Field(default_factory=list)  # names of the tools per call

    @property
    def _llm_type(self) -> str:
        return "frontdesk-fake"

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        """Bind tools as vendors' models do."""
        return self.bind(tools=tools, **more)

    def _generate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
        raise NotImplementedError("The fake model only runs asynchronously.")

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
        self.calls += 1
        self.asked.append(list(messages))
        self.offered.append([tool["function"]["name"] for tool in more.get("tools", ())])
        number = self.calls
        await self._wait()
        message = _message(self._scripted(messages, number), number)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _wait(self) -> None:
        self.waiting += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.takes:
                clock: Clock = self.clock
                await clock.sleep(self.takes)
        finally:
            self.waiting -= 1

    def _scripted(self, messages: list[BaseMessage], number: int) -> Scripted:
        if callable(self.answers):
            made: Scripted = self.answers(messages)
            return made
        given: Scripted = self.answers[min(number, len(self.answers)) - 1]
        return given


def _message(scripted: Scripted, number: int) -> AIMessage:
    if isinstance(scripted, Exception):
        raise scripted
    if isinstance(scripted, AIMessage):
        return scripted
    usage: Any = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    if isinstance(scripted, str):
        return AIMessage(content=scripted, usage_metadata=usage, response_metadata={"model_name": "fake"})
    uses = [scripted] if isinstance(scripted, ToolUse) else scripted
    calls: Any = [
        {"id": f"call_{number}_{at}", "name": use.name, "args": use.arguments, "type": "tool_call"}
        for at, use in enumerate(uses)
    ]
    return AIMessage(content="", tool_calls=calls, usage_metadata=usage, response_metadata={"model_name": "fake"})
