"""Contacts and their addresses. Within an account an address leads to exactly one contact."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.addresses import Address, AddressKind, variants
from frontdesk.store import chats as chat_rows
from frontdesk.store.rows import AddressRow, ChatRow, ContactRow
from frontdesk.store.sql import among, among_found, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import addresses, chats, contacts

# Which address to send to, the best first: a phone is always understood, the others are scoped.
PREFERENCE = (AddressKind.PHONE, AddressKind.LID, AddressKind.USER, AddressKind.GROUP)


def address_id(account_id: str, address: Address) -> str:
    """The key of an address within an account."""
    return f"{account_id}/{address.kind._value_}:{address.value}"  # `.value` is slow, and this is made very often


def address_row(
    address: Address, *, account_id: str, contact_id: str, seen_at: int, beside: Address | None = None
) -> dict[str, Any]:
    """The parameters of a new address; `beside` is one that was told with it of a new person."""
    return {
        "id": address_id(account_id, address),
        "account_id": account_id,
        "contact_id": contact_id,
        "kind": address.kind.value,
        "value": address.value,
        "seen_at": seen_at,
        "origin": address_id(account_id, beside or address),
    }


_THESE = among(addresses.c.id, "ids")
_FIND = select(addresses.c.id, addresses.c.contact_id).where(_THESE)
FIND_WITH_ORIGINS = select(addresses.c.id, addresses.c.contact_id, addresses.c.origin).where(_THESE)


async def find(read: Read, ids: Iterable[str]) -> dict[str, str]:
    """From address ids to contact ids, for those that are known."""
    return await read.pairs(_FIND, {"ids": texts(ids)})


_ADD = insert(contacts)


async def add(tx: Tx, contact_id: str, *, account_id: str, created_at: int, **names: str | None) -> None:
    """One new contact, with the names that are known of it (name, given_name, username)."""
    await tx.run(_ADD, {"id": contact_id, "account_id": account_id, "created_at": created_at, **names})


_ADD_ADDRESS = upsert(addresses).on_conflict_do_nothing()


async def add_addresses(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """New addresses; one that is known already stays with its contact."""
    if rows:
        await tx.run(_ADD_ADDRESS, rows)


_MOVE = (
    update(addresses)
    .where(addresses.c.id == bindparam("address"))
    .values(contact_id=bindparam("to"), origin=addresses.c.id, seen_at=bindparam("at"))
)


async def move_address(tx: Tx, address: str, *, to: str, seen_at: int) -> None:
    """An address, by its id, leads to another contact from now on."""
    await tx.run(_MOVE, {"address": address, "to": to, "at": seen_at})


_SIBLING = addresses.alias("sibling")
_WROTE_BY = (
    update(addresses)
    .where(
        addresses.c.id == bindparam("address"),
        exists().where(_SIBLING.c.contact_id == addresses.c.contact_id, _SIBLING.c.seen_at > addresses.c.seen_at),
        ~exists().where(_SIBLING.c.contact_id == addresses.c.contact_id, _SIBLING.c.seen_at > bindparam("at")),
    )
    .values(seen_at=bindparam("at"))
)


async def wrote_by(tx: Tx, used: Sequence[dict[str, Any]]) -> None:
    """People wrote by these (`address` by its id, `at`): who has several numbers is answered at the last one."""
    if used:
        await tx.run(_WROTE_BY, used)


_PAIR = addresses.alias("pair")
_TOLD = among(_PAIR.c.id, "ids")
_FIRST = select(func.min(_PAIR.c.origin)).where(_TOLD).scalar_subquery()
_TOGETHER = (
    update(addresses)
    .where(
        among_found(addresses.c.contact_id, select(_PAIR.c.contact_id).where(_TOLD)),
        addresses.c.origin.in_(select(_PAIR.c.origin).where(_TOLD)),
        addresses.c.origin != _FIRST,
    )
    .values(origin=_FIRST)
)


async def told_together(tx: Tx, told: Iterable[Iterable[str]]) -> None:
    """The line has told these (addresses by their ids) of one person: people do not take them apart one by one."""
    for ids in told:
        await tx.run(_TOGETHER, {"ids": texts(ids)})


async def parts_of(read: Read, contact_id: str, *, only_joined: bool = False) -> list[tuple[Address, ...]]:
    """The addresses of a contact in the parts into which people can take it, the best first.

    What the line tells of one person stays together, unless that is all there is; with `only_joined`, there are no
    parts then: the line would join them again. Two ways of writing one number stay together always.
    """
    rows = await read.all(_ADDRESSES, AddressRow, {"contact": contact_id})
    several = len({row.origin for row in rows}) > 1
    if only_joined and not several:
        return []
    parts: list[list[Address]] = []
    origins: list[set[str | None]] = []
    for address in _best_first(rows):
        origin = next(row.origin for row in rows if (row.kind, row.value) == (address.kind.value, address.value))
        for part, known in zip(parts, origins, strict=True):
            if (several and origin in known) or not set(variants(address)).isdisjoint(part):
                part.append(address)
                known.add(origin)
                break
        else:
            parts.append([address])
            origins.append({origin})
    return [tuple(part) for part in parts]


async def last_used(tx: Tx, contact_id: str, *, at: int) -> None:
    """A person last wrote at that moment, by the address that leads to them now."""
    own = select(addresses.c.id).where(addresses.c.contact_id == contact_id).order_by(addresses.c.seen_at.desc())
    newest = own.limit(1).scalar_subquery()
    await tx.run(update(addresses).where(addresses.c.id == newest, addresses.c.seen_at < at).values(seen_at=at))


async def chat_of(read: Read, contact_id: str) -> ChatRow | None:
    """The chat with a contact, where there is one."""
    return await read.one(select(chats).where(chats.c.contact_id == contact_id), ChatRow)


async def by_id(read: Read, contact_id: str) -> ContactRow | None:
    """The contact of that id."""
    return await read.one(select(contacts).where(contacts.c.id == contact_id), ContactRow)


_NAME = func.coalesce(contacts.c.given_name, contacts.c.name)
_NAMES = select(contacts.c.id, _NAME).where(among(contacts.c.id, "ids"), _NAME.is_not(None))


async def names_of(read: Read, ids: Iterable[str]) -> dict[str, str]:
    """From contact ids to names, for those that have one."""
    wanted = list(ids)
    return await read.pairs(_NAMES, {"ids": texts(wanted)}) if wanted else {}


_ADDRESSES = (
    select(addresses).where(addresses.c.contact_id == bindparam("contact")).order_by(addresses.c.seen_at.desc())
)


ADDRESSES_OF_CHAT = (
    select(addresses)
    .join(chats, chats.c.contact_id == addresses.c.contact_id)
    .where(chats.c.id == bindparam("chat"))
    .order_by(addresses.c.seen_at.desc())
)


async def addresses_of(read: Read, contact_id: str) -> tuple[Address, ...]:
    """Every address of a contact, the best to send to first, the one seen last before older ones of its kind."""
    return _best_first(await read.all(_ADDRESSES, AddressRow, {"contact": contact_id}))


async def addresses_of_chat(read: Read, chat: ChatRow) -> tuple[Address, ...]:
    """Every address under which a chat is reached: its contact's, or the group's."""
    return reached(chat, await read.all(ADDRESSES_OF_CHAT, AddressRow, {"chat": chat.id}))


def reached(chat: ChatRow | None, rows: Iterable[AddressRow]) -> tuple[Address, ...]:
    """Every address under which a chat is reached, from the rows of its contact's."""
    if chat is not None and chat.group_ref is not None:
        return (Address(AddressKind.GROUP, chat.group_ref),)
    return _best_first(rows)


