"""What is told of a line to somebody who has no sign-in: nothing of other lines, and no whole number."""

import re

_NUMBER = re.compile(r"\+\d[\d ]{4,}\d")
_QUOTED = re.compile(r"“([^”]*)”")
_ANOTHER = "“another line”"


def ending(digits: str | None) -> str:
    """By what the owner knows a number again, and nobody else learns it: its last two digits."""
    return digits[-2:] if digits else ""


def discreet(sentence: str, *, name: str) -> str:
    """The sentence about the line of that name, with numbers cut to their ends and other names left out."""
    plain = _NUMBER.sub(lambda found: f"+…{ending(found[0])}", sentence)
    return _QUOTED.sub(lambda found: found[0] if found[1] == name else _ANOTHER, plain)
