"""A server of the simplest kind of HTTP that can also be as bad as the internet is."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

_LENGTH = re.compile(r"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a question: after so many seconds; or never (`silent`), or cut off instead (`drops`)."""

    body: bytes = b"{}"
    status: int = 200
    kind: str = "application/json"
    after: float = 0.0
    silent: bool = False
    drops: bool = False


Answers = Callable[[str, str, bytes], Reply]  # method, path and body of a question


class Wires:
    """All connections of one server."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._silent: set[asyncio.Transport] = set()

    def release(self) -> None:
        """Cut off whoever waits for an answer that never comes."""
        for transport in list(self._silent):
            transport.abort()
        self._silent.clear()

    def hush(self, transport: asyncio.Transport) -> None:
        """Nothing is said on this connection any more."""
        self._silent.add(transport)

    def gone(self, transport: asyncio.Transport) -> None:
        """The other side went away."""
        self._silent.discard(transport)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port; gives the base URL."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=1024)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.release()
            server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, broken: Exception | None) -> None:
        self._wires.gone(self._transport)

    def data_received(self, more: bytes) -> None:
        self._received += more
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end + 4 : whole], self._received[whole:]
            method, path, _ = head.split(" ", 2)
            self._say(self._wires.answers(method, path.partition("?")[0], body))

    def _say(self, reply: Reply) -> None:
        if reply.silent:
            self._wires.hush(self._transport)
        elif reply.after:
            asyncio.get_running_loop().call_later(reply.after, self._write, reply)
        else:
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        if self._transport.is_closing():
            return
        if reply.drops:
            self._transport.abort()
            return
        head = f"HTTP/1.1 {reply.status} -\r\nContent-Type: {reply.kind}\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        self._transport.write(head.encode() + reply.body)
