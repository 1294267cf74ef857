"""Key pairs, key derivation and the block cipher that handshake, ratchets and media share."""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from frontdesk.testing.lab import xeddsa

KEY_TYPE = b"\x05"  # stands before every public key that Signal writes
_BLOCK = 16


class KeyPair:
    """An X25519 key pair; `private` and `public` are the raw 32 bytes."""

    def __init__(self, private: bytes | None = None) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private) if private else X25519PrivateKey.generate()
        self.private = self._key.private_bytes_raw()
        self.public = self._key.public_key().public_bytes_raw()

    def agree(self, public: bytes) -> bytes:
        """The secret shared with the holder of the other key (Diffie-Hellman)."""
        return self._key.exchange(X25519PublicKey.from_public_bytes(public))

    def sign(self, message: bytes) -> bytes:
        """An XEdDSA signature."""
        return xeddsa.sign(self.private, message)


def typed(public: bytes) -> bytes:
    """The 33 bytes in which Signal writes a public key."""
    return KEY_TYPE + public


def untyped(public: bytes) -> bytes:
    """The 32 bytes of a public key that Signal wrote."""
    return public[1:]


def derive(secret: bytes, label: bytes, length: int, *, salt: bytes | None = None) -> bytes:
    """HKDF with SHA-256."""
    return HKDF(SHA256(), length, salt, label).derive(secret)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC with SHA-256."""
    return hmac.new(key, message, hashlib.sha256).digest()


def same(left: bytes, right: bytes) -> bool:
    """Whether two codes are equal."""
    return hmac.compare_digest(left, right)


def encrypt_cbc(key: bytes, start: bytes, plain: bytes) -> bytes:
    """AES-256-CBC with the usual padding."""
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()


def decrypt_cbc(key: bytes, start: bytes, encrypted: bytes) -> bytes:
    """The plaintext, without its padding."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    return padded[: -padded[-1]]


def crypt_ctr(key: bytes, start: bytes, content: bytes) -> bytes:
    """AES-256-CTR, which is its own opposite."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    return encryptor.update(content) + encryptor.finalize()
