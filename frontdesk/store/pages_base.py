"""Keyset pages: a cursor names the last row that was shown, so that page 10,000 costs what page 1 costs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, or_, tuple_

from frontdesk.kit.errors import FrontdeskError

T = TypeVar("T")

NO_PLACE = "This is no place in the list. Give `next` of the page before, unchanged."


class MalformedCursor(FrontdeskError):
    """The text is no cursor of ours."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of those that follow (None: these were the last)."""

    items: tuple[T, ...]
    next: str | None = None


def cursor(at: int, key: str) -> str:
    """The place of a row that is ordered by a time and an id."""
    return f"{at}.{key}"


def place(text: str) -> tuple[int, str]:
    """The time and the id in a cursor.

    Raises:
        MalformedCursor: it was not made by `cursor`.
    """
    at, dot, key = text.partition(".")
    if not (dot and key and at.isascii() and at.isdecimal() and len(at) < 18):
        raise MalformedCursor(NO_PLACE)
    return int(at), key


def row_id(text: str, prefix: str) -> str:
    """The id of a row, given as a place in a list of such rows.

    Raises:
        MalformedCursor: it is no id with that prefix.
    """
    if not re.fullmatch(rf"{prefix}_[0-9a-z]{{1,40}}", text):
        raise MalformedCursor(NO_PLACE)
    return text


def below(at: ColumnElement[Any], key: ColumnElement[Any], before: str) -> ColumnElement[bool]:
    """The rows that come after a cursor where the newest come first."""
    return tuple_(at, key) < tuple_(*place(before))


def above(at: ColumnElement[Any], key: ColumnElement[Any], after: str) -> ColumnElement[bool]:
    """The rows that come after a cursor where the oldest come first."""
    return tuple_(at, key) > tuple_(*place(after))


def cut(rows: Sequence[T], limit: int) -> tuple[tuple[T, ...], bool]:
    """At most `limit` of the rows, and whether there were more."""
    return tuple(rows[:limit]), len(rows) > limit


def in_any_case(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Whether the text holds the part. SQLite folds the case of ASCII only, so other letters are tried both ways."""
    ways = (part,) if part.isascii() else tuple(dict.fromkeys((part, part.lower(), part.upper(), part.title())))
    return or_(*(column.icontains(way, autoescape=True) for way in ways))
