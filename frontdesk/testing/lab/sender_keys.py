"""Signal in groups: each sender has a chain of its own, handed to every other device once, and signs what it writes."""

import os
from dataclasses import dataclass, field

from frontdesk.testing.lab.keys import KeyPair, decrypt_cbc, derive, encrypt_cbc, mac, typed, untyped
from frontdesk.testing.lab.protobuf import Fields, encode, parse
from frontdesk.testing.lab.ratchet import VERSION, Duplicate, Undecryptable
from frontdesk.testing.lab.xeddsa import verify

_SIGNATURE = 64
_FARTHEST = 2000

_Keys = tuple[bytes, bytes]  # start, cipher key


@dataclass
class _Chain:
    key: bytes
    iteration: int = 0

    def next(self) -> tuple[int, _Keys]:
        out = derive(mac(self.key, b"\1"), b"WhisperGroup", 48)
        iteration, keys = self.iteration, (out[:16], out[16:])
        self.key, self.iteration = mac(self.key, b"\2"), self.iteration + 1
        return iteration, keys


class OwnSenderKey:
    """With what one device writes in one group."""

    def __init__(self) -> None:
        self._id = int.from_bytes(os.urandom(4), "big") & 0x7FFFFFFF
        self._chain, self._signing = _Chain(os.urandom(32)), KeyPair()

    def distribution(self) -> bytes:
        """What another device needs to read from now on."""
        chain = self._chain
        fields: Fields = {1: self._id, 2: chain.iteration, 3: chain.key, 4: typed(self._signing.public)}
        return VERSION + encode(fields)

    def encrypt(self, plain: bytes) -> bytes:
        """A signed message for everybody who has the distribution."""
        iteration, (start, key) = self._chain.next()
        body = VERSION + encode({1: self._id, 2: iteration, 3: encrypt_cbc(key, start, plain)})
        return body + self._signing.sign(body)


@dataclass
class _Known:
    chain: _Chain
    signing: bytes
    skipped: dict[int, _Keys] = field(default_factory=dict)

    def keys(self, iteration: int) -> _Keys:
        if iteration in self.skipped:
            return self.skipped.pop(iteration)
        if iteration < self.chain.iteration:
            raise Duplicate(f"Message {iteration} of the group was read before.")
        if iteration - self.chain.iteration > _FARTHEST:
            raise Undecryptable(f"Message {iteration} of the group is too far ahead.")
        while True:
            at, keys = self.chain.next()
            if at == iteration:
                return keys
            self.skipped[at] = keys


class SenderKey:
    """With what one other device writes in one group, as far as it was handed over."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def learn(self, distribution: bytes) -> None:
        """Take what that device handed over. The same one again does not turn the chain back."""
        message = parse(distribution[1:])
        chain = _Chain(message.raw(3), message.number(2))
        self._known.setdefault(message.number(1), _Known(chain, untyped(message.raw(4))))

    def decrypt(self, body: bytes) -> bytes:
        """The plaintext.

        Raises:
            Duplicate: it was decrypted before.
            Undecryptable: nobody handed the key over, or the signature is wrong.
        """
        signed, signature = body[:-_SIGNATURE], body[-_SIGNATURE:]
        message = parse(signed[1:])
        known = self._known.get(message.number(1))
        if known is None:
            raise Undecryptable("The sender's key for this group was not handed over.")
        if not verify(known.signing, signed, signature):
            raise Undecryptable("The signature of the group message is wrong.")
        start, key = known.keys(message.number(2))
        return decrypt_cbc(key, start, message.raw(3))
