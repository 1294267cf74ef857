"""What every reader gives: pages of Markdown, and why a document cannot be read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_PAGES = 500
MOST_TEXT = 2_000_000  # characters

Row = Sequence[str]

_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Paper:
    """One page; the whole document where it has none (`number` is None)."""

    number: int | None
    text: str


class Unreadable(Exception):
    """The document cannot be read; `sentence` says why, and goes on where the name of the file ends."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return _SPACE.sub(" ", text).strip()


def heading(level: int, text: str) -> str:
    """A heading, or nothing when it has no text."""
    words = one_line(text)
    return f"{'#' * min(max(level, 1), 6)} {words}" if words else ""


def table(rows: Sequence[Row], *, headed: bool | None = None) -> Iterator[str]:
    """A table as blocks of Markdown. A row with one cell alone is the heading of those below it.

    `headed`: whether the first row names the columns; None: it does where it has no numbers and others have some.
    """
    kept = [[one_line(cell).replace("|", "/") for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    width = max((len(row) for row in kept), default=0)
    if width < 2:
        yield from (" ".join(row) for row in kept)
        return
    full = [row + [""] * (width - len(row)) for row in kept]
    names, known, gathered = [""] * width, False, list[str]()
    for at, row in enumerate(full):
        if _is_alone(row):
            yield from _drawn(names, gathered)
            gathered = []
            yield heading(6, row[0]) if at + 1 < len(full) and not _is_alone(full[at + 1]) else row[0]
        elif not known and (_is_head(full[at:]) if headed is None else headed):
            names, known = row, True
        else:
            known = True
            gathered.append(_line(row))
    yield from _drawn(names, gathered)


def _is_alone(row: Row) -> bool:
    return bool(row[0]) and not any(row[1:])


def _is_head(rows: Sequence[Row]) -> bool:
    first, others = rows[0], rows[1:]
    filled = sum(map(bool, first))
    if filled < 2 or any(map(_DIGIT.search, first)):
        return False
    return any(_DIGIT.search(cell) for row in others for cell in row)


def _drawn(names: Row, lines: list[str]) -> Iterator[str]:
    if lines:
        yield "\n".join([_line(names), _line(["---"] * len(names)), *lines])


def _line(row: Row) -> str:
    return f"| {' | '.join(row)} |"
