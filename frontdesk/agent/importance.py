"""Asks a model how much messages matter: many at once, by words that stand for numbers."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from frontdesk.agent import prompts_importance as prompts
from frontdesk.domain.importance import LEVELS, By, Label, Rated, Scored, Unsure
from frontdesk.kit.guard import outside_transaction
from frontdesk.kit.text import shorten

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LONGEST_REASON = 120  # characters
_SAID = {
    Label.NOISE: "The model finds nothing in it",
    Label.LOW: "The model finds that it asks for nothing",
    Label.NORMAL: "The model finds it ordinary",
    Label.HIGH: "The model finds that it matters today",
    Label.URGENT: "The model finds it urgent",
}
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_PAIR = re.compile(
    r"[\"']?(?P<number>\d{1,3})[\"']?\s*[:.)=-]\s*[\[{(]?\s*(?:[\"']?label[\"']?\s*[:=]\s*)?[\"'*`]*"
    rf"(?P<label>{'|'.join(Label)})\b[\"'*`]*(?:\s*[,:;-]+\s*(?:[\"']?(?:reason|why)[\"']?\s*[:=]\s*)?"
    r"[\"']?(?P<reason>[^\"\]}\n]*))?",
    re.IGNORECASE,
)
_LURES = ("://", "www.", "@")  # a reason is shown to the owner: no address of a stranger comes along with it


async def rate(messages: Sequence[Unsure], model: "BaseChatModel") -> Rated:
    """One call for all of them. What the model leaves out, or says in words that are none of ours, has no score.

    Raises:
        Retryable, Rejected: what the model raised.
    """
    outside_transaction()
    reply = await model.ainvoke(prompts.to_rate(messages))
    usage = reply.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
    told = reply.response_metadata.get("frontdesk") or {}
    return Rated(
        scores=_by_id(read(str(reply.text)), messages),
        model=str(told.get("model") or reply.response_metadata.get("model_name") or "unknown"),
        calls=int(told.get("calls", 1)),
        tokens_in=usage["input_tokens"],
        tokens_out=usage["output_tokens"],
    )


def _by_id(said: dict[int, Scored], messages: Sequence[Unsure]) -> dict[str, Scored]:
    return {one.id: said[number] for number, one in enumerate(messages, start=1) if number in said}


def read(text: str) -> dict[int, Scored]:
    """The scores by their numbers, out of what a model wrote: JSON as it was asked for, or something like it."""
    text = _THOUGHT.sub("", text)
    return dict(_of_json(text)) or dict(_of_lines(text))


def _of_json(text: str) -> Iterator[tuple[int, Scored]]:
    """Out of the one JSON object in it, whatever stands around that."""
    first, last = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[first : last + 1]) if 0 <= first < last else None
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    for number, said in found.items():
        scored = _scored(*_parts(said))
        if scored is not None and number.strip().isascii() and number.strip().isdecimal():
            yield int(number), scored


def _parts(said: Any) -> tuple[Any, Any]:
    """Label and reason: of a list, an object, or a label alone."""
    if isinstance(said, list):
        return (*said, None, None)[0], (*said, None, None)[1]
    if isinstance(said, dict):
        return said.get("label"), said.get("reason") or said.get("why")
    return said, None


def _of_lines(text: str) -> Iterator[tuple[int, Scored]]:
    """Out of lines such as `3: high, was charged twice`, and of JSON that was cut short."""
    for found in _PAIR.finditer(text):
        scored = _scored(found["label"], found["reason"])
        if scored is not None:
            yield int(found["number"]), scored


def _scored(label: Any, reason: Any) -> Scored | None:
    word = label.strip().lower() if isinstance(label, str) else ""
    if word not in set(Label):
        return None
    why = shorten(reason, LONGEST_REASON).strip(" .\"'") if isinstance(reason, str) else ""
    if not why or any(lure in why.lower() for lure in _LURES):
        why = _SAID[Label(word)]
    return Scored(LEVELS[Label(word)], why, By.MODEL)
