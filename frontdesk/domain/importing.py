"""Documents of a knowledge base, cut into passages."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from frontdesk.domain.turns import Passage
from frontdesk.kit.text import keepable

LONGEST_PASSAGE = 1_200  # characters; longer sections are cut between paragraphs
LONGEST_QUESTION = 200
FEW_ROWS = 2  # up to here a table is one passage only; of a longer one each row is one too

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
# A letter alone is a mark only before a colon or with a number: `A. Costa` and `a) first` are what they say.
_QUESTION = re.compile(
    r"^\s*(?:\*\*)?(?:(?:Question|Pregunta|Pergunta)\s*\d*\s*[:.)]|[QP]\s*(?:\d+\s*[:.)]|:))(?:\*\*)?\s*(.+?)\s*(?:\*\*)?$",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\s*(?:\*\*)?(?:(?:Answer|Respuesta|Resposta)\s*\d*\s*[:.)]|[AR]\s*(?:\d+\s*[:.)]|:))(?:\*\*)?\s*", re.IGNORECASE
)
_BOLD_QUESTION = re.compile(r"^\s*\*\*(.+\?)\*\*\s*$")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_RULE = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)+\s*(?::?-{3,}:?\s*)?$")  # under the head of a table
_DOTS = re.compile(r"[^\S\n]*[.…_]{4,}[^\S\n]*")  # that lead the eye from a name to its price
_BETWEEN_NAME_WORDS = re.compile(r"[_\-+]+|%20")

_Line = tuple[int | None, str]  # page, words


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a document in Markdown; a document that has none is one page without a number."""

    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    lines: list[_Line] = field(default_factory=list)


def parse_markdown(text: str, source: str) -> tuple[Passage, ...]:
    """The passages of a Markdown or plain text: one per heading or `Q:`/`A:` pair, long ones cut between paragraphs.

    A first-level heading at the top names the source; else `source` does. Of a table each row is a passage of its own
    too. Ids depend on the content alone, so that importing the same text again gives the same passages.
    """
    body = _FRONT_MATTER.sub("", _plain(text))
    lines: list[_Line] = [(None, line) for line in body.split("\n")]
    at_top = next((heading for _, line in lines if line.strip() for heading in [_HEADING.match(line)]), None)
    named = at_top[2] if at_top and len(at_top[1]) == 1 else source
    return tuple(_passages(_sections(lines, named, asks=False), named))


def parse_document(pages: Sequence[Page], source: str, title: str = "") -> tuple[Passage, ...]:
    """The passages of a document, with the pages on which they begin. `source` is the name that it is kept under.

    A line that ends with a question mark is a question, and what is below it the answer. What stands above the first
    heading is titled `title`, else by the words of the file's name.
    """
    lines = [
        (page.number, line)
        for page in pages
        for line in [*_DOTS.sub(": ", _plain(page.text)).split("\n"), ""]  # no paragraph goes on from page to page
    ]
    return tuple(_passages(_sections(lines, title or words_of_name(source), asks=True), source))


def words_of_name(name: str) -> str:
    """What the name of a file says: `price_list-2026.pdf` is `price list 2026`."""
    stem, dot, _ = name.rpartition(".")
    return " ".join(_BETWEEN_NAME_WORDS.sub(" ", stem if dot else name).split()) or name


def _plain(text: str) -> str:
    return keepable(text).replace("\r\n", "\n").replace("\r", "\n")


def _sections(lines: Sequence[_Line], named: str, *, asks: bool) -> list[_Section]:
    """The sections of a document, with its titles; those of one heading alone at the top are its name."""
    ranks = [len(found[1]) for _, line in lines if (found := _HEADING.match(line))]
    top = 1 if ranks.count(1) <= 1 else 0  # the heading of the whole is in no title but its own
    sections, above, fenced, begins = [_Section(named)], _Above(top), False, True
    for page, line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        question = None if fenced or heading else _question(line, begins=begins and asks)
        if heading:
            sections.append(_Section(above.titled(len(heading[1]), _title(heading[2]))))
        elif question:
            sections.append(_Section(_title(question)))
        else:
            sections[-1].lines.append((page, _ANSWER.sub("", line) if not fenced else line))
        begins = not line.strip() or bool(heading)
    return [section for section in sections if any(line.strip() for _, line in section.lines)]


@dataclass(frozen=True, slots=True)
class _Above:
    """The headings above a line: what is under `Root canal` as `Price` is the price of a root canal."""

    top: int
    _stack: list[tuple[int, str]] = field(default_factory=list)

    def titled(self, level: int, title: str) -> str:
        self._stack[:] = [pair for pair in self._stack if pair[0] < level]
        over = self._stack[-1][1] if self._stack else ""
        if level > self.top:
            self._stack.append((level, title))
        return title if not over or "?" in over or "?" in title else f"{over}: {title}"


