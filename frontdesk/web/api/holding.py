"""Operators by phone number, for programs that know nothing but that."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AliasChoices, ConfigDict, Field

from frontdesk.web.api.deps import find_one, message_line, problems, same_message
from frontdesk.web.api.shapes import Given, NoSwitch, Recipient, Shape, TextOrNone
from frontdesk.web.auth import RoomsOf, Writer

router = APIRouter(tags=["operators"], responses=problems(404, 409))

_PHONE = Field(max_length=300, description="A phone number, or another id of the chat.", examples=["+447700900123"])
_ACCOUNT = Field(default=None, description="The account, where several know this person.")


class ByPhone(Given):
    """The person whose chat is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, json_schema_extra={"example": {"phone": "+447700900123"}})

    phone: Recipient = _PHONE
    account: TextOrNone = _ACCOUNT


class TakeOverByPhone(ByPhone):
    """For how long: as in frontdesk.toml when left out, 0 until handed back."""

    minutes: Annotated[float | None, Field(ge=0, le=525_600), NoSwitch] = None
    reason: str | None = Field(default=None, max_length=500)


class OperatorMessage(ByPhone):
    """What to write. The same `messageId` again sends nothing again; `media` is the id of an uploaded file.

    An empty text is the same as none, for both.
    """

    model_config = ConfigDict(
        coerce_numbers_to_str=True,
        populate_by_name=True,
        json_schema_extra={
            "example": {"phone": "+447700900123", "message": "We open at nine.", "messageId": None, "media": None}
        },
    )

    message: str | None = Field(default=None, max_length=65_536)
    message_id: TextOrNone = Field(
        default=None, max_length=200, validation_alias=AliasChoices("messageId", "message_id"), alias="messageId"
    )
    media: TextOrNone = None


class TakenOver(Shape):
    """A person answers now."""

    status: Literal["takeover_complete"] = "takeover_complete"
    chat_id: str


class HandedBack(Shape):
    """The agent may answer again."""

    status: Literal["handback_complete"] = "handback_complete"
    chat_id: str


class Queued(Shape):
    """The message is in the outbox."""

    status: Literal["success"] = "success"
    message: str = "Message queued for processing"
    message_id: str
    chat_id: str


@router.post("/takeover", summary="Take a chat over, by phone number")
async def take_over(caller: Writer, rooms: RoomsOf, who: TakeOverByPhone) -> TakenOver:
    """A person answers from now on."""
    chat = await find_one(rooms, who.phone, sight=caller.sight, account_id=who.account)
    await rooms.desk.holding.take_over(chat.id, by=caller.by, minutes=who.minutes, reason=who.reason)
    return TakenOver(chat_id=chat.id)


@router.post("/handback", summary="Hand a chat back, by phone number")
async def hand_back(caller: Writer, rooms: RoomsOf, who: ByPhone) -> HandedBack:
    """The agent may answer from the next message on."""
    chat = await find_one(rooms, who.phone, sight=caller.sight, account_id=who.account)
    await rooms.desk.holding.hand_back(chat.id, by=caller.by)
    return HandedBack(chat_id=chat.id)


@router.post("/operator-message", summary="Write as an operator, by phone number")
async def operator_message(caller: Writer, rooms: RoomsOf, what: OperatorMessage) -> Queued:
    """409 says why it may not be sent now: the window is closed, or the line is down."""
    chat = await find_one(rooms, what.phone, sight=caller.sight, account_id=what.account)
    message_id = await rooms.desk.outbox.write(
        chat.id,
        by=caller.by,
        text=what.message,
        media_id=what.media,
        idempotency_key=what.message_id,
    )
    if what.message_id is not None:
        same_message(await message_line(rooms, message_id), text=what.message, media_id=what.media)
    return Queued(message_id=message_id, chat_id=chat.id)
