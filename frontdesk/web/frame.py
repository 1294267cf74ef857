"""What lies around every answer: the hot path's short cut, safe headers, limits on bodies, the net for errors."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.ids import new_id
from frontdesk.web.problems import MEDIA_TYPE, RETRY_AFTER, body, status_of

LIMIT = 1024 * 1024  # bytes of an API body
UPLOAD_LIMIT = 101 * 1024 * 1024  # Meta takes documents up to 100 MB; the rest is the form around them
UPLOADS = ("/api/v1/media", "/inbox/", "/phone/", "/simulator/")  # paths that take files

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

ShortCut = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)


class Frame:
    """The outermost ASGI layer. `short_cuts` answer by (method, path) before anything else is asked."""

    def __init__(self, inner: ASGIApp, short_cuts: Mapping[tuple[str, str], ShortCut]) -> None:
        self._inner = inner
        self._short_cuts = short_cuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        short_cut = self._short_cuts.get((scope["method"], scope["path"]))
        answer = _Answer(scope, send)
        try:
            if short_cut is not None:
                await short_cut(scope, receive, answer.send)
            else:
                await self._inner(scope, _Limited(scope, receive), answer.send)
        except FrontdeskError as error:
            await answer.fail(status_of(error), error.sentence)
        except HTTPException as error:
            await answer.fail(error.status_code, error.detail)
        except Exception:
            reference = new_id("err")
            _log.exception("A request failed", extra={"reference": reference, "path": scope["path"]})
            await answer.fail(500, f"Something went wrong here. It is in the log under {reference}.")


class _Answer:
    """Adds the safe headers to an answer, unless it brings its own."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._begun = False

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self._begun = True
            headers = list(message.get("headers", ()))
            there = {name for name, _ in headers}
            headers += [header for header in SAFE_HEADERS.items() if header[0] not in there]
            message = {**message, "headers": headers}
        await self._send(message)

    async def fail(self, status: int, detail: str) -> None:
        """Answer with a problem; when an answer had begun, nothing can be said any more and the connection ends."""
        if self._begun:
            raise ConnectionAbortedError(HTTPStatus(status).phrase)
        content = body(status, detail, instance=self._scope["path"])
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(content)).encode())]
        if status == 503:
            headers.append((b"retry-after", RETRY_AFTER.encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})


class _Limited:
    """Refuses a body as soon as it is known to be too large."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._left = UPLOAD_LIMIT if scope["path"].startswith(UPLOADS) else LIMIT

    async def __call__(self) -> Message:
        """The next part of the request.

        Raises:
            HTTPException: it is too much.
        """
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, "The body is too large.")
        return message