def _question(line: str, *, begins: bool) -> str | None:
    if found := _QUESTION.match(line) or _BOLD_QUESTION.match(line):
        return found[1]
    words = line.strip().removeprefix("- ")
    return words if begins and words.endswith("?") and len(words) <= LONGEST_QUESTION and words[0] != "|" else None


def _title(text: str) -> str:
    return text.strip().strip("*_` ").strip()


def _passages(sections: Iterable[_Section], source: str) -> Iterator[Passage]:
    for section in sections:
        blocks = list(_blocks(section))
        for page, piece in _pieces((page, _read_out(block)) for page, block in blocks):
            yield _passage(source, section.title, piece, page)
        for page, block in blocks:
            if isinstance(block, _Table) and len(block.rows) > FEW_ROWS:
                for title, text in block.apart(section.title):
                    yield _passage(source, title, text, page)


def _passage(source: str, title: str, text: str, page: int | None) -> Passage:
    return Passage(id=_id(source, title, text), title=title, text=text, source=source, page=page)


@dataclass(frozen=True, slots=True)
class _Table:
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """The table as a person reads it out, row by row."""
        return "\n".join(self._row(row) for row in self.rows)

    def _row(self, row: tuple[str, ...]) -> str:
        first, *others = row
        told = [f"{name}: {cell}" if name else cell for name, cell in zip(self.names[1:], others, strict=False) if cell]
        return ": ".join(filter(None, (first, ", ".join(told)))) if not self.names[0] else self._named(row)

    def _named(self, row: tuple[str, ...]) -> str:
        first, *others = zip(self.names, row, strict=False)
        told = [f"{name}: {cell}" if name else cell for name, cell in others if cell]
        return " – ".join(filter(None, (first[1], ", ".join(told))))

    def apart(self, title: str) -> Iterator[tuple[str, str]]:
        """Each row on its own, with what it is about."""
        for row in self.rows:
            if row[0]:
                pairs = zip(self.names, row, strict=False)
                named = "\n".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
                yield f"{title}: {row[0]}", named if any(self.names) else self._row(row)


def _blocks(section: _Section) -> Iterator[tuple[int | None, str | _Table]]:
    """The paragraphs and tables of a section, each with the page on which it begins."""
    for blank, group in groupby(section.lines, key=lambda line: not line[1].strip()):
        if blank:
            continue
        gathered = list(group)
        page, lines = gathered[0][0], [line for _, line in gathered]
        rule = next((at for at, line in enumerate(lines) if at and _RULE.match(line) and "|" in lines[at - 1]), None)
        if rule is None:
            yield page, "\n".join(lines).strip()
            continue
        end = next((at for at in range(rule, len(lines)) if "|" not in lines[at]), len(lines))
        rows = tuple(_cells(line) for line in lines[rule + 1 : end])
        for text in ("\n".join(lines[: rule - 1]).strip(), *([_Table(_cells(lines[rule - 1]), rows)] if rows else ())):
            if text:
                yield page, text
        if rest := "\n".join(lines[end:]).strip():
            yield page, rest


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_title(cell) for cell in line.strip().removeprefix("|").removesuffix("|").split("|"))


def _read_out(block: str | _Table) -> str:
    return block if isinstance(block, str) else block.text()


def _pieces(paragraphs: Iterable[_Line]) -> Iterator[_Line]:
    gathered, began = "", None
    for page, paragraph in paragraphs:
        for part in _cut(paragraph.strip()):
            if gathered and len(gathered) + len(part) + 2 > LONGEST_PASSAGE:
                yield began, gathered
                gathered = ""
            began = began if gathered else page
            gathered = f"{gathered}\n\n{part}" if gathered else part
    if gathered:
        yield began, gathered


def _cut(paragraph: str) -> Iterator[str]:
    while len(paragraph) > LONGEST_PASSAGE:
        at = max(paragraph.rfind(mark, 0, LONGEST_PASSAGE) for mark in (". ", "! ", "? ", "\n"))
        at = at + 1 if at > 0 else LONGEST_PASSAGE
        yield paragraph[:at].strip()
        paragraph = paragraph[at:].strip()
    if paragraph:
        yield paragraph


def _id(*parts: str) -> str:
    return f"kn_{hashlib.blake2b(chr(0).join(parts).encode(), digest_size=12).hexdigest()}"
