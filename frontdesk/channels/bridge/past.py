"""The chats of a bridge and their newest messages, asked for once it is connected."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from frontdesk.channels.bridge import people
from frontdesk.channels.bridge.child import CommandFailed
from frontdesk.channels.bridge.protocol import Told
from frontdesk.kit.loose import record

CHATS = 200
MESSAGES = 50

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


async def of(ask: Ask) -> AsyncIterator[Told]:
    """The chats, and after each its messages, the oldest first; raises what `ask` raises."""
    chats = _listed(await ask("get_chats", {}), "chats")
    for chat in chats[:CHATS]:
        chat_id = people.text_id(chat.get("id")) or people.text_id(chat.get("chatId"))
        if chat_id is None or people.is_ignored(chat_id):
            continue
        yield Told("chat", {**chat, "id": chat_id})
        try:
            answer = await ask("get_chat_messages", {"chatId": chat_id, "limit": MESSAGES})
        except CommandFailed:
            continue  # that chat cannot be read, others may
        for message in _listed(answer, "messages"):
            yield Told("history_message", {**message, "chatId": people.text_id(message.get("chatId")) or chat_id})


def _listed(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name, answer.get("result"))
    return [record(one) for one in found] if isinstance(found, list) else []
