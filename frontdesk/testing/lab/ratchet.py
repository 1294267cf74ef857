"""Signal between two devices: the first agreement (X3DH) and the double ratchet, with keys of skipped messages."""

import copy
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from frontdesk.testing.lab.keys import KeyPair, decrypt_cbc, derive, encrypt_cbc, mac, same, typed, untyped
from frontdesk.testing.lab.protobuf import Fields, Parsed, encode, parse

VERSION = b"\x33"  # version 3, and nothing older than 3
_ZERO = bytes(32)
_START = b"\xff" * 32
_MAC = 8  # bytes of the code at the end of a message
_FARTHEST = 2000  # messages that may be missing before one that arrives
_BLOCK = 16


class Duplicate(Exception):
    """Seen before: clients send the same bytes again when a connection breaks before the acknowledgement."""


class Undecryptable(Exception):
    """The message does not fit what was agreed."""


class MessageKeys(NamedTuple):
    """What encrypts and authenticates one message."""

    counter: int
    cipher: bytes
    mac: bytes
    start: bytes


@dataclass
class Chain:
    """A chain of message keys."""

    key: bytes
    counter: int = 0

    def next(self) -> MessageKeys:
        """The keys of the next message."""
        out = derive(mac(self.key, b"\1"), b"WhisperMessageKeys", 80, salt=_ZERO)
        keys = MessageKeys(self.counter, out[:32], out[32:64], out[64:])
        self.key, self.counter = mac(self.key, b"\2"), self.counter + 1
        return keys


@dataclass(frozen=True)
class Bundle:
    """The public keys of a device with which anybody may write to it first."""

    identity: bytes
    signed: tuple[int, bytes]
    once: tuple[int, bytes] | None = None


@dataclass
class _State:
    root: bytes
    own: KeyPair
    sending: Chain
    receiving: "OrderedDict[bytes, Chain]" = field(default_factory=OrderedDict)  # their ratchet key -> chain
    skipped: dict[tuple[bytes, int], MessageKeys] = field(default_factory=dict)
    previous: int = 0
    pending: Fields | None = None  # goes along until the first answer

    def step(self, own: KeyPair, theirs: bytes) -> Chain:
        """Turn the root by one agreement."""
        out = derive(own.agree(theirs), b"WhisperRatchet", 64, salt=self.root)
        self.root = out[:32]
        return Chain(out[32:])

    def snapshot(self) -> "_State":
        copied = copy.copy(self)
        copied.sending = copy.copy(self.sending)
        copied.receiving = OrderedDict((key, copy.copy(chain)) for key, chain in self.receiving.items())
        copied.skipped = dict(self.skipped)
        return copied


class Ratchet:
    """The running agreement of one device (`me`) with one other."""

    def __init__(self, me: KeyPair, remote: bytes, state: _State, base: bytes = b"") -> None:
        self._me, self.remote, self._state = me, remote, state
        self.base = base  # of the prekey message that began it

    @classmethod
    def initiate(cls, me: KeyPair, registration: int, bundle: Bundle) -> "Ratchet":
        """Begin to write to a device."""
        base, (number, signed) = KeyPair(), bundle.signed
        secret = _START + me.agree(signed) + base.agree(bundle.identity) + base.agree(signed)
        if bundle.once:
            secret += base.agree(bundle.once[1])
        root, chain = _first(secret)
        state = _State(root, KeyPair(), Chain(b""), OrderedDict({signed: chain}))
        state.sending = state.step(state.own, signed)
        once = bundle.once[0] if bundle.once else None
        state.pending = {1: once, 2: typed(base.public), 3: typed(me.public), 5: registration, 6: number}
        return cls(me, bundle.identity, state)

    @classmethod
    def respond(cls, me: KeyPair, signed: KeyPair, once: KeyPair | None, opened: Parsed) -> "Ratchet":
        """Take part in what somebody began with a prekey message."""
        base, identity = untyped(opened.raw(2)), untyped(opened.raw(3))
        secret = _START + signed.agree(identity) + me.agree(base) + signed.agree(base)
        if once:
            secret += once.agree(base)
        root, chain = _first(secret)
        return cls(me, identity, _State(root, signed, chain), opened.raw(2))

    def encrypt(self, plain: bytes) -> tuple[str, bytes]:
        """The kind of the encrypted message (`pkmsg` until they have answered, then `msg`), and itself."""
        state = self._state
        keys = state.sending.next()
        fields: Fields = {1: typed(state.own.public), 2: keys.counter, 3: state.previous}
        body = VERSION + encode({**fields, 4: encrypt_cbc(keys.cipher, keys.start, plain)})
        body += self._code(keys, body, sender=self._me.public, receiver=self.remote)
        if state.pending is None:
            return "msg", body
        return "pkmsg", VERSION + encode({**state.pending, 4: body})

    def decrypt(self, body: bytes) -> bytes:
        """The plaintext of a message. What fails changes nothing.

        Raises:
            Duplicate: it was decrypted before.
            Undecryptable: it was damaged, or belongs to another agreement.
        """
        state = self._state.snapshot()
        message = parse(body[1:-_MAC])
        keys = _keys_of(state, untyped(message.raw(1)), message.number(2))
        if not same(self._code(keys, body[:-_MAC], sender=self.remote, receiver=self._me.public), body[-_MAC:]):
            raise Undecryptable("The message was damaged, or is for another agreement.")
        plain = decrypt_cbc(keys.cipher, keys.start, message.raw(4))
        state.pending = None
        self._state = state
        return plain

    def _code(self, keys: MessageKeys, body: bytes, *, sender: bytes, receiver: bytes) -> bytes:
        return mac(keys.mac, typed(sender) + typed(receiver) + body)[:_MAC]


def _first(secret: bytes) -> tuple[bytes, Chain]:
    out = derive(secret, b"WhisperText", 64, salt=_ZERO)
    return out[:32], Chain(out[32:])


def _keys_of(state: _State, theirs: bytes, counter: int) -> MessageKeys:
    if theirs not in state.receiving:
        state.receiving[theirs] = state.step(state.own, theirs)
        state.previous = max(state.sending.counter - 1, 0)
        state.own = KeyPair()
        state.sending = state.step(state.own, theirs)
    found = state.skipped.pop((theirs, counter), None)
    chain = state.receiving[theirs]
    if found is None and counter < chain.counter:
        raise Duplicate(f"Message {counter} of the chain was read before.")
    if found is None and counter - chain.counter > _FARTHEST:
        raise Undecryptable(f"Message {counter} is too far ahead of {chain.counter}.")
    while found is None:
        keys = chain.next()
        if keys.counter == counter:
            found = keys
        else:
            state.skipped[theirs, keys.counter] = keys
    return found


def pad(plain: bytes) -> bytes:
    """WhatsApp's own padding: 1 to 16 bytes, each of which says how many."""
    count = os.urandom(1)[0] % _BLOCK + 1
    return plain + bytes([count]) * count


def unpad(padded: bytes) -> bytes:
    """The content without that padding."""
    return padded[: -padded[-1]]
