"""The page of reminders, and what people do with one: there, or in the panel beside its chat."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.operators import Scope
from frontdesk.domain.reminders import Snooze
from frontdesk.store import reminders as store
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.acts import Toast, again
from frontdesk.web.inbox.context import page_values, setting_of
from frontdesk.web.inbox.reminding import page_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(include_in_schema=False)
What = Annotated[str, Form(max_length=2_000)]
When = Annotated[str, Form(max_length=120)]
Choice = Annotated[str, Form(max_length=20)]


@router.get("/reminders")
async def reminders(request: Request, visitor: Anyone) -> HTMLResponse:
    """What was promised, and what somebody wants to be reminded of."""
    return await _page(request, visitor, "pages/reminders.html")


@router.post("/inbox/chats/{chat_id}/reminders")
async def remind_me(
    request: Request, visitor: Writer, chat_id: str, *, what: What = "", when: When = "", choice: Choice = ""
) -> HTMLResponse:
    """Make one in a chat."""
    desk = rooms_of(request).desk.reminders
    due_at = _moment(rooms_of(request), when, choice)
    await desk.make(chat_id, by=visitor.id, what=what, due_at=due_at)
    return await again(request, visitor, chat_id, Toast("You will be reminded."))


@router.post("/reminders/{reminder_id}")
async def change(
    request: Request, visitor: Writer, reminder_id: str, *, what: What = "", when: When = ""
) -> HTMLResponse:
    """Other words, another moment; an empty moment leaves it as it is."""
    rooms = rooms_of(request)
    due_at = rooms.desk.reminders.moment(when) if when.strip() else None
    await rooms.desk.reminders.change(reminder_id, by=visitor.id, what=what, due_at=due_at)
    return await _again(request, visitor, reminder_id)


@router.post("/reminders/{reminder_id}/snooze")
async def snooze(
    request: Request, visitor: Writer, reminder_id: str, *, when: When = "", choice: Choice = ""
) -> HTMLResponse:
    """Later."""
    rooms = rooms_of(request)
    await rooms.desk.reminders.snooze(reminder_id, by=visitor.id, until=_moment(rooms, when, choice))
    return await _again(request, visitor, reminder_id)


@router.post("/reminders/{reminder_id}/done")
async def done(request: Request, visitor: Writer, reminder_id: str) -> HTMLResponse:
    """It was done."""
    await rooms_of(request).desk.reminders.done(reminder_id, by=visitor.id)
    return await _again(request, visitor, reminder_id)


@router.post("/reminders/{reminder_id}/dismiss")
async def dismiss(request: Request, visitor: Writer, reminder_id: str) -> HTMLResponse:
    """It is nothing to be reminded of."""
    await rooms_of(request).desk.reminders.dismiss(reminder_id, by=visitor.id)
    return await _again(request, visitor, reminder_id)


@router.post("/reminders/{reminder_id}/undo")
async def undo(request: Request, visitor: Writer, reminder_id: str) -> HTMLResponse:
    """It is open after all."""
    await rooms_of(request).desk.reminders.undo(reminder_id, by=visitor.id)
    return await _again(request, visitor, reminder_id)


def _moment(rooms: Rooms, when: str, choice: str) -> int:
    if choice:
        if choice not in set(Snooze):
            raise Invalid("There is no such time to choose.")
        return rooms.desk.reminders.later(Snooze(choice))
    if not when.strip():
        raise Invalid("Say when, such as “tomorrow at 9”, or choose a time.")
    return rooms.desk.reminders.moment(when)


async def _again(request: Request, visitor: Visitor, reminder_id: str) -> HTMLResponse:
    """What the person looks at, as it is now: the chat, or the page."""
    current = request.headers.get("hx-current-url", "")
    if "/chats/" not in current:
        return await _page(request, visitor, "pages/reminders_part.html")
    async with rooms_of(request).store.read() as read:
        row = await store.by_id(read, reminder_id)
    if row is None:
        raise NotFound("There is no such reminder.")
    return await again(request, visitor, row.chat_id)


async def _page(request: Request, visitor: Visitor, template: str) -> HTMLResponse:
    async with rooms_of(request).store.read() as read:
        setting = await setting_of(request, visitor, read)
        values = await page_of(read, setting.look, visitor.sight)
    may = {"may_write": visitor.may(Scope.WRITE)}
    return answer(template, page_values(request, setting, "reminders") | values | may)
