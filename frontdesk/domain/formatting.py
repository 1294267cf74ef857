"""Replies as WhatsApp shows them: its own marks instead of Markdown, and messages of a length that it takes."""

import html
import re
from collections.abc import Iterator

LONGEST_MESSAGE = 4_096  # characters that WhatsApp takes in one text
MOST_MESSAGES = 5  # more is cut off: nobody reads it

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*\s*$")
_RULE = re.compile(r"^\s{0,3}(?:[-*_]\s*){3,}$")
_TABLE_LINE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*$")
_BULLET = re.compile(r"^(\s*)[*+]\s+")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
_BOTH = re.compile(r"\*\*\*(?=\S)(.+?)(?<=\S)\*\*\*")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:[a-z][a-z0-9]*)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_CITATION = re.compile(r"(?<=[\w.,;:!?)])(?:\[\d{1,2}\])+(?=[\s.,;:!?)]|$)")  # `[2]` of models that search the web
_BOLD_MARK = "\x01"  # stands for WhatsApp's * while single stars are read as italics

_URL = re.compile(r"https?://\S+|www\.\S+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*_]*\s+")
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"


def to_whatsapp(text: str) -> str:
    """The reply with WhatsApp's marks: `**bold**` as `*bold*`, headings bold, links and tables as plain lines.

    Code is kept as it is; HTML is dropped. The result may be empty.
    """
    parts = _CODE.split(text.replace("\r\n", "\n").replace("\0", ""))
    marked = "".join(part if number % 2 else _prose(part) for number, part in enumerate(parts))
    return re.sub(r"\n{3,}", "\n\n", marked).strip()


def split(text: str, limit: int = LONGEST_MESSAGE, most: int = MOST_MESSAGES) -> tuple[str, ...]:
    """The text as messages of at most `limit` characters, cut where it hurts least: paragraph, line, sentence, word.

    URLs and joined emoji are never cut, a code block that is cut is closed and opened again. What does not fit into
    `most` messages is left out with an ellipsis.
    """
    messages: list[str] = []
    rest = text.strip()
    while rest:
        last = len(messages) == most - 1
        piece, rest = _first_message(rest, limit, cut_off=last)
        messages.append(piece)
        if last:
            break
    return tuple(messages)


def ready(text: str) -> tuple[str, ...]:
    """Formatted and split: what goes into `TurnOutput.replies`. Empty when nothing readable is left."""
    return split(to_whatsapp(text))


def whole_sentences(text: str) -> str:
    """A text that a model had to break off, cut back to its last whole sentence where there is one."""
    ends = [match.end() for match in re.finditer(r"[.!?…][\"'”’)\]*_]*(?=\s|$)|\n", text)]
    return text[: ends[-1]].strip() if ends else text.strip()


def _prose(text: str) -> str:
    lines = _TAG.sub("", _BREAK.sub("\n", text)).split("\n")
    return html.unescape("\n".join(_line(line) for line in _without_table_rules(lines)))


def _without_table_rules(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not _TABLE_LINE.match(line):
            yield line


def _line(line: str) -> str:
    if _RULE.match(line):
        return ""
    heading = _HEADING.match(line)
    if heading:
        return f"*{_inline(heading[1]).replace('*', '')}*"
    stripped = line.strip()
    if stripped.startswith("|") and stripped.endswith("|") and len(stripped) > 1:
        return _inline(" · ".join(cell.strip() for cell in stripped.strip("|").split("|") if cell.strip()))
    return _inline(_BULLET.sub(r"\1- ", line))


def _inline(text: str) -> str:
    text = _CITATION.sub("", text)
    text = _IMAGE.sub(lambda found: _link(found[1], found[2]), text)
    text = _LINK.sub(lambda found: _link(found[1], found[2]), text)
    text = _BOTH.sub(rf"{_BOLD_MARK}_\1_{_BOLD_MARK}", text)
    text = _BOLD.sub(rf"{_BOLD_MARK}\2{_BOLD_MARK}", text)
    text = _ITALIC.sub(r"_\1_", text)
    return _STRUCK.sub(r"~\1~", text).replace(_BOLD_MARK, "*")


def _link(words: str, address: str) -> str:
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return bare if not words.strip() or words.strip() in (bare, address) else f"{words.strip()}: {bare}"


def _first_message(text: str, limit: int, *, cut_off: bool) -> tuple[str, str]:
    if len(text) <= limit:
        return text, ""
    room = limit - len("\n```") if "```" in text[:limit] else limit
    room -= 1 if cut_off else 0
    at = _border(text, room)
    piece, rest = text[:at].rstrip(), text[at:].lstrip("\n ")
    if piece.count("```") % 2:
        piece, rest = f"{piece}\n```", f"```\n{rest}"
    return (f"{piece}…" if cut_off else piece), rest


def _border(text: str, room: int) -> int:
    window = text[:room]
    least = room // 3  # a border nearer to the start would leave a message that is much too short
    for mark in ("\n\n", "\n"):
        at = window.rfind(mark)
        if at > least:
            return at
    urls = [match.span() for match in _URL.finditer(text, 0, min(len(text), room + 2_000))]
    ends = [match.end() for match in _SENTENCE_END.finditer(window)] + [
        position + 1 for position in (window.rfind(" "),) if position > least
    ]
    sentences = [end for end in ends[:-1] if end > least] or ends[-1:]
    for at in (*reversed(sentences), room):
        if at > 0 and not any(start < at < end for start, end in urls):
            return _between_clusters(text, at)
    start = min(start for start, end in urls if start < room < end)
    return start if start > 0 else _between_clusters(text, room)


def _between_clusters(text: str, at: int) -> int:
    """The nearest place before `at` that does not part joined characters."""
    floor = max(1, at - 40)
    while at > floor and at < len(text) and _joined(text, at):
        at -= 1
    return at


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after the place are shown as one."""
    left, right = text[at - 1], text[at]
    if _flag(left) and _flag(right):  # a flag is two letters: an odd number of them before the place parts one
        before = at
        while before > 0 and _flag(text[before - 1]):
            before -= 1
        return (at - before) % 2 == 1
    accent, skin = "\u0300" <= right <= "\u036f", "\U0001f3fb" <= right <= "\U0001f3ff"
    return right in _JOINERS or left == "\u200d" or accent or skin


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
