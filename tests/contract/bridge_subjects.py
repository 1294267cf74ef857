"""The channel `bridge` with far ends that are real: a program that is started, and a server that is asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.bridge.options import BridgeOptions
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.kit.clock import SECOND
from frontdesk.testing.bridges import TOKEN, Program, Server
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.conformance import Subject
from frontdesk.testing.local_server import serving

ANA = Address(AddressKind.PHONE, "447700900123")
AT_ONCE = Patience(tries=1)


@asynccontextmanager
async def started_bridge(folder: Path) -> AsyncIterator[Subject]:
    clock = FrozenClock()
    channel = BridgeChannel(clock, folder=folder / "lines", starts_programs=True, patience=AT_ONCE)
    good, bad = Program(folder / "good"), Program(folder / "bad")
    bad.tells_at_start({"event": "disconnected", "data": {"reason": "LOGOUT"}})

    def line(account_id: str, command: str, place: Path) -> Line:
        return Line(account_id, BridgeOptions(command=command, folder=str(place)))

    def order(**what: Any) -> Callable[[], None]:
        return lambda: good.next(**what)

    subject = Subject(
        channel=channel,
        line=line("acc_1", good.command, good.folder),
        refused=line("acc_2", bad.command, bad.folder),
        absent=line("acc_3", "/nowhere/at-all", good.folder),
        to=ANA,
        folder=folder,
        heard=lambda: [asked["data"]["reference"] for asked in good.sent()],
        quoted="false_447700900123@c.us_IN1",
        break_next={
            "a refusal": order(answer={"success": False, "error": "The number is not on WhatsApp."}, lost=True),
            "a refusal without a word": order(answer={"success": False}, lost=True),
            "a phone that is away": order(answer={"success": False, "code": "not_connected"}, lost=True),
            "a link that ended": order(answer={"success": False, "code": "logged_out"}, lost=True),
            "a doubt": order(answer={"success": False, "code": "doubt"}),
            "an answer without an id": order(answer={"success": True}),
            "an answer of another shape": order(answer={"success": "yes", "data": [1]}),
        },
        fresh=lambda: clock.advance(SECOND),
    )
    await _connected(subject)
    yield subject
    await channel.close()


@asynccontextmanager
async def bridge_elsewhere(folder: Path) -> AsyncIterator[Subject]:
    clock, server = FrozenClock(), Server()
    channel = BridgeChannel(clock, folder=folder / "lines", patience=AT_ONCE)

    def line(account_id: str, base: str, token: str = TOKEN) -> Line:
        return Line(account_id, BridgeOptions.model_validate({"send_url": f"{base}/command", "token": token}))

    def broken(status: int, body: Any, *, taken: bool = False) -> Callable[[], None]:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return lambda: server.broken.append((taken, status, content))

    async with serving(server.program) as base:
        subject = Subject(
            channel=channel,
            line=line("acc_1", base),
            refused=line("acc_2", base, "another-token"),
            absent=line("acc_3", "http://127.0.0.1:9"),
            to=ANA,
            folder=folder,
            heard=lambda: [asked["data"]["reference"] for asked in server.sent()],
            quoted="false_447700900123@c.us_IN1",
            break_next={
                "a refusal": broken(200, {"success": False, "error": "No."}),
                "a wish to wait": broken(429, b""),
                "another address": broken(404, b"Not found"),
                "a redirect": broken(302, b""),
                "a wrong token": broken(403, b""),
                "HTML": broken(502, b"<html>Bad gateway</html>", taken=True),
                "an empty answer": broken(200, b"", taken=True),
                "an answer to another command": broken(200, {"id": "cmd_0", "success": True}, taken=True),
                "an answer without an id": broken(200, {"success": True}, taken=True),
            },
            fresh=lambda: clock.advance(SECOND),
        )
        await _connected(subject)
        yield subject
        await channel.close()


async def _connected(subject: Subject) -> None:
    """Bring the good line up, as the house has before it sends."""
    told: list[LineState | Delivery] = []
    await subject.channel.connect(subject.line, lambda account_id, what: told.append(what))
    await until(lambda: bool(told))
