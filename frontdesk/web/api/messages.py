"""Messages: the history of a chat, writing as an operator, and the search."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.kit.clock import SECOND
from frontdesk.store import messages, pages, pages_important, pages_messages
from frontdesk.store.pages_important import HIGH, Important
from frontdesk.web.api.deps import (
    Before,
    IdempotencyKey,
    Limit,
    TheChat,
    find_one,
    message_line,
    problems,
    same_message,
)
from frontdesk.web.api.shapes import Given, Items, Message, OrNone, TextOrNone, message_shape
from frontdesk.web.api.traces import Story, story
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["messages"], responses=problems(404))


class MediaId(Given):
    """A file that was uploaded."""

    id: str


class NewMessage(Given):
    """What to send. `media` is the id of an uploaded file; `reply_to` is our id of a message, or the channel's;
    so is the `target` in the `content` of a reaction (`{"target", "emoji"}`, no emoji takes it back), of an edit with
    its new `text`, and of a `revoke`, which deletes for everyone.

    With an idempotency key, sending the same again gives back the first message and sends nothing. An empty text is
    the same as none, for the key, the file and the reply.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"text": "We open at nine.", "idempotency_key": "a1"}})

    text: str | None = Field(default=None, max_length=65_536)
    reply_to: TextOrNone = Field(default=None, max_length=300)
    media: Annotated[str | MediaId | None, OrNone] = None
    idempotency_key: TextOrNone = Field(default=None, max_length=200)
    kind: str = Field(default="text", max_length=40)
    content: dict[str, Any] | None = None


class Settlement(Given):
    """What became of a message whose sending was cut off."""

    sent: bool


class Approval(Given):
    """Send a draft, with another text if one is given."""

    text: str | None = Field(default=None, max_length=65_536)


@router.get("/chats/{chat}/messages", summary="The history of a chat, in the order of time")
async def history(
    *, caller: Reader, rooms: RoomsOf, chat: TheChat, before: Before = None, limit: Limit = 50
) -> Items[Message]:
    """The newest messages; `next` leads to the older ones. `before` may also be the id of a message."""
    async with rooms.store.read() as read:
        page = await pages.history(read, chat.id, before=before, limit=limit)
    return Items(items=[message_shape(line) for line in page.items], next=page.next)


@router.post(
    "/chats/{chat}/messages",
    status_code=202,
    summary="Write as an operator",
    responses=problems(409),
)
async def write(
    *, caller: Writer, rooms: RoomsOf, chat: TheChat, message: NewMessage, idempotency_key: IdempotencyKey = None
) -> Message:
    """The message is in the outbox when this answers, and the chat is taken over. 409 says why it may not be sent."""
    media = message.media.id or None if isinstance(message.media, MediaId) else message.media
    key = message.idempotency_key or idempotency_key or None
    message_id = await rooms.desk.outbox.write(
        chat.id,
        by=caller.by,
        text=message.text,
        kind=message.kind,
        content=message.content,
        reply_to=await _ours(rooms, message.reply_to, chat_id=chat.id),
        media_id=media,
        idempotency_key=key,
    )
    line = await message_line(rooms, message_id)
    if key is not None:
        same_message(
            line,
            text=message.text,
            media_id=media,
            kind=message.kind,
            content=await _as_kept(rooms, message.content),
            reply_to=message.reply_to,
        )
    return message_shape(line)


async def _as_kept(rooms: Rooms, content: dict[str, Any] | None) -> dict[str, Any] | None:
    """The content with the channel's id of its target, by which it was kept."""
    target = (content or {}).get("target")
    if content is None or not isinstance(target, str) or not target.startswith("msg_"):
        return content
    async with rooms.store.read() as read:
        row = await messages.by_id(read, target)
    return {**content, "target": row.external_id} if row is not None else content


async def _ours(rooms: Rooms, reply_to: str | None, *, chat_id: str) -> str | None:
    if reply_to is None or reply_to.startswith("msg_"):
        return reply_to
    async with rooms.store.read() as read:
        found = await pages_messages.by_external_id(read, reply_to, chat_id=chat_id)
    if found is None:
        raise NotFound("The message to reply to is not in this chat.")
    return found


