"""The owner's own chats, found by the owner's addresses; and how one is made in which nothing was said yet."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Integer, Text, bindparam, insert, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from frontdesk.domain.addresses import Address
from frontdesk.kit.ids import new_id
from frontdesk.store import contacts as contact_rows
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import addresses, chats, messages


class _Alone(FunctionElement[int]):
    """Keeps other transactions of an account out until the end of this one; one that writes alone needs nothing."""

    name = "alone"
    inherit_cache = True
    type = Integer()


@compiles(_Alone, "sqlite")
def _on_sqlite(element: _Alone, compiler: SQLCompiler, **kw: Any) -> str:
    (given,) = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"length({given})"


@compiles(_Alone, "postgresql")
def _on_postgresql(element: _Alone, compiler: SQLCompiler, **kw: Any) -> str:
    (given,) = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"length(CAST(pg_advisory_xact_lock(hashtextextended('account:' || {given}, 0)) AS text))"


_KEEP_OUT = select(_Alone(bindparam("account", type_=Text)))
_BEHIND = (
    select(chats)
    .join(addresses, addresses.c.contact_id == chats.c.contact_id)
    .where(among(addresses.c.id, "ids"))
    .order_by(chats.c.id)
    .distinct()
)
_IDS = (
    select(chats.c.id)
    .join(addresses, addresses.c.contact_id == chats.c.contact_id)
    .where(among(addresses.c.id, "ids"))
    .distinct()
)


async def behind(read: Read, ids: Iterable[str]) -> list[ChatRow]:
    """The chats with whoever has these addresses (by their ids)."""
    wanted = list(ids)
    return await read.all(_BEHIND, ChatRow, {"ids": texts(wanted)}) if wanted else []


async def ids_behind(read: Read, ids: Iterable[str]) -> frozenset[str]:
    """The same by the ids of the chats."""
    wanted = list(ids)
    return frozenset(await read.scalars(_IDS, {"ids": texts(wanted)}) if wanted else ())


_SAID = (
    select(messages)
    .where(
        messages.c.account_id == bindparam("account"),
        messages.c.external_id == bindparam("external"),
        messages.c.kind == const("text"),
    )
    .limit(1)
)


async def said(read: Read, account_id: str, *, external_id: str) -> MessageRow | None:
    """The text that a line calls so, in whichever chat it stands by now."""
    return await read.one(_SAID, MessageRow, {"account": account_id, "external": external_id})


async def make(tx: Tx, account_id: str, address: Address, *, name: str, now: int) -> ChatRow:
    """The chat with the owner at that address, made where it is missing. Nobody makes another one meanwhile."""
    await tx.scalar(_KEEP_OUT, {"account": account_id})
    key = contact_rows.address_id(account_id, address)
    if there := await behind(tx, [key]):
        return there[0]
    contact_id = (await contact_rows.find(tx, [key])).get(key)
    if contact_id is None:
        contact_id = new_id("con")
        await contact_rows.add(tx, contact_id, account_id=account_id, created_at=now)
        row = contact_rows.address_row(address, account_id=account_id, contact_id=contact_id, seen_at=now)
        await contact_rows.add_addresses(tx, [row])
    await tx.run(insert(chats), _new_chat(account_id, contact_id=contact_id, name=name, now=now))
    return (await behind(tx, [key]))[0]


def _new_chat(account_id: str, *, contact_id: str, name: str, now: int) -> dict[str, Any]:
    return {
        "id": new_id("cht"),
        "account_id": account_id,
        "contact_id": contact_id,
        "name": name,
        "trusted": False,
        "agent_mode": "off",
        "switched_by_hand": True,
        "state": "open",
        "labels": "[]",
        "last_message_at": 0,
        "unread": 0,
        "created_at": now,
    }
