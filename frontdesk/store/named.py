"""Chats by what somebody calls them: a part of a name, or the end of a number."""

from collections.abc import Iterable

from sqlalchemy import bindparam, or_, select

from frontdesk.domain.words import fold
from frontdesk.store.rows import ChatRow
from frontdesk.store.sql import among, const, texts, unaccent
from frontdesk.store.store import Read
from frontdesk.store.tables import addresses, chats, contacts

MOST = 200  # that may be meant; the newest ones

_NEWEST = (chats.c.last_message_at.desc(), chats.c.id.desc())
_PEOPLE = select(chats, contacts.c.name, contacts.c.given_name).outerjoin(contacts, contacts.c.id == chats.c.contact_id)
_PHONES = select(addresses.c.contact_id, addresses.c.value).where(
    addresses.c.kind == const("phone"), among(addresses.c.contact_id, "people")
)
_WITH_END = select(addresses.c.contact_id).where(
    addresses.c.kind == const("phone"), addresses.c.value.endswith(bindparam("digits"), autoescape=False)
)
_WIDTH = len(chats.c)

Named = tuple[ChatRow, tuple[str, ...]]  # a chat, and every name that it and its person have


def _named(*columns: object) -> Named:
    chat = ChatRow(*columns[:_WIDTH])  # type: ignore[arg-type]
    names = (chat.name, *(str(one) for one in columns[_WIDTH:] if one))
    return chat, tuple(dict.fromkeys(names))


_OF_THESE = _PEOPLE.where(among(chats.c.contact_id, "people")).order_by(*_NEWEST).limit(MOST)


async def with_word(read: Read, word: str) -> list[Named]:
    """Chats in whose names the word stands, in upper or lower case, with or without accents; the newest first."""
    said = fold(word)
    holds = [unaccent(name).contains(said, autoescape=True) for name in (chats.c.name, contacts.c.name)]
    holds.append(unaccent(contacts.c.given_name).contains(said, autoescape=True))
    return await read.all(_PEOPLE.where(or_(*holds)).order_by(*_NEWEST).limit(MOST), _named)


async def with_number(read: Read, digits: str) -> list[Named]:
    """Chats with people whose number ends so; the newest first."""
    people = await read.scalars(_WITH_END, {"digits": digits})
    return await read.all(_OF_THESE, _named, {"people": texts(people)})


async def phones_of(read: Read, contact_ids: Iterable[str]) -> dict[str, list[str]]:
    """From contacts to the digits of their numbers."""
    found: dict[str, list[str]] = {}
    rows = await read.all(_PHONES, lambda *columns: columns, {"people": texts(contact_ids)})
    for contact_id, digits in rows:
        found.setdefault(contact_id, []).append(digits)
    return found
