"""The ids under which a person or a group can be reached, and how they are read and written.

A LID is never read as a phone; a phone may be missing. Times and texts of other systems (`@c.us`, `@lid`, ...) are
understood at the edge by `parse` and written by `make`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.kit.errors import FrontdeskError


class AddressKind(StrEnum):
    """What sort of id it is."""

    PHONE = "phone"  # digits of an E.164 number without the plus; what WhatsApp calls wa_id is the same kind
    LID = "lid"  # WhatsApp's hidden id of a person
    USER = "user"  # Meta's business-scoped user id, such as GB.5520918837410026
    GROUP = "group"  # a group, on whichever channel


@dataclass(frozen=True, slots=True)
class Address:
    """One id of a person or group. Compare addresses with ==, never their parts across kinds."""

    kind: AddressKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}"


class MalformedAddress(FrontdeskError):
    """The text cannot be a phone number or any other id that we know."""


_PUNCTUATION = re.compile(r"[\s\-().\u00a0\u2010-\u2015\u202a-\u202e]")
_TRUNK_ZERO = re.compile(r"^((?:\+|00)(?!39|37[89])\d{1,3})\s*\(0\)")  # Italy and its neighbours do dial it
_MEANT_AS_PHONE = re.compile(r"[+\d][\d\s\-().]*")
_GROUP = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/]{14,510}={0,2}")  # a group on the Cloud API
_USER = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_KINDS = frozenset(kind.value for kind in AddressKind)
_GROUP_SUFFIX = "@g.us"
_PHONE_SUFFIXES = ("@c.us", "@s.whatsapp.net")


def phone(text: str) -> Address:
    """A phone address from a number as people and systems write it: `+44 7700 900123`, `447700900123`, `00447...`.

    Raises:
        MalformedAddress: it has letters, fewer than 6 or more than 15 digits, or no country code.
    """
    digits = _PUNCTUATION.sub("", _TRUNK_ZERO.sub(r"\1", text.strip())).removeprefix("+")
    digits = digits.removeprefix("00")
    if not (digits.isascii() and digits.isdecimal() and 6 <= len(digits) <= 15 and digits[0] != "0"):
        raise MalformedAddress(
            f"“{text[:40]}” is not a phone number. Write it with its country code, for example +447700900123."
        )
    return Address(AddressKind.PHONE, digits)


def meant_as_phone(text: str) -> bool:
    """Whether the text is written as phone numbers are, right or wrong, rather than as another id."""
    return _MEANT_AS_PHONE.fullmatch(text.strip()) is not None


def parse(text: str) -> Address:
    """Read an id in any of the forms that the outside uses.

    Bare digits and `+digits` are phones; `...@c.us` and `...@s.whatsapp.net` too; `...@lid` is a LID;
    `...@g.us` is a group, and so is a base64 text such as `Y2FwaV9n...`; `GB.5520...` is a business-scoped
    user id; `kind:value` is our own form.

    Raises:
        MalformedAddress: it is none of them.
    """
    text = text.strip()
    kind, colon, value = text.partition(":")
    if colon and kind in _KINDS:
        return Address(AddressKind(kind), value) if kind != AddressKind.PHONE else phone(value)
    user, at, server = text.partition("@")
    user = user.split(":", 1)[0]
    if _GROUP.fullmatch(user) and f"@{server}" in ("@", _GROUP_SUFFIX):
        return Address(AddressKind.GROUP, user)
    if not at:
        return Address(AddressKind.USER, text) if _USER.fullmatch(text) else phone(text)
    if f"@{server}" in _PHONE_SUFFIXES:
        return phone(user)
    if server == "lid" and user.isascii() and user.isdecimal():
        return Address(AddressKind.LID, user)
    if f"@{server}" == _GROUP_SUFFIX and user:
        return Address(AddressKind.GROUP, text)
    raise MalformedAddress(
        f"“{text[:60]}” is not an id of a chat. Give a phone number, or an id such as 447700900123@c.us."
    )


def make(address: Address) -> str:
    """The address as other systems write it: `447700900123@c.us`, `1234@lid`, `1203...@g.us`, `GB.55...`."""
    if address.kind is AddressKind.PHONE:
        return f"{address.value}@c.us"
    if address.kind is AddressKind.LID:
        return f"{address.value}@lid"
    return address.value


def display(address: Address) -> str:
    """The address for people: `+447700900123`, or the id itself where there is no phone."""
    return f"+{address.value}" if address.kind is AddressKind.PHONE else address.value


def variants(address: Address) -> tuple[Address, ...]:
    """The address and the other ways in which WhatsApp may write the same mobile number.

    Brazil drops or adds the ninth digit, Mexico the 1 after 52, Argentina the 9 after 54. A Brazilian landline
    (its number starts with 2-5) has no variant.
    """
    if address.kind is not AddressKind.PHONE:
        return (address,)
    other = _other_form(address.value)
    return (address, Address(AddressKind.PHONE, other)) if other else (address,)


def _other_form(digits: str) -> str | None:
    if digits.startswith("55"):
        area, number = digits[2:4], digits[4:]
        if len(number) == 9 and number[0] == "9" and number[1] in "6789":
            return f"55{area}{number[1:]}"
        if len(number) == 8 and number[0] in "6789":
            return f"55{area}9{number}"
    if digits.startswith("521") and len(digits) == 13:
        return f"52{digits[3:]}"
    if digits.startswith("52") and len(digits) == 12:
        return f"521{digits[2:]}"
    if digits.startswith("549") and len(digits) == 13:
        return f"54{digits[3:]}"
    if digits.startswith("54") and len(digits) == 12:
        return f"549{digits[2:]}"
    return None


def placeholder_name(address: Address) -> str:
    """What a contact is called until a name is known: `Contact 0123`."""
    if address.kind is AddressKind.GROUP:
        return f"Group {address.value.removesuffix(_GROUP_SUFFIX)[-4:]}"
    return f"Contact {address.value[-4:]}"


def lasting(address: Address) -> str:
    """Of which sort an id is that stays with its person; empty for a phone number."""
    if address.kind is AddressKind.USER:
        return "parent" if address.value[2:].startswith(".ENT.") else "user"
    return "lid" if address.kind is AddressKind.LID else ""


def is_another(known: Iterable[Address], own: Iterable[Address]) -> bool:
    """Whether these are two people: each has an id of its own of the same sort, and they share none."""
    theirs, ours = set(filter(lasting, known)), set(filter(lasting, own))
    return not theirs & ours and bool(set(map(lasting, theirs)) & set(map(lasting, ours)))
