"""Accounts: the lines of the installation."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert, select, update

from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.rows import AccountRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import accounts


async def all_live(read: Read) -> list[AccountRow]:
    """Every account that was not removed, the oldest first."""
    return await read.all(select(accounts).where(accounts.c.deleted_at.is_(None)).order_by(accounts.c.id), AccountRow)


_LIVE = select(accounts).where(among(accounts.c.id, "ids"), accounts.c.deleted_at.is_(None)).order_by(accounts.c.id)


async def live(read: Read, ids: Collection[str]) -> list[AccountRow]:
    """Those of these accounts that were not removed, the oldest first."""
    return await read.all(_LIVE, AccountRow, {"ids": texts(ids)})


async def at_line(read: Read, channel: str, line_ref: str) -> AccountRow | None:
    """The account behind the channel's own id of a line."""
    here = (accounts.c.channel == channel, accounts.c.line_ref == line_ref, accounts.c.deleted_at.is_(None))
    return await read.one(select(accounts).where(*here), AccountRow)


async def by_id(read: Read, account_id: str) -> AccountRow | None:
    """The account of that id, unless it was removed."""
    statement = select(accounts).where(accounts.c.id == account_id, accounts.c.deleted_at.is_(None))
    return await read.one(statement, AccountRow)


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new account."""
    await tx.run(insert(accounts), row)
    await changes.note(tx, Kind.ACCOUNT, row["id"])


async def change(tx: Tx, account_id: str, **values: Any) -> None:
    """Set columns of an account."""
    await tx.run(update(accounts).where(accounts.c.id == account_id).values(**values))
    if values.keys() != {"last_seen_at"}:  # of which each process keeps its own
        await changes.note(tx, Kind.ACCOUNT, account_id)
    if "owner_id" in values:
        await changes.note(tx, Kind.RIGHTS)
