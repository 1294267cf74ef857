"""The text of a message as pieces: WhatsApp's marks and links, ready for a template that escapes what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<link>https?://[^\s<>\"“”«»]+)"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?=[^\s*])(?P<bold>[^*\n]+)(?<=[^\s*])\*(?![\w*])"
    r"|(?<![\w_])_(?=[^\s_])(?P<italic>[^_\n]+)(?<=[^\s_])_(?![\w_])"
    r"|(?<![\w~])~(?=[^\s~])(?P<struck>[^~\n]+)(?<=[^\s~])~(?![\w~])",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?<![\w*_~`])(?:```|[*_~`])(?=\w)")
_TRAILING = ".,;:!?'’)]}*_~"
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[#*0-9]\ufe0f?\u20e3|"
    "[\u2190-\u21ff\u2300-\u27bf\u2934-\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*)"
)
DEEPEST = 3  # marks within marks


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text. `kind` is text, link, code, block, quote, bold, italic or struck."""

    kind: str
    text: str = ""
    inner: tuple["Piece", ...] = ()


def pieces(text: str) -> tuple[Piece, ...]:
    """The text taken apart. Nothing is lost but the marks themselves."""
    found: list[Piece] = []
    end = 0
    for block in _BLOCK.finditer(text):
        found += _lines(text[end : block.start()])
        found.append(Piece("block", block[1]))
        end = block.end()
    found += _lines(text[end:])
    return tuple(found)


def plain(text: str) -> str:
    """The text without WhatsApp's marks, for a preview. A mark whose end was cut off goes too."""
    bare = _words(pieces(text)).strip()
    return _OPEN.sub("", bare) if bare.endswith("…") else bare


def _words(found: tuple[Piece, ...]) -> str:
    return "".join(piece.text + _words(piece.inner) + ("\n" if piece.kind == "quote" else "") for piece in found)


def only_emoji(text: str) -> bool:
    """Whether the text is one to three emoji and nothing else, and so may be shown large."""
    bare = text.strip()
    return 0 < len(bare) <= 40 and _EMOJI.sub("", bare).strip() == "" and 0 < len(_EMOJI.findall(bare)) <= 3


def _lines(text: str) -> Iterator[Piece]:
    """Quoted lines stand apart; all else stays one stretch with its line ends."""
    plain: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("> "):
            yield from _spans("\n".join(plain), 0)
            plain = []
            yield Piece("quote", inner=tuple(_spans(line[2:], 0)))
        else:
            plain.append(line + ("\n" if number < len(lines) - 1 else ""))
    yield from _spans("".join(plain), 0)


def _spans(text: str, depth: int) -> Iterator[Piece]:
    end = 0
    for token in _TOKEN.finditer(text):
        kind = str(token.lastgroup)
        if token.start() > end:
            yield Piece("text", text[end : token.start()])
        end = token.end()
        if kind == "link":
            yield from _link(token[0])
        elif kind == "code":
            yield Piece("code", token["code"])
        else:
            inner = token[kind]
            yield Piece(kind, inner=tuple(_spans(inner, depth + 1)) if depth < DEEPEST else (Piece("text", inner),))
    if end < len(text):
        yield Piece("text", text[end:])


def _link(found: str) -> Iterator[Piece]:
    bare = found.rstrip(_TRAILING)
    if "(" in bare and found[len(bare) :].startswith(")"):  # a closing bracket that belongs to the address
        bare += ")"
    yield Piece("link", bare)
    if len(bare) < len(found):
        yield Piece("text", found[len(bare) :])
