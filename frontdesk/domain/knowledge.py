"""The knowledge base as an index in memory: which passage answers a question, and how sure that is."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from frontdesk.domain.thesaurus import MEANINGS
from frontdesk.domain.turns import Passage
from frontdesk.domain.words import meaning, telling_words, trigrams

SURE = 0.45  # from this score on a passage answers; below it a person is asked
_IN_TEXT = 0.66  # what a word of the question counts when only the text has it, not the title
_TITLE_SHARE = 0.25  # how much of the score is "the passage speaks of nothing else"
_SIMILAR = 0.82  # from this likeness on, an unknown word is taken for a known one
_COMPARED = 6  # known words with the most trigrams in common, which an unknown one is compared with
_SHORTEST_MISSPELT = 5
_DRAWN = 0.34  # share of the words of a reply that a passage has to hold to be its source
_DRAWN_TOO = 0.75  # share of the closest passage that further sources have to reach
_ASKING = frozenset({"where", "wheres", "donde", "onde"})  # asks for a place, whatever else the question is about
_ONLY_ASKS = 0.5  # what such a word weighs beside others
_UNKNOWN = 0.8  # what a word that the base never uses weighs, beside the rarest known one


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One word of a question: the term of the index, what it weighs, and how well it was recognised."""

    term: str
    weight: float
    trust: float


class KnowledgeIndex:
    """Finds passages by the words they share with a question, rare words counting more.

    Accents, endings, slips of the pen and synonyms in English, Spanish and Portuguese are seen through. Nothing is
    learned and nothing is fetched, so that the same question always finds the same passages.
    """

    def __init__(self, passages: Iterable[Passage]) -> None:
        self.passages = tuple(passages)
        self._titles: list[frozenset[str]] = []
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)  # term -> position -> what it counts there
        self._spellings: dict[str, str] = {}  # word as written -> term
        for position, passage in enumerate(self.passages):
            self._add(position, passage)
        self._weights = {term: self._weight(len(found)) for term, found in self._postings.items()}
        self._rarest = self._weight(1)
        self._title_mass = [sum(self._weights[term] for term in title) or self._rarest for title in self._titles]
        self._by_trigram: dict[str, set[str]] = defaultdict(set)
        self._learn_spellings()

    def search(self, query: str, limit: int = 5) -> tuple[Passage, ...]:
        """The best passages first, each with a score from 0 to 1; those that share nothing are left out."""
        wanted = {want.term: want for want in map(self._want, telling_words(query))}.values()
        asked = sum(want.weight for want in wanted)
        if not asked:
            return ()
        in_question: dict[int, float] = defaultdict(float)
        in_title: dict[int, float] = defaultdict(float)
        for want in wanted:
            for position, count in self._postings.get(want.term, {}).items():
                in_question[position] += want.weight * want.trust * count
                if want.term in self._titles[position]:
                    in_title[position] += want.weight * want.trust
        scored = [
            (_score(found / asked, in_title[position] / self._title_mass[position]), position)
            for position, found in in_question.items()
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return tuple(replace(self.passages[position], score=round(score, 3)) for score, position in scored[:limit])

    def _add(self, position: int, passage: Passage) -> None:
        for word in telling_words(passage.text):
            self._postings[self._spell(word)][position] = _IN_TEXT
        title = frozenset(self._spell(word) for word in telling_words(passage.title))
        for term in title:
            self._postings[term][position] = 1.0
        self._titles.append(title)

    def _spell(self, word: str) -> str:
        term = self._spellings[word] = meaning(word)
        return term

    def _learn_spellings(self) -> None:
        for word, named in MEANINGS.items():
            if f"={named}" in self._postings:
                self._spellings[word] = f"={named}"
        for word in self._spellings:
            for run in trigrams(word):
                self._by_trigram[run].add(word)

    def _weight(self, in_passages: int) -> float:
        return math.log(1 + (len(self.passages) - in_passages + 0.5) / (in_passages + 0.5))

    def _want(self, word: str) -> _Wanted:
        term = meaning(word)
        if term in self._weights:
            return _Wanted(term, self._weights[term] * (_ONLY_ASKS if word in _ASKING else 1.0), 1.0)
        near, likeness = self._nearest(word) if not term.startswith("=") else (word, 0.0)
        if likeness >= _SIMILAR:
            return _Wanted(self._spellings[near], self._weights[self._spellings[near]], likeness**0.5)
        return _Wanted(term, self._rarest * _UNKNOWN, 0.0)

    def _nearest(self, word: str) -> tuple[str, float]:
        if len(word) < _SHORTEST_MISSPELT or not word.isalpha():
            return word, 0.0
        shared = Counter(other for run in trigrams(word) for other in self._by_trigram.get(run, ()))
        # A slip of the pen keeps the first letter and, give or take one, the length; `exchange` is not `change`.
        alike = [other for other in shared if other[0] == word[0] and abs(len(other) - len(word)) <= 1]
        near = sorted(alike, key=lambda other: (-shared[other], other))[:_COMPARED]
        likeness = ((SequenceMatcher(None, word, other, autojunk=False).ratio(), other) for other in near)
        share, best_one = max(likeness, default=(0.0, word))
        return best_one, share


def _score(of_question: float, of_title: float) -> float:
    return min(1.0, of_question * (1 - _TITLE_SHARE + _TITLE_SHARE * min(1.0, of_title)))


def best(passages: Sequence[Passage]) -> float:
    """The score of the surest passage; 0 when there is none."""
    return max((passage.score for passage in passages), default=0.0)


def drawn_from(text: str, passages: Sequence[Passage], most: int = 3) -> tuple[Passage, ...]:
    """The passages that a reply says again, the closest first. Passages quoted word for word leave out all others."""
    quoted = tuple(passage for passage in passages if passage.text in text)
    if quoted:
        return quoted[:most]
    said = _speaks_of(text)
    shares = [(_share(said, passage), position) for position, passage in enumerate(passages)]
    near = sorted((pair for pair in shares if pair[0] >= _DRAWN), key=lambda pair: (-pair[0], pair[1]))
    return tuple(passages[position] for share, position in near[:most] if share >= near[0][0] * _DRAWN_TOO)


def _share(said: frozenset[str], passage: Passage) -> float:
    return len(said & _holds(passage.title, passage.text)) / len(said) if said else 0.0


@lru_cache(maxsize=2_000)  # of passages alone: what people and the agent wrote is not kept
def _holds(title: str, text: str) -> frozenset[str]:
    return _speaks_of(f"{title} {text}")


def _speaks_of(text: str) -> frozenset[str]:
    return frozenset(meaning(word) for word in telling_words(text))
