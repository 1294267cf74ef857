"""What a look of `frontdesk doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """`ok`, or what to do. With `warns`, it is worth a word and keeps nothing from working: the exit code stays 0."""

    what: str
    ok: bool
    sentence: str
    wrong_settings: bool = False
    warns: bool = False

    def __str__(self) -> str:
        mark = "mend" if not self.ok else "warn" if self.warns else "ok"
        return f"{mark:<5} {self.what:<9} {self.sentence}"


def warning(what: str, sentence: str) -> Found:
    """Nothing to mend, and still worth a word."""
    return Found(what, True, sentence, warns=True)
