"""What an operator does in the inbox: each act goes to the desk, and the answer shows the chat as it is now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.personas import AgentMode
from frontdesk.store import pages
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.cards import labels
from frontdesk.web.inbox.context import look_of
from frontdesk.web.inbox.shelf import shelf_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Visitor, Writer
from frontdesk.web.inbox.windows import refresh_values
from frontdesk.web.rooms import Rooms

LONGEST_LABEL = 40
MOST_LABELS = 20
CHUNK = 256 * 1024  # bytes of an upload read at once

router = APIRouter(include_in_schema=False, prefix="/inbox")
Word = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Toast:
    """A short word at the foot of the screen."""

    text: str
    bad: bool = False


@router.post("/chats/{chat_id}/messages")
async def write(request: Request, visitor: Writer, chat_id: str) -> HTMLResponse:
    """Send what the composer holds. The operator holds the chat from then on."""
    rooms = rooms_of(request)
    async with request.form(max_files=1, max_fields=20) as form:
        text = form.get("text")
        message_id = await rooms.desk.outbox.write(
            chat_id,
            by=visitor.id,
            text=text.strip() or None if isinstance(text, str) else None,
            reply_to=_word(form.get("reply_to")),
            media_id=await _upload(rooms, chat_id, form.get("file")),
            idempotency_key=_word(form.get("idempotency_key")),
        )
    shown = await again(request, visitor, chat_id)
    shown.headers["HX-Trigger"] = "frontdesk:sent"
    shown.headers["X-Message-Id"] = message_id
    return shown


def _word(value: object) -> str | None:
    return value[:120] if isinstance(value, str) and value else None


async def _upload(rooms: Rooms, chat_id: str, file: object) -> str | None:
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    async with rooms.store.read() as read:
        line = await pages.chat_line(read, chat_id)
    if line is None:
        raise NotFound("There is no such chat.")
    kept = await rooms.desk.media.keep(
        line.chat.account_id, name=file.filename[:200], mime=file.content_type, chunks=_chunks(file)
    )
    return kept.id


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk


@router.post("/chats/{chat_id}/take-over")
async def take_over(
    request: Request, visitor: Writer, chat_id: str, minutes: Annotated[float | None, Form(ge=0)] = None
) -> HTMLResponse:
    """A person answers from now on."""
    await rooms_of(request).desk.holding.take_over(chat_id, by=visitor.id, minutes=minutes)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/hand-back")
async def hand_back(request: Request, visitor: Writer, chat_id: str) -> HTMLResponse:
    """The agent may answer again, and looks at once at what waits."""
    desk = rooms_of(request).desk
    await desk.holding.hand_back(chat_id, by=visitor.id)
    await desk.chats.answer_now(chat_id, by=visitor.id)
    return await again(request, visitor, chat_id)


@router.post("/resume")
async def resume(request: Request, visitor: Writer) -> HTMLResponse:
    """The pause of the whole house is over."""
    if visitor.sight is not None:
        raise Conflict("The pause concerns every line of the house, and you see some of them only.")
    await rooms_of(request).desk.pausing.resume(by=visitor.id)
    return answer("parts/toast.html", {"toast": Toast("The agent answers again.")})


@router.post("/chats/{chat_id}/agent")
async def agent(request: Request, visitor: Writer, chat_id: str, mode: Word) -> HTMLResponse:
    """On, draft or off. Whoever chooses here also gives a chat back that was taken over."""
    desk = rooms_of(request).desk
    await desk.chats.change(chat_id, by=visitor.id, agent_mode=mode)
    await desk.holding.hand_back(chat_id, by=visitor.id)
    if mode != AgentMode.OFF:
        await desk.chats.answer_now(chat_id, by=visitor.id)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/answer")
async def answer_now(request: Request, visitor: Writer, chat_id: str) -> HTMLResponse:
    """Let the agent try again what it could not answer."""
    if not await rooms_of(request).desk.chats.answer_now(chat_id, by=visitor.id):
        raise Conflict("Nothing waits for the agent here any more.")
    return await again(request, visitor, chat_id, Toast("The agent tries again."))


@router.post("/chats/{chat_id}/trusted")
async def trusted(request: Request, visitor: Writer, chat_id: str, trusted: Word) -> HTMLResponse:
    """The shield: whether the agent may answer this chat at all. Where it may from now on, it looks at what waits."""
    desk = rooms_of(request).desk
    await desk.chats.change(chat_id, by=visitor.id, trusted=trusted == "yes")
    if trusted == "yes":
        await desk.chats.answer_now(chat_id, by=visitor.id)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/assign")
async def assign(request: Request, visitor: Writer, chat_id: str, assigned_to: Word = "") -> HTMLResponse:
    """Give the chat to an operator, or to nobody."""
    await rooms_of(request).desk.chats.change(chat_id, by=visitor.id, assigned_to=assigned_to)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/persona")
async def persona(request: Request, visitor: Writer, chat_id: str, persona: Word = "") -> HTMLResponse:
    """Name a persona for this chat, or leave it to the rules."""
    await rooms_of(request).desk.chats.change(chat_id, by=visitor.id, persona=persona)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/state")
async def state(request: Request, visitor: Writer, chat_id: str, state: Word) -> HTMLResponse:
    """Resolve or reopen."""
    await rooms_of(request).desk.chats.change(chat_id, by=visitor.id, state=state)
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/name")
async def name(request: Request, visitor: Writer, chat_id: str, name: Word = "") -> HTMLResponse:
    """What the contact is called at this desk."""
    if not name.strip():
        raise Invalid("Write a name first.")
    await rooms_of(request).desk.chats.change(chat_id, by=visitor.id, name=name)
    return await again(request, visitor, chat_id, Toast("Name saved."))


@router.post("/chats/{chat_id}/labels")
async def label(request: Request, visitor: Writer, chat_id: str, *, add: Word = "", remove: Word = "") -> HTMLResponse:
    """Put a label on, or take one off."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        line = await pages.chat_line(read, chat_id)
    if line is None:
        raise NotFound("There is no such chat.")
    wanted = [each for each in labels(line.chat.labels) if each != remove]
    new = " ".join(add.split())[:LONGEST_LABEL]
    if new and new not in wanted:
        wanted.append(new)
    await rooms.desk.chats.change(chat_id, by=visitor.id, labels=wanted[:MOST_LABELS])
    return await again(request, visitor, chat_id)


