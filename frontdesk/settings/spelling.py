"""Names that look like ours and are none: what was meant stays unset, and nothing else would say so."""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from frontdesk.settings.environment import Settings, names, names_in

OURS = ("FRONTDESK_", "WHATSAPP_")  # what begins so in our own file is meant for us
_NEAR = 0.85


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A name that nobody reads, where it stands, and the setting that was probably meant."""

    name: str
    place: str
    meant: str | None
    in_file: bool

    def __str__(self) -> str:
        guess = f"Did you mean {self.meant}?" if self.meant else "Correct its spelling, or remove it."
        return f"{self.name} in {self.place} is not a setting of Frontdesk, so it does nothing. {guess}"


def near(name: str, known: list[str], least: float = _NEAR) -> str | None:
    """The known name that was probably meant: alike by at least that much, from 0 to 1."""
    return next(iter(get_close_matches(name, known, 1, least)), None)


def misspelt(env_file: Path | None) -> list[Misspelt]:
    """The names in the file and in the environment that are near ours; in the file also those with our prefixes."""
    known = [name for field in Settings.model_fields.values() for name in names(field)]
    written = names_in(env_file)
    around = {name.upper() for name in os.environ} - written
    in_file = [Misspelt(name, str(env_file), near(name, known), in_file=True) for name in sorted(written - set(known))]
    outside = [
        Misspelt(name, "the environment", near(name, known), in_file=False) for name in sorted(around - set(known))
    ]
    return [one for one in in_file if one.meant or one.name.startswith(OURS)] + [one for one in outside if one.meant]
