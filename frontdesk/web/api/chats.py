"""Chats: the list, one chat, what is set on it, and who answers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from frontdesk.desk.beginning import FirstWords
from frontdesk.store import groups, pages
from frontdesk.store.pages import ChatFilter
from frontdesk.web import sight
from frontdesk.web.api.deps import (
    Before,
    IdempotencyKey,
    Limit,
    TheChat,
    chat_line,
    message_line,
    problems,
    same_message,
)
from frontdesk.web.api.shapes import (
    Chat,
    Given,
    Items,
    Message,
    NoSwitch,
    TextOrNone,
    chat_shape,
    left_out,
    message_shape,
)
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(prefix="/chats", tags=["chats"], responses=problems(404))

State = Literal["open", "pending", "snoozed", "resolved"]


class ChatChange(Given):
    """What to set; what is left out stays as it is.

    Null or an empty text takes a persona or an assignment away, or forgets the name that was given here.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"trusted": True, "agent_mode": "auto"}})

    trusted: bool = Field(default_factory=left_out)
    agent_mode: Literal["off", "draft", "auto"] = Field(default_factory=left_out)
    persona: str | None = None
    name: str | None = Field(default=None, max_length=200)
    labels: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=left_out, max_length=50)
    assigned_to: str | None = Field(default=None, description="The id of an operator who may write.")
    state: State = Field(default_factory=left_out)


class NewChat(Given):
    """Who is written to, on which line, and what. A template is sent by its `kind` and `content`, as in a chat."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"account_id": "acc_1", "address": "+447700900123", "text": "Good morning"}}
    )

    account_id: str = Field(max_length=60)
    address: str = Field(max_length=200, description="A phone number with its country code, or another id of a person.")
    text: str | None = Field(default=None, max_length=65_536)
    kind: str = Field(default="text", max_length=40)
    content: dict[str, Any] | None = None
    idempotency_key: TextOrNone = Field(default=None, max_length=200)


class TakeOver(Given):
    """For how long: `minutes` as in frontdesk.toml when left out, 0 until handed back."""

    model_config = ConfigDict(json_schema_extra={"example": {"minutes": 60, "reason": "A complaint"}})

    minutes: Annotated[float | None, Field(ge=0, le=525_600), NoSwitch] = None
    reason: str | None = Field(default=None, max_length=500)


@router.get("", summary="List chats, the newest first")
async def list_chats(
    *,
    caller: Reader,
    rooms: RoomsOf,
    account: Annotated[str | None, Query(description="Only this account's.")] = None,
    state: State | None = None,
    q: Annotated[str | None, Query(max_length=100, description="A part of the name, or how a number begins.")] = None,
    tab: Literal["all", "mine", "unassigned", "unanswered"] = "all",
    important: Annotated[bool, Query(description="Only where something of importance 4 or 5 waits.")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Chat]:
    """One page. The tab `unanswered` lists who waits longest first."""
    wanted = ChatFilter(
        account,
        state,
        q,
        tab,
        operator_id=caller.operator_id,
        before=before,
        limit=limit,
        sight=caller.sight,
        important=important,
    )
    async with rooms.store.read() as read:
        page = await pages.chat_list(read, wanted)
    now = rooms.clock.now()
    return Items(items=[chat_shape(line, now) for line in page.items], next=page.next)


@router.post("", status_code=202, summary="Begin a chat", responses=problems(409))
async def begin_chat(
    *, caller: Writer, rooms: RoomsOf, chat: NewChat, idempotency_key: IdempotencyKey = None
) -> Message:
    """Write first. Where there is a chat with that person on the line already, the message goes there.

    409 says why it may not be sent: Meta lets a business begin only with a template, and a linked line writes to few
    strangers in a day. 422 also where nobody of that number is on WhatsApp, as far as the line can tell.
    """
    await sight.check(rooms, caller.sight, "account_id", chat.account_id)
    key = chat.idempotency_key or idempotency_key or None
    words = FirstWords(caller.by, chat.text, kind=chat.kind, content=chat.content, idempotency_key=key)
    line = await message_line(rooms, await rooms.desk.beginning.write_to(chat.account_id, chat.address, words))
    if key is not None:
        same_message(line, text=chat.text, media_id=None, kind=chat.kind, content=chat.content)
    return message_shape(line)


@router.get("/{chat}", summary="One chat")
async def get_chat(caller: Reader, rooms: RoomsOf, chat: TheChat) -> Chat:
    """By any of its ids."""
    return await _shown(rooms, chat.id)


@router.patch("/{chat}", summary="Set trust, agent mode, persona, name, labels, assignment or state")
async def change_chat(caller: Writer, rooms: RoomsOf, chat: TheChat, change: ChatChange) -> Chat:
    """Only what is given changes."""
    given: dict[str, Any] = change.model_dump(exclude_unset=True)
    for name in {"persona", "name", "assigned_to"} & given.keys():
        given[name] = given[name] or ""
    await rooms.desk.chats.change(chat.id, by=caller.by, **given)
    return await _shown(rooms, chat.id)


@router.post("/{chat}/take-over", summary="A person answers from now on")
async def take_over(caller: Writer, rooms: RoomsOf, chat: TheChat, how: TakeOver | None = None) -> Chat:
    """Takes effect at once, also while the agent is writing: what it wrote becomes a draft."""
    how = how or TakeOver()
    await rooms.desk.holding.take_over(chat.id, by=caller.by, minutes=how.minutes, reason=how.reason)
    return await _shown(rooms, chat.id)


@router.post("/{chat}/hand-back", summary="The agent may answer again")
async def hand_back(caller: Writer, rooms: RoomsOf, chat: TheChat) -> Chat:
    """From the next message on. The agent knows what was said meanwhile."""
    await rooms.desk.holding.hand_back(chat.id, by=caller.by)
    return await _shown(rooms, chat.id)


@router.post("/{chat}/read", summary="The chat was read")
async def mark_read(caller: Writer, rooms: RoomsOf, chat: TheChat) -> Chat:
    """No longer unread. Who waits for an answer keeps waiting."""
    await rooms.desk.chats.read(chat.id, by=caller.by)
    return await _shown(rooms, chat.id)


@router.post("/{chat}/answer-now", summary="Let the agent look at what nobody has answered")
async def answer_now(caller: Writer, rooms: RoomsOf, chat: TheChat) -> dict[str, int]:
    """How many messages it will look at."""
    return {"messages": await rooms.desk.chats.answer_now(chat.id, by=caller.by)}


async def _shown(rooms: Rooms, chat_id: str) -> Chat:
    line = await chat_line(rooms, chat_id)
    async with rooms.store.read() as read:
        members = await groups.members_of(read, line.chat)
    return chat_shape(line, rooms.clock.now(), members)