def _best_first(rows: Iterable[AddressRow]) -> tuple[Address, ...]:
    known = [Address(AddressKind(row.kind), row.value) for row in rows]
    return tuple(sorted(known, key=lambda address: PREFERENCE.index(address.kind)))


_RENAME = (
    update(contacts)
    .where(contacts.c.id == bindparam("contact"), contacts.c.name.is_distinct_from(bindparam("own")))
    .values(name=bindparam("own"))
)
_RENAME_CHAT = (
    update(chats)
    .where(
        chats.c.contact_id == bindparam("contact"),
        chats.c.name != bindparam("own"),
        ~select(contacts.c.id)
        .where(contacts.c.id == bindparam("contact"), contacts.c.given_name.is_not(None))
        .exists(),
    )
    .values(name=bindparam("own"))
)
_NICK = update(contacts).where(contacts.c.id == bindparam("contact")).values(username=bindparam("nick"))


async def rename_all(tx: Tx, names: dict[str, tuple[str | None, str | None]]) -> None:
    """From contact ids to (own name, username) as the people call themselves now. A name given by the desk stays."""
    own = [{"contact": contact, "own": name} for contact, (name, _) in names.items() if name]
    nicks = [{"contact": contact, "nick": nick} for contact, (_, nick) in names.items() if nick]
    if own:
        await tx.run(_RENAME, own)
        await tx.run(_RENAME_CHAT, own)
    if nicks:
        await tx.run(_NICK, nicks)


async def give_name(tx: Tx, contact_id: str, given: str | None) -> None:
    """The desk or the owner's address book calls the person so; it wins over the person's own name, while it stands."""
    await tx.run(update(contacts).where(contacts.c.id == contact_id).values(given_name=given))
    shown = (await names_of(tx, [contact_id])).get(contact_id)
    if shown is None:
        return
    named = update(chats).where(chats.c.contact_id == contact_id, chats.c.name != shown).values(name=shown)
    for chat_id in await tx.scalars(named.returning(chats.c.id)):
        tx.emit(chat_rows.changed(chat_id))
