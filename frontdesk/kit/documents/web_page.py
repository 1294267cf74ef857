"""A saved web page, as one file (.html, .mhtml): headings, paragraphs, lists, tables, questions that fold open."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from frontdesk.kit.documents.paper import Paper, Unreadable, heading, one_line, table

_UNREAD = frozenset(
    [
        "script",
        "style",
        "template",
        "svg",
        "canvas",
        "iframe",
        "object",
        "select",
        "textarea",
        "noscript",
        "title",
    ]
)
_ABOUT = frozenset({"nav"})  # leads elsewhere, and says nothing of its own
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"summary": 6, "dt": 6, "caption": 6}
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "dd",
        "details",
        "div",
        "dl",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "ul",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_IN_HEADINGS = frozenset({"button", "div"})
_LONGEST_CELL = 400  # from here on a table is there for the looks of the page
_DEEPEST = 300
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([a-zA-Z0-9_-]+)""", re.IGNORECASE)


@dataclass
class _Table:
    rows: list[list[list[str]]] = field(default_factory=list)  # blocks in cells in rows
    named: list[bool] = field(default_factory=list)  # whether each row has nothing but names of columns
    looks: bool = False  # it holds headings or tables: it only puts things in their place


class _Reader(HTMLParser):
    def __init__(self, unread: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self._unread = unread
        self._skipping = ""
        self._depth = 0  # of the element that is skipped, within itself
        self._words: list[str] = []
        self._level = 0
        self._lists = 0
        self._tables: list[_Table] = []
        self._mark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping:
            self._depth += tag == self._skipping
        elif tag in self._unread:
            self._skipping, self._depth = tag, 1
        elif tag == "br":
            self._words.append("\n")
        elif tag in ("td", "th", "tr", "table"):
            self._begin(tag)
        elif tag in _HEADINGS:
            self._flush()
            self._level = _HEADINGS[tag]
        elif tag in _BLOCKS and (not self._level or self._forgot_to_end(tag)):
            self._flush()
            self._level = 0
            self._mark = "- " if tag == "li" else self._mark

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and tag not in _BLOCKS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            self._depth -= tag == self._skipping
            if not self._depth:
                self._skipping = ""
        elif tag in _HEADINGS:
            self._flush()
            self._level = 0
        elif tag in ("td", "th", "tr"):
            self._flush()
        elif tag == "table":
            self._end_table()
        elif tag in _BLOCKS and not self._level:
            self._flush()
            self._mark = ""

    def handle_data(self, text: str) -> None:
        if not self._skipping:
            self._words.append(re.sub(r"[^\S\n]+|\n", " ", text))

    def done(self) -> list[str]:
        """The blocks of the whole page."""
        self.close()
        self._flush()
        while self._tables:
            self._end_table()
        return self.blocks

    def _forgot_to_end(self, tag: str) -> bool:
        """Whether a heading goes no further, although nobody said so: what begins here stands in none."""
        return tag not in _IN_HEADINGS and bool("".join(self._words).strip())

    def _begin(self, tag: str) -> None:
        self._flush()
        if tag == "table" and len(self._tables) < _DEEPEST:
            for outer in self._tables:
                outer.looks = True
            self._tables.append(_Table())
        if not self._tables or tag == "table":
            return
        now = self._tables[-1]
        if tag == "tr" or not now.rows:
            now.rows.append([])
            now.named.append(True)
        if tag in ("td", "th"):
            now.rows[-1].append([])
            now.named[-1] &= tag == "th"

    def _flush(self) -> None:
        lines = [one_line(line) for line in "".join(self._words).split("\n")]
        text = "\n".join(line for line in lines if line)
        self._words = []
        if not text:
            return
        if self._level:
            text = heading(self._level, text)
            for outer in self._tables:
                outer.looks |= self._level < 6
        else:
            text = f"{self._mark}{text}"
        self._mark = ""
        self._put(text)

    def _put(self, block: str) -> None:
        for now in reversed(self._tables):
            if now.rows and now.rows[-1]:
                now.rows[-1][-1].append(block)
                return
        self.blocks.append(block)

    def _end_table(self) -> None:
        self._flush()
        if not self._tables:
            return
        ended = self._tables.pop()
        for block in _laid_out(ended) if _only_looks(ended) else _of_table(ended):
            self._put(block)


def _only_looks(found: _Table) -> bool:
    return found.looks or any(sum(map(len, cell)) > _LONGEST_CELL for row in found.rows for cell in row)


def _laid_out(found: _Table) -> Iterator[str]:
    return (block for row in found.rows for cell in row for block in cell)


def _of_table(found: _Table) -> Iterator[str]:
    rows = [[" ".join(block.removeprefix("- ") for block in cell) for cell in row] for row in found.rows]
    named = bool(rows) and found.named[0] and len(rows[0]) > 1
    return table(rows, headed=True if named else None)


def markdown_of(page: str) -> str:
    """A page of HTML as Markdown."""
    blocks = _read(page, _UNREAD | _ABOUT) or _read(page, _UNREAD)
    joined = ""
    for block in blocks:
        both = block.startswith("- ") and joined.rsplit("\n", 1)[-1].startswith("- ")
        joined += ("\n" if both else "\n\n") + block
    return joined.strip()


def _read(page: str, unread: frozenset[str]) -> list[str]:
    reader = _Reader(unread)
    reader.feed(page)
    return reader.done()


def read(content: bytes) -> list[Paper]:
    """A saved page.

    Raises:
        Unreadable: it holds no text.
    """
    text = markdown_of(decoded(content))
    if not text:
        raise Unreadable("holds no text. Where a page is made by its scripts, copy its text and paste it.")
    return [Paper(None, text)]


def read_archive(content: bytes) -> list[Paper]:
    """A page that was saved as one file with its pictures (.mhtml).

    Raises:
        Unreadable: there is no page in it.
    """
    message = message_from_bytes(content, policy=policy.default)
    for part in message.walk():
        if isinstance(part, EmailMessage) and part.get_content_type() == "text/html":
            held = part.get_payload(decode=True)
            return read(held if isinstance(held, bytes) else b"")
    raise Unreadable("holds no web page. Save the page again as HTML.")


def decoded(content: bytes) -> str:
    """The text of a page, in the encoding that it names, else UTF-8, else that of Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    named = _CHARSET.search(content[:4_096])
    for encoding in ("utf-8-sig", named[1].decode("ascii") if named else "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")
