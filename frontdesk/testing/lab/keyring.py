"""The keys of a scripted phone: its agreements with other devices, and its groups."""

import os
from collections import deque
from collections.abc import Iterator

from frontdesk.testing.lab.accounts import Account, Device, Group, Key
from frontdesk.testing.lab.binary import Node
from frontdesk.testing.lab.keys import KeyPair, typed
from frontdesk.testing.lab.protobuf import parse
from frontdesk.testing.lab.ratchet import Bundle, Duplicate, Ratchet, Undecryptable, pad, unpad
from frontdesk.testing.lab.sender_keys import OwnSenderKey, SenderKey

_KEYS_FOR_ONE_USE = 100
_OLDER = 10  # agreements that are kept beside the present one

Address = tuple[str, int]  # phone number and number of the device


def address(device: Device) -> Address:
    """Under which a device is known here, whatever it is called on the wire."""
    return device.account.phone, device.number


class Keyring:
    """Encrypts for devices and groups, and decrypts what comes from them."""

    def __init__(self, identity: KeyPair) -> None:
        self.identity, self._signed = identity, KeyPair()
        self.registration = int.from_bytes(os.urandom(2), "big") & 0x3FFF
        self._once = {number: KeyPair() for number in range(1, _KEYS_FOR_ONE_USE + 1)}
        self._present: dict[Address, Ratchet] = {}
        self._older: dict[Address, list[Ratchet]] = {}
        self._own: dict[str, OwnSenderKey] = {}
        self._handed: set[tuple[str, Address]] = set()  # groups and devices that have our key
        self._others: dict[tuple[str, Address], SenderKey] = {}

    def device(self, account: Account) -> Device:
        """Device 0 of the account, with the public halves of these keys."""
        signature = self.identity.sign(typed(self._signed.public))
        signed = (b"\0\0\1", self._signed.public, signature)
        prekeys: deque[Key] = deque((number.to_bytes(3, "big"), key.public) for number, key in self._once.items())
        registration = self.registration.to_bytes(4, "big")
        return Device(account, 0, b"", self.identity.public, registration, signed, prekeys)

    # one device
    def encrypt(self, device: Device, plain: bytes, **attrs: object) -> Node:
        """An encrypted part for one device."""
        where = address(device)
        if where not in self._present:
            self.begin(device, device.bundle())
        kind, body = self._present[where].encrypt(pad(plain))
        return Node("enc", {"v": "2", "type": kind, **attrs}, body)

    def begin(self, device: Device, bundle: Bundle) -> None:
        """Make a new agreement with the device; the present one is kept for what is still on its way."""
        self._promote(address(device), Ratchet.initiate(self.identity, self.registration, bundle))

    def decrypt(self, sender: Device, part: Node) -> bytes:
        """The plaintext of a part that was for this device alone.

        Raises:
            Duplicate: it was read before.
            Undecryptable: no agreement fits.
        """
        where = address(sender)
        if part.attrs.get("type") != "pkmsg":
            return unpad(self._try(where, part.raw))
        opened = parse(part.raw[1:])
        if any(ratchet.base == opened.raw(2) for ratchet in self._known(where)):
            return unpad(self._try(where, opened.raw(4)))
        ratchet = Ratchet.respond(self.identity, self._signed, self._once.get(opened.number(1)), opened)
        plain = ratchet.decrypt(opened.raw(4))
        self._promote(where, ratchet)
        return unpad(plain)

    def _known(self, where: Address) -> Iterator[Ratchet]:
        if where in self._present:
            yield self._present[where]
        yield from self._older.get(where, [])

    def _try(self, where: Address, body: bytes) -> bytes:
        # Both sides may begin at the same moment: the older agreements are tried too, as real clients do.
        for ratchet in list(self._known(where)):
            try:
                plain = ratchet.decrypt(body)
            except Undecryptable:
                continue
            self._promote(where, ratchet)
            return plain
        raise Undecryptable("No agreement with this device fits the message.")

    def _promote(self, where: Address, ratchet: Ratchet) -> None:
        rest = [one for one in self._known(where) if one is not ratchet]
        self._present[where], self._older[where] = ratchet, rest[:_OLDER]

    # groups
    def encrypt_for_group(self, group: Group, plain: bytes, **attrs: object) -> Node:
        """The part that all members share."""
        body = self._own_key(group).encrypt(pad(plain))
        return Node("enc", {"v": "2", "type": "skmsg", **attrs}, body)

    def distribution(self, group: Group) -> bytes:
        """With which another device can read what we write in the group from now on."""
        return self._own_key(group).distribution()

    def must_hand_to(self, group: Group, device: Device) -> bool:
        """Whether the device has not had our key yet; it is taken to have it from now on."""
        key = (group.id, address(device))
        if key in self._handed:
            return False
        self._handed.add(key)
        return True

    def renew(self, group: Group) -> None:
        """Write with a new key from now on, as when somebody leaves."""
        self._own.pop(group.id, None)
        self._handed = {key for key in self._handed if key[0] != group.id}

    def _own_key(self, group: Group) -> OwnSenderKey:
        return self._own.setdefault(group.id, OwnSenderKey())

    def learn(self, group: Group, sender: Device, distribution: bytes) -> None:
        """Take the key that a device handed over for a group."""
        self._others.setdefault((group.id, address(sender)), SenderKey()).learn(distribution)

    def decrypt_from_group(self, group: Group, sender: Device, part: Node) -> bytes:
        """The plaintext of a shared part.

        Raises:
            Duplicate: it was read before.
            Undecryptable: the sender's key is missing, or the signature is wrong.
        """
        key = self._others.get((group.id, address(sender)))
        if key is None:
            raise Undecryptable("The sender's key for this group was not handed over.")
        return unpad(key.decrypt(part.raw))


__all__ = ["Address", "Duplicate", "Keyring", "Undecryptable", "address"]
