"""A PDF: its text line by line, with what the looks of a page tell: large words are headings, columns are tables."""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import PyPdfError

from frontdesk.kit.documents.columns import blocks
from frontdesk.kit.documents.paper import MOST_PAGES, MOST_TEXT, Paper, Unreadable

_LARGER = 1.15  # than most of the text: a heading
_LARGEST = 1.6
_LONGEST_HEADING = 120
_BLANKS = re.compile(r"\s+")
_GAPS = re.compile(r"(\s+)")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_LETTER = re.compile(r"[^\W_]")
_LEGIBLE = 0.4  # share of letters and digits below which the fonts of a page do not say what it shows


def read(content: bytes) -> list[Paper]:
    """The text of each page; a page without any is empty.

    Raises:
        Unreadable: it is locked, broken, too long, or holds pictures only.
    """
    if b"%PDF-" not in content[:1_024]:
        raise Unreadable("is no PDF. Save it again as PDF and import that.")
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Unreadable("is locked with a password. Save it without one and import it again.")
        count = len(reader.pages)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError) as broken:
        raise Unreadable("is broken and cannot be read. Save it again as PDF and import that.") from broken
    if count > MOST_PAGES:
        raise Unreadable(f"has {count:,} pages, and {MOST_PAGES} can be read. Split it into several files.")
    papers, size = [], 0
    for number in range(count):
        text = _page(reader, number)
        papers.append(Paper(number + 1, text))
        size += len(text)
        if size > MOST_TEXT:
            break
    if not size:
        raise Unreadable(
            "holds no text, or pictures of text only, as a scanner makes them. Import what it was made from, "
            "or type the text in."
        )
    return papers


def _page(reader: PdfReader, number: int) -> str:
    """The text of one page; nothing where the page is broken: the others are read all the same."""
    try:
        page = reader.pages[number]
        laid_out = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=True)
        looks = _looks(page)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, ZeroDivisionError, OSError):
        return ""
    text = "\n\n".join(blocks(_mended(laid_out, looks), looks.headings()))
    written = _BLANKS.sub("", text)
    return text if len(_LETTER.findall(written)) >= _LEGIBLE * len(written) else ""


def _mended(laid_out: str, looks: "_Looks") -> list[str]:
    """The lines of a page, with blanks only where the text has some: letters that stand apart are one word."""
    written = {_BLANKS.sub("", line): line.strip() for line in looks.written.split("\n")}
    lines = (_LIGATURE.sub(_letters, line) for line in laid_out.split("\n"))
    return [_closed(line, written.get(_BLANKS.sub("", line), line)) for line in lines]


def _closed(line: str, written: str) -> str:
    """The line without the gaps at which the other one, of the same letters, goes on."""
    ends, count = set(), 0
    for word in written.split():
        count += len(word)
        ends.add(count)
    made, count = "", 0
    for part in _GAPS.split(line):
        if not part.isspace():
            count += len(part)
        elif count and count not in ends:
            continue
        made += part
    return made


def _letters(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


@dataclass
class _Looks:
    """How large and how bold each line of a page is."""

    lines: dict[int, list[tuple[str, float, bool]]] = field(default_factory=dict)  # by height on the page
    written: str = ""  # its lines in the order in which they were written

    def headings(self) -> dict[str, int]:
        """The words of each heading, without blanks, with its level."""
        sizes: Counter[float] = Counter()
        for line in self.lines.values():
            for text, size, _ in line:
                sizes[size] += len(text)
        if not sizes:
            return {}
        usual = sizes.most_common(1)[0][0]
        found = ((_joined(line), _level(line, usual)) for line in self.lines.values())
        return {words: level for words, level in found if level and words and len(words) <= _LONGEST_HEADING}


def _joined(line: Sequence[tuple[str, float, bool]]) -> str:
    return _BLANKS.sub("", "".join(text for text, _, _ in line))


def _level(line: Sequence[tuple[str, float, bool]], usual: float) -> int:
    least = min(size for _, size, _ in line)
    if least >= usual * _LARGEST:
        return 1
    if least >= usual * _LARGER:
        return 2
    bold = all(bold for _, _, bold in line)
    return 5 if bold and not _joined(line).endswith((".", ",", ";", ":")) else 0


def _looks(page: PageObject) -> _Looks:
    looks = _Looks()

    def see(text: str, *more: Any) -> None:
        outer, inner, font, size = more
        text = _LIGATURE.sub(_letters, text)
        if text.strip():
            scale = abs(float(inner[3]) * float(outer[3])) or 1.0
            height = round(float(inner[5]) * float(outer[3]) + float(outer[5]))
            bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
            looks.lines.setdefault(height, []).append((text, round(float(size) * scale, 1), bold))

    looks.written = _LIGATURE.sub(_letters, page.extract_text(visitor_text=see))
    return looks
