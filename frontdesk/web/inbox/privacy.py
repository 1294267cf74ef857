"""In the panel beside a chat: all that is kept of its person as one file, and the end of it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.store import chats
from frontdesk.web.archives import archive_of
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.visitor import Admin

router = APIRouter(include_in_schema=False, prefix="/inbox")


@router.get("/chats/{chat_id}/export")
async def export(request: Request, visitor: Admin, chat_id: str) -> Response:
    """The archive, as a download."""
    return await archive_of(rooms_of(request), await _person(request, chat_id))


@router.post("/chats/{chat_id}/erase")
async def erase(request: Request, visitor: Admin, chat_id: str) -> Response:
    """Forget the person, and leave the page that is gone."""
    await rooms_of(request).desk.erasing.erase(await _person(request, chat_id), by=visitor.id)
    return Response(status_code=204, headers={"HX-Redirect": "/"})


async def _person(request: Request, chat_id: str) -> str:
    async with rooms_of(request).store.read() as read:
        chat = await chats.by_id(read, chat_id)
    if chat is None:
        raise NotFound("There is no such chat. It may have been erased.")
    if chat.contact_id is None:
        raise Conflict("A group is no person.")
    return chat.contact_id
