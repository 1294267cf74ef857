"""Live events: numbered, after the commit, for those who may listen."""

import asyncio
import re
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from api_house import PHONE, api_house, hear
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from frontdesk.domain.live import Live, LiveType
from frontdesk.testing.clock import until
from frontdesk.testing.house import API_KEY, TestHouse
from frontdesk.testing.local_server import serving
from frontdesk.testing.reference_live import LIVE
from frontdesk.web.auth import COOKIE
from frontdesk.web.live import PING


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


@asynccontextmanager
async def socket(h: TestHouse, base: str, query: str = "", **headers: str) -> AsyncIterator[ClientConnection]:
    before = h.rooms.bus.listeners
    async with connect(f"{base.replace('http', 'ws')}/ws{query}", additional_headers=headers, proxy=None) as ws:
        await until(lambda: h.rooms.bus.listeners > before)
        yield ws


async def event(ws: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            found: dict[str, Any] = orjson.loads(await ws.recv())
            if found["type"] == kind:
                return found


async def test_a_websocket_is_told_of_a_message_after_it_is_stored(h: TestHouse) -> None:
    async with serving(h.built.web) as base, socket(h, base, f"?api_key={API_KEY}") as ws:
        await hear(h, "Hello")
        told = await event(ws, "message.added")
        assert (type(told["id"]), told["at"].endswith("Z")) == (int, True)
        answer = await h.http.get(f"/api/v1/messages/{told['payload']['id']}")
        assert answer.json()["text"] == "Hello"


async def test_the_reference_names_what_the_events_of_a_message_hold(h: TestHouse) -> None:
    told: dict[LiveType, set[str]] = {}
    subscription = h.rooms.bus.subscribe()
    await hear(h, "Hello")
    sent = (await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "Hello"})).json()
    await h.idle()
    assert (await h.http.get(f"/api/v1/messages/{sent['id']}")).json()["status"] == "sent"
    h.rooms.bus.publish([Live(LiveType.AGENT_PAUSED, {})])  # the last
    async for each in subscription:
        if each.live.type is LiveType.AGENT_PAUSED:
            break
        told.setdefault(each.live.type, set()).update(each.live.payload)
    subscription.close()
    assert {LiveType.MESSAGE_ADDED, LiveType.MESSAGE_STATUS, LiveType.CHAT_CHANGED} <= told.keys()
    for kind, names in told.items():
        assert set(re.findall(r"`(\w+)`", LIVE[kind][1])) == names, kind


async def test_a_websocket_opens_by_header_and_by_the_inboxs_cookie(h: TestHouse) -> None:
    await h.desk.operators.add("ana", name="Ana", role="viewer", password="a long password")
    token = (await h.desk.operators.sign_in("ana", "a long password", address="x")).token
    async with serving(h.built.web) as base:
        for headers in (
            {"X-Api-Key": API_KEY},
            {"Authorization": f"Bearer {API_KEY}"},
            {"Cookie": f"{COOKIE}={token}"},
        ):
            async with socket(h, base, **headers) as ws:
                await ws.send("ping")
                assert (await event(ws, "pong"))["type"] == "pong"


async def test_a_websocket_lets_bytes_pass_as_it_does_text(h: TestHouse) -> None:
    async with serving(h.built.web) as base, socket(h, base, f"?api_key={API_KEY}") as ws:
        await ws.send(b"\x00\xff")
        await ws.send("whatever")
        await ws.send(b"ping")
        assert (await event(ws, "pong"))["type"] == "pong"
        await hear(h, "Hello")
        assert (await event(ws, "message.added"))["payload"]["text"] == "Hello"


async def test_a_websocket_stays_shut_for_others(h: TestHouse) -> None:
    await h.desk.operators.add("ana", name="Ana", role="viewer", password="a long password")
    token = (await h.desk.operators.sign_in("ana", "a long password", address="x")).token
    forged = {"Cookie": f"{COOKIE}={token}", "Origin": "http://evil.test"}
    async with serving(h.built.web) as base:
        for query, headers in (("", {}), ("?api_key=wrong", {}), ("", {"X-Api-Key": "wrong"}), ("", forged)):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(f"{base.replace('http', 'ws')}/ws{query}", additional_headers=headers, proxy=None):
                    pass


