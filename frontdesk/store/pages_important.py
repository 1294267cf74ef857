"""Messages by how much they matter, over all chats, and the chats in which something of the kind waits."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal_column, select

from frontdesk.domain.operators import Sight
from frontdesk.store.pages_base import Page, below, cursor, cut
from frontdesk.store.pages_messages import LINES, SEARCHED, MessageLine, as_line
from frontdesk.store.sql import const
from frontdesk.store.store import Read
from frontdesk.store.tables import chats, messages

HIGH = 4  # as the index of them says it
_HIGH = messages.c.importance >= literal_column("4")
_WAITS = exists().where(
    chats.c.id == messages.c.chat_id,
    chats.c.waiting_since <= messages.c.provider_time,
    chats.c.state != const("resolved"),
)
# Of a chat: something that matters waits in it, as its card says.
PRESSES: ColumnElement[bool] = (
    chats.c.waiting_since.is_not(None)
    & (chats.c.state != const("resolved"))
    & exists().where(
        messages.c.chat_id == chats.c.id,
        messages.c.provider_time >= chats.c.waiting_since,
        messages.c.revoked_at.is_(None),
        _HIGH,
    )
)


@dataclass(frozen=True, slots=True)
class Important:
    """Which messages to list: from a level on, by when they came in. `unanswered`: those that wait for an answer."""

    least: int = HIGH
    account: str | None = None
    since: int | None = None
    until: int | None = None
    unanswered: bool = False
    before: str | None = None
    limit: int = 50
    sight: Sight = None


def important_query(wanted: Important, *, newer_than: int | None) -> Select[Any]:
    """The statement behind `important`: a walk from the newest message down, in the index of the few that matter."""
    row = messages.c
    query = LINES.where(row.importance >= wanted.least, row.revoked_at.is_(None), row.vanished_at.is_(None))
    if wanted.least >= HIGH:
        query = query.where(_HIGH)
    since = max(filter(None, (wanted.since, newer_than)), default=None)
    if since is not None:
        query = query.where(row.created_at >= since)
    if wanted.until is not None:
        query = query.where(row.created_at < wanted.until)
    if wanted.account is not None:
        query = query.where(row.account_id == wanted.account)
    if wanted.sight is not None:
        query = query.where(row.account_id.in_(sorted(wanted.sight)))
    if wanted.unanswered:
        query = query.where(_WAITS)
    if wanted.before is not None:
        query = query.where(below(row.created_at, row.id, wanted.before))
    return query.order_by(row.created_at.desc(), row.id.desc()).limit(wanted.limit + 1)


_FAR = select(messages.c.created_at).order_by(messages.c.created_at.desc()).limit(1).offset(SEARCHED)


async def important(read: Read, wanted: Important) -> Page[MessageLine]:
    """One page, the newest first. Below `HIGH`, where nearly every message counts, among the newest `SEARCHED` of all.

    Raises:
        MalformedCursor: `before` is no cursor.
    """
    newer_than = None if wanted.least >= HIGH else await read.scalar(_FAR)
    found, more = cut(await read.all(important_query(wanted, newer_than=newer_than), as_line), wanted.limit)
    last = found[-1].message if found else None
    return Page(found, cursor(last.created_at, last.id) if last and more else None)
