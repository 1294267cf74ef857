"""Small readers of JSON from outside: whatever the type of a value, they give an answer and never raise."""

import math
from typing import Any

import orjson

from frontdesk.kit.text import keepable

Json = dict[str, Any]

LONGEST_ID = 512
LONGEST_RAW = 64 * 1024
DEEPEST = 32
_LARGEST_INT = 2**63 - 1


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
