"""Secrets at rest: sealed with the installation's key, which never stands in the database."""

import base64
import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frontdesk.kit.errors import FrontdeskError, SettingsError

_VERSION = b"\x01"


SHORTEST_KEY = 16  # characters
KEY_FILE = "secret.key"  # in the data folder
LOOKS = 100  # at a key that another process is just making, 10 ms apart


class CannotOpen(FrontdeskError):
    """The sealed text was made with another key or was damaged."""


class Vault:
    """Seals and opens texts and files with AES-256-GCM. `place` says in words where the key is kept."""

    def __init__(self, key: str, *, place: str = f"{KEY_FILE} in the data folder, or FRONTDESK_SECRET_KEY") -> None:
        if len(key) < SHORTEST_KEY:
            raise SettingsError("FRONTDESK_SECRET_KEY is too short: give it at least 16 characters, or leave it out.")
        self._key = hashlib.sha256(b"frontdesk vault\0" + key.encode()).digest()
        self._cipher = AESGCM(self._key)
        self._place = place

    @property
    def unreadable(self) -> str:
        """What to do about what was sealed with another key."""
        return unreadable(self._place)

    def seal(self, text: str) -> str:
        """Encrypt; two seals of one text differ."""
        return base64.urlsafe_b64encode(self.seal_bytes(text.encode())).decode()

    def open(self, sealed: str) -> str:
        """Decrypt.

        Raises:
            CannotOpen: another key made it, or it was damaged.
        """
        try:
            return self.open_bytes(base64.urlsafe_b64decode(sealed)).decode()
        except ValueError as broken:
            raise CannotOpen(unreadable(self._place)) from broken

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypt what is no text, such as a file."""
        nonce = os.urandom(12)
        return _VERSION + nonce + self._cipher.encrypt(nonce, content, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt it.

        Raises:
            CannotOpen: another key made it, or it was damaged.
        """
        try:
            return self._cipher.decrypt(sealed[1:13], sealed[13:], None)
        except (ValueError, InvalidTag) as broken:
            raise CannotOpen(unreadable(self._place)) from broken

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose, bound to this installation."""
        return hashlib.blake2b(purpose.encode(), key=self._key, digest_size=32).digest()


def unreadable(place: str) -> str:
    """What to do about secrets for which the key is another one, or is gone."""
    return (
        f"Its stored secrets cannot be read: the secret key ({place}) is not the one they were stored with. "
        "Bring the former key back and start again, or connect this number anew with all its values."
    )


def load_or_make_key(path: Path) -> str:
    """The key kept in a file of mode 0600; made on first use, by the first of those that start together."""
    with suppress(FileNotFoundError):
        return _kept(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path)
    key = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())  # without it, what the first minutes sealed could not be opened after a crash
    return key


def _kept(path: Path) -> str:
    for _ in range(LOOKS):
        if key := path.read_text().strip():
            return key
        time.sleep(0.01)
    return ""
