"""Small readers of JSON from outside: whatever the type of a value, they give an answer and never raise."""

import json
import math
from typing import Any

import orjson

from frontdesk.channels.base import NotADocument
from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, phone as parse_phone
from frontdesk.kit.text import keepable

Json = dict[str, Any]

LONGEST_ID = 512
LONGEST_RAW = 64 * 1024
DEEPEST = 32
_EARLIEST = 1_230_768_000  # 2009, when WhatsApp began
_LATEST = 4_102_444_800  # 2100
_LARGEST_INT = 2**63 - 1


def load(body: bytes) -> Any:
    """The JSON document in the body.

    The quick parser refuses escapes of lone surrogates and broken UTF-8; then the patient one reads it, so that one
    odd character does not lose a whole delivery.

    Raises:
        NotADocument: it is no JSON, or is nested beyond reason.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _load_patiently(body)


def _load_patiently(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig", "replace")
        return json.loads(text, parse_int=_whole_number, parse_constant=_refuse)
    except (ValueError, RecursionError) as broken:
        raise NotADocument("The body is not a JSON document.") from broken


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def record(value: Any) -> Json:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def words(value: Any) -> str | None:
    """The text, safe to keep; None in place of anything else."""
    return keepable(value) if isinstance(value, str) else None


def ident(value: Any) -> str | None:
    """A usable id: a text of 1 to 512 characters."""
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and not value.isspace():
        return keepable(value)
    return None


def lenient_ident(value: Any) -> str | None:
    """A usable id, also where it was sent as a number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_INT:
        return str(value)
    return ident(value)


def whole(value: Any) -> int | None:
    """A whole number, also where it was sent as digits."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_INT:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    return None


def number(value: Any) -> float | int | None:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return None


def moment(value: Any) -> int | None:
    """Unix milliseconds of a time in whole seconds, sent as digits or as a number; None when it is not sane."""
    seconds = whole(value)
    return seconds * 1_000 if seconds is not None and _EARLIEST <= seconds <= _LATEST else None


def phone(value: Any) -> Address | None:
    """The phone number, when it can be one."""
    digits = lenient_ident(value)
    if digits is None:
        return None
    if digits.isascii() and digits.isdecimal() and 6 <= len(digits) <= 15 and digits[0] != "0":
        return Address(AddressKind.PHONE, digits)
    try:
        return parse_phone(digits)
    except MalformedAddress:
        return None


def user(value: Any) -> Address | None:
    """The business-scoped user id. Its form is not looked into: Meta may change it."""
    text = ident(value)
    return Address(AddressKind.USER, text) if text else None


def anyone(value: Any) -> Address | None:
    """A phone number where it can be one, else the id as it was sent."""
    return phone(value) or user(value)


def clean(value: Any, depth: int = DEEPEST) -> Any:
    """The same, safe to be written as JSON again and to be kept: texts, numbers and depth within bounds."""
    if isinstance(value, str):
        return keepable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        return {keepable(str(key)): clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, depth - 1) for item in value]
    return keepable(str(value))


def raw(value: Any) -> str:
    """The element as JSON text, cut where it is too long to be kept."""
    return orjson.dumps(clean(value)).decode()[:LONGEST_RAW]
