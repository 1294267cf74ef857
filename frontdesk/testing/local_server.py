"""Runs an ASGI program on a free loopback port, for tests that want a real server at the other end."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

GRACE = 1  # seconds that what still runs gets at the end


class _Server(uvicorn.Server):
    """Ends when it is told to, where uvicorn looks every tenth of a second: thousands of tests wait for that."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are for the tests, not for their servers."""
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = asyncio.get_running_loop().time() + GRACE
        while self.server_state.tasks or self.server_state.connections:
            if asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(0.001)
        for task in self.server_state.tasks:
            task.cancel()


class Answers:
    """A program that answers every request with one status and one JSON document."""

    def __init__(self, status: int, document: Any) -> None:
        self.status, self.body = status, json.dumps(document).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def listening() -> socket.socket:
    """A free loopback port, for a program that has to know its address before it is served."""
    # The protocol is named so that asyncio sees TCP and sends small answers at once (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


def url_of(listener: socket.socket) -> str:
    """Its base URL, such as `http://127.0.0.1:41234`."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(program: Any, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve the ASGI program in this event loop, on a port of its own unless one is given; gives its base URL."""
    listener = listener or listening()
    server = _Server(uvicorn.Config(program, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if running.done():
            running.result()
        await asyncio.sleep(0)
    try:
        yield url_of(listener)
    finally:
        server.told.set()
        await running
        listener.close()
