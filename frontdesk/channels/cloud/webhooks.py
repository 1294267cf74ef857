"""Whether a webhook really comes from Meta, and the answer to its first question."""

import hmac
from collections.abc import Iterable, Mapping, Sequence

from pydantic import SecretStr

from frontdesk.channels.base import MissingChallenge
from frontdesk.channels.cloud.options import Options
from frontdesk.domain.wire import Line

SIGNATURE = "x-hub-signature-256"
_PREFIX = "sha256="
_LENGTH = len(_PREFIX) + 64


class Signers:
    """Who signs for which lines. Made once for lines that stay the same: there may be thousands, of one app."""

    def __init__(self, lines: Iterable[Line]) -> None:
        by_secret: dict[bytes, set[str]] = {}
        unsigned: set[str] = set()
        for line in lines:
            options: Options = line.options
            if options.app_secret is not None:
                secret = options.app_secret.get_secret_value().encode()
                by_secret.setdefault(secret, set()).add(line.account_id)
            elif options.accepts_unsigned:
                unsigned.add(line.account_id)
        self._unsigned = frozenset(unsigned)
        self._by_secret = {secret: self._unsigned | accounts for secret, accounts in by_secret.items()}

    def verify(self, body: bytes, headers: Mapping[str, str]) -> frozenset[str]:
        """The account ids for which the raw bytes are authentic.

        The signature is HMAC-SHA256 under the app secret, in lower-case hex after `sha256=`, compared in constant time.
        """
        signed = _digest(headers.get(SIGNATURE, ""))
        authentic = self._unsigned
        if signed is None:
            return authentic
        for secret, accounts in self._by_secret.items():
            expected = hmac.digest(secret, body, "sha256").hex().encode()
            if hmac.compare_digest(expected, signed):
                authentic = accounts
        return authentic


def _digest(signature: str) -> bytes | None:
    if len(signature) != _LENGTH or not signature.startswith(_PREFIX) or not signature.isascii():
        return None
    return signature[len(_PREFIX) :].encode()


def challenge(query: Mapping[str, str], lines: Sequence[Line]) -> str | None:
    """The challenge, to be answered as plain text with 200; None when the request is to be refused with 403.

    Raises:
        MissingChallenge: the token is right, yet there is nothing to answer with.
    """
    given = query.get("hub.verify_token")
    if query.get("hub.mode") != "subscribe" or not given:
        return None
    if not _is_one_of(given, [line.options.verify_token for line in lines]):
        return None
    answer = query.get("hub.challenge")
    if answer is None:
        raise MissingChallenge("The verification request holds no hub.challenge.")
    return answer


def _is_one_of(given: str, tokens: Sequence[SecretStr | None]) -> bool:
    sent = given.encode("utf-8", "surrogatepass")
    found = False
    for token in tokens:
        if token is not None:
            found |= hmac.compare_digest(token.get_secret_value().encode("utf-8", "surrogatepass"), sent)
    return found
