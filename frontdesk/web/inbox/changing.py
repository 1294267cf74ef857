"""The menu of one message: reply, react, edit, delete. Each goes to the desk by the door that the API uses too."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.changing import target_of
from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.changes import refusal
from frontdesk.domain.messages import Direction
from frontdesk.kit.text import shorten
from frontdesk.store import pages, pages_messages
from frontdesk.store.pages import ChatLine, MessageLine
from frontdesk.store.store import Read
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import bubbles
from frontdesk.web.inbox.acts import again
from frontdesk.web.inbox.context import look_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Writer
from frontdesk.web.rooms import Rooms

EMOJI = (
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Laughing"),
    ("😮", "Surprised"),
    ("😢", "Sad"),
    ("🙏", "Thanks"),
)

router = APIRouter(include_in_schema=False, prefix="/inbox/messages")


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done with a message. `given` is the emoji with which the line reacted to it."""

    id: str
    by: str
    emoji: tuple[tuple[str, str], ...]
    given: str
    edit: bool
    delete: bool


@router.get("/{message_id}/acts")
async def acts(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """The menu, with what the line of the message can do now and nothing else."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        line, chat = await _found(read, message_id)
        look = await look_of(rooms, visitor, read)
        given = await pages_messages.our_reaction(read, line.message)
    (bubble,) = bubbles.thread([line], look, name="" if chat.chat.group_ref else chat.name)
    return answer("inbox/acts.html", {"offer": _offer(rooms, line, chat, by=bubble.by, given=given, now=look.now)})


def _offer(rooms: Rooms, line: MessageLine, chat: ChatLine, *, by: str, given: str, now: int) -> Offer:
    can, target = rooms.channels[chat.channel].capabilities, target_of(line.message, chat.chat)
    may = {kind for kind in can.kinds & bubbles.HIDDEN if refusal(kind, target, now) is None}
    return Offer(
        id=line.message.id,
        by=by or "Contact",
        emoji=EMOJI if "reaction" in may else (),
        given=given,
        edit="edit" in may,
        delete="revoke" in may and line.message.direction == Direction.OUTBOUND,
    )


@router.get("/{message_id}/edit")
async def edit_form(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """The text of a message, to be changed."""
    async with rooms_of(request).store.read() as read:
        line, _ = await _found(read, message_id)
    return answer("inbox/change_edit.html", {"message_id": message_id, "text": line.message.text or ""})


@router.get("/{message_id}/delete")
async def delete_form(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """The question whether the message shall really go."""
    async with rooms_of(request).store.read() as read:
        line, _ = await _found(read, message_id)
    return answer("inbox/change_delete.html", {"message_id": message_id, "text": shorten(line.message.text or "", 200)})


@router.post("/{message_id}/react")
async def react(
    request: Request, visitor: Writer, message_id: str, emoji: Annotated[str, Form(max_length=32)] = ""
) -> HTMLResponse:
    """React to a message; without an emoji the reaction is taken back."""
    return await _change(request, visitor, message_id, kind="reaction", emoji=emoji)


@router.post("/{message_id}/edit")
async def edit(
    request: Request, visitor: Writer, message_id: str, text: Annotated[str, Form(max_length=65_536)] = ""
) -> HTMLResponse:
    """Change the text of a message that was sent from here."""
    if not text.strip():
        raise Invalid("Write the new text first. To take the message back, delete it.")
    return await _change(request, visitor, message_id, kind="edit", text=text.strip())


@router.post("/{message_id}/delete")
async def delete(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """Delete a message for everyone."""
    return await _change(request, visitor, message_id, kind="revoke")


async def _change(
    request: Request, visitor: Writer, message_id: str, *, kind: str, text: str | None = None, emoji: str | None = None
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        line, _ = await _found(read, message_id)
    content = {"target": message_id} | ({"emoji": emoji or None} if emoji is not None else {})
    await rooms.desk.outbox.write(line.message.chat_id, by=visitor.id, text=text, kind=kind, content=content)
    return await again(request, visitor, line.message.chat_id)


async def _found(read: Read, message_id: str) -> tuple[MessageLine, ChatLine]:
    line = await pages.message_line(read, message_id)
    chat = await pages.chat_line(read, line.message.chat_id) if line is not None else None
    if line is None or chat is None:
        raise NotFound("There is no such message. It may have been erased.")
    return line, chat
