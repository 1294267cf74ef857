"""Words in an address that only this installation can have written, and that nobody else can read."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from frontdesk.kit.vault import Vault

LONGEST = 512  # characters of a token that are looked at
_BETWEEN = "\n"


class Signed:
    """Seals words for one purpose as a short token (AES-SIV): the same words give the same token.

    What was written for one purpose is not read for another. Who has a token has what it stands for, so it says itself
    how long it holds, or the reader knows.
    """

    def __init__(self, vault: Vault, purpose: str) -> None:
        self._cipher = AESSIV(vault.derive(f"signed: {purpose}"))

    def write(self, *words: str) -> str:
        """The words as a token of letters, digits, - and _."""
        return _text(self._cipher.encrypt(_BETWEEN.join(words).encode(), None))

    def read(self, token: str) -> tuple[str, ...] | None:
        """The words of a token; None where it was not written here for this purpose, or was changed in any letter."""
        if not token.isascii() or len(token) > LONGEST:
            return None
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            if _text(sealed) != token:  # the last letter may carry bits that count for nothing
                return None
            return tuple(self._cipher.decrypt(sealed, None).decode().split(_BETWEEN))
        except (binascii.Error, ValueError, InvalidTag):
            return None


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
