"""The offline model: needs no key and no network, answers from the knowledge base alone, and never invents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from frontdesk.domain.knowledge import SURE
from frontdesk.domain.smalltalk import Talk, asks_for_person, small_talk, upset
from frontdesk.domain.turns import Passage
from frontdesk.domain.words import guess_language, telling_words
from frontdesk.llm import offline_calendar
from frontdesk.llm.base import ModelOptions

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_SEARCH, _HAND_OVER = "knowledge_search", "hand_over"
_MOST_QUESTIONS = 3  # of one burst; more goes to a person
_COUNTED = 4  # letters per token, roughly: nothing is paid for here

_TALK = {
    Talk.GREETING: {
        "en": "Hello! How can I help you?",
        "es": "¡Hola! ¿En qué puedo ayudarle?",
        "pt": "Olá! Em que posso ajudar?",
        "fr": "Bonjour ! Comment puis-je vous aider ?",
        "de": "Guten Tag! Wie kann ich helfen?",
        "it": "Buongiorno! Come posso aiutarla?",
    },
    Talk.THANKS: {
        "en": "You're welcome!",
        "es": "¡De nada!",
        "pt": "De nada!",
        "fr": "Avec plaisir !",
        "de": "Gern geschehen!",
        "it": "Prego!",
    },
    Talk.GOODBYE: {
        "en": "Goodbye!",
        "es": "¡Hasta luego!",
        "pt": "Até logo!",
        "fr": "Au revoir !",
        "de": "Auf Wiedersehen!",
        "it": "Arrivederci!",
    },
    Talk.AGREEING: {"en": "👍"},
}
_NOT_KNOWN = {
    "en": "I do not know that.",
    "es": "Eso no lo sé.",
    "pt": "Isso não sei.",
    "fr": "Je ne le sais pas.",
    "de": "Das weiß ich nicht.",
    "it": "Questo non lo so.",
}
_OWN_TALK_WORDS = {
    "es": "hola buenas buenos gracias adios vale",
    "pt": "ola oi bom boa obrigado obrigada tchau adeus valeu",
    "fr": "bonjour bonsoir salut merci revoir",
    "de": "hallo guten danke moin tschuss",
    "it": "ciao buongiorno salve grazie prego arrivederci",
}


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model wants to use."""

    name: str
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the model does next: write a text, or use tools."""

    text: str = ""
    uses: tuple[ToolUse, ...] = ()


class Offline:
    """The provider of the offline model."""

    name: ClassVar[str] = "offline"
    title: ClassVar[str] = "Offline (answers from the knowledge base, needs no key)"
    default_model: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False
    key_setting: ClassVar[str] = ""
    url_setting: ClassVar[str] = ""
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """It has no address; the one given is ignored."""
        return ("",)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The model; it has no options."""
        made: BaseChatModel = _model_class()()
        return made


def decide(asked: str, found: Sequence[Sequence[Passage]] | None, tools: frozenset[str]) -> Decided:
    """The next step for what a person wrote. `found` holds the passages per search made so far; None: none was made."""
    language = _language(asked)
    talk = small_talk(asked)
    if talk:
        return Decided(_in(_TALK[talk], language))
    if asks_for_person(asked):
        return _hand_over("The person asks for a human.", "asked_for_person", tools, language=language)
    if upset(asked):
        return _hand_over("The person is upset.", "upset", tools, language=language)
    if found is None and _SEARCH in tools:
        return Decided(uses=tuple(ToolUse(_SEARCH, {"query": question}) for question in questions(asked)))
    return _from_passages(asked, found or (), tools, language)


def questions(asked: str) -> tuple[str, ...]:
    """What to search for: the whole text, and its lines where a burst holds several questions."""
    lines = [line.strip() for line in re.split(r"\n|(?<=[?])\s+", asked) if telling_words(line)]
    if len(lines) < 2:
        return (asked,)
    return (asked, *lines[:_MOST_QUESTIONS])


