"""New chat: writing first to somebody with whom there is no chat yet, and what has to be known before."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.accounts import Account
from frontdesk.desk.beginning import FirstWords
from frontdesk.desk.errors import DeskError
from frontdesk.domain.accounts import State
from frontdesk.domain.operators import in_sight
from frontdesk.kit.ids import new_id
from frontdesk.store import pages
from frontdesk.store.store import Read
from frontdesk.web import sight
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.numbers import local_number
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Visitor, Writer, wants_part
from frontdesk.web.standing import rests, standing

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=65_536)]


@dataclass(frozen=True, slots=True)
class Given:
    """What the form holds."""

    account_id: str = ""
    phone: str = ""
    text: str = ""
    fault: str = ""


@router.get("/new")
async def page(request: Request, visitor: Writer, line: str = "", phone: str = "") -> HTMLResponse:
    """The form, empty, or with the line and the number that a link gives it."""
    return await _page(request, visitor, Given(line[:60], phone[:40]))


@router.get("/new/line")
async def line_note(request: Request, visitor: Writer, account_id: str = "") -> HTMLResponse:
    """What has to be known of the line that was chosen."""
    return await _page(request, visitor, Given(account_id), template="pages/begin_note.html")


@router.post("/new")
async def begin(
    request: Request, visitor: Writer, *, account_id: Field = "", phone: Field = "", text: Words = "", key: Field = ""
) -> Response:
    """Write; the chat is opened then. What stands in the way is said in the form, which keeps what was typed."""
    rooms = rooms_of(request)
    try:
        if fault := local_number(phone):
            return await _again(request, visitor, Given(account_id, phone, text, fault))
        await sight.check(rooms, visitor.sight, "account_id", account_id)
        words = FirstWords(visitor.id, text.strip() or None, idempotency_key=_once(key, text))
        message_id = await rooms.desk.beginning.write_to(account_id, phone, words)
    except DeskError as refused:
        return await _again(request, visitor, Given(account_id, phone, text, refused.sentence))
    async with rooms.store.read() as read:
        found = await pages.message_line(read, message_id)
    path = f"/chats/{found.message.chat_id}" if found is not None else "/"
    if wants_part(request):
        return Response(headers={"HX-Redirect": path})
    return Response(status_code=303, headers={"Location": path})


def _once(key: str, text: str) -> str | None:
    """The same words are sent once however often the button is pressed; others, after going back, are others."""
    return f"{key[:60]}.{hashlib.sha256(text.strip().encode()).hexdigest()[:24]}" if key else None


async def _again(request: Request, visitor: Visitor, given: Given) -> HTMLResponse:
    template = "pages/begin_again.html" if wants_part(request) else "pages/begin.html"
    return await _page(request, visitor, given, template=template)


async def _page(
    request: Request, visitor: Visitor, given: Given, *, template: str = "pages/begin.html"
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        lines = [
            account
            for account in rooms.desk.accounts.all()
            if in_sight(visitor.sight, account.row.id) and not rests(rooms, account.row)
        ]
        chosen = _chosen(lines, given.account_id)
        note = await _note(read, setting, chosen) if chosen is not None else None
    values = {
        "lines": [_line(account) for account in lines],
        "chosen": chosen.row.id if chosen is not None else "",
        "note": note,
        "given": given,
        "key": new_id("key"),
    }
    return answer(template, page_values(request, setting, "inbox") | values)


def _chosen(lines: list[Account], account_id: str) -> Account | None:
    """The line that was asked for; else the first that stands and may write first; else any."""
    ready = [each for each in lines if each.state is State.CONNECTED]
    free = [each for each in ready if not each.channel.capabilities.window]
    asked = [each for each in lines if each.row.id == account_id]
    return next(iter((*asked, *free, *ready, *lines)), None)


def _line(account: Account) -> dict[str, str]:
    row = account.row
    number = f" (+{row.phone})" if row.phone else ""
    down = "" if account.state is State.CONNECTED else ", not connected"
    return {"id": row.id, "word": f"{row.name}{number}{down}"}


async def _note(read: Read, setting: Setting, account: Account) -> dict[str, Any]:
    left = await setting.rooms.desk.care.left(read, account)
    return {
        "down": "" if account.state is State.CONNECTED else standing(setting.rooms, account),
        "window": account.channel.capabilities.window,
        "official": account.channel.capabilities.official,
        "left": left[0] if left is not None else None,
        "most": left[1] if left is not None else None,
    }
