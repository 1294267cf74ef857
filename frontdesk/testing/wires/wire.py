"""What all local vendors share: reading a request, recording it, and doing the next step of the script."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from frontdesk.testing.wires.script import Broken, Drop, Empty, Fault, Hold, Reply, Step

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sent."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Wire:
    """An ASGI program that plays a script. `requests` keeps what was asked; `steps` may be changed at any time."""

    content_type: ClassVar[str] = "application/json"

    def __init__(self, *steps: Step, key: str | None = None, model: str | None = None) -> None:
        """`key` and `model`: refuse all others as the vendor does."""
        self.steps: list[Step] = list(steps) or [Reply("ok")]
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._key, self._model, self._at_once, self._done = key, model, 0, 0

    def play(self, *steps: Step) -> None:
        """Start a new script."""
        self.steps, self._done = list(steps), 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        body = await _read(receive)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        request = Request(scope["path"], headers, json.loads(body or b"{}"))
        self.requests.append(request)
        refusal = self._refusal(request)
        step = refusal or self.steps[min(self._done, len(self.steps) - 1)]
        self._done += 0 if refusal else 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._do(step, request, receive, send)
        finally:
            self._at_once -= 1

    def knows_path(self, path: str) -> bool:
        """Whether the vendor has that path."""
        raise NotImplementedError

    def key_of(self, request: Request) -> str:
        """The key that the request carries."""
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def model_of(self, request: Request) -> str:
        """The model that the request asks for."""
        return str(request.body.get("model", ""))

    def answer(self, reply: Reply, request: Request) -> bytes:
        """A reply as the vendor writes it."""
        raise NotImplementedError

    def empty(self, request: Request) -> bytes:
        """A 200 with nothing to say."""
        return self.answer(Reply(), request)

    def error(self, fault: Fault) -> bytes:
        """An error as the vendor writes it."""
        raise NotImplementedError

    def _refusal(self, request: Request) -> Fault | None:
        if not self.knows_path(request.path):
            return Fault(404)
        if self._key is not None and self.key_of(request) != self._key:
            return Fault(401, word="invalid_api_key")
        if self._model is not None and self.model_of(request) != self._model:
            return Fault(404, word="model_not_found")
        return None

    async def _do(self, step: Step, request: Request, receive: Receive, send: Send) -> None:
        if isinstance(step, Hold):
            if not await _released(step.release, receive):
                return
            step = step.reply
        if isinstance(step, Fault):
            extra = {} if step.retry_after is None else {"retry-after": f"{step.retry_after:g}"}
            await _respond(send, step.status, self.error(step), {"content-type": "application/json", **extra})
            return
        body = b'{"choices": [{"mess' if isinstance(step, Broken) else b""
        if isinstance(step, Reply | Drop):
            body = self.answer(step if isinstance(step, Reply) else Reply("half of it"), request)
        elif isinstance(step, Empty):
            body = self.empty(request)
        length = {"content-length": str(len(body) + 64)} if isinstance(step, Drop) else {}
        await _respond(send, 200, body, {"content-type": self.content_type, **length})


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        body += bytes(event.get("body", b""))
        if not event.get("more_body"):
            return body


async def _released(release: asyncio.Event, receive: Receive) -> bool:
    """Wait for the release; False when the client went away before."""
    waiting, leaving = asyncio.ensure_future(release.wait()), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        return bool(release.is_set())
    finally:
        waiting.cancel()
        leaving.cancel()


async def _respond(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
