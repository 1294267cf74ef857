"""Whether a webhook really comes from Meta, and the answer to its first question."""

import hmac
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from frontdesk.channels.base import MissingChallenge
from frontdesk.channels.cloud.options import Options
from frontdesk.domain.wire import Line

SIGNATURE = "x-hub-signature-256"
_PREFIX = "sha256="
_LENGTH = len(_PREFIX) + 64


def verify(body: bytes, headers: Mapping[str, str], lines: Sequence[Line]) -> frozenset[str]:
    """The account ids for which the raw bytes are authentic.

    The signature is HMAC-SHA256 under the app secret, in lower-case hex after `sha256=`, compared in constant time.
    """
    signature = headers.get(SIGNATURE, "")
    signed = _digest(signature)
    checked: dict[str, bool] = {}
    authentic: set[str] = set()
    for line in lines:
        options: Options = line.options
        if options.app_secret is None:
            if options.accepts_unsigned:
                authentic.add(line.account_id)
            continue
        if signed is None:
            continue
        secret = options.app_secret.get_secret_value()
        if secret not in checked:
            expected = hmac.digest(secret.encode(), body, "sha256").hex().encode()
            checked[secret] = hmac.compare_digest(expected, signed)
        if checked[secret]:
            authentic.add(line.account_id)
    return frozenset(authentic)


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
