"""A load generator in a process of its own: raw sockets, requests made beforehand, nothing done twice.

    python -m bench.loadgen --url http://127.0.0.1:8000/webhook --seconds 5
    python -m bench.loadgen --url http://127.0.0.1:8000/webhook --seconds 5 --rate 3000
    python -m bench.loadgen --url http://127.0.0.1:8000/webhook --port 8001 --seconds 5    half to each

Without `--rate` each connection sends its next request as soon as it has an answer. With it, requests are due at
fixed moments, and latency counts from the moment at which a request was due, whether a connection was free or not.
Prints one line of JSON.
"""

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench import bodies


@dataclass
class Tally:
    """What was measured. Latencies are seconds."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0  # answers other than 200
    first_refusal: str = ""


@dataclass(frozen=True)
class Result:
    """One run, as it is printed. Latencies are milliseconds."""

    count: int
    seconds: float
    rate: float
    p50: float
    p90: float
    p99: float
    worst: float
    refused: int
    first_refusal: str


class Connection(asyncio.Protocol):
    """One kept-open connection with at most one request on its way."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._transport: asyncio.Transport
        self._answer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for a request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses of asyncio's

    def send(self, request: bytes, began: float) -> None:
        """Send one request; `began` is the moment from which its latency counts."""
        self._began = began
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect the answer, note it, and ask for the next request."""
        self._answer = self._answer + data if self._answer else data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0 or len(self._answer) < end + 4 + _content_length(self._answer, end):
            return
        answer, self._answer = self._answer, b""
        self._load.answered(self, answer, time.perf_counter() - self._began)

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that closes a connection ends the run."""
        self._load.lost(exc)


def _content_length(answer: bytes, end: int) -> int:
    at = answer.lower().find(b"content-length:", 0, end)
    return int(answer[at + 15 : answer.find(b"\r\n", at)]) if at >= 0 else 0


class Load:
    """Sends prepared requests over several connections for a while."""

    def __init__(self, requests: list[bytes], *, seconds: float, rate: float | None) -> None:
        self.tally = Tally()
        self.began: list[float] = []  # when each request was due, in the order of the requests
        self._requests = iter(requests)
        self._seconds = seconds
        self._rate = rate
        self._free: deque[Connection] = deque()
        self._due: deque[tuple[bytes, float]] = deque()
        self._busy = 0
        self._open = True
        self._end = 0.0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, host: str, port: int, connections: int, *, ports: Sequence[int] = ()) -> float:
        """Send, over connections in turn to `port` and `ports`; gives the seconds from the first to the last answer."""
        loop = asyncio.get_running_loop()
        turns = itertools.islice(itertools.cycle((port, *ports)), connections)
        made = [await loop.create_connection(lambda: Connection(self), host, one) for one in turns]
        self._free.extend(connection for _, connection in made)
        began = time.perf_counter()
        self._end = began + self._seconds
        if self._rate is None:
            for _ in range(connections):
                self._next(self._free.popleft())
        else:
            await self._pace(began, self._rate)
        await self._over
        took = time.perf_counter() - began
        for transport, _ in made:
            transport.abort()
        return took

    async def _pace(self, began: float, rate: float) -> None:
        sent = 0
        while (now := time.perf_counter()) < self._end:
            while sent < (now - began) * rate:
                self.began.append(began + sent / rate)
                self._due.append((next(self._requests), self.began[-1]))
                sent += 1
            while self._due and self._free:
                self._send(self._free.popleft(), *self._due.popleft())
            await asyncio.sleep(0.0005)
        self._open = False
        self._close_when_quiet()

    def _send(self, connection: Connection, request: bytes, began: float) -> None:
        self._busy += 1
        connection.send(request, began)

    def _next(self, connection: Connection) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._end else None
        if request is None:
            self._open = False
            self._close_when_quiet()
        else:
            self._send(connection, request, now)

    def answered(self, connection: Connection, answer: bytes, latency: float) -> None:
        """Note an answer and keep the connection busy."""
        self._busy -= 1
        self.tally.latencies.append(latency)
        if not answer.startswith(b"HTTP/1.1 200"):
            self.tally.refused += 1
            self.tally.first_refusal = self.tally.first_refusal or answer[:300].decode("latin-1")
        if self._rate is None:
            self._next(connection)
        elif self._due:
            self._send(connection, *self._due.popleft())
        else:
            self._free.append(connection)
            self._close_when_quiet()

    def _close_when_quiet(self) -> None:
        if not (self._open or self._busy or self._due or self._over.done()):
            self._over.set_result(None)

    def lost(self, exc: Exception | None) -> None:
        """End with an error when a connection is closed under way."""
        if not self._over.done():
            self._over.set_exception(ConnectionError(f"The server closed a connection: {exc}"))


def summary(tally: Tally, seconds: float) -> Result:
    """The figures of one run."""
    ordered = sorted(tally.latencies)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)

    return Result(
        count=len(ordered),
        seconds=round(seconds, 3),
        rate=round(len(ordered) / seconds, 1),
        p50=at(0.50),
        p90=at(0.90),
        p99=at(0.99),
        worst=at(1.0),
        refused=tally.refused,
        first_refusal=tally.first_refusal,
    )


async def measure(arguments: argparse.Namespace) -> Result:
    """Prepare the requests, send them, and count."""
    parts = urlsplit(arguments.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    count = int(arguments.seconds * (arguments.rate or arguments.at_most)) + arguments.connections + 1
    senders = arguments.senders or max(1, count // 10)
    prepared = [
        bodies.request(bodies.body(text), path=parts.path or "/", host=f"{host}:{port}")
        for text in bodies.texts(count, senders=senders, run=arguments.run)
    ]
    load = Load(prepared, seconds=arguments.seconds, rate=arguments.rate)
    return summary(load.tally, await load.run(host, port, arguments.connections, ports=arguments.port))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--port", type=int, action="append", default=[], help="another server of the same host")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, help="requests per second; as fast as answered when left out")
    parser.add_argument("--at-most", type=float, default=12_000, help="requests per second to prepare without --rate")
    parser.add_argument("--senders", type=int, help="distinct people; by default a tenth of the messages")
    parser.add_argument("--run", default=f"{time.time_ns():x}", help="makes ids of this run unlike those of others")
    json.dump(asdict(uvloop.run(measure(parser.parse_args()))), sys.stdout)
    print()


if __name__ == "__main__":
    main()
