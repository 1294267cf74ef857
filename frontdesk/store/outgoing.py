"""What was handed to channels: sends that are open, when the last of a chat was, and echoes that were faster."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from frontdesk.store.rows import MessageRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import messages

ECHO = select(messages.c.id).where(
    messages.c.external_id == bindparam("external"),
    messages.c.chat_id == bindparam("chat"),
    messages.c.kind == bindparam("what"),
    messages.c.author == const("phone"),
)

_OPEN = (
    select(messages)
    .where(
        among(messages.c.chat_id, "chats"),
        messages.c.status.in_((const("sending"), const("unknown"))),
        messages.c.direction == const("outbound"),
    )
    .order_by(messages.c.id)
)


async def open_sends(read: Read, chat_ids: Iterable[str]) -> list[MessageRow]:
    """What was handed to its channel in these chats, and nobody knows how it went."""
    return await read.all(_OPEN, MessageRow, {"chats": texts(chat_ids)})


_LATEST = (
    select(messages.c.direction, messages.c.created_at, messages.c.handed_at)
    .where(messages.c.chat_id == bindparam("chat"))
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(20)
)


async def last_moments(read: Read, chat_id: str) -> tuple[int | None, int | None]:
    """When something last came into a chat, and when something of ours was last handed to its channel."""
    newest = await read.all(_LATEST, lambda *columns: columns, {"chat": chat_id})
    heard = (created_at for direction, created_at, _ in newest if direction == "inbound")
    handed = (handed_at for _, _, handed_at in newest if handed_at is not None)
    return max(heard, default=None), max(handed, default=None)
