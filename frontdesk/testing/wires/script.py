"""What a local vendor does on each request, in order; the last step is done again and again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants to use."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: text, tool calls, and the tokens that it claims to have used."""

    text: str = ""
    tools: tuple[ToolCall, ...] = ()
    tokens_in: int = 120
    tokens_out: int = 8
    cut: bool = False  # broken off by max_tokens


@dataclass(frozen=True, slots=True)
class Fault:
    """An error with a status, in the vendor's own words."""

    status: int
    retry_after: float | None = None  # seconds
    word: str = ""  # a code in the body, such as insufficient_quota


@dataclass(frozen=True, slots=True)
class Empty:
    """200 without any answer in it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """200 with a body that is no JSON."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The answer is held back until `release` is set, or for ever."""

    reply: Reply = Reply("late")
    release: asyncio.Event = field(default_factory=asyncio.Event)


Step = Reply | Fault | Empty | Broken | Drop | Hold
