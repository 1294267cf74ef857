"""Secrets at rest: sealed with the installation's key, which never stands in the database."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frontdesk.kit.errors import SettingsError

_VERSION = b"\x01"


class CannotOpen(SettingsError):
    """The sealed text was made with another key or was damaged."""


class Vault:
    """Seals and opens short texts with AES-256-GCM."""

    def __init__(self, key: str) -> None:
        if len(key) < 16:
            raise SettingsError("FRONTDESK_SECRET_KEY is too short: give it at least 16 characters, or leave it out.")
        self._key = hashlib.sha256(b"frontdesk vault\0" + key.encode()).digest()
        self._cipher = AESGCM(self._key)

    def seal(self, text: str) -> str:
        """Encrypt; two seals of one text differ."""
        nonce = os.urandom(12)
        return base64.urlsafe_b64encode(_VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt.

        Raises:
            CannotOpen: another key made it, or it was damaged.
        """
        try:
            blob = base64.urlsafe_b64decode(sealed)
            return self._cipher.decrypt(blob[1:13], blob[13:], None).decode()
        except (ValueError, InvalidTag) as broken:
            raise CannotOpen(
                "A stored secret cannot be opened with the present FRONTDESK_SECRET_KEY. "
                "Put the key back under which it was stored, or enter the secret again."
            ) from broken

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose, bound to this installation."""
        return hashlib.blake2b(purpose.encode(), key=self._key, digest_size=32).digest()


def load_or_make_key(path: Path) -> str:
    """The key kept in a file of mode 0600; made on first use."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())  # without it, what the first minutes sealed could not be opened after a crash
        return key
