"""Receipts that came before the message they speak of was known to be sent."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from frontdesk.store.rows import WaitingReceiptRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import messages, waiting_receipts

_ADD = insert(waiting_receipts)
_DROP = delete(waiting_receipts).where(among(waiting_receipts.c.id, "ids"))


async def keep(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Let receipts wait."""
    if rows:
        await tx.run(_ADD, rows)


FOR_MESSAGE = select(waiting_receipts).where(
    waiting_receipts.c.account_id == bindparam("account"), waiting_receipts.c.external_id == bindparam("external")
)


async def for_message(read: Read, *, account_id: str, external_id: str) -> list[WaitingReceiptRow]:
    """What waits for one message."""
    return await read.all(FOR_MESSAGE, WaitingReceiptRow, {"account": account_id, "external": external_id})


_BESIDE_OPEN = select(waiting_receipts).where(
    waiting_receipts.c.account_id == bindparam("account"),
    waiting_receipts.c.chat_id.in_(
        select(messages.c.chat_id).where(
            messages.c.account_id == bindparam("account"),
            messages.c.status.in_((const("sending"), const("unknown"))),
            messages.c.direction == const("outbound"),
        )
    ),
)


async def beside_open_sends(read: Read, account_id: str) -> list[WaitingReceiptRow]:
    """What waits in chats of an account in which a send is open."""
    return await read.all(_BESIDE_OPEN, WaitingReceiptRow, {"account": account_id})


async def drop(tx: Tx, ids: Iterable[str]) -> None:
    """They have been applied."""
    await tx.run(_DROP, {"ids": texts(ids)})


async def expire(tx: Tx, before: int) -> int:
    """Forget those that nobody will ask for any more; gives how many."""
    return await tx.count(delete(waiting_receipts).where(waiting_receipts.c.received_at < before))
