"""Lines as they stand on a page, made paragraphs, headings and tables by where their words begin."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from frontdesk.kit.documents.paper import heading, table

_GAP = re.compile(r"(?:\s{2,}|\s*[.…·_]{4,}\s*|\t)")  # between two columns: blanks, or a line of dots
_BLANKS = re.compile(r"\s+")
_PROSE = 30  # characters in a cell from which on columns hold prose, as in a leaflet
_FEW = 4  # rows from which on that can be told
_LONGEST_GROUP = 60
_BULLET = re.compile(r"^[•·▪◦●○‣–—*-]\s+")


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def blocks(lines: Sequence[str], headings: Mapping[str, int]) -> list[str]:
    """The blocks of a page in Markdown. `headings`: the lines that are some, without blanks, with their levels."""
    return list(_blocks([_cells(line) for line in lines], headings))


def _cells(line: str) -> list[_Cell]:
    found, start = [], 0
    for gap in [*_GAP.finditer(line), None]:
        end = gap.start() if gap else len(line)
        if line[start:end].strip():
            lead = len(line[start:end]) - len(line[start:end].lstrip())
            found.append(_Cell(start + lead, line[start:end].strip()))
        start = gap.end() if gap else end
    return found


def _blocks(rows: Sequence[Sequence[_Cell]], headings: Mapping[str, int]) -> Iterator[str]:
    paragraph: list[str] = []
    grid: list[Sequence[_Cell]] = []
    for at, row in enumerate(rows):
        if not row:
            if not grid:
                yield from _ended(paragraph)
            continue
        words = " ".join(cell.text for cell in row)
        level = headings.get(_BLANKS.sub("", words), 0) if len(row) == 1 else 0
        if len(row) > 1 or (grid and not level and _goes_on(row[0], grid, rows, at)):
            yield from _ended(paragraph)
            grid.append(row)
            continue
        yield from _table(grid)
        grid = []
        if level:
            yield from _ended(paragraph)
            yield heading(level, words)
        else:
            paragraph.append(_BULLET.sub("- ", words))
    yield from _table(grid)
    yield from _ended(paragraph)


def _ended(paragraph: list[str]) -> Iterator[str]:
    if paragraph:
        yield "\n".join(paragraph)
        paragraph.clear()


def _goes_on(cell: _Cell, grid: Sequence[Sequence[_Cell]], rows: Sequence[Sequence[_Cell]], at: int) -> bool:
    """Whether a lone cell is within a table: words that found no place above it, or a heading of the rows below it."""
    if cell.text[:1].islower() or cell.start >= grid[-1][-1].start > grid[-1][0].start:
        return True
    below = next((row for row in rows[at + 1 : at + 3] if row), ())
    return len(below) > 1 and len(cell.text) <= _LONGEST_GROUP and not cell.text.endswith(".")


def _table(grid: list[Sequence[_Cell]]) -> Iterator[str]:
    if len(grid) == 1:
        yield " ".join(cell.text for cell in grid[0])
    if len(grid) < 2:
        return
    columns = max(grid, key=len)
    placed = [_placed(row, columns) for row in grid]
    if _is_prose(placed):
        yield from ("\n".join(filter(None, column)) for column in zip(*placed, strict=True))
        return
    made: list[list[str]] = []
    for row in placed:
        if made and _is_more(row):
            made[-1] = [f"{above} {more}".strip() for above, more in zip(made[-1], row, strict=True)]
        else:
            made.append(row)
    yield from table(made)


def _placed(row: Sequence[_Cell], columns: Sequence[_Cell]) -> list[str]:
    placed = [""] * len(columns)
    for cell in row:
        place = min(range(len(columns)), key=lambda one: _apart(cell, columns[one]))
        placed[place] = f"{placed[place]} {cell.text}".strip()
    return placed


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Whether what stands side by side is running text, as in a leaflet: it is read column by column."""
    full = [row for row in rows if all(row)]
    long = [row for row in full if all(len(cell) >= _PROSE for cell in row)]
    return len(full) >= _FEW and len(long) * 2 > len(full)


def _is_more(row: Sequence[str]) -> bool:
    """Whether a row is what found no place in the cells above it."""
    return not all(row) and (not row[0] or row[0][0].islower())


def _apart(cell: _Cell, column: _Cell) -> int:
    """How far a cell is from a column; columns of numbers are aligned on the right."""
    return min(abs(cell.start - column.start), abs(cell.end - column.end))
