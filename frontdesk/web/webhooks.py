"""The door of arrivals: raw bytes are verified, read, stored, and only then answered. The hottest path of the house.

It is answered before routing and middleware, and keeps to what each arrival needs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from frontdesk.channels.base import MissingChallenge, NotADocument, ReceivesWebhooks
from frontdesk.desk.errors import Forbidden
from frontdesk.domain.wire import Delivery, Line
from frontdesk.web.api.deps import problems
from frontdesk.web.metrics import Metrics
from frontdesk.web.rooms import Rooms

LIMIT = 3 * 1024 * 1024  # bytes; Meta promises to stay below

_WORD = re.compile(rb'"([!#-~]{1,64})(?=")')  # what may be the id of a line, in JSON
_RECEIVED = b'{"status":"received"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_RECEIVED)).encode())]
_START: Message = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
_BODY: Message = {"type": "http.response.body", "body": _RECEIVED}


@dataclass(frozen=True, slots=True)
class _Door:
    name: str
    channel: ReceivesWebhooks


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What was in a body, and the accounts for which it is authentic."""

    door: _Door
    deliveries: Sequence[Delivery]
    allowed: frozenset[str]


class Webhooks:
    """Answers `POST /webhook` and `GET /webhook` for every channel whose events come by HTTP."""

    def __init__(self, rooms: Rooms, metrics: Metrics) -> None:
        self._rooms = rooms
        self._metrics = metrics
        self._doors = tuple(
            _Door(name, channel) for name, channel in rooms.channels.items() if isinstance(channel, ReceivesWebhooks)
        )
        # In production no line believes a webhook without a signature, whatever its options say: (all, those that sign)
        self._signed: dict[str, tuple[tuple[Line, ...], tuple[Line, ...]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one arrival. 200 means: it is on disk."""
        began = perf_counter()
        try:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            await self._take(await _body(headers, receive), headers)
        except Exception as error:
            self._metrics.refused(error)
            raise
        self._metrics.stored(perf_counter() - began)
        await send(_START)
        await send(_BODY)

    async def _take(self, body: bytes, headers: Mapping[str, str]) -> None:
        arrival = self._open(body, headers)
        # A line may have been added, or given another secret, in another process a moment ago.
        if self._is_strange(arrival) and await self._rooms.desk.following.caught_up():
            arrival = self._open(body, headers)
        if arrival is not None:
            await self._receive(arrival)
            await self._believed(arrival)
            return
        await self._doubted(body)
        known = any(self._lines(door) for door in self._doors)
        if known or not self._doors or self._rooms.settings.production:
            raise Forbidden(_unsigned(known))
        await self._receive(_read(self._doors[0], body, frozenset()))

    def _open(self, body: bytes, headers: Mapping[str, str]) -> _Arrival | None:
        """The deliveries in the body, by the channel that holds it for authentic; None where none does."""
        for door in self._doors:
            lines = self._lines(door)
            if allowed := door.channel.verify(body, headers, lines) if lines else None:
                return _read(door, body, allowed)
        return None

    def _is_strange(self, arrival: _Arrival | None) -> bool:
        """Whether it is not authentic, or speaks of a line that is not known."""
        if arrival is None:
            return True
        by_ref, channel = self._rooms.desk.accounts.by_ref, arrival.door.name
        return any(one.line_ref and by_ref(channel, one.line_ref) is None for one in arrival.deliveries)

    def _lines(self, door: _Door) -> tuple[Line, ...]:
        """The lines of a channel; the same value as long as nothing of them changes. There may be thousands."""
        lines = self._rooms.desk.accounts.lines(door.name)
        if not self._rooms.settings.production:
            return lines
        given, signed = self._signed.get(door.name, ((), ()))
        if given is not lines:
            signed = tuple(line for line in lines if not getattr(line.options, "accepts_unsigned", False))
            self._signed[door.name] = (lines, signed)
        return signed

    async def _receive(self, arrival: _Arrival) -> None:
        await self._rooms.desk.intake.receive(arrival.door.name, arrival.deliveries, allowed=arrival.allowed)

    async def _believed(self, arrival: _Arrival) -> None:
        signatures, by_ref = self._rooms.desk.signatures, self._rooms.desk.accounts.by_ref
        for delivery in arrival.deliveries:
            account = by_ref(arrival.door.name, delivery.line_ref) if delivery.line_ref else None
            if account is not None and account.row.id in arrival.allowed and signatures.is_news(account.row.id):
                await signatures.fits(account.row.id)

    async def _doubted(self, body: bytes) -> None:
        """Who knows the id of a line and signs wrongly is perhaps Meta, and the secret here is the wrong one."""
        words = {word.decode() for word in _WORD.findall(body)}
        for door in self._doors:
            for word in words:
                account = self._rooms.desk.accounts.by_ref(door.name, word)
                if account is not None:
                    await self._rooms.desk.signatures.refused(account.row.id)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """What the first channel that knows the word answers to a verification; None when none does."""
        for door in self._doors:
            answer = door.channel.challenge(query, self._rooms.desk.accounts.lines(door.name))
            if answer is not None:
                return answer
        return None


def _read(door: _Door, body: bytes, allowed: frozenset[str]) -> _Arrival:
    try:
        return _Arrival(door, door.channel.parse(body), allowed)
    except NotADocument as damaged:
        raise HTTPException(400, damaged.sentence) from damaged


def _unsigned(known: bool) -> str:
    if known:
        return "The signature does not fit. Check that the app secret here is the one of the app that sends."
    return "No line takes webhooks here. Add a line first; in production nothing is accepted without one."


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """The whole body, refused as soon as it is known to be too large."""
    promised = headers.get("content-length", "")
    if promised.isdecimal() and int(promised) > LIMIT:
        raise _too_large()
    message = await receive()
    if not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        if len(whole) > LIMIT:
            raise _too_large()
        return whole
    gathered = bytearray(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        gathered += message.get("body", b"")
        if len(gathered) > LIMIT:
            raise _too_large()
    if message["type"] == "http.disconnect":
        raise HTTPException(400, "The connection ended before the body did.")
    return bytes(gathered)


def _too_large() -> HTTPException:
    return HTTPException(413, "A webhook's body may have at most 3 MB.")


def router(webhooks: Webhooks) -> APIRouter:
    """The routes, for the documentation; `POST` is answered by the short cut of the frame."""
    routes = APIRouter(tags=["webhook"])

    @routes.get(
        "/webhook",
        summary="Answer the verification of a webhook",
        response_class=PlainTextResponse,
        responses=_problems({400: "There is no `hub.challenge`.", 403: "The verify token does not fit."}),
    )
    async def verify(request: Request) -> Response:
        """Give back `hub.challenge` when `hub.verify_token` is the word of one of the lines; else 403.

        Without a `hub.challenge` there is nothing to give back: 400.
        """
        try:
            answer = webhooks.challenge(request.query_params)
        except MissingChallenge as incomplete:
            raise HTTPException(400, incomplete.sentence) from incomplete
        if answer is None:
            raise Forbidden("The verify token does not fit. Give Meta the VERIFY_TOKEN that is set here.")
        return PlainTextResponse(answer)

    @routes.post(
        "/webhook",
        summary="Take what a line reports",
        responses=_problems(_REFUSALS) | problems(413, 503),
        openapi_extra=_POST,
    )
    async def take(request: Request) -> Response:
        """Store everything in the body, then answer. A body whose signature does not fit is refused with 403."""
        raise HTTPException(500, f"{request.url.path} is answered by the frame.")

    return routes


def _problems(words: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    return {status: problems(status)[status] | {"description": said} for status, said in words.items()}


_REFUSALS = {
    400: "The body is not a JSON document, or did not come whole.",
    403: "The signature does not fit, or no line takes webhooks.",
}
_POST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "object": "whatsapp_business_account",
                    "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {}}]}],
                },
            }
        },
    },
    "parameters": [
        {
            "name": "X-Hub-Signature-256",
            "in": "header",
            "schema": {"type": "string"},
            "description": "`sha256=` and the HMAC of the raw body under the app secret.",
        }
    ],
    "responses": {
        "200": {
            "description": "Stored.",
            "content": {"application/json": {"example": {"status": "received"}}},
        }
    },
}
