"""A row of the outbox as its channel is given it."""

from collections.abc import Callable
from typing import Any

import orjson

from frontdesk.domain.addresses import Address
from frontdesk.domain.messages import Author, Direction
from frontdesk.domain.wire import MediaFile, Outbound, Referred
from frontdesk.store import contacts, media, messages
from frontdesk.store.rows import ChatRow, MediaRow, MessageRow
from frontdesk.store.store import Read

FileOf = Callable[[MediaRow], MediaFile]


async def outbound_of(
    read: Read, row: MessageRow, *, chat: ChatRow, to: tuple[Address, ...], file_of: FileOf
) -> Outbound | None:
    """The message to hand over; None where its file is gone."""
    file: MediaFile | None = None
    if row.media_id is not None:
        stored = await media.by_id(read, row.media_id)
        if stored is None or stored.state != "stored":
            return None
        file = file_of(stored)
    content: dict[str, Any] = orjson.loads(row.content) if row.content else {}
    return Outbound(
        row.id,
        to,
        row.kind,
        row.text,
        row.reply_to,
        file,
        content,
        referred=await _referred(read, chat, row.reply_to or content.get("target")),
        hurry=row.author == Author.OPERATOR,
        expires_after=chat.expires_after,
    )


async def _referred(read: Read, chat: ChatRow, external_id: object) -> Referred | None:
    """What is stored of the message that another one answers or is about; None where it is not known here."""
    if not isinstance(external_id, str) or not external_id:
        return None
    row = await messages.said_as(read, external_id, chat_id=chat.id)
    if row is None:
        return None
    from_us = row.direction == Direction.OUTBOUND
    author = None if from_us else row.contact_id or chat.contact_id
    sender = await contacts.addresses_of(read, author) if author is not None else ()
    gone = row.revoked_at is not None or row.vanished_at is not None
    return Referred(external_id, from_us, sender, row.kind, None if gone else row.text)
