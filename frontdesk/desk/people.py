"""Who wrote: contacts are found by their addresses or made, and two that turn out to be one become one.

A person's own id (Meta's user id, a hidden id) lasts; a phone number may go to somebody else. So a phone leads to its
contact only as long as that contact has no other id of its own: then the number has changed hands, and moves.
"""

from collections.abc import Iterable, Sequence

from frontdesk.desk import later_changes
from frontdesk.domain.addresses import Address, AddressKind, is_another, lasting, variants
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import AddressChange, Called, NameChange, Sender, Typing
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import arrivals as rows, chats, contacts, merging
from frontdesk.store.store import Read, Tx

Names = tuple[str | None, str | None]  # own name, username


class Entangled(Exception):
    """People become one, or an address somebody else's: that needs their whole account, and this batch has less."""


class People:
    """The people of one batch. What is made is noted in the batch, and written with it.

    With `apart` others write on their account at the same time: then nobody can become another.
    """

    def __init__(self, batch: rows.Batch, now: int, *, apart: bool = False) -> None:
        self._batch = batch
        self._now = now
        self._apart = apart
        self._contacts: dict[str, str] = {}  # address id -> contact id
        self._origins: dict[str, str] = {}  # address id -> its origin on the table
        self._merged: dict[str, str] = {}  # contact that dissolved -> contact that it became
        self._names: dict[str, Names] = {}
        self.fresh: set[str] = set()  # contacts made in this batch
        self.together: set[tuple[str, ...]] = set()  # ids of addresses that were told of one person who is known

    @property
    def merged(self) -> bool:
        """Whether contacts became one in this batch."""
        return bool(self._merged)

    @property
    def names(self) -> dict[str, Names]:
        """What known people call themselves now."""
        return {self.became(person): names for person, names in self._names.items()}

    def became(self, person: str) -> str:
        """The contact that a dissolved one is now, however often that happened."""
        while person in self._merged:
            person = self._merged[person]
        return person

    async def find(
        self, tx: Tx, senders: Sequence[tuple[str, Sender, bool]], known: dict[str, str], origins: dict[str, str]
    ) -> list[str]:
        """The contact of each (account, sender, in a group); empty for a member of a group whom nobody names.

        `known` leads from the ids of their addresses, in all forms, to the contacts that are there, `origins` to what
        those have in common that were told together.
        """
        self._contacts, self._origins = known, dict(origins)
        people = [
            await self._one(tx, account_id, sender) if sender.addresses or not in_group else ""
            for account_id, sender, in_group in senders
        ]
        return [self.became(person) for person in people]

    def need_all(self) -> None:
        """Go on only where nobody else writes on the account.

        Raises:
            Entangled: others may.
        """
        if self._apart:
            raise Entangled

    async def unite(self, tx: Tx, told: Sequence[tuple[str, str]]) -> None:
        """Pairs of contacts (the first that told, the one that tells again) of whom each told the very same message.

        They are one person where the one is known by a number only and the other by a user id only: Meta may repeat a
        message under the other of the two. Whoever else does so is left alone: on other lines the sender makes the ids.
        """
        self.need_all()
        for first, again in told:
            keep, gone = self.became(first), self.became(again)
            if keep != gone and await self._is_other_half(tx, keep, gone):
                await self._merge(tx, keep, gone)

    async def _is_other_half(self, tx: Tx, one: str, other: str) -> bool:
        kinds = [{address.kind for address in await self._addresses(tx, contact)} for contact in (one, other)]
        return {AddressKind.PHONE} in kinds and {AddressKind.USER} in kinds

    async def _one(self, tx: Tx, account_id: str, sender: Sender) -> str:
        same, strangers = await self._known(tx, account_id, sender.addresses)
        contact_id = min(same, key=lambda hit: hit in self.fresh, default=None) or self._new(account_id, sender)
        for gone in same:
            if gone != contact_id:
                await self._merge(tx, contact_id, gone)
        for key in strangers:
            await self._move(tx, key, contact_id)
        for address in sender.addresses:
            key = contacts.address_id(account_id, address)
            if key not in self._contacts:
                self._contacts[key] = contact_id
                beside = sender.addresses[0] if contact_id in self.fresh else None
                row = contacts.address_row(
                    address, account_id=account_id, contact_id=contact_id, seen_at=self._now, beside=beside
                )
                self._batch.addresses.append(row)
        if contact_id not in self.fresh:
            self._told_together(tuple(contacts.address_id(account_id, address) for address in sender.addresses))
        if contact_id not in self.fresh and (sender.name or sender.username):
            self._names[contact_id] = (_kept(sender.name), _kept(sender.username))
        return contact_id

    def _told_together(self, keys: tuple[str, ...]) -> None:
        """Note it, unless they were told so before, as with nearly every message."""
        origins = {self._origins.get(key) for key in keys}
        if len(keys) > 1 and (len(origins) > 1 or None in origins):
            self.together.add(keys)

    async def _known(self, tx: Tx, account_id: str, given: Sequence[Address]) -> tuple[list[str], list[str]]:
        """The contacts that this person has been, and the keys of addresses that were another's until now."""
        hits = self._hits(account_id, given)
        if not hits:
            return [], []
        own = [address for address in given if lasting(address)]
        sure, same = self._hits(account_id, own), list[str]()
        strangers: list[str] = []
        for contact_id in hits:
            surely = contact_id in sure or not own
            if not surely and is_another(await self._addresses(tx, contact_id), own):
                strangers += [key for key in forms(account_id, given) if self._contacts.get(key) == contact_id]
            else:
                same.append(contact_id)
        return same, strangers

    def _hits(self, account_id: str, given: Iterable[Address]) -> list[str]:
        found = (self._contacts.get(key) for key in forms(account_id, given))
        return list(dict.fromkeys(contact_id for contact_id in found if contact_id is not None))

    async def _addresses(self, tx: Tx, contact_id: str) -> list[Address]:
        made = [row for row in self._batch.addresses if row["contact_id"] == contact_id]
        stored = await contacts.addresses_of(tx, contact_id)
        return [*stored, *(Address(AddressKind(row["kind"]), row["value"]) for row in made)]

    def _new(self, account_id: str, sender: Sender) -> str:
        contact_id = new_id("con")
        self.fresh.add(contact_id)
        self._batch.contacts.append(
            {
                "id": contact_id,
                "account_id": account_id,
                "name": _kept(sender.name),
                "given_name": None,
                "username": _kept(sender.username),
                "created_at": self._now,
            }
        )
        return contact_id

    async def _merge(self, tx: Tx, keep: str, gone: str) -> None:
        """The same person turned up under both: what this batch has made so far must be on the table first."""
        self.need_all()
        await rows.write_people(tx, self._batch)
        await merging.merge(tx, keep, gone, now=self._now)
        await later_changes.catch_up_with(tx, keep)
        self._merged[gone] = keep
        self.fresh.discard(keep)  # it may have a chat by now
        self._contacts = {key: keep if contact == gone else contact for key, contact in self._contacts.items()}

    async def _move(self, tx: Tx, key: str, contact_id: str) -> None:
        self.need_all()
        await rows.write_people(tx, self._batch)
        await contacts.move_address(tx, key, to=contact_id, seen_at=self._now)
        self._contacts[key] = contact_id
        self._origins[key] = key


