"""A Graph API of our own that answers what it is told to, and a desk that sends to it over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.channels.cloud import CloudChannel, Options
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Line, LineState, Outbound, Sent
from frontdesk.kit.errors import PluginError
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.local_server import serving

TOKEN = "EAAtoken0123456789"
OURS = "330000000000451"
PHONE = Address(AddressKind.PHONE, "447700900123")
ACCEPTED = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.OUT1"}]}


@dataclass
class Graph:
    """Answers with what it was told, and keeps what it was asked. `base` is its address."""

    base: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """The next of the answers; the last one stays."""
        headers = dict(request.headers)
        self.asked.append((request.method, request.url.path, headers, await request.body()))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = body if isinstance(body, str | bytes) else orjson.dumps(body)
        return Response(content, status, media_type="application/json")

    @property
    def bodies(self) -> list[Any]:
        """Every JSON body that came, in order."""
        return [orjson.loads(body) for _, _, headers, body in self.asked if "json" in headers.get("content-type", "")]


@dataclass
class Desk:
    """One line of the channel, on a clock that stands still."""

    channel: CloudChannel
    line: Line
    graph: Graph
    clock: FrozenClock
    states: list[LineState] = field(default_factory=list)

    async def send(self, kind: str = "text", **parts: Any) -> Sent:
        if kind == "text":
            parts.setdefault("text", "Hello")
        outbound = Outbound(our_id=parts.pop("our_id", "msg_1"), to=(PHONE,), kind=kind, **parts)
        return await self.channel.send(self.line, outbound)

    async def refused(self, **parts: Any) -> PluginError:
        """Why a message could not be sent."""
        with pytest.raises(PluginError) as caught:
            await self.send(**parts)
        return caught.value

    async def connect(self) -> LineState:
        """The last state that connecting led to."""
        await self.channel.connect(self.line, lambda _, state: self.states.append(state))  # type: ignore[arg-type]
        return self.states[-1]


@asynccontextmanager
async def at(url: str, graph: Graph | None = None, **options: Any) -> AsyncIterator[Desk]:
    """A desk that sends to the Graph API at this address."""
    clock = FrozenClock()
    channel = CloudChannel(clock)
    given = {"phone_number_id": OURS, "access_token": TOKEN, "graph_url": url, **options}
    try:
        yield Desk(channel, Line("acc_1", Options(**given)), graph or Graph(), clock)
    finally:
        await channel.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def graph() -> AsyncIterator[Graph]:
    """The stand-in, served to the tests of one file."""
    graph = Graph()
    program = Starlette(routes=[Route("/{path:path}", graph.answer, methods=["GET", "POST"])])
    async with serving(program) as graph.base:
        yield graph


@asynccontextmanager
async def sending_to(graph: Graph, **options: Any) -> AsyncIterator[Desk]:
    """A desk of its own at a stand-in that was asked nothing yet and accepts what comes."""
    graph.answers, graph.asked = [(200, ACCEPTED)], []
    async with at(f"{graph.base}/v26.0", graph, **options) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def desk(graph: Graph) -> AsyncIterator[Desk]:
    """Such a desk for each test."""
    async with sending_to(graph) as desk:
        yield desk


def error(code: int, details: str = "These are the details.") -> dict[str, Any]:
    """A body in which Meta refuses."""
    return {"error": {"message": f"(#{code}) title", "code": code, "error_data": {"details": details}}}
