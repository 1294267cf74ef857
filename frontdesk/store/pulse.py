"""How the house is doing, in a few numbers."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from frontdesk.kit.clock import DAY
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import chats, jobs, messages

_OLDEST = 7 * DAY  # what came in late is counted, when it was sent within that time before


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came in and went out since a moment."""

    came_in: int
    by_agent: int
    by_people: int


_SINCE = (
    select(messages.c.author, func.count())
    .join_from(chats, messages, messages.c.chat_id == chats.c.id)
    .where(
        chats.c.last_message_at >= bindparam("oldest"),
        messages.c.provider_time >= bindparam("oldest"),
        messages.c.created_at > bindparam("since"),
        ~among(chats.c.id, "own"),
        messages.c.kind.not_in([const(kind) for kind in ("edit", "revoke", "reaction", "system")]),
        messages.c.status.not_in([const(status) for status in ("draft", "discarded", "failed")]),
        messages.c.gate_reason.is_distinct_from(const("history")),
    )
    .group_by(messages.c.author)
)
_WAITING = select(func.count(), func.min(chats.c.waiting_since)).where(
    chats.c.waiting_since.is_not(None), ~among(chats.c.id, "own")
)
_FAILED = select(func.count()).select_from(jobs).where(jobs.c.state == const("failed"))


async def traffic(read: Read, *, since: int, own: frozenset[str]) -> Traffic:
    """The messages since then, but those of the `own` chats."""
    given = {"since": since, "oldest": since - _OLDEST, "own": texts(sorted(own))}
    by = await read.pairs(_SINCE, given)
    return Traffic(by.get("contact", 0), by.get("agent", 0), by.get("operator", 0) + by.get("phone", 0))


async def waiting(read: Read, *, own: frozenset[str]) -> tuple[int, int | None]:
    """How many chats wait for an answer, and since when the first of them does."""
    found = await read.one(_WAITING, lambda *columns: columns, {"own": texts(sorted(own))})
    return found or (0, None)


async def failed_jobs(read: Read) -> int:
    """How much work was given up."""
    return int(await read.scalar(_FAILED, {}) or 0)
