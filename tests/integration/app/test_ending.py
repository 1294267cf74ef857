"""How a web process ends: on real sockets, with clients that come, wait and stay while it does."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from frontdesk.app.ending import GOODBYE, Server
from frontdesk.testing.clock import until

ASKS = b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
REFUSED = "refused"
CALLERS = 8


@dataclass
class Told:
    """What the server called."""

    left: list[float] = field(default_factory=list)
    streams_ended: list[float] = field(default_factory=list)


@asynccontextmanager
async def serving(app: Any, **more: Any) -> AsyncIterator[tuple[Server, int, Told]]:
    """A server of ours on a free port, to its end."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    told = Told()
    config = uvicorn.Config(app, log_config=None, lifespan="off", http="httptools", timeout_graceful_shutdown=5)
    server = Server(
        config,
        leaving=lambda: told.left.append(time.monotonic()),
        end_streams=lambda: told.streams_ended.append(time.monotonic()),
        **more,
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    try:
        yield server, int(listener.getsockname()[1]), told
    finally:
        server.should_exit = True
        await running


async def answers(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Reads the body and says ok."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def call(port: int) -> str:
    """One request on a connection of its own: what came back, or what went wrong."""
    try:
        wire = socket.create_connection(("127.0.0.1", port), timeout=10)
    except ConnectionRefusedError:
        return REFUSED
    with wire:
        try:
            wire.sendall(ASKS)
            answer = wire.recv(1000)
        except OSError as broken:
            return repr(broken)
    return answer.split(b"\r\n")[0].decode() or "hung up"


def keep_calling(port: int, found: list[str]) -> None:
    """Call again and again until nobody is there any more."""
    while not found or found[-1] != REFUSED:
        found.append(call(port))


async def busy() -> None:
    """Keep the loop from the door most of the time, as much work does: callers wait in the kernel meanwhile."""
    while True:
        time.sleep(0.01)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(0)


@pytest.mark.parametrize("again", range(4))
async def test_whoever_got_through_at_the_end_is_answered_and_nobody_is_cut_off(again: int) -> None:
    found: list[list[str]] = [[] for _ in range(CALLERS)]
    async with serving(answers) as (server, port, _):
        callers = [threading.Thread(target=keep_calling, args=(port, each)) for each in found]
        for caller in callers:
            caller.start()
        hindering = [asyncio.create_task(busy()) for _ in range(3)]
        await until(lambda: all(len(each) > 3 + again for each in found))
        server.handle_exit(15, None)
    for task in hindering:
        task.cancel()
    for caller in callers:
        await asyncio.to_thread(caller.join)
    assert {outcome for each in found for outcome in each[:-1]} == {"HTTP/1.1 200 OK"}


async def test_who_is_connected_gets_one_more_answer_and_the_word_to_come_no_more() -> None:
    async with serving(answers) as (server, port, told):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASKS)
        first = await reader.readuntil(b"ok")
        server.handle_exit(15, None)
        await until(lambda: bool(told.streams_ended))  # the door is closed
        writer.write(ASKS)
        second = await reader.read()
        writer.close()
    assert b"connection: close" not in first.lower()
    assert b" 200 " in second
    assert b"connection: close" in second.lower()


async def test_whoever_stays_and_says_nothing_does_not_hold_up_the_end() -> None:
    async with serving(answers) as (server, port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASKS)
        await reader.readuntil(b"ok")
        began = time.monotonic()
        server.handle_exit(15, None)
        assert await reader.read() == b""
        writer.close()
    assert GOODBYE <= time.monotonic() - began < GOODBYE + 3


async def test_a_request_under_way_is_answered_at_the_end() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await go_on.wait()
        await answers(scope, receive, send)

    async with serving(slow) as (server, port, told):
        answer = asyncio.create_task(asyncio.to_thread(call, port))
        await asked.wait()
        server.handle_exit(15, None)
        await until(lambda: bool(told.streams_ended))
        go_on.set()
        assert await answer == "HTTP/1.1 200 OK"


@pytest.mark.parametrize(("wishes", "least", "most"), [(1, 0.8, 10.0), (2, 0.0, 0.7)])
async def test_the_port_stays_open_for_the_delay_unless_a_second_wish_comes(
    wishes: int, least: float, most: float
) -> None:
    async with serving(answers, delay=0.8) as (server, port, told):
        for _ in range(wishes):
            server.handle_exit(15, None)
        assert told.left  # not ready any more, at once
        assert await asyncio.to_thread(call, port) == "HTTP/1.1 200 OK"
        await until(lambda: bool(told.streams_ended))
    assert least <= told.streams_ended[0] - told.left[0] < most


async def test_a_wish_that_comes_from_the_program_itself_does_not_wait() -> None:
    async with serving(answers, delay=30) as (_, _, told):
        began = time.monotonic()
    assert told.left
    assert time.monotonic() - began < 5
    with suppress(IndexError):
        assert told.streams_ended[0] >= told.left[0]
