"""An open stream ends when the right to it ends, and nobody else's does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from api_house import api_house
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect

from frontdesk.desk.operators import SIGN_IN_HOLDS, Operators
from frontdesk.domain.live import Live, LiveType
from frontdesk.testing.clock import until
from frontdesk.testing.house import API_KEY, TestHouse
from frontdesk.testing.local_server import serving
from frontdesk.web.auth import COOKIE
from frontdesk.web.live import PING, SIGNED_OUT, TRY_AGAIN

PASSWORD = "a quiet blue harbour"
Ends = Callable[[TestHouse, Operators, str], Awaitable[None]]


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        await h.desk.operators.add("ana", name="Ana", role="admin", password=PASSWORD)
        yield h


@asynccontextmanager
async def ws_open(h: TestHouse, base: str, headers: dict[str, str]) -> AsyncIterator[ClientConnection]:
    before = h.rooms.bus.listeners
    async with connect(f"{base.replace('http', 'ws')}/ws", additional_headers=headers, proxy=None) as ws:
        await until(lambda: h.rooms.bus.listeners > before)
        yield ws


async def closed_with(ws: ClientConnection) -> int:
    """The code with which the other side closes, within a moment."""
    async with asyncio.timeout(10):
        await ws.wait_closed()
    assert ws.close_code is not None
    return ws.close_code


@asynccontextmanager
async def sse_open(h: TestHouse, base: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
    async with (
        httpx2.AsyncClient(base_url=base, headers=headers, timeout=10) as http,
        http.stream("GET", "/api/v1/events") as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith(":")
        yield lines


async def ended(lines: AsyncIterator[str]) -> bool:
    """Whether the stream ends within a moment."""
    async with asyncio.timeout(10):
        async for _ in lines:
            pass
    return True


async def refused(base: str, headers: dict[str, str]) -> bool:
    async with httpx2.AsyncClient(base_url=base, headers=headers) as http:
        return (await http.get("/api/v1/events")).status_code == 401


async def signed_in(h: TestHouse, login: str = "bo") -> tuple[str, str]:
    """The operator's id and the token of a sign-in."""
    known = {row.login: row.id for row in await h.desk.operators.all()}
    if login not in known:
        known[login] = (await h.desk.operators.add(login, name="", role="viewer", password=PASSWORD)).id
    return known[login], (await h.desk.operators.sign_in(login, PASSWORD, address="x")).token


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token}"}


async def _sign_out(h: TestHouse, operators: Operators, token: str) -> None:
    await operators.sign_out(token)


async def _sign_out_elsewhere(h: TestHouse, operators: Operators, token: str) -> None:
    await operators.sign_out_elsewhere((await signed_in(h))[0])


async def _new_password(h: TestHouse, operators: Operators, token: str) -> None:
    await operators.change_password((await signed_in(h))[0], PASSWORD, "a grey stone bridge")


async def _forgotten_password(h: TestHouse, operators: Operators, token: str) -> None:
    await operators.invite((await signed_in(h))[0], forget_password=True)


async def _disabled(h: TestHouse, operators: Operators, token: str) -> None:
    await operators.change((await signed_in(h))[0], disabled=True)


ENDS = pytest.mark.parametrize(
    "end",
    [_sign_out, _sign_out_elsewhere, _new_password, _forgotten_password, _disabled],
    ids=lambda end: end.__name__.strip("_"),
)


@ENDS
async def test_streams_end_at_once_with_the_sign_in_that_opened_them(h: TestHouse, end: Ends) -> None:
    mine, others = cookie((await signed_in(h))[1]), cookie((await signed_in(h, "ana"))[1])
    async with (
        serving(h.built.web) as base,
        ws_open(h, base, others) as other_ws,
        sse_open(h, base, others) as other_lines,
        ws_open(h, base, mine) as ws,
        sse_open(h, base, mine) as lines,
    ):
        await end(h, h.desk.operators, mine["Cookie"].removeprefix(f"{COOKIE}="))
        assert await closed_with(ws) == SIGNED_OUT
        assert await ended(lines)
        assert await refused(base, mine)
        h.rooms.bus.publish([Live(LiveType.CHAT_CHANGED, {"chat_id": "cht_1"})])
        assert orjson.loads(await other_ws.recv())["type"] == "chat.changed"
        assert [line async for line in _until_event(other_lines)][-1] == "event: chat.changed"


