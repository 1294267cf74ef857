"""The gist of many chats by a model: packed into few prompts (map), and long chats brought together again (reduce)."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from frontdesk.agent import prompts_digests as prompts
from frontdesk.domain.digests import Gist, Gists, Talk
from frontdesk.kit.clock import to_datetime
from frontdesk.kit.guard import outside_transaction
from frontdesk.kit.text import shorten

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = logging.getLogger(__name__)

PAGE = 12_000  # characters of one prompt
TOGETHER = 15  # chats in one prompt
MOST_PAGES = 40  # prompts for one digest; what is beyond is told in its own words
AT_ONCE = 4
MOST_POINTS, MOST_DECISIONS = 4, 3
_LONGEST_SAID, _LONGEST_POINT = 500, 220


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a talk that fits a page."""

    talk: Talk
    text: str


async def summarise(talks: Sequence[Talk], model: "BaseChatModel", *, language: str, zone: str) -> Gists:
    """The gist of each talk; those at which the model failed are missing. Never raises what a model raises."""
    outside_transaction()
    pages = list(_pages([part for talk in talks for part in _parts(talk, zone)]))[:MOST_PAGES]
    asking = _Asking(model, language)
    found = await asking.all([prompts.gists(_page(page), language) for page in pages])
    pieces: dict[str, list[Gist]] = {}
    for page, answer in zip(pages, found, strict=True):
        for number, part in enumerate(page, 1):
            if (gist := _gist(answer.get(str(number)))) is not None:
                pieces.setdefault(part.talk.chat_id, []).append(gist)
    whole = await _reduced(asking, pieces, {talk.chat_id: talk.name for talk in talks})
    return replace(asking.spent, of=whole)


async def _reduced(asking: "_Asking", pieces: Mapping[str, list[Gist]], names: Mapping[str, str]) -> dict[str, Gist]:
    """The gists of talks that came in several pieces become one each."""
    whole = {chat_id: gists[0] for chat_id, gists in pieces.items() if len(gists) == 1}
    parts = [_Part(Talk(each, names[each], ()), _notes(gists)) for each, gists in pieces.items() if len(gists) > 1]
    pages = list(_pages(parts))
    found = await asking.all([prompts.together(_page(page), asking.language) for page in pages])
    for page, answer in zip(pages, found, strict=True):
        for number, part in enumerate(page, 1):
            several = pieces[part.talk.chat_id]
            whole[part.talk.chat_id] = _gist(answer.get(str(number))) or _strung(several)
    return whole


class _Asking:
    """Asks the model, a few prompts at once, and counts what that costs."""

    def __init__(self, model: "BaseChatModel", language: str) -> None:
        self.language = language
        self.spent = Gists({})
        self._model = model
        self._places = asyncio.Semaphore(AT_ONCE)

    async def all(self, asked: Sequence[prompts.Prompt]) -> list[Mapping[str, Any]]:
        """The answers in the order of the prompts; an empty one where the model failed."""
        return list(await asyncio.gather(*(self._one(prompt) for prompt in asked)))

    async def _one(self, prompt: prompts.Prompt) -> Mapping[str, Any]:
        async with self._places:
            outside_transaction()
            try:
                reply = await self._model.ainvoke(prompt)
            except Exception as broken:
                log.warning("A part of a digest failed.", extra={"error": type(broken).__name__})
                self.spent = replace(self.spent, calls=self.spent.calls + 1)
                return {}
        usage: Mapping[str, Any] = reply.usage_metadata or {}
        ours = reply.response_metadata.get("frontdesk") or {}
        self.spent = Gists(
            {},
            model=str(ours.get("model") or reply.response_metadata.get("model_name") or self.spent.model),
            calls=self.spent.calls + int(ours.get("calls", 1)),
            tokens_in=self.spent.tokens_in + int(usage.get("input_tokens", 0)),
            tokens_out=self.spent.tokens_out + int(usage.get("output_tokens", 0)),
        )
        return _object(str(reply.text))


def _parts(talk: Talk, zone: str) -> Iterator[_Part]:
    lines = [f"{line.author} ({_time(line.at, zone)}): {shorten(line.text, _LONGEST_SAID)}" for line in talk.lines]
    text = ""
    for line in lines:
        if text and len(text) + len(line) > PAGE - 200:
            yield _Part(talk, text)
            text = ""
        text += f"{line}\n"
    if text:
        yield _Part(talk, text)


def _pages(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    page: list[_Part] = []
    for part in parts:
        if page and (len(page) >= TOGETHER or sum(len(one.text) for one in page) + len(part.text) > PAGE):
            yield page
            page = []
        page.append(part)
    if page:
        yield page


def _page(parts: Sequence[_Part]) -> str:
    return "\n".join(
        f"=== {number} === {shorten(part.talk.name, 60)}\n{part.text}" for number, part in enumerate(parts, 1)
    )


def _time(at: int, zone: str) -> str:
    return f"{to_datetime(at, zone):%a %d/%m %H:%M}"


def _notes(gists: Sequence[Gist]) -> str:
    points = [f"- {point}" for gist in gists for point in gist.points]
    return "\n".join([*points, *(f"- decided: {what}" for gist in gists for what in gist.decisions)])[:PAGE]


def _strung(gists: Sequence[Gist]) -> Gist:
    """Several as one, where the model did not bring them together: the newest count."""
    points = tuple(point for gist in gists for point in gist.points)[-MOST_POINTS:]
    return Gist(points, tuple(what for gist in gists for what in gist.decisions)[-MOST_DECISIONS:])


def _gist(answer: object) -> Gist | None:
    if isinstance(answer, str):
        answer = {"points": [answer]}
    if not isinstance(answer, Mapping):
        return None
    points = _texts(answer.get("points"))[:MOST_POINTS]
    return Gist(points, _texts(answer.get("decisions"))[:MOST_DECISIONS]) if points else None


def _texts(given: object) -> tuple[str, ...]:
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list):
        return ()
    return tuple(shorten(each, _LONGEST_POINT) for each in found if isinstance(each, str) and each.strip())


def _object(text: str) -> Mapping[str, Any]:
    """The JSON object with numbers as keys in what a model wrote, whatever stands around it."""
    decoder = json.JSONDecoder(strict=False)
    for at, character in enumerate(text):
        if character != "{":
            continue
        try:
            found, _ = decoder.raw_decode(text, at)
        except ValueError:
            continue
        if isinstance(found, dict) and any(str(key).isdigit() for key in found):
            return found
    return {}
