"""The server's side of the Noise handshake (XX, 25519, AES-GCM, SHA-256) as WhatsApp Web frames it."""

import hashlib
import time
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frontdesk.testing.lab.keys import KeyPair, derive
from frontdesk.testing.lab.protobuf import encode, parse

PROLOGUE = b"WA"  # then the version of the protocol and that of the dictionary
PATTERN = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"  # exactly 32 bytes, hence taken for the hash itself
_CLIENT_HELLO, _SERVER_HELLO, _CLIENT_FINISH = 2, 3, 4
_DAY = 86_400
_LENGTH = 3  # bytes before each frame that say how long it is


def certificate_chain(root: KeyPair, server: bytes) -> bytes:
    """What shows the client that the server's key is trusted: root signs a key between, which signs the server's."""
    between = KeyPair()
    upper = _details(serial=1, issuer=0, key=between.public)
    lower = _details(serial=2, issuer=1, key=server)
    return encode(
        {1: encode({1: lower, 2: between.sign(lower)}), 2: encode({1: upper, 2: root.sign(upper)})},
    )


def _details(*, serial: int, issuer: int, key: bytes) -> bytes:
    now = int(time.time())
    return encode({1: serial, 2: issuer, 3: key, 4: now - _DAY, 5: now + 3650 * _DAY})


def framed(content: bytes) -> bytes:
    """A frame: its length, then itself."""
    return len(content).to_bytes(_LENGTH, "big") + content


class Frames:
    """Puts frames together: a websocket message may hold several of them, or a part of one."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, received: bytes) -> Iterator[bytes]:
        """The frames that are whole now."""
        self._waiting += received
        while len(self._waiting) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._waiting[:_LENGTH], "big")
            if len(self._waiting) < end:
                return
            frame = bytes(self._waiting[_LENGTH:end])
            del self._waiting[:end]
            yield frame


class Cipher:
    """One direction of the connection after the handshake."""

    def __init__(self, key: bytes) -> None:
        self._gcm, self._count = AESGCM(key), 0

    def _next(self) -> bytes:
        self._count += 1
        return _nonce(self._count - 1)

    def encrypt(self, plain: bytes) -> bytes:
        """The next frame's content."""
        return self._gcm.encrypt(self._next(), plain, b"")

    def decrypt(self, encrypted: bytes) -> bytes:
        """The next frame's plaintext."""
        return self._gcm.decrypt(self._next(), encrypted, b"")


def _nonce(count: int) -> bytes:
    return bytes(8) + count.to_bytes(4, "big")


class Symmetric:
    """The running hash and key of a handshake, the same on both sides."""

    def __init__(self, header: bytes) -> None:
        self.hash = self.salt = self.key = PATTERN
        self._count = 0
        self.authenticate(header)

    def authenticate(self, content: bytes) -> None:
        """Take what was said into the hash."""
        self.hash = hashlib.sha256(self.hash + content).digest()

    def mix(self, secret: bytes) -> None:
        """Take a shared secret into the key."""
        out = derive(secret, b"", 64, salt=self.salt)
        self.salt, self.key, self._count = out[:32], out[32:], 0

    def encrypt(self, plain: bytes) -> bytes:
        """The next encrypted part of the handshake."""
        encrypted = AESGCM(self.key).encrypt(_nonce(self._count), plain, self.hash)
        self._count += 1
        self.authenticate(encrypted)
        return encrypted

    def decrypt(self, encrypted: bytes) -> bytes:
        """The plaintext of the other side's next part."""
        plain = AESGCM(self.key).decrypt(_nonce(self._count), encrypted, self.hash)
        self._count += 1
        self.authenticate(encrypted)
        return plain

    def split(self) -> tuple[bytes, bytes]:
        """The keys of the two directions: from the client, to the client."""
        out = derive(b"", b"", 64, salt=self.salt)
        return out[:32], out[32:]


class ServerHandshake:
    """`hello`, then `finish`; after that `client`, `incoming` and `outgoing` are there."""

    def __init__(self, static: KeyPair, certificate: bytes, header: bytes) -> None:
        self._static, self._certificate, self._ephemeral = static, certificate, KeyPair()
        self._state = Symmetric(header)
        self.greeted = False
        self.client = b""  # the client's static key, by which a linked device is known

    def hello(self, frame: bytes) -> bytes:
        """The answer to the client's first frame."""
        self.greeted = True
        client = parse(frame).message(_CLIENT_HELLO).raw(1)
        state = self._state
        state.authenticate(client)
        state.authenticate(self._ephemeral.public)
        state.mix(self._ephemeral.agree(client))
        static = state.encrypt(self._static.public)
        state.mix(self._static.agree(client))
        certificate = state.encrypt(self._certificate)
        return encode({_SERVER_HELLO: encode({1: self._ephemeral.public, 2: static, 3: certificate})})

    def finish(self, frame: bytes) -> bytes:
        """The client's payload: who it is, or how it wants to be paired."""
        answer = parse(frame).message(_CLIENT_FINISH)
        self.client = self._state.decrypt(answer.raw(1))
        self._state.mix(self._ephemeral.agree(self.client))
        payload = self._state.decrypt(answer.raw(2))
        incoming, outgoing = self._state.split()
        self.incoming, self.outgoing = Cipher(incoming), Cipher(outgoing)
        return payload
