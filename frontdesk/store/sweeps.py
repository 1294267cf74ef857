"""Questions of the sweep: what should be waiting for work, and is not."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal, or_, select

from frontdesk.domain.work import Deliver, RunTurn
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import accounts, chats, jobs, messages


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


_BLOCKED = (
    select(chats.c.id)
    .join(accounts, accounts.c.id == chats.c.account_id)
    .where(
        jobs.c.key == literal(f"{Deliver.kind}:").concat(chats.c.id),
        or_(chats.c.blocked_until > bindparam("latest"), accounts.c.blocked_until > bindparam("latest")),
        ~exists().where(  # a clock that was ahead said so
            messages.c.chat_id == chats.c.id,
            messages.c.status == const("queued"),
            messages.c.handed_at > bindparam("latest"),
        ),
    )
    .exists()
)
_TOO_FAR = select(jobs.c.kind, jobs.c.key).where(
    jobs.c.state == const("queued"),
    jobs.c.due_at > bindparam("latest"),
    jobs.c.kind.in_((const(RunTurn.kind), const(Deliver.kind))),
    ~_BLOCKED,
)


async def chats_that_wait_too_long(read: Read, *, latest: int) -> tuple[list[str], list[str]]:
    """Chats whose turn, and chats whose delivery, waits beyond `latest` though nobody asked for that."""
    found = await read.all(_TOO_FAR, lambda kind, key: (kind, key.removeprefix(f"{kind}:")), {"latest": latest})
    return [chat for kind, chat in found if kind == RunTurn.kind], [
        chat for kind, chat in found if kind == Deliver.kind
    ]


async def chats_without_turn(read: Read) -> list[str]:
    """Chats with an undecided message and no turn that waits or runs."""
    return await read.scalars(_WITHOUT_TURN)


async def chats_without_delivery(read: Read, account_ids: Iterable[str]) -> list[str]:
    """Chats of these accounts with something in the outbox and no delivery that waits or runs."""
    return await read.scalars(_WITHOUT_DELIVERY, {"accounts": texts(account_ids)})