async def test_a_websocket_catches_up_behind_an_event(h: TestHouse) -> None:
    before = h.rooms.bus.last_id
    await hear(h, "Missed")
    async with serving(h.built.web) as base, socket(h, base, f"?after={before}", **{"X-Api-Key": API_KEY}) as ws:
        assert (await event(ws, "message.added"))["id"] > before
    async with serving(h.built.web) as base, socket(h, base, "?after=1", **{"X-Api-Key": API_KEY}) as ws:
        assert (await event(ws, "reload"))["payload"] == {}


async def test_the_end_of_the_house_closes_a_websocket(h: TestHouse) -> None:
    async with serving(h.built.web) as base, socket(h, base, f"?api_key={API_KEY}") as ws:
        h.built.bus.close()
        with pytest.raises(ConnectionClosed):
            await event(ws, "one that never comes")
    assert h.rooms.bus.listeners == 0


@asynccontextmanager
async def stream(h: TestHouse, base: str, **headers: str) -> AsyncIterator[AsyncIterator[str]]:
    async with httpx2.AsyncClient(base_url=base, headers={"X-Api-Key": API_KEY, **headers}, timeout=10) as http:
        async with http.stream("GET", "/api/v1/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith(":")
            yield lines


async def line(lines: AsyncIterator[str], start: str) -> str:
    async with asyncio.timeout(10):
        return await anext(each async for each in lines if each.startswith(start))


async def test_server_sent_events_carry_number_type_and_payload(h: TestHouse) -> None:
    async with serving(h.built.web) as base, stream(h, base) as lines:
        await hear(h, "Hello")
        number = (await line(lines, "id: ")).removeprefix("id: ")
        kind = (await line(lines, "event: ")).removeprefix("event: ")
        told = orjson.loads((await line(lines, "data: ")).removeprefix("data: "))
        assert (str(told["id"]), told["type"]) == (number, kind)
        assert PHONE not in str(told)


@pytest.mark.embedded("Over Redis numbers grow, and not by one.")
async def test_server_sent_events_go_on_behind_the_last_event_id(h: TestHouse) -> None:
    before = h.rooms.bus.last_id
    await hear(h, "Missed")
    async with serving(h.built.web) as base, stream(h, base, **{"Last-Event-ID": str(before)}) as lines:
        assert await line(lines, "id: ") == f"id: {before + 1}"
    for unknown in ("1", "0", "x", "9" * 5_000):
        async with serving(h.built.web) as base, stream(h, base, **{"Last-Event-ID": unknown}) as lines:
            assert await line(lines, "event: ") == "event: reload"


async def test_a_quiet_stream_is_kept_open_by_comments(h: TestHouse) -> None:
    async with serving(h.built.web) as base, stream(h, base) as lines:
        h.clock.advance(PING)
        assert await line(lines, ":") == ": ping"


async def test_a_listener_who_goes_is_forgotten(h: TestHouse) -> None:
    async with serving(h.built.web) as base:
        async with stream(h, base):
            assert h.rooms.bus.listeners == 1
        await until(lambda: h.rooms.bus.listeners == 0)


async def test_a_stream_needs_a_key(h: TestHouse) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=h.built.web), base_url="http://x.test") as http:
        assert (await http.get("/api/v1/events")).status_code == 401


async def test_who_is_let_in_by_websocket_misses_nothing_from_then_on(h: TestHouse) -> None:
    told: list[MutableMapping[str, Any]] = []
    ended = asyncio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)
        if message["type"] == "websocket.accept":  # the very moment at which the client believes to listen
            h.rooms.bus.publish([Live(LiveType.CHAT_CHANGED, {"chat_id": "cht_heard"})])
        elif "cht_heard" in message.get("text", ""):
            ended.set()

    async def receive() -> dict[str, Any]:
        if not told:
            return {"type": "websocket.connect"}
        await ended.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    scope = {
        "type": "websocket",
        "path": "/ws",
        "raw_path": b"/ws",
        "query_string": f"api_key={API_KEY}".encode(),
        "headers": [(b"host", b"frontdesk.test")],
        "scheme": "ws",
        "client": ("127.0.0.1", 1),
        "server": ("frontdesk.test", 80),
        "subprotocols": [],
    }
    await asyncio.wait_for(h.built.web(scope, receive, send), 5)
    assert ended.is_set()
