"""The numbers of businesses and the people who write to them, as the stand-in knows them."""

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from frontdesk.kit.errors import FrontdeskError

Json = dict[str, Any]
TONES = 8  # how many avatar colours the phone page knows

_COUNTRIES = (
    ("351", "PT"), ("353", "IE"), ("971", "AE"), ("234", "NG"), ("254", "KE"), ("20", "EG"), ("27", "ZA"), ("31", "NL"),
    ("33", "FR"), ("34", "ES"), ("39", "IT"), ("41", "CH"), ("43", "AT"), ("44", "GB"), ("49", "DE"), ("52", "MX"),
    ("54", "AR"), ("55", "BR"), ("61", "AU"), ("62", "ID"), ("65", "SG"), ("81", "JP"), ("91", "IN"), ("1", "US"),
)  # fmt: skip


class Identity(StrEnum):
    """Which ids of a person the business gets to see."""

    PHONE = "phone"  # as before 2026
    BOTH = "both"  # phone and business-scoped user id
    USER = "user"  # the person chose a username and hides the phone
    PARENT = "parent"  # both, and the id that spans the whole enterprise


class NotFound(FrontdeskError):
    """The stand-in knows no such number, person or message."""


@dataclass(frozen=True, slots=True)
class Number:
    """A business number on the stand-in: its ids, its secrets and where its webhooks go. `phone` is digits only.

    Secrets that are not given are made up, so that nobody else knows them.
    """

    phone_number_id: str
    phone: str
    callback: str
    name: str = "Sample business"
    waba_id: str = "210000000000001"
    token: str = field(default_factory=secrets.token_urlsafe, repr=False)
    app_secret: str = field(default_factory=secrets.token_urlsafe, repr=False)
    verify_token: str = field(default_factory=secrets.token_urlsafe, repr=False)

    @property
    def app(self) -> tuple[str, str]:
        """Numbers with the same callback and secret belong to one app and may share a webhook."""
        return self.callback, self.app_secret


@dataclass(frozen=True, slots=True)
class Customer:
    """A person with a phone. `phone` is digits only; `tone` picks the avatar's colour, 1 to TONES."""

    customer_id: str
    name: str
    phone: str
    user_id: str
    identity: Identity = Identity.BOTH
    username: str | None = None
    tone: int = 1

    @property
    def shows_phone(self) -> bool:
        """Whether the business sees the phone number."""
        return self.identity is not Identity.USER

    @property
    def shows_user_id(self) -> bool:
        """Whether the business sees a business-scoped user id."""
        return self.identity is not Identity.PHONE

    @property
    def parent_user_id(self) -> str | None:
        """The id that spans the enterprise, where this person has one."""
        country, _, rest = self.user_id.partition(".")
        return f"{country}.ENT.{rest}" if self.identity is Identity.PARENT else None


def make_customer(
    name: str, phone: str, *, identity: Identity = Identity.BOTH, username: str | None = None
) -> Customer:
    """A person, whose ids follow from the phone, so that a restart leads to the same person.

    Raises:
        NotFound: the phone is no number with 6 to 15 digits, or the name is empty.
    """
    digits = re.sub(r"\D", "", phone)
    if not 6 <= len(digits) <= 15:
        raise NotFound("Give the phone number with its country code, for example +44 7700 900123.")
    if not name.strip():
        raise NotFound("Give the person a name.")
    digest = hashlib.sha256(f"person:{digits}".encode()).digest()
    return Customer(
        customer_id=f"c{digits}",
        name=name.strip()[:60],
        phone=digits,
        user_id=f"{country_of(digits)}.{int.from_bytes(digest[:8], 'big'):020d}",
        identity=identity,
        username=username or (_username(name, digits) if identity is Identity.USER else None),
    )


def _username(name: str, digits: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}{digits[-3:]}"


def country_of(digits: str) -> str:
    """The two letters with which a person's business-scoped id begins."""
    return next((country for prefix, country in _COUNTRIES if digits.startswith(prefix)), "US")


def new_wamid(peer: str, *, inbound: bool) -> str:
    """A new message id in the shape in which Meta's are seen; never to be taken apart by a client."""
    digits, serial = peer.encode(), os.urandom(10).hex().upper().encode()
    way = b"\x12" if inbound else b"\x11"
    raw = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + way + b"\x18"
    return "wamid." + base64.b64encode(raw + bytes([len(serial)]) + serial + b"\x00").decode()
