"""What lies around every answer: the hot path's short cut, safe headers, limits on bodies, the net for errors."""

import asyncio
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.web.problems import RETRY_AFTER, ErrorPage, for_people, problem, status_of

LIMIT = 1024 * 1024  # bytes of an API body
UPLOAD_LIMIT = 101 * 1024 * 1024  # Meta takes documents up to 100 MB; the rest is the form around them
LINGER_LIMIT = 16 * 1024 * 1024  # bytes that are still taken, and thrown away, after an early answer
LINGER = 5.0  # seconds in which they may come
# Paths that take files; those of bridges have a limit of their own.
UPLOADS = re.compile(
    r"/api/v1/media|/inbox/chats/[^/]+/messages|/(phone|simulator)/.*|/api/whatsapp/callback|/webhook/whatsapp/message"
)

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SAFE_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"content-security-policy": CONTENT_POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(self), payment=()",
}
# Addresses that are secrets themselves: whoever reads the log could open them.
_SECRET = re.compile(r"^(/(?:link|appointment|calendar)/)[\w.-]{30,}")

_NUL = quote(keepable("\0")).encode()
_log = logging.getLogger(__name__)


class Frame:
    """The outermost ASGI layer. `short_cuts` answer by (method, path) before anything else is asked."""

    def __init__(self, inner: ASGIApp, short_cuts: Mapping[tuple[str, str], ASGIApp]) -> None:
        self._inner = inner
        self._short_cuts = {place: Net(short_cut) for place, short_cut in short_cuts.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        _make_keepable(scope)

        if _closes(scope):
            lingering = _Lingering(receive, send)
            receive, send = lingering.receive, lingering.send

        async def send_safely(message: Message) -> None:
            await send(_with_safe_headers(message) if message["type"] == "http.response.start" else message)

        short_cut = self._short_cuts.get((scope["method"], scope["path"]))
        if short_cut is not None:
            await short_cut(scope, receive, send_safely)
        else:
            await self._inner(scope, _Limited(scope, receive), send_safely)


def _closes(scope: Scope) -> bool:
    """Whether the connection ends with the answer."""
    told = [value.lower() for name, value in scope["headers"] if name == b"connection"]
    if scope.get("http_version") == "1.0":
        return not any(b"keep-alive" in value for value in told)
    return any(b"close" in value for value in told)


class _Lingering:
    """An answer on a connection that ends with it. What is left of the body is taken first, and thrown away.

    To close while a client still sends is to reset the connection, and the client never reads why it was refused.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._more = True  # of the body may come

    async def receive(self) -> Message:
        """The next part of the request."""
        message = await self._receive()
        self._more = message["type"] == "http.request" and bool(message.get("more_body"))
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, and before its end take what the client still sends."""
        if message["type"] != "http.response.body" or message.get("more_body") or not self._more:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await self._drain()
        await self._send({"type": "http.response.body", "body": b""})

    async def _drain(self) -> None:
        taken = 0
        while self._more and taken < LINGER_LIMIT:
            taken += len((await self.receive()).get("body", b""))


def _make_keepable(scope: Scope) -> None:
    """What is looked up is written as what is kept: a NUL in the address becomes the sign that stands for it."""
    if "\0" in scope["path"]:
        scope["path"] = keepable(scope["path"])
    if b"%00" in scope["query_string"]:
        scope["query_string"] = scope["query_string"].replace(b"%00", _NUL)


def _with_safe_headers(message: Message) -> Message:
    headers = list(message.get("headers", ()))
    there = {name for name, _ in headers}
    headers += [header for header in SAFE_HEADERS.items() if header[0] not in there]
    return {**message, "headers": headers}


class Net:
    """Catches what falls through everything else, and answers with a problem, or with `page` for people."""

    def __init__(self, inner: ASGIApp, page: ErrorPage | None = None) -> None:
        self._inner = inner
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._inner(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            answer = await self._answer(error, Request(scope))
            await answer(scope, receive, send)

    async def _answer(self, error: Exception, request: Request) -> Response:
        status, sentence, headers = _told(error, request.url.path)
        if self._page is not None and for_people(request):
            return await self._page(request, status, sentence)
        return problem(request, status, sentence, headers=headers)


def _told(error: Exception, path: str) -> tuple[int, str, Mapping[str, str] | None]:
    if isinstance(error, HTTPException):
        return error.status_code, error.detail, error.headers
    if isinstance(error, FrontdeskError):
        status = status_of(error)
        return status, error.sentence, {"Retry-After": RETRY_AFTER} if status == 503 else None
    reference = new_id("err")
    _log.error("a request failed", exc_info=error, extra={"reference": reference, "path": _SECRET.sub(r"\1…", path)})
    return 500, f"Something went wrong here. It is in the log under {reference}.", None


class _Limited:
    """Refuses a body as soon as it is known to be too large."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._limit = UPLOAD_LIMIT if UPLOADS.fullmatch(scope["path"]) else LIMIT
        self._left = self._limit

    async def __call__(self) -> Message:
        """The next part of the request.

        Raises:
            HTTPException: it is too much.
        """
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, f"The body is too large: {self._limit // 1024**2} MB are allowed here.")
        return message