def _from_passages(asked: str, found: Sequence[Sequence[Passage]], tools: frozenset[str], language: str) -> Decided:
    searched = questions(asked)
    whole, *parts = found or ((),)
    sure = [_surest(passages) for passages in parts]
    if not any(sure):
        answers, open_questions = [_surest(whole)], not _surest(whole)
    else:
        answers = list(sure)
        asks = [line.endswith("?") for line in searched[1:]]
        open_questions = any(asking and not answer for asking, answer in zip(asks, sure, strict=False))
    text = "\n\n".join(dict.fromkeys(f"{one.text}\n(From: {one.source})" for one in answers if one))
    if open_questions or not text:
        reason = f"The knowledge base does not answer: {asked}"
        return _hand_over(reason, "not_in_knowledge", tools, language=language, so_far=text)
    return Decided(text)


def _surest(passages: Sequence[Passage]) -> Passage | None:
    return passages[0] if passages and passages[0].score >= SURE else None


def _hand_over(reason: str, cause: str, tools: frozenset[str], *, language: str, so_far: str = "") -> Decided:
    if _HAND_OVER not in tools:
        return Decided(f"{so_far}\n\n{_in(_NOT_KNOWN, language)}".strip())
    # Without words of its own the desk says, in the person's language, that a colleague answers.
    return Decided(so_far, (ToolUse(_HAND_OVER, {"reason": reason, "cause": cause, "reply": ""}),))


def _language(asked: str) -> str:
    words = set(telling_words(asked)) | set(re.findall(r"\w+", asked.casefold()))
    for language, own in _OWN_TALK_WORDS.items():
        if words.intersection(own.split()):
            return language
    return guess_language(asked) or "en"


def _in(sentences: dict[str, str], language: str) -> str:
    return sentences.get(language, sentences["en"])


def _of_calendar(asked: str, messages: Sequence[Any], last: int, tools: frozenset[str]) -> Decided | None:
    """The next step where an appointment is meant."""
    before = next((str(one.text) for one in reversed(messages[: max(last, 0)]) if one.type == "ai"), "")
    said = [one for one in messages[last + 1 :] if one.type == "tool" and one.name != _SEARCH]
    theirs = "\n".join(str(one.text) for one in messages[: last + 1] if one.type == "human")
    language = guess_language(theirs) or guess_language(asked) or guess_language(before) or _language(asked)
    results = [(str(one.name), str(one.text)) for one in said]
    if asks_for_person(asked) or upset(asked):
        return None
    step = offline_calendar.step(asked, before, results, tools=tools, language=language)
    if step is None:
        return None
    if step.hand_over:
        return _hand_over(step.hand_over, "needs_action", tools, language=language)
    if step.tool:
        return Decided(uses=(ToolUse(step.tool, dict(step.arguments or {})),))
    return Decided(step.text)


@cache
def _model_class() -> Any:
    from langchain_core.language_models import BaseChatModel  # noqa: PLC0415 - slow to import
    from langchain_core.messages import AIMessage, BaseMessage, ToolMessage  # noqa: PLC0415
    from langchain_core.outputs import ChatGeneration, ChatResult  # noqa: PLC0415

    class OfflineModel(BaseChatModel):
        """Decides by rules what a chat model would decide."""

        @property
        def _llm_type(self) -> str:
            return "frontdesk-offline"

        def bind_tools(self, tools: Any, **more: Any) -> Any:
            return self.bind(tools=tools, **more)

        def _generate(self, messages: list[BaseMessage], *_: Any, tools: Any = (), **more: Any) -> ChatResult:
            names = frozenset(tool["function"]["name"] for tool in tools)
            last = max((at for at, message in enumerate(messages) if message.type == "human"), default=-1)
            asked = str(messages[last].text) if last >= 0 else ""
            results = [one.artifact or () for one in messages[last + 1 :] if isinstance(one, ToolMessage)]
            decided = _of_calendar(asked, messages, last, names) or decide(asked, results or None, names)
            calls = [
                {"id": f"offline_{at}", "name": use.name, "args": use.arguments, "type": "tool_call"}
                for at, use in enumerate(decided.uses)
            ]
            read = sum(len(str(message.text)) for message in messages) // _COUNTED
            written = (len(decided.text) + sum(len(str(use.arguments)) for use in decided.uses)) // _COUNTED
            usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
            answer = AIMessage(content=decided.text, tool_calls=calls, usage_metadata=usage)
            return ChatResult(generations=[ChatGeneration(message=answer)])

        async def _agenerate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
            return self._generate(messages, **{key: more[key] for key in ("tools",) if key in more})

    return OfflineModel
