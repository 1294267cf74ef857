"""Every channel passes the same suite, each against a far end that is real as far as the channel can tell."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from bridge_subjects import bridge_elsewhere, started_bridge
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.channels.builtin import BUILTIN
from frontdesk.channels.cloud import CloudChannel, Options
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.channel import SimulatorChannel, options_for
from frontdesk.channels.simulator.faults import Fault, FaultKind
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Line, LineState, Outbound, Sent
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.testing.channels import FakeChannel, FakeOptions
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.conformance import CHECKS, Check, Subject
from frontdesk.testing.local_server import serving
from frontdesk.web.simulator import standin_app

NUMBER_ID, TOKEN = "330000000000451", "EAAtoken0123456789"
ANA = Address(AddressKind.PHONE, "447700900123")
NOWHERE = "http://127.0.0.1:9/v26.0"


class Graph:
    """A plain Graph API: takes everything that has the token, and breaks when it is told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.broken: list[tuple[bool, int, bytes]] = []  # taken or not, status, body
        self._number = 0

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self._json({"error": {"code": 190, "message": "The token has expired.", "type": "OAuth"}}, 401)
        if request.method == "GET":
            wanted = request.url.path.endswith(NUMBER_ID)
            known = {"id": NUMBER_ID, "display_phone_number": "+351 21 000 0100", "verified_name": "Shop"}
            return self._json(known, 200) if wanted else self._json({"error": {"code": 100, "message": "No."}}, 400)
        if request.url.path.endswith("/media"):
            return self._json({"id": "77"}, 200)
        return self._message(orjson.loads(body))

    def _message(self, given: Any) -> Response:
        if "status" in given:
            return self._json({"success": True}, 200)
        taken, status, body = self.broken.pop(0) if self.broken else (True, 0, b"")
        if taken:
            self.heard.append(given["biz_opaque_callback_data"])
        if status:
            return Response(body, status)
        self._number += 1
        return self._json({"messages": [{"id": f"wamid.{self._number}"}]}, 200)

    @staticmethod
    def _json(value: Any, status: int) -> Response:
        return Response(orjson.dumps(value), status, media_type="application/json")

    def next(self, status: int, body: Any, *, taken: bool = False) -> Callable[[], None]:
        """Let the next message be answered so."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return lambda: self.broken.append((taken, status, content))


@asynccontextmanager
async def cloud(folder: Path) -> AsyncIterator[Subject]:
    graph, clock = Graph(), FrozenClock()
    channel = CloudChannel(clock)
    program = Starlette(routes=[Route("/{path:path}", graph.answer, methods=["GET", "POST"])])

    def error(code: int, status: int = 400) -> Callable[[], None]:
        return graph.next(status, {"error": {"code": code, "message": "x", "error_data": {"details": "Because."}}})

    async with serving(program) as base:

        def line(**options: Any) -> Line:
            given = {"phone_number_id": NUMBER_ID, "access_token": TOKEN, "graph_url": f"{base}/v26.0", **options}
            return Line("acc_1", Options(**{"app_secret": "app-secret", **given}))

        yield Subject(
            channel=channel,
            line=line(),
            refused=line(access_token="another"),
            absent=line(graph_url=NOWHERE),
            to=ANA,
            folder=folder,
            heard=lambda: graph.heard,
            quoted="wamid.in1",
            break_next={
                "a rate limit": error(130429),
                "a pair limit": error(131056),
                "a closed window": error(131047),
                "an unknown code": error(999_999),
                "a fault of Meta": error(131000, 500),
                "HTML": graph.next(502, b"<html>Bad gateway</html>"),
                "an empty answer": graph.next(200, b"", taken=True),
                "an answer of another shape": graph.next(200, {"messages": "none"}, taken=True),
                "an answer that is no JSON": graph.next(200, b"ok", taken=True),
                "a redirect": graph.next(302, b""),
            },
            fresh=lambda: clock.advance(MINUTE),
        )
        await channel.close()


@asynccontextmanager
async def simulator(folder: Path) -> AsyncIterator[Subject]:
    clock = FrozenClock()
    standin, channel = StandIn(clock, behaviour=CALM, seed=3), SimulatorChannel(clock)
    number = standin.add_number(Number(NUMBER_ID, "351210000100", "http://127.0.0.1:9/webhook"))
    ana = standin.add_customer(make_customer("Ana Ferreira", "+447700900123"))
    thread = standin.thread(ana.customer_id)
    standin.write(thread, "Hi")

    def heard() -> list[str]:
        return [bubble.tracker for bubble in thread.bubbles.values() if bubble.tracker]

    def fault(kind: FaultKind, code: int | None = None) -> Callable[[], None]:
        return lambda: standin.inject(Fault(kind, code))

    async with serving(standin_app(standin)) as base:
        options = options_for(number, f"{base}/v26.0")
        yield Subject(
            channel=channel,
            line=Line("acc_1", options),
            refused=Line("acc_1", options.model_copy(update={"access_token": SecretStr("another")})),
            absent=Line("acc_1", options.model_copy(update={"graph_url": NOWHERE})),
            to=ANA,
            folder=folder,
            heard=heard,
            quoted=next(iter(thread.bubbles)),
            break_next={
                "a rate limit": fault(FaultKind.ERROR, 130429),
                "a closed window": fault(FaultKind.ERROR, 131047),
                "HTML": fault(FaultKind.HTML),
                "an empty answer": fault(FaultKind.EMPTY),
                "a cut connection": fault(FaultKind.DROP),
            },
            fresh=lambda: clock.advance(MINUTE),
        )
        await channel.close()


@asynccontextmanager
async def fake(folder: Path) -> AsyncIterator[Subject]:
    class Refusing(FakeChannel):
        async def connect(self, line: Line, emit: Any) -> None:
            if line.options.number == "1":
                self.states = (LineState(State.CONNECTED),)
            else:
                self.states = (LineState(State.ACTION_REQUIRED, "The number is not known."),)
            await super().connect(line, emit)

        async def send(self, line: Line, outbound: Outbound) -> Sent:
            if line.options.number != "1":
                raise LoggedOut("The number is not known.")
            return await super().send(line, outbound)

    channel = Refusing()

    def raises(what: Exception) -> Callable[[], None]:
        return lambda: channel.script.append(what)

    def heard() -> list[str]:
        return [outbound.our_id for outbound in channel.sent if not (outbound.text or "").startswith("while ")]

    yield Subject(
        channel=channel,
        line=Line("acc_1", FakeOptions(number="1")),
        refused=Line("acc_1", FakeOptions(number="2")),
        absent=Line("acc_1", FakeOptions(number="3")),
        to=ANA,
        folder=folder,
        heard=heard,
        quoted="in-1",
        break_next={
            "retryable": raises(Retryable("Busy.")),
            "rejected": raises(Rejected("No.")),
            "logged out": raises(LoggedOut("Gone.")),
            "a doubt": lambda: channel.script.append(Sent(None, "The connection broke.")),
        },
    )


SUBJECTS = {
    "cloud": cloud,
    "simulator": simulator,
    "fake": fake,
    "bridge": started_bridge,
    "bridge elsewhere": bridge_elsewhere,
}


@pytest.fixture(params=SUBJECTS)
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    async with SUBJECTS[request.param](tmp_path) as subject:
        yield subject


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_channel_keeps_the_contract(check: Check, subject: Subject) -> None:
    await check(subject)


def test_every_built_in_channel_is_tried() -> None:
    assert {channel.name for channel in BUILTIN} <= {*SUBJECTS, LinkedChannel.name}  # the latter beside this file
