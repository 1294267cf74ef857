"""Who a message is from: the contacts beside it are matched by id, never by their place in the list."""

from typing import Any

from frontdesk.channels.cloud.shapes import Json, anyone, lenient_ident, phone, user, words
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Sender

People = dict[str, Json]

NOBODY = Sender(addresses=())


def known(contacts: Any) -> People:
    """The contacts of a value by each of their ids."""
    people: People = {}
    if not isinstance(contacts, list):
        return people
    for contact in contacts:
        if not isinstance(contact, dict):
            continue
        for key in ("user_id", "wa_id"):
            who = lenient_ident(contact.get(key))
            if who is not None:
                people.setdefault(who, contact)
    return people


def sender(message: Json, people: People) -> Sender:
    """Who wrote the message: phone, user id and parent id, as far as they were given.

    A message that names nobody is from the only contact beside it, where there is only one.
    """
    found = _person(message, ("from", "from_user_id", "from_parent_user_id"), people)
    return found if found.addresses else _the_only_one(people)


def recipient(message: Json, people: People) -> Sender:
    """The person to whom the owner wrote from the phone app."""
    found = _person(message, ("to", "to_user_id", "to_parent_user_id"), people)
    return found if found.addresses else _the_only_one(people)


def named(addresses: tuple[Address, ...], people: People) -> Sender:
    """The person with these addresses, with the name from the contacts."""
    contact = next((people[address.value] for address in addresses if address.value in people), None)
    return _describe(list(addresses), contact)


def _person(source: Json, keys: tuple[str, str, str], people: People) -> Sender:
    """The person named under the keys of phone, user id and parent id; what is missing comes from the contact."""
    direct, scoped, parent = anyone(source.get(keys[0])), user(source.get(keys[1])), user(source.get(keys[2]))
    contact = (people.get(scoped.value) if scoped else None) or (people.get(direct.value) if direct else None)
    if contact is not None:
        direct = direct or phone(contact.get("wa_id"))
        scoped = scoped or user(contact.get("user_id"))
        parent = parent or user(contact.get("parent_user_id"))
    addresses: list[Address] = []
    for address in (direct, scoped, parent):
        if address is not None and address not in addresses:
            addresses.append(address)
    return _describe(addresses, contact)


def _describe(addresses: list[Address], contact: Json | None) -> Sender:
    profile = contact.get("profile") if contact is not None else None
    if not isinstance(profile, dict):
        return Sender(tuple(addresses))
    return Sender(tuple(addresses), words(profile.get("name")) or None, words(profile.get("username")) or None)


def _the_only_one(people: People) -> Sender:
    contacts = list({id(contact): contact for contact in people.values()}.values())
    if len(contacts) != 1:
        return NOBODY
    return _person(contacts[0], ("wa_id", "user_id", "parent_user_id"), people)
