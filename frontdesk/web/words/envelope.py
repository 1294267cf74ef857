"""Answers as other systems write them: `{"success": true, ...}`, and errors as `{"success": false, "error": ...}`."""

from typing import Any, Literal

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.web.api.shapes import Shape
from frontdesk.web.problems import MEDIA_TYPE

TAG = "other words"
PLACES = (
    "/api/whatsapp",
    "/api/settings",
    "/api/files",
    "/api/appointments",
    "/api/llm",
    "/sessions",
    "/webhook/whatsapp",
)

_WORDS = {
    400: "The body is not a JSON document.",
    401: "No key, or a wrong one.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "It may not be done as things stand now; `error` says why.",
    413: "The body is too large.",
    422: "What was given cannot be right; `error` says where.",
    429: "Too many requests; `Retry-After` says when to come back.",
    501: "This comes with a later version.",
    503: "The database does not answer; `Retry-After` says when to come back.",
}
_EXAMPLE = {"application/json": {"example": {"success": False, "error": "There is no chat with this id."}}}


class Answer(Shape):
    """The root of what went well."""

    success: Literal[True] = True


class Refused(Shape):
    """What did not; `error` is a sentence."""

    success: Literal[False] = False
    error: str


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of the errors that a route may answer with."""
    return {status: {"description": _WORDS[status], "content": _EXAMPLE} for status in statuses}


REFUSALS = refusals(401, 403, 422, 429, 503)


def is_other(path: str) -> bool:
    """Whether an address is one of other systems."""
    return any(path == place or path.startswith(f"{place}/") for place in PLACES)


class Envelope:
    """The ASGI layer that turns problem details into errors as other systems expect them, at their addresses."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and is_other(scope["path"]):
            send = _Rewording(send)
        await self._inner(scope, receive, send)


class _Rewording:
    """Holds a problem back until it is whole, and sends it on in other words. All else passes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_reworded(self._start)

    async def _send_reworded(self, start: Message) -> None:
        body = orjson.dumps(Refused(error=orjson.loads(self._body)["detail"]).model_dump())
        kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-type", b"content-length")]
        told = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({**start, "headers": [*kept, *told]})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(MEDIA_TYPE.encode()) for name, value in message["headers"]
    )