async def _until_event(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith("event: "):
            return


@asynccontextmanager
async def told_twice(
    h: TestHouse, headers: dict[str, str]
) -> AsyncIterator[tuple[ClientConnection, AsyncIterator[str]]]:
    async with serving(h.built.web) as base, ws_open(h, base, headers) as ws, sse_open(h, base, headers) as lines:
        yield ws, lines


@pytest.mark.parametrize("other_process", [False, True])
async def test_with_another_role_streams_end_to_be_opened_anew(h: TestHouse, other_process: bool) -> None:
    mine_id, token = await signed_in(h)
    await h.desk.operators.change(mine_id, role="operator")
    where = Operators(h.rooms.store, h.clock, h.rooms.vault) if other_process else h.desk.operators
    async with told_twice(h, cookie(token)) as (ws, lines):
        await where.change(mine_id, role="viewer")
        async with heartbeats(h):
            assert await closed_with(ws) == TRY_AGAIN
            assert await ended(lines)
    async with told_twice(h, cookie(token)) as (ws, _):
        h.rooms.bus.publish([Live(LiveType.CHAT_CHANGED, {"chat_id": "cht_1"})])
        assert orjson.loads(await ws.recv())["type"] == "chat.changed"


async def test_streams_live_on_where_only_a_name_is_changed(h: TestHouse) -> None:
    mine_id, token = await signed_in(h)
    async with told_twice(h, cookie(token)) as (ws, lines):
        await h.desk.operators.change(mine_id, name="Bodo")
        async with heartbeats(h):
            assert await _comment(lines) == ": ping"
        h.rooms.bus.publish([Live(LiveType.CHAT_CHANGED, {"chat_id": "cht_1"})])
        assert orjson.loads(await ws.recv())["type"] == "chat.changed"


async def test_streams_end_at_once_with_the_key_that_opened_them(h: TestHouse) -> None:
    key_id, plain = await h.desk.api_keys.create("Shop", ["read"])
    mine = {"X-Api-Key": plain}
    async with serving(h.built.web) as base, ws_open(h, base, mine) as ws, sse_open(h, base, mine) as lines:
        await h.desk.api_keys.revoke(key_id)
        assert await closed_with(ws) == SIGNED_OUT
        assert await ended(lines)
        assert await refused(base, mine)


async def test_a_stream_keeps_no_sign_in_alive_and_ends_when_it_runs_out(h: TestHouse) -> None:
    mine = cookie((await signed_in(h))[1])
    async with serving(h.built.web) as base, ws_open(h, base, mine) as ws, sse_open(h, base, mine) as lines:
        h.clock.advance(SIGN_IN_HOLDS - PING)
        assert await _comment(lines) == ": ping"
        async with heartbeats(h):
            assert await closed_with(ws) == SIGNED_OUT
            assert await ended(lines)


@asynccontextmanager
async def heartbeats(h: TestHouse) -> AsyncIterator[None]:
    """Time goes on meanwhile: who looked a moment too early looks again."""

    async def beat() -> None:
        while True:
            h.clock.advance(PING)
            await asyncio.sleep(0.005)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


async def _comment(lines: AsyncIterator[str]) -> str:
    return await anext(each async for each in lines if each.startswith(":"))


async def test_what_was_ended_in_another_process_ends_streams_at_the_next_heartbeat(h: TestHouse) -> None:
    elsewhere = Operators(h.rooms.store, h.clock, h.rooms.vault)
    key_id, plain = await h.desk.api_keys.create("Shop", ["read"])
    mine, program = cookie((await signed_in(h))[1]), {"X-Api-Key": plain}
    async with serving(h.built.web) as base, ws_open(h, base, mine) as ws, sse_open(h, base, program) as lines:
        await elsewhere.change((await signed_in(h))[0], disabled=True)
        await elsewhere.keys.revoke(key_id)
        async with heartbeats(h):
            assert await closed_with(ws) == SIGNED_OUT
            assert await ended(lines)


async def test_the_key_of_the_settings_listens_on_through_every_heartbeat(h: TestHouse) -> None:
    mine = {"X-Api-Key": API_KEY}
    async with serving(h.built.web) as base, sse_open(h, base, mine) as lines:
        for _ in range(3):
            h.clock.advance(PING)
            assert await _comment(lines) == ": ping"


async def test_while_nobody_can_say_who_may_listen_nobody_does(h: TestHouse) -> None:
    mine = cookie((await signed_in(h))[1])
    async with serving(h.built.web) as base, ws_open(h, base, mine) as ws, sse_open(h, base, mine) as lines:
        async with h.rooms.store.begin() as tx:
            await tx.run(text("ALTER TABLE sign_ins RENAME TO gone"))
        async with heartbeats(h):
            assert await closed_with(ws) == TRY_AGAIN
            assert await ended(lines)


@pytest.mark.parametrize(
    ("path", "kind", "moment"),
    [("/ws", "websocket", "websocket.accept"), ("/api/v1/events", "http", "http.response.start")],
)
async def test_a_key_revoked_in_the_moment_of_its_use_listens_to_nothing(
    h: TestHouse, path: str, kind: str, moment: str
) -> None:
    key_id, plain = await h.desk.api_keys.create("Shop", ["read"])
    told: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)
        if message["type"] == moment:
            await h.desk.api_keys.revoke(key_id)

    begun = False

    async def receive() -> dict[str, Any]:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}
        await until(lambda: told[-1]["type"] == "websocket.close" or told[-1].get("more_body") is False)
        return {"type": "websocket.disconnect", "code": 1000} if kind == "websocket" else {"type": "http.disconnect"}

    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"frontdesk.test"), (b"x-api-key", plain.encode())],
        "scheme": "ws" if kind == "websocket" else "http",
        "client": ("127.0.0.1", 1),
        "server": ("frontdesk.test", 80),
        "subprotocols": [],
    }
    await asyncio.wait_for(h.built.web(scope, receive, send), 10)
    assert (told[-1].get("code"), told[-1].get("more_body")) in ((SIGNED_OUT, None), (None, False))
