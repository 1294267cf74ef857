"""Keeps the secrets of lines out of Meta's words: Meta repeats a token that it does not like."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from frontdesk.channels.cloud.options import Options
from frontdesk.channels.cloud.shapes import Json
from frontdesk.domain.wire import Line

HIDDEN = "[hidden]"
_SHORTEST = 4  # characters: a shorter word proves nothing to anybody and would tear holes into every sentence
_TOKEN = re.compile(r"EAA[A-Za-z0-9_-]{17,}")

Secrets = tuple[str, ...]


def secrets(options: Options) -> Secrets:
    """Every secret of one line, the longest first."""
    return _in_order((options,))


def secrets_of(lines: Sequence[Line]) -> Secrets:
    """Every secret of these lines, the longest first."""
    return _in_order(line.options for line in lines)


def _in_order(known: Iterable[Options]) -> Secrets:
    found = {
        secret.get_secret_value()
        for options in known
        for secret in (options.access_token, options.app_secret, options.verify_token)
        if secret is not None
    }
    return tuple(sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True))


def clear(text: str, hidden: Secrets = ()) -> str:
    """The text without these secrets, and without anything that looks like an access token."""
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return _TOKEN.sub(HIDDEN, text) if "EAA" in text else text


def cleared(value: Any, hidden: Secrets = ()) -> Any:
    """The same JSON with every text in it cleared."""
    if isinstance(value, str):
        return clear(value, hidden)
    if isinstance(value, dict):
        return {key: cleared(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [cleared(item, hidden) for item in value]
    return value


def clear_answer(document: Json, hidden: Secrets) -> Json:
    """An answer of the Graph API whose error holds no secret. What is no error, such as an address, stays whole."""
    return document | {"error": cleared(document["error"], hidden)} if "error" in document else document


def clear_errors(value: Any, hidden: Secrets) -> Any:
    """A webhook body in whose errors no secret stands, wherever they are. What people wrote stays as it is."""
    if isinstance(value, dict):
        return {
            key: cleared(item, hidden) if key == "errors" else clear_errors(item, hidden) for key, item in value.items()
        }
    return [clear_errors(item, hidden) for item in value] if isinstance(value, list) else value
