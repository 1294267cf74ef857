"""The owner as the desk knows them: by which numbers they write, and where the desk writes to them."""

from collections.abc import Iterable
from dataclasses import dataclass

from frontdesk.domain.addresses import Address, AddressKind, variants


@dataclass(frozen=True, slots=True)
class Owner:
    """`phones` are private numbers, digits only; `line` is the id or name of the line on which the desk writes."""

    phones: tuple[str, ...] = ()
    line: str | None = None
    language: str | None = None  # en, es, pt; None: that of the word which was typed


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The daily sign of life, at a time of the day (`HH:MM`) in the house's zone, and the one at each start."""

    enabled: bool = False
    time: str = "09:00"
    startup: bool = False


def own_numbers(owner: Owner, line_phone: str | None) -> frozenset[Address]:
    """Under which addresses the owner is reached on a line, in every form: its own number and the private ones."""
    numbers = (*owner.phones, line_phone) if line_phone else owner.phones
    return frozenset(form for number in numbers for form in variants(Address(AddressKind.PHONE, number)))


def gives_orders(owner: Owner, line_phone: str | None, addresses: Iterable[Address], *, typed_on_phone: bool) -> bool:
    """Whether a message of a chat with these addresses is the owner's word to the desk.

    In the chat of a line with its own number it is what is typed on the phone; in any other chat it is what comes from
    a private number of the owner. What the phone of a line writes *to* that number is not.
    """
    known = own_numbers(Owner(), line_phone) if typed_on_phone else own_numbers(owner, line_phone)
    return any(address in known for address in addresses)
