"""What is wrong in `frontdesk.toml`, for people: the place first, then what it must be."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from frontdesk.kit.text import shorten
from frontdesk.settings.spelling import near
from frontdesk.settings.wording import complaint

_PROBLEMS = {
    "missing": "is missing; add it",
    "bool_type": "must be true or false, without quotes",
    "string_type": "must be a text in quotes",
    "tuple_type": "must be a list in [ ] (sections that may repeat are written [[persona]], [[notify]])",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
}
# What the parsers of TOML and JSON say, and what it comes from.
_CAUSES = {
    r"Cannot (overwrite|declare|mutate)|twice|Cannot redefine": "this key or section is there already; keep one",
    r"Expected '=' after a key": "write it as name = value",
    r"Expected '\]+' at the end": "close the brackets of the section, as in [buffer]",
    r"Unclosed array|Unclosed list": "close the list with ]",
    r"Expected newline or end of document": "something stands behind the value; write one name = value on each line",
    r"Unterminated|Expected \"'|Illegal character|Invalid control": "a text is not closed; put a quote at both ends",
    r"Unescaped|escape": "write a backslash in a text twice, as in \\\\",
    r"Invalid value|Expecting value": "the value cannot be read; texts stand in quotes, yes and no are true and false",
    r"Expecting property name|Expecting ',' delimiter": "a comma, a quote or a bracket is missing or too many",
    r"Extra data": "there is something behind the closing bracket",
}


def broken(file: str, wrong: Exception, form: str) -> str:
    """A file that its parser cannot read: where, and what to do."""
    said = str(wrong)
    place = re.search(r"line (\d+),? column (\d+)", said)
    where = f"line {place[1]}, column {place[2]}" if place else "the end of the file"
    todo = next((words for cause, words in _CAUSES.items() if re.search(cause, said)), "correct what stands there")
    return f"{file} is no valid {form} at {where}: {todo}."


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a file: what form it must have, what was written, and its text to find lines in."""

    form: type[BaseModel]
    written: dict[str, Any]
    text: str
    file: str

    def sentence(self, error: ErrorDetails) -> str:
        """What is wrong in a sentence."""
        keys = error["loc"]
        line = _line(self.text, keys)
        where = f"{self.file}, line {line}" if line else self.file
        place, problem = _place(keys, self.written), self._problem(error, keys)
        said = f"{place} {problem}"
        return f"{said} ({where})" if said.endswith("?") else f"{said} ({where})."

    def _problem(self, error: ErrorDetails, keys: tuple[int | str, ...]) -> str:
        if error["type"] == "extra_forbidden":
            meant = near(str(keys[-1]), self._known(keys), _NEAR)
            return "is not known; " + (f"did you mean “{meant}”?" if meant else "correct its spelling, or remove it")
        known = str(error["ctx"]["error"]) if error["type"] == "value_error" else _PROBLEMS.get(error["type"])
        given = error["input"]
        shows = "notify" not in keys and isinstance(given, str | int | float) and given != ""
        return (known or complaint(error)) + (f", not “{shorten(str(given), 60)}”" if shows else "")

    def _known(self, keys: tuple[int | str, ...]) -> list[str]:
        """The keys that may stand where the last one does."""
        form: type[BaseModel] | None = self.form
        for key in keys[:-1]:
            if form is not None and isinstance(key, str):
                form = _inner(form.model_fields[key])
        return list(form.model_fields) if form is not None else []


_NEAR = 0.7  # alike enough for a guess: the keys are few


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _place(keys: tuple[int | str, ...], written: dict[str, Any]) -> str:
    """`In the persona “Desk”: “memory.mode”` for the key of an error."""
    if len(keys) < 2 or not isinstance(keys[1], int):
        return _dotted(keys, first=True)
    try:
        name = written[str(keys[0])][keys[1]]["name"]
    except (KeyError, IndexError, TypeError):
        name = None
    named = isinstance(name, str) and name.strip()
    title = f"the {keys[0]} “{shorten(str(name), 40)}”" if named else f"{keys[0]} {keys[1] + 1}"
    return f"In {title}: {_dotted(keys[2:])}" if keys[2:] else title[0].upper() + title[1:]


def _dotted(keys: tuple[int | str, ...], *, first: bool = False) -> str:
    names = ".".join(key for key in keys if isinstance(key, str))
    entries = [key + 1 for key in keys if isinstance(key, int)]
    if not entries:
        return f"“{names}”"
    return f"{'Entry' if first else 'entry'} {entries[-1]} of “{names}”"


def _line(text: str, keys: tuple[int | str, ...]) -> int | None:
    """The line of a key in TOML: of the key itself, else of its table; None where neither is found."""
    first, place = str(keys[0]), keys[1] if len(keys) > 1 and isinstance(keys[1], int) else 0
    wanted = [str(key) for key in keys if isinstance(key, str)]
    table: list[str] = []
    seen, header = -1, None
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]", line):
            table = opened[1].split(".")
            seen += table == [first]
            if seen == place and table == wanted[: len(table)]:
                header = number
            continue
        key = [*table, *_key(line)]
        if len(key) > len(table) and (not table or seen == place) and key == wanted[: max(len(key), 2)]:
            return number
    return header


def _key(line: str) -> list[str]:
    match = re.match(r"\s*([\w.-]+)\s*=", line)
    return match[1].split(".") if match else []
