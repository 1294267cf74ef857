"""The gist of a chat without a model: the messages that say the most, word for word."""

import re

from frontdesk.domain.digests import Line, Talk
from frontdesk.domain.smalltalk import small_talk
from frontdesk.domain.words import fold
from frontdesk.kit.text import shorten

MOST = 3  # messages of one chat
LONGEST = 160  # characters of each
_DECIDED = re.compile(
    r"\b(?:agreed|confirmed?|booked|cancell?ed|moved to|deal|we (?:will|ll) take it|decided|signed|approved|"
    r"acordado|confirmad[oa]|confirmo|reservad[oa]|cancelad[oa]|decidimos|aprobad[oa]|trato hecho|quedamos en|"
    r"combinado|marcad[oa]|reservei|aprovad[oa]|fechado|ficou decidido|"
    r"has a new time|tiene una nueva hora|marcacao esta feita|tem uma nova hora)\b"  # as Frontdesk itself says it
)
_NOT_DECIDED = re.compile(r"\b(?:not|no|nao|nunca|never|can|could|puedo|podria|posso|poderia)\b[^.!?]{0,20}$")


def points(talk: Talk) -> tuple[str, ...]:
    """Up to three messages of the other side, in their order: the important ones first, then questions, then long ones.

    Where they wrote nothing, what we wrote last.
    """
    theirs = [line for line in talk.lines if not line.ours and _says_something(line.text)]
    if not theirs:
        ours = [line for line in talk.lines if line.ours and _says_something(line.text)]
        return tuple(_quoted(line, talk) for line in ours[-1:])
    once = {" ".join(fold(line.text).split()): line for line in theirs}  # what is asked again says nothing more
    best = sorted(once.values(), key=_weight, reverse=True)[:MOST]
    return tuple(_quoted(line, talk) for line in theirs if any(line is one for one in best))


def decisions(talk: Talk) -> tuple[str, ...]:
    """Messages of either side that settle something by their words."""
    found = [line for line in talk.lines if _settles(line.text)]
    return tuple(_quoted(line, talk) for line in found[-MOST:])


def _says_something(text: str) -> bool:
    return bool(text.strip()) and small_talk(text) is None and any(character.isalnum() for character in text)


def _weight(line: Line) -> tuple[int, bool, int]:
    return line.level or 3, "?" in line.text, min(len(line.text), LONGEST)


def _settles(text: str) -> bool:
    if "?" in text:
        return False
    said = fold(text)
    found = _DECIDED.search(said)
    return found is not None and not _NOT_DECIDED.search(said[: found.start()])


def _quoted(line: Line, talk: Talk) -> str:
    """In quotation marks, with who wrote it where that is not the other side of the chat."""
    said = f"“{shorten(' '.join(line.text.split()), LONGEST)}”"
    return said if line.author == talk.name else f"{line.author}: {said}"
