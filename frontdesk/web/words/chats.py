"""`/api/whatsapp/...`: chats, their messages and their two switches, as dashboards of WhatsApp bridges ask for them."""

from typing import Annotated

from fastapi import APIRouter, Query

from frontdesk.web.api import chats, messages
from frontdesk.web.api.chats import ChatChange
from frontdesk.web.api.deps import Before, Limit, TheChat
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.words.envelope import TAG, Answer, refusals
from frontdesk.web.words.shapes import OtherChat, OtherMessage, other_chat, other_messages

router = APIRouter(prefix="/api/whatsapp", tags=[TAG], responses=refusals(404, 409))


class Chats(Answer):
    """One page of chats. `next` is given back as `before` for the page that follows."""

    chats: list[OtherChat]
    next: str | None


class Messages(Answer):
    """The newest messages in the order of time. `next` leads to the older ones."""

    messages: list[OtherMessage]
    next: str | None


class Toggled(Answer):
    """How the switches of the chat stand now."""

    chat_id: str
    is_whitelisted: bool
    ai_enabled: bool
    message: str


@router.get("/chats", summary="List chats")
async def list_chats(
    *,
    caller: Reader,
    rooms: RoomsOf,
    account: Annotated[str | None, Query(description="Only this account's.")] = None,
    q: Annotated[str | None, Query(max_length=100, description="A part of the name, or how a number begins.")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Chats:
    """The newest first."""
    page = await chats.list_chats(caller=caller, rooms=rooms, account=account, q=q, before=before, limit=limit)
    return Chats(chats=[other_chat(chat) for chat in page.items], next=page.next)


@router.get("/chats/{chat}/messages", summary="The history of a chat")
async def history(
    *, caller: Reader, rooms: RoomsOf, chat: TheChat, before: Before = None, limit: Limit = 50
) -> Messages:
    """`media_path` of a message is the file name for `/api/files/{filename}`."""
    shown = await chats.get_chat(caller, rooms, chat)
    page = await messages.history(caller=caller, rooms=rooms, chat=chat, before=before, limit=limit)
    return Messages(messages=other_messages(page.items, shown), next=page.next)


@router.post("/chats/{chat}/toggle-whitelist", summary="Trust a chat, or no longer")
async def toggle_whitelist(caller: Writer, rooms: RoomsOf, chat: TheChat) -> Toggled:
    """The first of the two conditions for the agent's answers."""
    now = other_chat(await chats.change_chat(caller, rooms, chat, ChatChange(trusted=not chat.trusted)))
    return _toggled(now, f"{now.name} is {'trusted now' if now.is_whitelisted else 'no longer trusted'}.")


@router.post("/chats/{chat}/toggle-ai", summary="Switch the agent on or off in a chat")
async def toggle_ai(caller: Writer, rooms: RoomsOf, chat: TheChat) -> Toggled:
    """On means that it answers by itself; off also ends the writing of drafts."""
    mode = ChatChange(agent_mode="auto" if chat.agent_mode == "off" else "off")
    now = other_chat(await chats.change_chat(caller, rooms, chat, mode))
    untrusted = "" if now.is_whitelisted or not now.ai_enabled else " It answers once the chat is trusted too."
    return _toggled(now, f"The agent is {'on' if now.ai_enabled else 'off'} for {now.name}.{untrusted}")


def _toggled(chat: OtherChat, message: str) -> Toggled:
    return Toggled(chat_id=chat.id, is_whitelisted=chat.is_whitelisted, ai_enabled=chat.ai_enabled, message=message)
