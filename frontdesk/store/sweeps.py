"""Questions of the sweep: what should be waiting for work, and is not."""

from sqlalchemy import literal, select

from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import jobs, messages

_ALIVE = jobs.c.state.in_((const("queued"), const("running")))


async def chats_without_turn(read: Read) -> list[str]:
    """Chats with an undecided message and no turn that waits or runs."""
    waiting = select(jobs.c.id).where(jobs.c.key == literal("turn:").concat(messages.c.chat_id))
    statement = select(messages.c.chat_id).where(
        messages.c.decision == const("pending"),
        ~waiting.where(_ALIVE).exists(),
    )
    return await read.scalars(statement.distinct())


async def chats_without_delivery(read: Read, account_ids: list[str]) -> list[str]:
    """Chats of these accounts with something in the outbox and no delivery that waits or runs."""
    waiting = select(jobs.c.id).where(jobs.c.key == literal("deliver:").concat(messages.c.chat_id))
    statement = select(messages.c.chat_id).where(
        messages.c.status.in_((const("queued"), const("sending"))),
        among(messages.c.account_id, "accounts"),
        ~waiting.where(_ALIVE).exists(),
    )
    return await read.scalars(statement.distinct(), {"accounts": texts(account_ids)})
