"""Questions of the sweep: what should be waiting for work, and is not."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, literal, select

from frontdesk.domain.work import Deliver, RunTurn
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import jobs, messages


def _nobody_at_work(kind: str) -> ColumnElement[bool]:
    """No job of this kind waits or runs for the chat; each half is one look into an index."""
    key = literal(f"{kind}:").concat(messages.c.chat_id)
    waits = exists().where(jobs.c.key == key, jobs.c.state == const("queued"))
    runs = exists().where(jobs.c.lock == key, jobs.c.state == const("running"))
    return and_(~waits, ~runs)


_WITHOUT_TURN = (
    select(messages.c.chat_id).where(messages.c.decision == const("pending"), _nobody_at_work(RunTurn.kind)).distinct()
)
_WITHOUT_DELIVERY = (
    select(messages.c.chat_id)
    .where(
        messages.c.status.in_((const("queued"), const("sending"))),
        among(messages.c.account_id, "accounts"),
        _nobody_at_work(Deliver.kind),
    )
    .distinct()
)


async def chats_without_turn(read: Read) -> list[str]:
    """Chats with an undecided message and no turn that waits or runs."""
    return await read.scalars(_WITHOUT_TURN)


async def chats_without_delivery(read: Read, account_ids: Iterable[str]) -> list[str]:
    """Chats of these accounts with something in the outbox and no delivery that waits or runs."""
    return await read.scalars(_WITHOUT_DELIVERY, {"accounts": texts(account_ids)})
