"""What is wrong with a value, in our own words: the validation library's remarks are for programmers."""

from collections.abc import Callable, Mapping
from typing import Any

_PLAIN = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; correct its spelling, or leave it out",
    "string_type": "must be a text",
    "string_unicode": "must be a text in UTF-8",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of a sane size",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number, and not an endless one",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object with names and values",
    "model_type": "must be an object with names and values",
    "model_attributes_type": "must be an object with names and values",
    "string_pattern_mismatch": "has characters or a form that cannot be; see the reference for what it looks like",
}
_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
}


_CHARACTERS = ("character", "characters")
_ENTRIES = ("entry", "entries")


def complaint(error: Mapping[str, Any]) -> str:
    """What is wrong and what is wanted, to stand behind the name of the value: `must be at most 200`.

    `error` is one of pydantic's. Never holds what was given: it may be a secret.
    """
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"{words} {_number(context[name])}"
    told = _TOLD.get(kind)
    return (
        told(context, str(error["msg"])) if told else _PLAIN.get(kind, "is not right; see the reference for its form")
    )


def not_utf8(file: str, wrong: UnicodeDecodeError) -> str:
    """Where a file holds what is no text in UTF-8, and what to do."""
    before = wrong.object[: wrong.start]
    line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8-sig", "replace")) + 1
    return f"{file} cannot be read as text at line {line}, column {column}. Save it as UTF-8, then try again."


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _length(least: bool, what: tuple[str, str]) -> Callable[[Mapping[str, Any], str], str]:
    def told(context: Mapping[str, Any], _: str) -> str:
        limit = context["min_length" if least else "max_length"]
        if least and limit == 1:
            return "must not be empty"
        return f"must have at {'least' if least else 'most'} {_number(limit)} {what[limit != 1]}"

    return told


def _choice(context: Mapping[str, Any], _: str) -> str:
    return "must be " + str(context["expected"]).replace("'", "")


def _own(context: Mapping[str, Any], message: str) -> str:
    """A sentence of our own validators; the file that a form lacks is the only one that the framework words so."""
    said = str(context.get("error") or message.removeprefix("Value error, ")).rstrip(".")
    if said.startswith("Expected UploadFile"):
        return "must be a file, sent as a part of the form with a file name"
    return said


_TOLD: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "string_too_short": _length(True, _CHARACTERS),
    "string_too_long": _length(False, _CHARACTERS),
    "too_short": _length(True, _ENTRIES),
    "too_long": _length(False, _ENTRIES),
    "literal_error": _choice,
    "enum": _choice,
    "value_error": _own,
    "assertion_error": _own,
}