@router.get("/messages", summary="List messages by how much they matter")
async def important(
    *,
    caller: Reader,
    rooms: RoomsOf,
    importance_min: Annotated[int, Query(ge=1, le=5, description="From this importance on.")] = HIGH,
    account: Annotated[str | None, Query(max_length=60, description="Only this account's.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="That came in at this moment or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="That came in before this moment.")] = None,
    unanswered: Annotated[bool, Query(description="Only those that wait for an answer.")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Message]:
    """Over all chats, the newest first. Levels 1 to 3 are looked for among the newest 50,000 messages of all."""
    wanted = Important(
        importance_min,
        account,
        since=_moment(since),
        until=_moment(until),
        unanswered=unanswered,
        before=before,
        limit=limit,
        sight=caller.sight,
    )
    async with rooms.store.read() as read:
        page = await pages_important.important(read, wanted)
    return Items(items=[message_shape(line) for line in page.items], next=page.next)


def _moment(at: datetime | None) -> int | None:
    """As Unix milliseconds."""
    return None if at is None else int(at.timestamp() * SECOND)


@router.get("/messages/{message_id}", summary="One message")
async def one(caller: Reader, rooms: RoomsOf, message_id: str) -> Message:
    """By our id."""
    return message_shape(await message_line(rooms, message_id))


@router.get("/messages/{message_id}/trace", summary="Why was it answered, or not?")
async def trace(caller: Reader, rooms: RoomsOf, message_id: str) -> Story:
    """The gate's questions in order, the buffer, the turn with model, tokens and sources, what was sent, receipts."""
    async with rooms.store.read() as read:
        found = await pages.trace(read, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return story(found)


@router.post("/messages/{message_id}/retry", summary="Send a failed message again", responses=problems(409))
async def retry(caller: Writer, rooms: RoomsOf, message_id: str) -> Message:
    """Also one of unknown fate that is known not to have arrived."""
    await rooms.desk.outbox.retry(message_id, by=caller.by)
    return message_shape(await message_line(rooms, message_id))


@router.post("/messages/{message_id}/settle", summary="Say what became of a cut-off send", responses=problems(409))
async def settle(caller: Writer, rooms: RoomsOf, message_id: str, how: Settlement) -> Message:
    """`sent`: it arrived; otherwise it is sent again."""
    await rooms.desk.outbox.settle(message_id, sent=how.sent, by=caller.by)
    return message_shape(await message_line(rooms, message_id))


@router.post("/messages/{message_id}/approve", summary="Send a draft of the agent", responses=problems(409))
async def approve(caller: Writer, rooms: RoomsOf, message_id: str, how: Approval | None = None) -> Message:
    """As it is, or with another text."""
    text = how.text if how else None
    if text is not None and not text.strip():
        raise Invalid("The text is empty. Leave it out to send the draft as it is, or discard the draft.")
    await rooms.desk.outbox.approve(message_id, by=caller.by, text=text)
    return message_shape(await message_line(rooms, message_id))


@router.post("/messages/{message_id}/discard", summary="Reject a draft of the agent", responses=problems(409))
async def discard(caller: Writer, rooms: RoomsOf, message_id: str) -> Message:
    """It stays to be seen, and is never sent."""
    await rooms.desk.outbox.discard(message_id, by=caller.by)
    return message_shape(await message_line(rooms, message_id))


@router.get("/search", summary="Find messages by a part of their text")
async def search(
    *,
    caller: Reader,
    rooms: RoomsOf,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    chat: Annotated[str | None, Query(description="Only in this chat, by any of its ids.")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Message]:
    """In any case of letters, the newest first: within a chat, or among the newest 50,000 messages of all."""
    within = (await find_one(rooms, chat, sight=caller.sight)).id if chat else None
    async with rooms.store.read() as read:
        page = await pages_messages.search_page(read, q, chat_id=within, before=before, limit=limit, sight=caller.sight)
    return Items(items=[message_shape(line) for line in page.items], next=page.next)
