"""Who is there: accounts with their devices, groups with their members, and the directory that finds them."""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from frontdesk.testing.lab.binary import GROUP, JID, LID, PN, Node
from frontdesk.testing.lab.connection import Connection
from frontdesk.testing.lab.keys import KeyPair
from frontdesk.testing.lab.ratchet import Bundle

Key = tuple[bytes, bytes]  # id (3 bytes) and public key
Queued = tuple[str, ...]  # by what an acknowledgement names a stanza


def queued(tag: str, attrs: Mapping[str, Any]) -> Queued:
    """The same for a stanza and for its acknowledgement. A message is acknowledged by its id alone."""
    if tag == "message":
        return (tag, str(attrs["id"]))
    return (tag, str(attrs["id"]), str(attrs.get("type") or ""), str(attrs.get("participant") or ""))


class Receives(Protocol):
    """A scripted phone, as the server sees it."""

    async def receive(self, node: Node) -> None:
        """Take a stanza."""

    async def linked(self, device: "Device") -> None:
        """Hear that a device was linked to the phone's account."""


@dataclass(eq=False)
class Account:
    """A number with its owner's name. `key` is the identity of its phone, which vouches for linked devices."""

    phone: str  # digits
    lid: str  # digits
    name: str
    key: KeyPair = field(default_factory=KeyPair)
    devices: dict[int, "Device"] = field(default_factory=dict)
    settings: dict[str, list[bytes]] = field(default_factory=dict)  # app state: collection -> patches
    hidden: bool = False  # whether others are told only one of its two addresses
    linked: int = 0  # devices that were ever linked

    @property
    def pn(self) -> JID:
        """Its address by phone number."""
        return JID(self.phone, PN)

    @property
    def lid_jid(self) -> JID:
        """Its address by LID."""
        return JID(self.lid, LID)

    def jid(self, addressing: str) -> JID:
        """Its address in that addressing: `lid` or `pn`."""
        return self.lid_jid if addressing == "lid" else self.pn

    def other_jid(self, addressing: str) -> JID | None:
        """Its address in the other addressing, if others may know it."""
        if self.hidden:
            return None
        return self.pn if addressing == "lid" else self.lid_jid


@dataclass(eq=False)
class Device:
    """A device of an account: the phone is number 0, linked devices follow."""

    account: Account
    number: int
    noise: bytes  # the static key that it must show when it connects
    identity: bytes
    registration: bytes
    signed: tuple[bytes, bytes, bytes]  # id, public key, signature
    prekeys: deque[Key] = field(default_factory=deque)
    queue: dict[Queued, Node] = field(default_factory=dict)  # not yet acknowledged, in order
    acknowledged: list[str] = field(default_factory=list)  # ids of the messages that it has acknowledged, in order
    retried: Counter[str] = field(default_factory=Counter)  # asked for again; the acknowledgement is still to come
    connection: Connection | None = None
    active: bool = False  # connected, and through with its queue
    asked_for_keys: bool = False  # and has not sent any since
    held: bool = False  # nothing is sent to it for now
    presence: str = ""  # what it last said of itself: available, unavailable
    phone: Receives | None = None  # a scripted device 0

    def jid(self, addressing: str) -> JID:
        """Its address in that addressing."""
        return self.account.jid(addressing).with_device(self.number)

    @property
    def pn(self) -> JID:
        """Its address by phone number."""
        return self.jid("pn")

    @property
    def lid_jid(self) -> JID:
        """Its address by LID."""
        return self.jid("lid")

    @property
    def waiting(self) -> list[str]:
        """The ids of the messages that it has not acknowledged."""
        return [key[1] for key in self.queue if key[0] == "message"]

    def bundle(self) -> Bundle:
        """The keys with which to begin writing to it; uses up one of its keys for one use."""
        once = self.prekeys.popleft() if self.prekeys else None
        return Bundle(self.identity, (_number(self.signed[0]), self.signed[1]), once and (_number(once[0]), once[1]))


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


@dataclass(eq=False)
class Group:
    """A group and who is in it; the owner is its only administrator."""

    id: str
    subject: str
    owner: Account
    members: list[Account]
    created: int = field(default_factory=lambda: int(time.time()))
    timer: int = 0  # seconds after which its messages disappear

    @property
    def jid(self) -> JID:
        """Its address."""
        return JID(self.id, GROUP)


class Directory:
    """Finds accounts and devices by any of their addresses."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}  # by phone number
        self.groups: dict[str, Group] = {}  # by id
        self._by_lid: dict[str, Account] = {}

    def add(self, phone: str, name: str) -> Account:
        """A new account; its LID follows from the number."""
        digits = int(hashlib.sha256(phone.encode()).hexdigest(), 16) % 10**14
        account = Account(phone, str(10**14 + digits), name)
        self.accounts[phone] = self._by_lid[account.lid] = account
        return account

    def find(self, jid: JID) -> Account | None:
        """Whose address this is."""
        return (self._by_lid if jid.server == LID else self.accounts).get(jid.user)

    def find_device(self, jid: JID) -> Device | None:
        """Which device this is."""
        account = self.find(jid)
        return account.devices.get(jid.device) if account else None

    def group(self, jid: JID) -> Group | None:
        """Which group this is."""
        return self.groups.get(jid.user) if jid.server == GROUP else None
