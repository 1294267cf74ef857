"""A person at the desk reacts to a message, edits one or deletes it: which one is meant, and whether that can be."""

from typing import Any

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.changes import CHANGES, Target, refusal
from frontdesk.domain.messages import Direction
from frontdesk.kit.loose import ident
from frontdesk.store import messages
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.store import Read


async def aimed(read: Read, chat: ChatRow, kind: str, given: dict[str, Any] | None, *, now: int) -> dict[str, Any]:
    """The content of such a message; its target, given by our id or by the channel's, is the channel's from now on.

    What the channel knows and we do not is left to the channel.

    Raises:
        Invalid: no message is named.
        NotFound: the message is not in this chat.
        Conflict: this cannot be done to it; the sentence says why.
    """
    content = given or {}
    target = ident(content.get("target"))
    if target is None:
        raise Invalid("Say in “target” which message this is about: its id, or its external_id.")
    row = await _meant(read, chat, target)
    if row is None:
        return content
    if why := refusal(kind, target_of(row, chat), now):
        raise Conflict(why)
    return {**content, "target": row.external_id}


def target_of(row: MessageRow, chat: ChatRow) -> Target:
    """A message as the rules see it."""
    return Target(
        from_us=row.direction == Direction.OUTBOUND,
        kind=row.kind,
        at=row.handed_at or row.provider_time,
        there=row.revoked_at is None and row.vanished_at is None,
        known=row.external_id is not None,
        in_group=chat.group_ref is not None,
    )


async def _meant(read: Read, chat: ChatRow, target: str) -> MessageRow | None:
    if not target.startswith("msg_"):
        return await messages.said_as(read, target, chat_id=chat.id)
    row = await messages.by_id(read, target)
    if row is None or row.chat_id != chat.id or row.kind in CHANGES:
        raise NotFound("The message that this is about is not in this chat.")
    return row
