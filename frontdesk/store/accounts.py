"""Accounts: the lines of the installation."""

from typing import Any

from sqlalchemy import insert, select, update

from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import accounts


async def all_live(read: Read) -> list[AccountRow]:
    """Every account that was not removed, the oldest first."""
    return await read.all(select(accounts).where(accounts.c.deleted_at.is_(None)).order_by(accounts.c.id), AccountRow)


async def by_id(read: Read, account_id: str) -> AccountRow | None:
    """The account of that id, unless it was removed."""
    statement = select(accounts).where(accounts.c.id == account_id, accounts.c.deleted_at.is_(None))
    return await read.one(statement, AccountRow)


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new account."""
    await tx.run(insert(accounts), row)


async def change(tx: Tx, account_id: str, **values: Any) -> None:
    """Set columns of an account."""
    await tx.run(update(accounts).where(accounts.c.id == account_id).values(**values))
