"""Finding in what we wrote that we promised something, or that we wait for something, by rules alone.

A promise missed costs little, a reminder of none costs trust: where the words leave doubt, there is none. Offers,
conditions, questions, what is done already, what is so every day, and what stands in quotes are no promises.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.domain import moments, promise_words as words
from frontdesk.domain.moments import Moment
from frontdesk.kit.text import shorten

LONGEST = 4_000  # characters that are read; nobody promises further down
EXCERPT = 160
MOST = 3  # of one message
RIGHT_BEHIND = 14  # characters between a word that announces and its moment
UNREAD = "unread"  # the mark of a message that is to be read
READABLE = frozenset({"text", "image", "video", "document"})
PATIENCE = 3  # days until who was asked is asked again, where no moment is named


class Kind(StrEnum):
    """What a reminder is of."""

    PROMISE = "promise"
    FOLLOW_UP = "follow_up"  # the other side is to do something
    OWN = "own"  # somebody asked to be reminded


@dataclass(frozen=True, slots=True)
class Promise:
    """`what` in the writer's words, when it is due (Unix ms), and whether a moment was named."""

    kind: Kind
    what: str
    due: int
    timed: bool


def _joined(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern of many. Those that begin with a word are tried where a word begins, and nowhere else."""
    known = [f"(?:{pattern})" for pattern in patterns]
    at_words = "|".join(pattern for pattern in known if pattern.startswith(r"(?:\b"))
    others = [pattern for pattern in known if not pattern.startswith(r"(?:\b")]
    return re.compile("|".join([*([rf"\b(?:{at_words})"] if at_words else []), *others]))


_SURE, _WITH_MOMENT = _joined(words.SURE), _joined(words.WITH_MOMENT)
_RIGHT_BEFORE_MOMENT = _joined(words.RIGHT_BEFORE_MOMENT)
_ASKED, _WAITING = _joined(words.ASKED), _joined(words.WAITING)
_ANY = _joined((*words.SURE, *words.WITH_MOMENT, *words.RIGHT_BEFORE_MOMENT, *words.ASKED, *words.WAITING))
_CONDITION, _LOOKING, _SI = _joined(words.CONDITION), _joined(words.LOOKING), re.compile(words.SI)
_NOT, _ALWAYS, _PLEASANT = re.compile(words.NOT), re.compile(words.ALWAYS), re.compile(words.PLEASANT)
_FINISHED = re.compile(words.FINISHED)

_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTED = re.compile(r"“[^”]*”|«[^»]*»|\"[^\"\n]*\"|```.*?```|https?://\S+", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?…\n;]*(?:(?:\.(?=\S)|[.!?…;]|\n|$)[.!?…]*)")
_TAG = re.compile(
    r"[,;]\s*(?:ok|okay|right|yes|si|vale|ta|ta bom|tudo bem|certo|de acuerdo|bueno|esta bien|alright)\s*\?+\s*$"
)


def worth_reading(text: str | None) -> bool:
    """Whether a text may hold a promise; quick, for the moment in which it is written."""
    return bool(text and _ANY.search(moments.flat(text[:LONGEST])))


def mark(kind: str, text: str | None) -> str | None:
    """The mark of a message that we write."""
    return UNREAD if kind in READABLE and worth_reading(text) else None


def find(text: str, said_at: int, zone: str) -> list[Promise]:
    """What was promised or is waited for, at most `MOST`, the first one first.

    Of several of a kind without a moment only the first counts, and none beside one that has a moment: "I'll check.
    I'll call you at five."
    """
    found = list(_found(text, said_at, zone))
    timed = {one.kind for one in found if one.timed}
    kept: dict[tuple[Kind, int], Promise] = {}
    for one in found:
        if one.timed or one.kind not in timed:
            kept.setdefault((one.kind, one.due if one.timed else 0), one)
    return list(kept.values())[:MOST]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One of the writer's own, also as flat text, with the first moment in it; said at that time in that zone."""

    words: str
    spoken: str
    moment: Moment | None
    said_at: int
    zone: str


def _found(text: str, said_at: int, zone: str) -> Iterator[Promise]:
    for own in _sentences(unicodedata.normalize("NFC", text[:LONGEST])):
        spoken = moments.flat(own)
        sentence = _Sentence(own, spoken, moments.find(own, said_at, zone), said_at, zone)
        asks = "?" in spoken and not _TAG.search(spoken)
        if not asks and (promised := _promised(sentence)):
            yield promised
        elif waited := _waited_for(sentence):
            yield waited


def _sentences(text: str) -> Iterator[str]:
    own = _QUOTED.sub(lambda match: " " * len(match[0]), _QUOTED_LINE.sub("", text))
    for match in _SENTENCE.finditer(own):
        if match[0].strip():
            yield match[0]


def _promised(one: _Sentence) -> Promise | None:
    match = _trigger(one)
    if match is None or _is_none(one):
        return None
    # What stands behind the promise is its moment before what stands in front of it.
    moment = moments.find(one.words[match.start() :], one.said_at, one.zone) or one.moment
    due = moment.at if moment is not None else moments.by_default(one.said_at, one.zone)
    return Promise(Kind.PROMISE, _excerpt(one), due, moment is not None)


def _trigger(one: _Sentence) -> re.Match[str] | None:
    spoken, moment = one.spoken, one.moment
    for match in _SURE.finditer(spoken):
        if not _NOT.search(spoken[: match.start()]):
            return match
    if moment is None:
        return None
    for match in _WITH_MOMENT.finditer(spoken):
        if not _NOT.search(spoken[: match.start()]):
            return match
    for match in _RIGHT_BEFORE_MOMENT.finditer(spoken):
        behind = 0 <= moment.start - match.end() <= RIGHT_BEHIND
        if (behind or moment.end <= match.start()) and not _NOT.search(spoken[: match.start()]):
            return match
    return None


def _is_none(one: _Sentence) -> bool:
    looked = _LOOKING.sub(" ", one.spoken)
    if _CONDITION.search(looked) or _SI.search(_LOOKING.sub(" ", one.words.lower())):
        return True
    return any(pattern.search(one.spoken) for pattern in (_ALWAYS, _PLEASANT, _FINISHED))


def _waited_for(one: _Sentence) -> Promise | None:
    waits, moment = _WAITING.search(one.spoken), one.moment
    if not waits and (moment is None or not _ASKED.search(one.spoken)):
        return None
    if any(pattern.search(one.spoken) for pattern in (_CONDITION, _ALWAYS, _FINISHED)):
        return None
    due = moment.at if moment is not None else moments.by_default(one.said_at, one.zone, days=PATIENCE)
    return Promise(Kind.FOLLOW_UP, _excerpt(one), due, moment is not None)


def _excerpt(one: _Sentence) -> str:
    return shorten(one.words.strip(" \t*_~-–•"), EXCERPT)
