"""Live events in other systems' words, for `/ws?words=legacy`."""

from typing import Any

from frontdesk.desk.errors import NotFound
from frontdesk.domain.live import LiveType, Numbered
from frontdesk.kit.clock import SECOND
from frontdesk.web.api import accounts
from frontdesk.web.api.deps import chat_line, message_line
from frontdesk.web.api.shapes import chat_shape, message_shape
from frontdesk.web.auth import Caller
from frontdesk.web.rooms import Rooms
from frontdesk.web.words.sessions import status_of
from frontdesk.web.words.shapes import FROM_LINES, address_of, file_name, message_id

LEGACY = "legacy"
TYPES = ("whatsapp_status", "qr_code", "new_message", "message_sent")


async def reworded(rooms: Rooms, caller: Caller, event: Numbered) -> dict[str, Any] | None:
    """The event in other words, for this listener; None for what they have no word for, and what is gone meanwhile."""
    payload = event.live.payload
    try:
        match event.live.type:
            case LiveType.ACCOUNT_STATE:
                return {"type": "whatsapp_status", "data": await _status(rooms, caller, payload["account_id"])}
            case LiveType.ACCOUNT_QR:
                return await _code(rooms, caller, payload["account_id"])
            case LiveType.MESSAGE_ADDED if payload["author"] in FROM_LINES:
                return {"type": "new_message", "data": await _message(rooms, payload["id"])}
            case LiveType.MESSAGE_STATUS if payload["status"] == "sent":
                return {"type": "message_sent", "data": await _message(rooms, payload["id"])}
            case LiveType.RELOAD:
                return {"type": "reload", "data": {}}
    except NotFound:
        return None
    return None


async def _status(rooms: Rooms, caller: Caller, account_id: str) -> dict[str, Any]:
    line = status_of(await accounts.status(caller, rooms, account_id))
    return {"accountId": account_id, **line.model_dump(exclude_unset=True)}


async def _code(rooms: Rooms, caller: Caller, account_id: str) -> dict[str, Any] | None:
    """The code that waits to be scanned, for those who may see it."""
    line = await accounts.status(caller, rooms, account_id)
    if line.qr_text is None:
        return None
    shown = {"accountId": account_id, "qr": line.qr_text, "qrCode": line.qr, "expiresAt": line.qr_expires_at}
    return {"type": "qr_code", "data": shown}


async def _message(rooms: Rooms, known_as: str) -> dict[str, Any]:
    line = await message_line(rooms, known_as)
    chat = chat_shape(await chat_line(rooms, line.message.chat_id), rooms.clock.now())
    message = message_shape(line)
    return {
        "chatId": address_of(chat),
        "messageId": message_id(message),
        "whatsappId": message.external_id,
        "accountId": message.account_id,
        "body": message.text or "",
        "fromMe": message.direction == "outbound",
        "timestamp": line.message.provider_time // SECOND,
        "type": message.kind,
        "status": message.status,
        "hasMedia": message.media is not None,
        "mediaPath": file_name(message.media),
        "isGroup": chat.is_group,
    }