async def follow(tx: Tx, account_id: str, change: AddressChange, now: int) -> None:
    """A person's new address leads to the same contact; who had their own id of it is the same person."""
    known = await contacts.find(tx, forms(account_id, change.old))
    people = list(dict.fromkeys(known.values()))
    if not people:
        return
    keep = people[0]
    taken = await contacts.find(tx, forms(account_id, change.new))
    own = set((await contacts.find(tx, forms(account_id, filter(lasting, change.new)))).values())
    for gone in dict.fromkeys([*people[1:], *taken.values()]):
        if gone == keep:
            continue
        if gone in taken.values() and gone not in own and await _differ(tx, keep, gone):
            for key in [key for key, contact in taken.items() if contact == gone]:
                await contacts.move_address(tx, key, to=keep, seen_at=now)
            continue
        await merging.merge(tx, keep, gone, now=now)
        await later_changes.catch_up_with(tx, keep)
    await contacts.add_addresses(
        tx, [contacts.address_row(new, account_id=account_id, contact_id=keep, seen_at=now) for new in change.new]
    )
    await contacts.told_together(tx, [forms(account_id, (*change.old, *change.new))])


async def rang(tx: Tx, account_id: str, call: Called, now: int) -> None:
    """Somebody who has a chat rang: their window is open again. Who never wrote has no chat to open."""
    own = [address for address in call.sender.addresses if lasting(address)]
    known = await contacts.find(tx, forms(account_id, own or call.sender.addresses))
    for contact_id in set(known.values()):
        await chats.heard_from(tx, contact_id, at=min(call.at or now, now))


async def typing(tx: Tx, account_id: str, told: Typing) -> None:
    """Who has a chat writes in it, or has stopped: those who look on are told, and nothing is stored."""
    group, known = told.group, dict[str, str]()
    if group is None:
        known = await contacts.find(tx, forms(account_id, told.sender.addresses))
    groups = {(account_id, group.value)} if group else ()
    for chat in await rows.chats_of(tx, contact_ids=set(known.values()), groups=groups):
        said = {"chat_id": chat.id, "writing": told.writing, "recording": told.writing and told.recording}
        tx.emit(Live(LiveType.CONTACT_TYPING, said, account_id, chat.id))


async def named(tx: Tx, account_id: str, change: NameChange, now: int) -> None:
    """The owner's address book calls a person so, or with None no longer.

    Who has never written is noted without a chat: the book is handed over once, and usually before anybody writes.
    """
    known = await contacts.find(tx, forms(account_id, change.addresses))
    people = set(known.values())
    for contact_id in people:
        await contacts.give_name(tx, contact_id, change.name)
    if change.name is None or len(people) > 1:
        return
    contact_id = people.pop() if people else new_id("con")
    if not known:
        names = {"given_name": _kept(change.name), "username": _kept(change.username)}
        await contacts.add(tx, contact_id, account_id=account_id, created_at=now, **names)
    elif is_another(await contacts.addresses_of(tx, contact_id), change.addresses):
        return  # a number that went from the one to the other: it says nothing about whose the ids are
    fresh = [one for one in change.addresses if known.keys().isdisjoint(forms(account_id, [one]))]
    await contacts.add_addresses(
        tx, [contacts.address_row(one, account_id=account_id, contact_id=contact_id, seen_at=now) for one in fresh]
    )
    await contacts.told_together(tx, [forms(account_id, change.addresses)])


async def _differ(read: Read, one: str, other: str) -> bool:
    return is_another(await contacts.addresses_of(read, one), await contacts.addresses_of(read, other))


def forms(account_id: str, addresses: Iterable[Address]) -> list[str]:
    """The keys of addresses in every form in which they may be stored."""
    return [contacts.address_id(account_id, form) for address in addresses for form in variants(address)]


def _kept(text: str | None) -> str | None:
    return keepable(text) if text is not None else None
