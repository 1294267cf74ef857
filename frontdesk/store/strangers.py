"""People who never wrote, and to whom we did."""

from sqlalchemy import bindparam, exists, func, select

from frontdesk.store.rows import ChatRow
from frontdesk.store.sql import const
from frontdesk.store.store import Read
from frontdesk.store.tables import messages

_HEARD = (
    select(messages.c.id)
    .where(messages.c.chat_id == bindparam("chat"), messages.c.direction == const("inbound"))
    .limit(1)
)
_theirs = messages.alias("theirs")
_NEVER = ~exists().where(_theirs.c.chat_id == messages.c.chat_id, _theirs.c.direction == const("inbound"))
_WRITTEN = (
    select(messages.c.chat_id, func.max(messages.c.created_at))
    .where(
        messages.c.account_id == bindparam("account"),
        messages.c.direction == const("outbound"),
        messages.c.author.in_((const("operator"), const("agent"))),
        messages.c.created_at > bindparam("since"),
        messages.c.status.not_in((const("draft"), const("discarded"), const("failed"))),
        _NEVER,
    )
    .group_by(messages.c.chat_id)
)


async def has_written(read: Read, chat: ChatRow) -> bool:
    """Whether anybody but us ever wrote in the chat, also before the line was linked."""
    if chat.last_inbound_at is not None:
        return True
    return await read.scalar(_HEARD, {"chat": chat.id}) is not None


async def written_to(read: Read, account_id: str, *, since: int) -> dict[str, int]:
    """Chats of strangers to which we wrote since then, and when last."""
    return await read.pairs(_WRITTEN, {"account": account_id, "since": since})
