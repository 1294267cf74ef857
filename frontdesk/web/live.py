"""Live events, numbered, for whoever listens: `/ws` as WebSocket, `/api/v1/events` as Server-Sent Events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, WebSocket, WebSocketDisconnect
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from frontdesk.domain.live import Numbered
from frontdesk.domain.operators import Scope
from frontdesk.events.base import Subscription
from frontdesk.events.listening import REMEMBERED
from frontdesk.kit.clock import SECOND, to_iso
from frontdesk.web.api.deps import problems
from frontdesk.web.auth import Caller, Reader, RoomsOf, caller_of, rooms_of, same_origin, still_may
from frontdesk.web.rooms import Rooms
from frontdesk.web.sight import Places
from frontdesk.web.words.events import LEGACY, reworded

PING = 15 * SECOND  # between two comments of a quiet stream, and between two looks at who listens
GOING_AWAY = 1001  # WebSocket close codes
NOT_ALLOWED = 1008
TRY_AGAIN = 1013
SIGNED_OUT = 4401
_WORDS = {
    GOING_AWAY: "This process ends. Connect again behind the last event.",
    SIGNED_OUT: "Sign in again, or send another API key.",
    TRY_AGAIN: "Come back in a moment.",
}
RETRY = 1_000  # milliseconds after which a browser comes back to a stream that ended

_log = logging.getLogger(__name__)
router = APIRouter(tags=["live"])


class Said:
    """The newest events as they go out: one that hundreds listen to is put into words once."""

    def __init__(self) -> None:
        self._newest: dict[int, tuple[Numbered, bytes]] = {}

    def __call__(self, event: Numbered) -> bytes:
        """The event as JSON."""
        known = self._newest.get(event.id)
        if known is not None and known[0] is event:  # numbers may begin anew
            return known[1]
        said = orjson.dumps(as_json(event))
        self._newest[event.id] = event, said
        if len(self._newest) > REMEMBERED:
            del self._newest[next(iter(self._newest))]
        return said


def as_json(event: Numbered) -> dict[str, Any]:
    """An event as it goes out."""
    return {"id": event.id, "type": event.live.type.value, "at": to_iso(event.at), "payload": event.live.payload}


@router.websocket("/ws")
async def listen(socket: WebSocket) -> None:
    """Send events until the client goes. `?after=` catches up behind an event, `?words=legacy` says them otherwise."""
    caller = await _allowed(socket)
    if caller is None:
        await socket.close(NOT_ALLOWED, "Send an API key as ?api_key=, or sign in.")
        return
    subscription = rooms_of(socket).bus.subscribe(_number(socket.query_params.get("after")))
    try:
        await socket.accept()  # who is let in already hears
    except BaseException:
        subscription.close()
        raise
    sending = asyncio.create_task(_send(socket, subscription, caller))
    hearing = asyncio.create_task(_hear(socket))
    ending = asyncio.create_task(_ending(rooms_of(socket), caller))
    tasks = (sending, hearing, ending)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        subscription.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    code = GOING_AWAY if ending.cancelled() else ending.result()
    with suppress(RuntimeError, OSError, WebSocketDisconnect):  # the client is gone already
        await socket.close(code, _WORDS.get(code))


@router.get("/ws", include_in_schema=False)
async def no_socket() -> None:
    """Says what is here to who asks without a WebSocket.

    Raises:
        HTTPException: always.
    """
    raise HTTPException(
        426,
        "This is a WebSocket: open it with one, as ws:// or wss://. For plain HTTP, listen to /api/v1/events.",
        {"Upgrade": "websocket", "Connection": "Upgrade"},
    )


async def _ending(rooms: Rooms, caller: Caller) -> int:
    """Wait until the caller may listen no longer, or has other rights, to come back with; the code to close with.

    What ends is told, at once in this process and soon in others. What runs out is found by looking.
    """
    with rooms.desk.operators.rights.watching() as told:
        try:
            while await still_may(rooms, caller, as_before=True):
                await _first(told.wait(), rooms.clock.sleep(PING))
                told.clear()
            return TRY_AGAIN if await still_may(rooms, caller) else SIGNED_OUT
        except Exception:  # who cannot be asked for is let go, and is asked for when coming back
            _log.exception("it could not be looked up whether a listener still may")
            return TRY_AGAIN


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _allowed(socket: WebSocket) -> Caller | None:
    try:
        caller = await caller_of(socket)
    except HTTPException:
        return None
    if caller is None or not caller.may(Scope.READ):
        return None
    return caller if caller.token is None or same_origin(socket) else None


async def _send(socket: WebSocket, subscription: Subscription, caller: Caller) -> None:
    legacy, rooms, told = socket.query_params.get("words") == LEGACY, rooms_of(socket), _said(socket)
    async for event in subscription:
        if not await _places(socket).tells(caller.sight, event.live, operator_id=caller.operator_id):
            continue
        if not legacy:
            await socket.send_text(told(event).decode())
        elif (said := await reworded(rooms, caller, event)) is not None:
            await socket.send_text(orjson.dumps(said).decode())


async def _hear(socket: WebSocket) -> None:
    """Answer pings, in text or in bytes, until the client goes; all else that it says is let pass."""
    while (message := await socket.receive())["type"] == "websocket.receive":
        if message.get("text") == "ping" or message.get("bytes") == b"ping":
            await socket.send_text('{"type":"pong"}')


@router.get(
    "/api/v1/events",
    summary="Listen to live events (SSE)",
    response_class=StreamingResponse,
    responses={
        **problems(401, 403, 429),
        200: {"content": {"text/event-stream": {"example": "id: 1795000000001\nevent: message.added\ndata: {...}"}}},
    },
)
async def events(
    *,
    request: Request,
    caller: Reader,
    rooms: RoomsOf,
    last_event_id: Annotated[str | None, Header(description="Catch up behind this event.")] = None,
    after: Annotated[int | None, Query(description="The same, for those who cannot set a header.")] = None,
) -> StreamingResponse:
    """Events as they happen, numbered. `reload` means that some were missed: read the whole again."""
    subscription = rooms.bus.subscribe(_number(last_event_id) if last_event_id else after)
    return StreamingResponse(
        _stream(subscription, request, caller),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(subscription: Subscription, request: Request, caller: Caller) -> AsyncIterator[bytes]:
    """The events, and a comment whenever there was none for a while, so that nobody between us hangs up."""
    rooms, places, said = rooms_of(request), _places(request), _said(request)
    source = aiter(subscription)
    coming = asyncio.ensure_future(anext(source, None))
    ending = asyncio.ensure_future(_ending(rooms, caller))
    try:
        yield b": welcome\nretry: %d\n\n" % RETRY
        while True:
            pause = asyncio.ensure_future(rooms.clock.sleep(PING))
            done, _ = await asyncio.wait({coming, ending, pause}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()
            if ending in done:
                return
            if coming not in done:
                yield b": ping\n\n"
                continue
            event = coming.result()
            if event is None:
                return
            if await places.tells(caller.sight, event.live, operator_id=caller.operator_id):
                yield _sse(event, said(event))
            coming = asyncio.ensure_future(anext(source, None))
    finally:
        subscription.close()
        coming.cancel()
        ending.cancel()


def _places(connection: HTTPConnection) -> Places:
    places = connection.app.state.places
    assert isinstance(places, Places)
    return places


def _said(connection: HTTPConnection) -> Said:
    said = connection.app.state.said
    assert isinstance(said, Said)
    return said


def _sse(event: Numbered, said: bytes) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.id, event.live.type.encode(), said)


def _number(text: str | None) -> int | None:
    """The number of an event. What is none counts as one that is long past, so that the listener reloads."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
