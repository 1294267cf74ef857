"""What bridges post: whose it is, by their token and by the name that they use for the line, and what it tells."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from frontdesk.channels.base import NotADocument, WhichLine
from frontdesk.channels.bridge import protocol
from frontdesk.channels.bridge.protocol import Told
from frontdesk.domain.wire import Line
from frontdesk.kit.loose import record, words

TOKEN = "x-bridge-token"  # noqa: S105 - the name of a header
_LABELS = ("account", "accountId", "account_id", "sessionId", "session_id", "session", "clientId", "client_id")
_WHOSE = (
    "Several lines have this token. Give each another one, or say in `account` which line it is: the label of the "
    "line, or its id."
)
_NOBODY = "No line that has this token is called so. Say in `account` the label of the line, or its id."


def believes(headers: Mapping[str, str], lines: Sequence[Line], *, near: bool) -> tuple[Line, ...]:
    """The lines whose bridge this may be. `near`: the request comes from this machine, and not in production."""
    given = _token(headers)
    proven = tuple(line for line in lines if _same(line.options.token, given))
    if proven or not near:
        return proven
    return tuple(line for line in lines if line.options.token is None)


def _same(token: SecretStr | None, given: str) -> bool:
    return token is not None and hmac.compare_digest(
        token.get_secret_value().encode(), given.encode("utf-8", "surrogatepass")
    )


def _token(headers: Mapping[str, str]) -> str:
    if told := headers.get(TOKEN):
        return told.strip()
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def documents(body: bytes) -> list[Any]:
    """The events in a body: one document, or a list of them.

    Raises:
        NotADocument: the bytes are no JSON document.
    """
    try:
        document = protocol.document_of(body)
    except ValueError:
        raise NotADocument("The body is not a JSON document. Send JSON in UTF-8.") from None
    return document if isinstance(document, list) else [document]


def line_of(document: Any, lines: Sequence[Line]) -> Line:
    """The line that the document is of.

    Raises:
        WhichLine: that cannot be told.
    """
    given = record(document)
    inner = record(given.get("data"))
    label = next((found for one in _LABELS if (found := words(given.get(one)) or words(inner.get(one)))), None)
    named = [line for line in lines if label is not None and label in (line.options.label, line.account_id)]
    if len(named) == 1:
        return named[0]
    # A bridge may say a name of its own where there is nothing to be told apart.
    free = [line for line in lines if label is None or not line.options.label]
    if len(lines) == 1 and len(free) == 1:
        return free[0]
    raise WhichLine(_WHOSE if label is None or named else _NOBODY)


def told(document: Any) -> Told | None:
    """The event; a message may stand there bare. None where it is neither."""
    given = record(document)
    event = protocol.event_of(given)
    if event is None and "id" in given and ("chatId" in given or "from" in given):
        return Told("new_message", given)
    return event
