"""Small readers of what Meta sends, beside those of `kit.loose`: whatever a value is, they never raise."""

import json
from typing import Any

import orjson

from frontdesk.channels.base import NotADocument
from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, phone as parse_phone
from frontdesk.kit.loose import Json, clean, ident, lenient_ident, number, raw, record, whole, words

__all__ = [
    "Json", "anyone", "clean", "ident", "lenient_ident", "load", "moment", "number", "phone", "raw", "record", "user",
    "whole", "words",
]  # fmt: skip

_EARLIEST = 1_230_768_000  # 2009, when WhatsApp began
_LATEST = 4_102_444_800  # 2100


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
