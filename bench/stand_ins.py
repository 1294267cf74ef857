"""Local servers at the other end of Frontdesk: the Graph API, and a model that speaks OpenAI's protocol.

Both run in the process that measures, so that one clock counts both ends. They are as small as they can be, so that
what is measured is Frontdesk.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from bench import bodies

TAG = re.compile(r"#(\d{6})\b")
Serve = Callable[[str, str, bytes], tuple[float, dict[str, Any]]]  # method, path, body -> seconds to wait, answer


@dataclass(frozen=True)
class Call:
    """One message that reached the Graph API. `at` is of `time.perf_counter`."""

    at: float
    to: str
    text: str
    our_id: str
    external_id: str


@dataclass
class Graph:
    """Takes every message at once and remembers it. Mark-as-read and questions about the number are answered too."""

    calls: list[Call] = field(default_factory=list)
    told: Callable[[Call], None] | None = None
    answered: set[str] = field(default_factory=set)  # the tags of all answers
    _wanted: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def serve(self, method: str, path: str, body: bytes) -> tuple[float, dict[str, Any]]:
        """Answer one request."""
        at = time.perf_counter()
        if method != "POST" or not path.endswith("/messages"):
            return 0.0, {"id": bodies.PHONE_NUMBER_ID, "display_phone_number": bodies.BUSINESS_PHONE}
        asked = json.loads(body)
        if asked.get("status") == "read":
            return 0.0, {"success": True}
        call = Call(
            at=at,
            to=str(asked.get("to") or asked.get("recipient")),
            text=str(asked.get("text", {}).get("body", "")),
            our_id=str(asked.get("biz_opaque_callback_data", "")),
            external_id=f"wamid.OUT{next(self._numbers):012d}{time.time_ns():x}",
        )
        self.calls.append(call)
        self.answered.update(TAG.findall(call.text))
        if len(self.answered) >= self._wanted:
            self._reached.set()
        if self.told:
            self.told(call)
        contact = {"input": call.to, "wa_id": call.to.lstrip("+")}
        return 0.0, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": call.external_id}]}

    async def until_answered(self, count: int, *, within: float) -> bool:
        """Wait until that many tagged messages were answered; False when it took too long."""
        self._wanted = count
        self._reached.clear()
        if len(self.answered) >= count:
            return True
        try:
            async with asyncio.timeout(within):
                return await self._reached.wait()
        except TimeoutError:
            return False

    def tags(self) -> dict[str, list[Call]]:
        """The calls that answered each tagged message."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            for tag in TAG.findall(call.text):
                found.setdefault(tag, []).append(call)
        return found


@dataclass
class Model:
    """Answers with the tags of the messages that nobody answered yet, after `delay` seconds."""

    delay: float = 0.0
    asked: int = 0

    def serve(self, method: str, path: str, body: bytes) -> tuple[float, dict[str, Any]]:
        """Answer one request."""
        if method != "POST":
            return 0.0, {"object": "list", "data": []}
        self.asked += 1
        said = json.loads(body).get("messages", [])
        fresh = list(itertools.takewhile(lambda message: message.get("role") == "user", reversed(said)))
        tags = sorted({tag for message in fresh for tag in TAG.findall(json.dumps(message.get("content")))})
        text = "Noted: " + ", ".join(f"#{tag}" for tag in tags) + "."
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "instant", "choices": [choice]}
        return self.delay, {**answer, "usage": usage}


class _Connection(asyncio.Protocol):
    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            length = re.search(r"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end + 4 : whole], self._received[whole:]
            method, path, _ = head.split(" ", 2)
            wait, answer = self._serve(method, path.partition("?")[0], body)
            if wait:
                asyncio.get_running_loop().call_later(wait, self._answer, answer)
            else:
                self._answer(answer)

    def _answer(self, answer: dict[str, Any]) -> None:
        raw = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        if not self._transport.is_closing():
            self._transport.write(head.encode() + raw)


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """Serve on a free port; gives the base URL."""
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(serve), "127.0.0.1", 0, backlog=4096)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
