"""Who is who: in the panel beside a chat people put two contacts together, or take an address out."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.errors import NotFound
from frontdesk.domain.addresses import display, parse
from frontdesk.store import pages
from frontdesk.store.pages import ChatFilter
from frontdesk.web import sight
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.cards import card
from frontdesk.web.inbox.context import look_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Writer

SHOWN = 6  # people that a search offers
Id = Annotated[str, Form(max_length=300)]

router = APIRouter(include_in_schema=False, prefix="/inbox")


@router.get("/chats/{chat_id}/same")
async def candidates(
    request: Request, visitor: Writer, chat_id: str, q: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """People on the same line who may be the person of this chat, by name or number."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        line = await pages.chat_line(read, chat_id)
        if line is None:
            raise NotFound("There is no such chat. It may have been erased.")
        wanted = ChatFilter(account=line.chat.account_id, q=q, limit=4 * SHOWN, sight=visitor.sight)
        page = await pages.chat_list(read, wanted) if q.strip() else None
        look = await look_of(rooms, visitor, read)
    found = [one for one in page.items if one.chat.contact_id and one.chat.id != chat_id] if page else []
    shown = [(card(one, look), ", ".join(map(display, one.addresses))) for one in found[:SHOWN]]
    return answer("inbox/same.html", {"found": shown, "q": q.strip(), "chat_id": line.chat.id, "name": line.name})


@router.post("/chats/{chat_id}/same")
async def same(request: Request, visitor: Writer, chat_id: str, other: Id) -> Response:
    """The other chat is with the same person: it goes into this one."""
    await sight.check(rooms_of(request), visitor.sight, "chat_id", other)
    kept = await rooms_of(request).desk.contacts.merge(chat_id, other=other, by=visitor.id)
    return _opened(kept)


@router.post("/chats/{chat_id}/apart")
async def apart(request: Request, visitor: Writer, chat_id: str, address: Id) -> Response:
    """The address is another person's: it gets a chat of its own."""
    await rooms_of(request).desk.contacts.split(chat_id, parse(address), by=visitor.id)
    return _opened(chat_id)


def _opened(chat_id: str) -> Response:
    """The chat from its end, anew: what came or went stands also among older messages than those on the screen."""
    return Response(status_code=204, headers={"HX-Redirect": f"/chats/{chat_id}"})
