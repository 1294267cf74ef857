"""Contact cards (vCard), read into the form in which the Cloud API tells of contacts."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from frontdesk.kit.loose import Json, clean, record, words

_LONGEST = 64 * 1024  # a card may carry a photo, which is left out
_MOST = 20  # entries of one sort that are kept
_FOLDED = re.compile(r"\r?\n[ \t]")
_SOFT = re.compile(r"=\r?\n")
_ESCAPED = re.compile(r"\\([nN,;:\\])")
_GROUPED = re.compile(r"^item\d+\.", re.IGNORECASE)
_UNESCAPED_SEMICOLON = re.compile(r"(?<!\\);")


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def card(display_name: Any, text: Any) -> Json:
    """One card: name, phones, e-mail addresses, employer, pages. What it does not say is left out."""
    lines = list(_lines(text)) if isinstance(text, str) else []
    name = next((_plain(line.value) for line in lines if line.name == "FN" and line.value), None)
    made: Json = {"name": {"formatted_name": words(display_name) or name or "Contact card"}}
    for key, found in (
        ("phones", [_phone(line) for line in lines if line.name == "TEL"]),
        ("emails", [{"email": _plain(line.value)} for line in lines if line.name == "EMAIL"]),
        ("urls", [{"url": _plain(line.value)} for line in lines if line.name == "URL"]),
    ):
        if found:
            made[key] = found[:_MOST]
    employer = next((line.value for line in lines if line.name == "ORG"), "")
    company = _plain(_UNESCAPED_SEMICOLON.split(employer)[0])
    if company:
        made["org"] = {"company": company}
    return record(clean(made))


def _phone(line: _Line) -> Json:
    number: Json = {"phone": _plain(line.value).removeprefix("tel:")}
    waid, sort = line.parameters.get("WAID"), line.parameters.get("TYPE")
    if waid:
        number["wa_id"] = waid
    return number | {"type": sort.upper()} if sort else number


def _lines(text: str) -> Iterator[_Line]:
    known = words(text[:_LONGEST]) or ""
    if "QUOTED-PRINTABLE" in known.upper():
        known = _SOFT.sub("", known)
    for line in _FOLDED.sub("", known).splitlines():
        head, colon, value = line.partition(":")
        if not colon:
            continue
        name, *parameters = _GROUPED.sub("", head).split(";")
        pairs = dict(_pair(parameter) for parameter in reversed(parameters))
        if pairs.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
            value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace")
        yield _Line(name.strip().upper(), pairs, value.strip())


def _pair(parameter: str) -> tuple[str, str]:
    """A parameter; the old form `TEL;CELL:` names a type without saying so."""
    name, equals, value = parameter.partition("=")
    return (name.strip().upper(), value.strip('"')) if equals else ("TYPE", name.strip())


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def of_part(part: Any) -> Json:
    """The card of a `ContactMessage`."""
    told = record(part)
    return card(told.get("displayName"), told.get("vcard"))
