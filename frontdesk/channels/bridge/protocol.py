"""The lines of JSON that a bridge and Frontdesk speak with each other, one document a line, in UTF-8.

A bridge tells `{"event": "...", "data": {...}, "timestamp": ms}`. With a `seq` it keeps the event until it is told
`{"ack": seq}`: everything up to there is stored. It answers a command, `{"action", "data", "id"}`, with
`{"id", "success": true, "data": {...}}`, whose content may stand beside `id` instead, or with `"success": false`, an
`error` in words and perhaps a `code`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

JsonObject = Mapping[str, Any]

LONGEST = 8 * 1024 * 1024  # bytes of a line; what is longer is garbage


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the bridge tells. `at` is Unix milliseconds."""

    event: str
    given: JsonObject = field(default_factory=dict)
    seq: int | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command."""

    id: str
    success: bool
    given: JsonObject = field(default_factory=dict)
    error: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Garbage:
    """A line that is nothing of this. Its content is not repeated: it may hold what people wrote."""

    why: str


def read(line: bytes) -> Told | Answer | Garbage:
    """What a line of a bridge says."""
    try:
        document = document_of(line)
    except ValueError:
        return Garbage("It is not JSON.")
    if not isinstance(document, dict):
        return Garbage("It is JSON, but no object.")
    if (told := event_of(document)) is not None:
        return told
    if document.get("id") is not None and "success" in document:
        return answer_of(document)
    return Garbage("It names neither an event nor the command that it answers.")


def document_of(text: bytes) -> Any:
    """The JSON document in the text. JavaScript writes halves of emojis that only the patient parser reads.

    Raises:
        ValueError: it is none.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return json.loads(text.decode("utf-8-sig", "replace"))
        except RecursionError:
            raise ValueError("It is nested beyond reason.") from None


def event_of(document: JsonObject) -> Told | None:
    """The event that a document tells; None where it names none."""
    event = document.get("event")
    return _told(event, document) if isinstance(event, str) else None


def command(action: str, given: JsonObject, command_id: str) -> bytes:
    """The line that asks a bridge for something."""
    return orjson.dumps({"action": action, "data": given, "id": command_id}) + b"\n"


def ack(seq: int) -> bytes:
    """The line that says that everything up to `seq` is stored."""
    return b'{"ack":%d}\n' % seq


def _told(event: str, document: JsonObject) -> Told:
    seq, given = document.get("seq"), document.get("data")
    return Told(
        event,
        given if isinstance(given, dict) else {"value": given} if given is not None else {},
        seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
        moment(document.get("timestamp")),
    )


_ANSWER = frozenset({"id", "success", "data", "error", "code"})


def answer_of(document: JsonObject) -> Answer:
    """The answer that a document with `id` and `success` holds."""
    given, error, code = document.get("data"), document.get("error"), document.get("code")
    beside = {name: value for name, value in document.items() if name not in _ANSWER}
    return Answer(
        str(document["id"]),
        document["success"] is True,
        given if isinstance(given, dict) else beside | ({"result": given} if given is not None else {}),
        error if isinstance(error, str) else None,
        code if isinstance(code, str) else None,
    )


def moment(given: object) -> int | None:
    """Unix milliseconds from what bridges write: seconds or milliseconds as a number, or an ISO 8601 text."""
    if isinstance(given, bool) or given is None:
        return None
    if isinstance(given, int | float):
        return _milliseconds(float(given))
    if isinstance(given, str):
        try:
            return int(datetime.fromisoformat(given).timestamp() * 1000)
        except (ValueError, OverflowError):
            return _milliseconds(float(given)) if given.isascii() and given.isdecimal() else None
    return None


_SECONDS_END = 100_000_000_000  # a number below is seconds (until the year 5138), one above milliseconds (from 1973)


def _milliseconds(number: float) -> int | None:
    if not 0 < number < 1e15:
        return None
    return int(number * 1000) if number < _SECONDS_END else int(number)
