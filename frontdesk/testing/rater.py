"""A model that says how much messages matter, as a stand-in for a real one: through the same prompt and parser.

It knows nothing but the labelled messages that it is given: naive Bayes over pieces of three to five letters. It shares
neither words nor thoughts with the rules, and gives the same answer each time. A message that it was given itself is
judged as if it had not been, so that it can be measured on these too.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from langchain_core.messages import BaseMessage

from frontdesk.domain.importance import Label
from frontdesk.domain.words import fold
from frontdesk.testing.models import FakeModel

_PIECES = (3, 4, 5)  # letters
_UNSEEN = 0.3  # what a piece counts that a label never had
_WHY = "Its letters are like those of such messages"
_PART = re.compile(r"[^\W_]+|[^\w\s]")
_LINE = re.compile(r"^(\d+)\.(?: \[\w+ [\d:]+\])?(?: \(VIP\))? (.*)$", re.MULTILINE)


def rater(examples: Iterable[tuple[Label, str]]) -> FakeModel:
    """The stand-in that learned from these."""
    return FakeModel(answers=partial(_answer, _Learned(examples).label))


def _answer(label: Callable[[str], Label], messages: Sequence[BaseMessage]) -> str:
    asked = _LINE.findall(str(messages[-1].text))
    return json.dumps({number: (label(text), _WHY) for number, text in asked})


class _Learned:
    """How often each piece stood in messages of each label."""

    def __init__(self, examples: Iterable[tuple[Label, str]]) -> None:
        self._own = {_alike(text): label for label, text in examples}
        self._messages = Counter(self._own.values())
        self._pieces: dict[Label, Counter[str]] = {label: Counter() for label in Label}
        for text, label in self._own.items():
            self._pieces[label].update(_pieces(text))

    def label(self, text: str) -> Label:
        """The label that is most likely."""
        alike = _alike(text)
        own = self._own.get(alike)
        known = [piece for piece in _pieces(alike) if sum(map(self._count(piece, own), Label))]
        return max(Label, key=lambda label: self._likely(label, known, own))

    def _likely(self, label: Label, known: Sequence[str], own: Label | None) -> float:
        messages = self._messages[label] - (label is own)
        if not messages:
            return -math.inf
        counts = (self._count(piece, own)(label) for piece in known)
        return math.log(messages) + sum(math.log((count + _UNSEEN) / (messages + 2 * _UNSEEN)) for count in counts)

    def _count(self, piece: str, own: Label | None) -> Callable[[Label], int]:
        return lambda label: self._pieces[label][piece] - (label is own)


def _alike(text: str) -> str:
    return " ".join(fold(text).replace("<", "‹").replace(">", "›").split())


def _pieces(text: str) -> set[str]:
    words = [f"^{word}$" for word in _PART.findall(text)]
    return {
        word[at : at + length] for word in words for length in _PIECES for at in range(max(1, len(word) - length + 1))
    }
