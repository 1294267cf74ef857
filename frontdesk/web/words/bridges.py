"""Where bridges post what happens on their lines. They prove themselves by the token of the line, not by an API key."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from frontdesk.channels.base import NotADocument, TakesCallbacks, WhichLine
from frontdesk.desk.errors import Invalid
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.web.auth import RoomsOf, same_origin, unauthorised
from frontdesk.web.phone_door import at_this_machine
from frontdesk.web.rooms import Rooms
from frontdesk.web.words.envelope import TAG, Answer, refusals

LIMIT = 24 * 1024 * 1024  # bytes of a callback, with the content of a file in it

_STRANGE = (
    "No line takes this callback. Send the token of the line in X-Bridge-Token; without one, callbacks are taken in "
    "development from this machine only."
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "event": "new_message",
                    "data": {
                        "id": "false_447700900123@c.us_3EB0A9C1",
                        "chatId": "447700900123@c.us",
                        "body": "Are you open on Sunday?",
                        "timestamp": 1795000000,
                        "fromMe": False,
                        "hasMedia": False,
                        "type": "chat",
                    },
                    "timestamp": 1795000000000,
                },
            }
        },
    },
    "parameters": [
        {
            "name": "X-Bridge-Token",
            "in": "header",
            "schema": {"type": "string"},
            "description": "The token of the line; `Authorization: Bearer` does too.",
        }
    ],
}

router = APIRouter(tags=[TAG], responses=refusals(400, 413))


def _believed(request: Request, rooms: RoomsOf) -> tuple[TakesCallbacks, tuple[Line, ...]]:
    """The channel and the lines of which this may be, known before a byte of the body is read.

    Raises:
        HTTPException: 401, there are none.
    """
    near = not rooms.settings.production and at_this_machine(request) and same_origin(request)
    for name, channel in rooms.channels.items():
        known = rooms.desk.accounts.lines(name) if isinstance(channel, TakesCallbacks) else ()
        if isinstance(channel, TakesCallbacks) and (lines := channel.believes(request.headers, known, near=near)):
            return channel, lines
    raise unauthorised(_STRANGE)


Believed = Annotated[tuple[TakesCallbacks, tuple[Line, ...]], Depends(_believed)]


@router.post("/api/whatsapp/callback", summary="What a bridge tells of its line", openapi_extra=_BODY)
async def callback(request: Request, rooms: RoomsOf, believed: Believed) -> Answer:
    """Events such as `new_message`, `qr_code`, `ready`, `disconnected`. The answer means: it is stored."""
    return await _take(request, rooms, believed)


@router.post("/webhook/whatsapp/message", summary="A message that a bridge received", openapi_extra=_BODY)
async def message(request: Request, rooms: RoomsOf, believed: Believed) -> Answer:
    """As `/api/whatsapp/callback`; a message may also stand here bare, without `event` and `data`."""
    return await _take(request, rooms, believed)


async def _take(request: Request, rooms: Rooms, believed: tuple[TakesCallbacks, tuple[Line, ...]]) -> Answer:
    channel, lines = believed
    try:
        told = await channel.take_callback(await _body(request), lines)
    except NotADocument as damaged:
        raise HTTPException(400, damaged.sentence) from damaged
    except WhichLine as unclear:
        raise Invalid(unclear.sentence) from unclear
    for account_id, followed in told:
        for what in followed:
            await _store(rooms, account_id, what)
    return Answer()


async def _store(rooms: Rooms, account_id: str, what: LineState | Delivery) -> None:
    if isinstance(what, LineState):
        await rooms.desk.accounts.report(account_id, what)
    elif (account := rooms.desk.accounts.find(account_id)) is not None:
        await rooms.desk.intake.deliver(account, what)


async def _body(request: Request) -> bytes:
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        if len(gathered) > LIMIT:
            raise HTTPException(413, f"A callback may have {LIMIT // 2**20} MB at most.")
    return bytes(gathered)