@router.post("/chats/{chat_id}/read", status_code=204)
async def read_up(request: Request, visitor: Writer, chat_id: str) -> Response:
    """It was looked at. Who waits for an answer keeps waiting."""
    await rooms_of(request).desk.chats.read(chat_id, by=visitor.id)
    return Response(status_code=204)


@router.post("/messages/{message_id}/retry")
async def retry(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """Send a failed message again."""
    await rooms_of(request).desk.outbox.retry(message_id, by=visitor.id)
    return await again_of_message(request, visitor, message_id)


@router.post("/messages/{message_id}/settle")
async def settle(request: Request, visitor: Writer, message_id: str, sent: Word) -> HTMLResponse:
    """The operator knows what became of a send that was cut off."""
    await rooms_of(request).desk.outbox.settle(message_id, sent=sent == "yes", by=visitor.id)
    return await again_of_message(request, visitor, message_id)


@router.post("/messages/{message_id}/approve")
async def approve(
    request: Request, visitor: Writer, message_id: str, text: Annotated[str | None, Form(max_length=20_000)] = None
) -> HTMLResponse:
    """Send a draft, as it is or changed."""
    await rooms_of(request).desk.outbox.approve(message_id, by=visitor.id, text=text)
    return await again_of_message(request, visitor, message_id)


@router.post("/messages/{message_id}/discard")
async def discard(request: Request, visitor: Writer, message_id: str) -> HTMLResponse:
    """Reject a draft."""
    await rooms_of(request).desk.outbox.discard(message_id, by=visitor.id)
    return await again_of_message(request, visitor, message_id)


@router.post("/media/{media_id}/fetch", status_code=204)
async def fetch_again(request: Request, visitor: Writer, media_id: str) -> Response:
    """Try once more to get a file."""
    await rooms_of(request).desk.media.fetch_again(media_id)
    return Response(status_code=204)


async def again_of_message(request: Request, visitor: Visitor, message_id: str) -> HTMLResponse:
    async with rooms_of(request).store.read() as read:
        found = await pages.message_line(read, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return await again(request, visitor, found.message.chat_id)


async def again(request: Request, visitor: Visitor, chat_id: str, toast: Toast | None = None) -> HTMLResponse:
    """The chat as it is now. `X-Shown` tells the place of the first message on the screen, and how many there are."""
    since, _, count = request.headers.get("x-shown", "").partition(" ")
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        look = await look_of(rooms, visitor, read)
        values = await refresh_values(
            read,
            rooms,
            visitor=visitor,
            look=look,
            chat_id=chat_id,
            since=since,
            count=int(count) if count.isdecimal() else 0,
        )
    return answer("inbox/refresh.html", values | {"shelf": shelf_of(_query(request)), "toast": toast})


def _query(request: Request) -> dict[str, str]:
    current = request.headers.get("hx-current-url", "")
    return dict(pair.split("=", 1) for pair in current.partition("?")[2].split("&") if "=" in pair)
