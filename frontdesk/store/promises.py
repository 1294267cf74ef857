"""What we wrote and nobody has looked through for promises yet."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, bindparam, select, update

from frontdesk.domain.promises import UNREAD
from frontdesk.store.rows import MessageRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import messages

_MARKED = messages.c.promises == const(UNREAD)
_OUT = messages.c.status.in_([const(status) for status in ("sent", "delivered", "read", "played")])
_UNREAD = select(messages).where(_MARKED, _OUT).order_by(messages.c.id).limit(bindparam("most"))
_AGAIN = select(messages).where(among(messages.c.id, "ids"), _MARKED)
_READ = update(messages).where(among(messages.c.id, "ids")).values(promises=None)
_FORGET = (
    update(messages)
    .where(_MARKED, ~_OUT, messages.c.created_at < bindparam("before", type_=BigInteger))
    .values(promises=None)
)


async def unread(read: Read, *, most: int) -> list[MessageRow]:
    """Messages that were really sent and may hold a promise."""
    return await read.all(_UNREAD, MessageRow, {"most": most})


async def still_unread(read: Read, found: Iterable[MessageRow]) -> list[MessageRow]:
    """Those of them that are as they were found: of the others, the next look is to come."""
    before = {row.id: _said(row) for row in found}
    rows = await read.all(_AGAIN, MessageRow, {"ids": texts(before)})
    return [row for row in rows if _said(row) == before[row.id]]


def _said(row: MessageRow) -> tuple[object, ...]:
    return row.chat_id, row.text, row.edited_at, row.revoked_at, row.vanished_at


async def have_read(tx: Tx, message_ids: Iterable[str]) -> None:
    """They were looked through."""
    await tx.run(_READ, {"ids": texts(message_ids)})


async def forget(tx: Tx, *, before: int) -> None:
    """What was written before that moment and did not go out will not."""
    await tx.run(_FORGET, {"before": before})
