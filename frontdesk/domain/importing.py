"""Documents of a knowledge base, cut into passages."""

import hashlib
import re
from collections.abc import Iterator

from frontdesk.domain.turns import Passage
from frontdesk.kit.text import keepable

LONGEST_PASSAGE = 1_200  # characters; longer sections are cut between paragraphs

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_QUESTION = re.compile(
    r"^\s*(?:\*\*)?(?:Q|Question|P|Pregunta|Pergunta)\s*\d*\s*[:.)](?:\*\*)?\s*(.+?)\s*(?:\*\*)?$", re.IGNORECASE
)
_ANSWER = re.compile(r"^\s*(?:\*\*)?(?:A|Answer|R|Respuesta|Resposta)\s*\d*\s*[:.)](?:\*\*)?\s*", re.IGNORECASE)
_BOLD_QUESTION = re.compile(r"^\s*\*\*(.+\?)\*\*\s*$")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def parse_markdown(text: str, source: str) -> tuple[Passage, ...]:
    """The passages of a Markdown or plain text: one per heading or `Q:`/`A:` pair, long ones cut between paragraphs.

    A first-level heading at the top names the source; else `source` does. Ids depend on the content alone, so that
    importing the same text again gives the same passages.
    """
    body = _FRONT_MATTER.sub("", keepable(text).replace("\r\n", "\n").replace("\r", "\n"))
    named, sections = _sections(body.split("\n"), source)
    return tuple(
        Passage(id=_id(named, title, piece), title=title, text=piece, source=named)
        for title, section in sections
        for piece in _pieces(section)
    )


def _sections(lines: list[str], source: str) -> tuple[str, list[tuple[str, str]]]:
    sections: list[tuple[str, list[str]]] = [(source, [])]
    named, fenced, at_top = source, False, True
    for line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        question = None if fenced else (_QUESTION.match(line) or _BOLD_QUESTION.match(line))
        if heading and len(heading[1]) == 1 and at_top:
            named, at_top = heading[2], False
            sections = [(named, [])]
        elif heading or question:
            sections.append((_title(heading[2] if heading else question[1] if question else ""), []))
        else:
            sections[-1][1].append(_ANSWER.sub("", line) if not fenced else line)
            at_top = at_top and not line.strip()
    return named, [(title, "\n".join(text).strip()) for title, text in sections if "\n".join(text).strip()]


def _title(text: str) -> str:
    return text.strip().strip("*_` ").strip()


def _pieces(section: str) -> Iterator[str]:
    gathered = ""
    for paragraph in re.split(r"\n\s*\n", section):
        for part in _cut(paragraph.strip()):
            if gathered and len(gathered) + len(part) + 2 > LONGEST_PASSAGE:
                yield gathered
                gathered = part
            else:
                gathered = f"{gathered}\n\n{part}" if gathered else part
    if gathered:
        yield gathered


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
