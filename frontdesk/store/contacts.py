"""Contacts and their addresses. Within an account an address leads to exactly one contact."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.store.rows import AddressRow, ContactRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import addresses, chats, contacts, messages, threads

# Which address to send to, the best first: a phone is always understood, the others are scoped.
PREFERENCE = (AddressKind.PHONE, AddressKind.LID, AddressKind.USER, AddressKind.GROUP)


def address_id(account_id: str, address: Address) -> str:
    """The key of an address within an account."""
    return f"{account_id}/{address.kind.value}:{address.value}"


def address_row(address: Address, *, account_id: str, contact_id: str, seen_at: int) -> dict[str, Any]:
    """The parameters of a new address."""
    return {
        "id": address_id(account_id, address),
        "account_id": account_id,
        "contact_id": contact_id,
        "kind": address.kind.value,
        "value": address.value,
        "seen_at": seen_at,
    }


_FIND = select(addresses.c.id, addresses.c.contact_id).where(among(addresses.c.id, "ids"))


async def find(read: Read, ids: Iterable[str]) -> dict[str, str]:
    """From address ids to contact ids, for those that are known."""
    return await read.pairs(_FIND, {"ids": texts(ids)})


_ADD_ADDRESS = upsert(addresses).on_conflict_do_nothing()


async def add_addresses(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """New addresses; one that is known already stays with its contact."""
    if rows:
        await tx.run(_ADD_ADDRESS, rows)


async def by_id(read: Read, contact_id: str) -> ContactRow | None:
    """The contact of that id."""
    return await read.one(select(contacts).where(contacts.c.id == contact_id), ContactRow)


async def names_of(read: Read, ids: Iterable[str]) -> dict[str, str]:
    """From contact ids to names, for those that have one."""
    name = func.coalesce(contacts.c.given_name, contacts.c.name)
    statement = select(contacts.c.id, name).where(among(contacts.c.id, "ids"), name.is_not(None))
    return await read.pairs(statement, {"ids": texts(ids)})


async def addresses_of(read: Read, contact_id: str) -> tuple[Address, ...]:
    """Every address of a contact, the best to send to first, the one seen last before older ones of its kind."""
    rows = await read.all(
        select(addresses).where(addresses.c.contact_id == contact_id).order_by(addresses.c.seen_at.desc()), AddressRow
    )
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
    """The desk or the owner's address book calls the person so; it wins over the person's own name."""
    await tx.run(update(contacts).where(contacts.c.id == contact_id).values(given_name=given))
    if given:
        await tx.run(update(chats).where(chats.c.contact_id == contact_id).values(name=given))


async def merge(tx: Tx, keep: str, gone: str) -> None:
    """Two contacts turned out to be one person: `gone` dissolves into `keep`, with its addresses, chat and messages."""
    await tx.run(update(addresses).where(addresses.c.contact_id == gone).values(contact_id=keep))
    kept_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == keep))
    gone_chat = await tx.scalar(select(chats.c.id).where(chats.c.contact_id == gone))
    if gone_chat is not None and kept_chat is None:
        await tx.run(update(chats).where(chats.c.id == gone_chat).values(contact_id=keep))
    elif gone_chat is not None:
        await _merge_chats(tx, keep=kept_chat, gone=gone_chat)
    await tx.run(update(messages).where(messages.c.contact_id == gone).values(contact_id=keep))
    name = await tx.one(select(contacts).where(contacts.c.id == gone), ContactRow)
    if name is not None:
        await tx.run(
            update(contacts)
            .where(contacts.c.id == keep)
            .values(
                name=func.coalesce(contacts.c.name, name.name),
                given_name=func.coalesce(contacts.c.given_name, name.given_name),
                username=func.coalesce(contacts.c.username, name.username),
            )
        )
    await tx.run(delete(contacts).where(contacts.c.id == gone))


async def _merge_chats(tx: Tx, *, keep: str, gone: str) -> None:
    """Move what is said in one chat to the other. A message that both hold stays once."""
    twice = select(messages.c.external_id).where(messages.c.chat_id == keep, messages.c.external_id.is_not(None))
    await tx.run(delete(messages).where(messages.c.chat_id == gone, messages.c.external_id.in_(twice)))
    await tx.run(update(messages).where(messages.c.chat_id == gone).values(chat_id=keep))
    await tx.run(update(threads).where(threads.c.chat_id == gone).values(chat_id=keep))
    other = (await tx.run(select(chats).where(chats.c.id == gone))).one()
    kept = (await tx.run(select(chats).where(chats.c.id == keep))).one()
    newer = other if other.last_message_at > kept.last_message_at else kept
    await tx.run(
        update(chats)
        .where(chats.c.id == keep)
        .values(
            last_message_at=newer.last_message_at,
            last_text=newer.last_text,
            last_author=newer.last_author,
            last_inbound_at=max(filter(None, (other.last_inbound_at, kept.last_inbound_at)), default=None),
            waiting_since=min(filter(None, (other.waiting_since, kept.waiting_since)), default=None),
            unread=chats.c.unread + other.unread,
            trusted=kept.trusted and other.trusted,  # a merge never opens a gate
            held_by=kept.held_by or other.held_by,
            held_until=kept.held_until if kept.held_by else other.held_until,
        )
    )
    await tx.run(delete(chats).where(chats.c.id == gone))
