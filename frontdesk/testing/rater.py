"""A model that says how much messages matter, as a stand-in for a real one: through the same prompt and parser.

It is simple and imperfect on purpose. It compares the words of a message, cut to their first five letters, with some
that people use in each case, gives the label with the most of them, and where none is there it goes by the form: a
question is normal, what has fewer than four words is noise, all else is low. It knows no
grammar, no negation, no times.
"""

import json
import re
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from frontdesk.domain.importance import Label
from frontdesk.domain.words import plain_words
from frontdesk.testing.models import FakeModel

_LETTERS = 5
_HEARD = {
    Label.URGENT: "emergency urgent urgente now ahora agora help blood sangre sangue breathe respirar hospital fire "
    "fuego fogo gas smoke locked trapped alone minutes minutos ambulance door",
    Label.HIGH: "today hoy hoje tonight tomorrow manana amanha cancel wrong broken charged refund invoice factura "
    "money dinero pain duele dor fever complaint nobody nadie ninguem late deposit rent bill",
    Label.NORMAL: "when what which how much price cost cuanto quanto book order want quiero queria available could can "
    "puedo posso tienen tens does is la que qual",
    Label.LOW: "fyi arrived llegue cheguei happy bien",
    Label.NOISE: "ok thanks gracias obrigado valeu lol haha bom buenos forward",
}
_KNOWN = {label: {word[:_LETTERS] for word in words.split()} for label, words in _HEARD.items()}
_LINE = re.compile(r"^(\d+)\.(?: \(VIP\))? (.*)$", re.MULTILINE)


def rater() -> FakeModel:
    """The stand-in."""
    return FakeModel(answers=_answer)


def _answer(messages: Sequence[BaseMessage]) -> str:
    asked = _LINE.findall(str(messages[-1].text))
    return json.dumps({number: _said(text) for number, text in asked})


def _said(text: str) -> tuple[str, str]:
    words = {word[:_LETTERS] for word in plain_words(text)}
    counts = {label: len(words & known) for label, known in _KNOWN.items()}
    most = max(counts.values())
    if most:
        return next(label for label, count in counts.items() if count == most), "Its words are heard in such cases"
    if "?" in text:
        return Label.NORMAL, "It asks something"
    return (Label.NOISE if len(words) < 4 else Label.LOW), "It asks nothing"
