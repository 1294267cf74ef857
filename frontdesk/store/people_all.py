"""Everything by which one person is known on a line, for the export and the erasure of all that is theirs."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from frontdesk.domain.addresses import Address, AddressKind, display, variants
from frontdesk.store import contacts
from frontdesk.store.rows import AddressRow, ChatRow, ContactRow
from frontdesk.store.sql import const
from frontdesk.store.store import Read
from frontdesk.store.tables import addresses, chats, messages

SHORTEST = 6  # characters from which on an id is looked for inside of other texts: less would be found everywhere


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with its addresses and its chat, where one was begun; and the groups in which they wrote."""

    contact: ContactRow
    addresses: tuple[AddressRow, ...]
    chat: ChatRow | None
    groups: tuple[ChatRow, ...]

    @property
    def account_id(self) -> str:
        """The line on which they are known."""
        return self.contact.account_id

    @property
    def name(self) -> str:
        """As the list of chats calls them, else as they are known."""
        known = (self.contact.given_name, self.contact.name, self.contact.username)
        shown = self.chat.name if self.chat is not None else None
        return shown or next(filter(None, known), None) or self.contact.id

    @property
    def all(self) -> tuple[Address, ...]:
        """Every address, in every form in which it may be written."""
        known = (Address(AddressKind(row.kind), row.value) for row in self.addresses)
        return tuple(dict.fromkeys(form for address in known for form in variants(address)))

    @property
    def traces(self) -> tuple[str, ...]:
        """The texts that give them away wherever they stand: numbers and ids, the longest first."""
        found = {text for address in self.all for text in (address.value, display(address))}
        return tuple(sorted((text for text in found if len(text) >= SHORTEST), key=lambda text: (-len(text), text)))


_CONTACT_OF = select(chats.c.contact_id).where(chats.c.id == bindparam("chat"))
_ADDRESSES = (
    select(addresses).where(addresses.c.contact_id == bindparam("contact")).order_by(addresses.c.seen_at.desc())
)
_GROUPS = (
    select(chats)
    .where(
        chats.c.account_id == bindparam("account"),
        chats.c.group_ref.is_not(None),
        select(messages.c.id)
        .where(messages.c.chat_id == chats.c.id, messages.c.contact_id == bindparam("contact"))
        .where(messages.c.direction == const("inbound"))
        .exists(),
    )
    .order_by(chats.c.id)
)


async def person(read: Read, contact_id: str) -> Person | None:
    """The person behind a contact; None where there is none."""
    contact = await contacts.by_id(read, contact_id)
    if contact is None:
        return None
    given = {"contact": contact_id, "account": contact.account_id}
    known, groups = await read.together((_ADDRESSES, AddressRow, {"contact": contact_id}), (_GROUPS, ChatRow, given))
    return Person(contact, tuple(known), await contacts.chat_of(read, contact_id), tuple(groups))
