"""What a message is about: its words are looked up in the lexicon, however they are written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from frontdesk.domain.importance_harms import HARMS
from frontdesk.domain.importance_lexicon import THINGS
from frontdesk.domain.words import fold

_PART = re.compile(r"[^\W_]+|[.!?;]")
_ENDS = ".!?;"
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_DENIED_WITHIN = 3  # words after a "not"
_SHORTEST = 3  # letters of what every word may begin with

NUMBER = "number"  # of two digits and more: the only concept that is no word of the lexicon
Phrase = tuple[str, ...]


def folded(text: str) -> str:
    """Lower case on one line, without accents and apostrophes, and `pleaaase` with one `a`."""
    plain = (
        fold(text.replace("\n", ". ")).replace("’", "'").replace("'ll", " will").replace("'re", " are").replace("'", "")
    )
    return " ".join(_STRETCHED.sub(r"\1", plain).split())


def _lexicon(concepts: Mapping[str, str]) -> Iterator[tuple[Phrase, str]]:
    for concept, said in concepts.items():
        for one in said.split():
            yield tuple(one.split("_")), concept


_EXACT: dict[str, list[tuple[Phrase, str]]] = {}
_BEGINNING: dict[str, list[tuple[Phrase, str]]] = {}
for _phrase, _concept in _lexicon({**HARMS, **THINGS}):
    _first = _phrase[0]
    _where = _BEGINNING if _first.endswith("*") else _EXACT
    _where.setdefault(_first.rstrip("*"), []).append((_phrase[1:], _concept))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a word stands for: alone, and by the word that has to follow, with what comes after that."""

    alone: tuple[str, ...]
    followed: Mapping[str, Sequence[tuple[Phrase, str]]]
    loosely: tuple[tuple[Phrase, str], ...]  # where only the beginning of the next word is told


@lru_cache(maxsize=20_000)
def _meaning(word: str) -> _Meaning:
    known = list(_EXACT.get(word, ()))
    for length in range(_SHORTEST, len(word) + 1):
        known += _BEGINNING.get(word[:length], ())
    alone = [concept for rest, concept in known if not rest]
    if word.isdecimal() and len(word) > 1:
        alone.append(NUMBER)
    followed: dict[str, list[tuple[Phrase, str]]] = {}
    for rest, concept in known:
        if rest and not rest[0].endswith("*"):
            followed.setdefault(rest[0], []).append((rest, concept))
    loosely = tuple((rest, concept) for rest, concept in known if rest and rest[0].endswith("*"))
    return _Meaning(tuple(alone), followed, loosely)


def _named(words: Sequence[str], at: int) -> Iterator[str]:
    """The concepts that begin at this word."""
    meaning = _meaning(words[at])
    yield from meaning.alone
    if at + 1 < len(words) and (meaning.followed or meaning.loosely):
        for rest, concept in (*meaning.followed.get(words[at + 1], ()), *meaning.loosely):
            if _follows(words, at + 1, rest):
                yield concept


def _follows(words: Sequence[str], at: int, rest: Phrase) -> bool:
    if at + len(rest) > len(words):
        return False
    for word, part in zip(words[at:], rest, strict=False):
        if word != part and not (part[-1] == "*" and word.startswith(part[:-1])):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a message, and where among them each concept is named."""

    words: tuple[str, ...]
    found: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Read a folded text."""
        words, sentences = _sentences(text)
        found: dict[str, list[int]] = {}
        for at in range(len(words)):
            for concept in _named(words, at):
                places = found.setdefault(concept, [])
                if not places or places[-1] != at:
                    places.append(at)
        return cls(
            words, {name: kept for name, places in found.items() if (kept := _affirmed(name, places, found, sentences))}
        )

    def has(self, *concepts: str) -> bool:
        """Whether it speaks of any of these."""
        return not self.found.keys().isdisjoint(concepts)

    def near(self, concepts: Sequence[str], reach: int) -> bool:
        """Whether it speaks of all of these at places not farther than `reach` words from the first of them."""
        if not all(concept in self.found for concept in concepts):
            return False
        first, *others = (self.found[concept] for concept in concepts)
        return any(all(any(0 < abs(at - place) <= reach for at in other) for other in others) for place in first)


def _sentences(text: str) -> tuple[tuple[str, ...], Sequence[int]]:
    """The words, and of each the number of its sentence."""
    words: list[str] = []
    sentences: list[int] = []
    sentence = 0
    for part in _PART.findall(text):
        if part in _ENDS:
            sentence += 1
        else:
            words.append(part)
            sentences.append(sentence)
    return tuple(words), sentences


def _affirmed(
    concept: str, places: Sequence[int], found: Mapping[str, Sequence[int]], sentences: Sequence[int]
) -> tuple[int, ...]:
    """The places where it is not said that it is not so. What "does not stop" is so."""
    if concept not in HARMS:
        return tuple(places)
    nots, stops = found.get("not", ()), found.get("stop_word", ())
    return tuple(
        at
        for at in places
        if not any(
            0 < at - no <= _DENIED_WITHIN
            and sentences[at] == sentences[no]
            and not any(no < stop < at for stop in stops)
            for no in nots
        )
    )
