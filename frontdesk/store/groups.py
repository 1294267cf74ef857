"""Groups as their channel tells of them: name, members, and whether we are still in it. Not every one has a chat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.addresses import Address, parse, variants
from frontdesk.domain.wire import Member
from frontdesk.store import contacts
from frontdesk.store.rows import ChatRow
from frontdesk.store.sql import among, texts, to_json
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import chats, group_members, groups


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of `groups`."""

    id: str
    account_id: str
    name: str | None
    left_at: int | None


def group_id(account_id: str, ref: str) -> str:
    """The key of a group within an account."""
    return f"{account_id}/{ref}"


_BY_ID = select(groups).where(groups.c.id == bindparam("group"))
_CHAT = select(chats).where(chats.c.account_id == bindparam("account"), chats.c.group_ref == bindparam("ref"))
_NAMES = select(groups.c.id, groups.c.name).where(among(groups.c.id, "ids"), groups.c.name.is_not(None))


async def known(read: Read, account_id: str, ref: str) -> tuple[GroupRow | None, ChatRow | None]:
    """A group and its chat, as far as there are any."""
    found, spoken = await read.together(
        (_BY_ID, GroupRow, {"group": group_id(account_id, ref)}), (_CHAT, ChatRow, {"account": account_id, "ref": ref})
    )
    return (found[0] if found else None), (spoken[0] if spoken else None)


async def names_of(read: Read, ids: Iterable[str]) -> dict[str, str]:
    """From the ids of groups to their names, for those that have one."""
    wanted = list(ids)
    return await read.pairs(_NAMES, {"ids": texts(wanted)}) if wanted else {}


_LEFT = select(groups.c.left_at).where(groups.c.id == bindparam("group"))


async def left(read: Read, chat: ChatRow) -> bool:
    """Whether the chat is of a group in which we are no more."""
    if chat.group_ref is None:
        return False
    return await read.scalar(_LEFT, {"group": group_id(chat.account_id, chat.group_ref)}) is not None


_PUT = upsert(groups)
_PUT_GROUP = _PUT.on_conflict_do_update(
    index_elements=[groups.c.id], set_={"name": _PUT.excluded.name, "left_at": _PUT.excluded.left_at}
)
_CLEAR = delete(group_members).where(group_members.c.group_id == bindparam("group"))
_ADD = insert(group_members)


async def put(tx: Tx, row: GroupRow) -> None:
    """Write a group as it is now."""
    await tx.run(_PUT_GROUP, {name: getattr(row, name) for name in row.__dataclass_fields__})


async def replace_members(tx: Tx, group: str, members: Sequence[Member]) -> None:
    """These are all who are in the group (by its id), and nobody else."""
    await tx.run(_CLEAR, {"group": group})
    told = [
        {
            "group_id": group,
            "position": position,
            "addresses": to_json([str(address) for address in member.addresses]),
            "name": member.name,
            "admin": member.admin,
        }
        for position, member in enumerate(members)
    ]
    if told:
        await tx.run(_ADD, told)


_MEMBERS = (
    select(group_members.c.addresses, group_members.c.name, group_members.c.admin)
    .where(group_members.c.group_id == bindparam("group"))
    .order_by(group_members.c.position)
)


async def members_of(read: Read, chat: ChatRow) -> tuple[Member, ...]:
    """Who is in the group of a chat, as far as the channel told; nobody where it is no group."""
    if chat.group_ref is None:
        return ()
    found = await read.all(_MEMBERS, _member, {"group": group_id(chat.account_id, chat.group_ref)})
    return await _named(read, chat.account_id, found)


async def _named(read: Read, account_id: str, members: Sequence[Member]) -> tuple[Member, ...]:
    """The members as the desk calls those whom it knows; the others by what the channel told."""
    keys = {
        contacts.address_id(account_id, form): at
        for at, member in enumerate(members)
        for address in member.addresses
        for form in variants(address)
    }
    people = await contacts.find(read, keys)
    names = await contacts.names_of(read, set(people.values()))
    called = {keys[key]: names[person] for key, person in people.items() if person in names}
    return tuple(replace(member, name=called.get(at, member.name)) for at, member in enumerate(members))


def _member(addresses: str, name: str | None, admin: bool) -> Member:
    return Member(tuple(_addresses(addresses)), name, bool(admin))


def _addresses(stored: str) -> list[Address]:
    return [parse(text) for text in orjson.loads(stored)]
