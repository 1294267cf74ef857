"""The tools of the agent: what the model is told about them, and what happens when it uses one."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontdesk.agent import prompts, prompts_calendar
from frontdesk.domain.booking import Answered
from frontdesk.domain.turns import Passage, Search, TurnInput

log = logging.getLogger(__name__)

KNOWLEDGE_SEARCH, HAND_OVER, NOTE = "knowledge_search", "hand_over", "note"
CAUSES = ("asked_for_person", "upset", "not_in_knowledge", "needs_action", "other")
NOT_IN_KNOWLEDGE, ASKED_FOR_PERSON = "not_in_knowledge", "asked_for_person"

CALENDAR = ("find_slots", "book_appointment", "move_appointment", "cancel_appointment", "my_appointments")
_OF_PERSONA = {
    "knowledge": (KNOWLEDGE_SEARCH,),
    "hand_over": (HAND_OVER,),
    "note": (NOTE,),
    "appointments": CALENDAR,
}
_PASSAGES = 5
_LONGEST_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """A tool as the model wants to use it."""

    id: str
    name: str
    arguments: Mapping[str, object]

    def text(self, name: str) -> str:
        """An argument as text; empty when it is missing or no text."""
        value = self.arguments.get(name)
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Used:
    """What came of one use: the words for the model, and what the turn keeps."""

    answer: str
    passages: tuple[Passage, ...] = ()
    note: str | None = None
    calendar: tuple[Answered, ...] = ()


def offered(turn: TurnInput) -> tuple[str, ...]:
    """The names of the tools that the persona may use in this chat."""
    there = [tool for tool in turn.persona.tools if tool != "appointments" or turn.calendar is not None]
    return tuple(name for tool in there for name in _OF_PERSONA.get(tool, ()))


def schemas(names: Sequence[str]) -> list[dict[str, object]]:
    """The tools in the form of OpenAI's function calls, which every vendor's client accepts."""
    return [_SCHEMAS[name] for name in names]


async def use(call: Call, names: Sequence[str], turn: TurnInput) -> Used:
    """Use a tool. Whatever goes wrong is told to the model in words, never hidden and never made up."""
    if call.name not in names:
        return Used(f"There is no tool “{call.name}”. Your tools: {', '.join(names) or 'none'}.")
    if call.name == KNOWLEDGE_SEARCH:
        return await _search(call, turn.search)
    if call.name in CALENDAR:
        return await _calendar(call, turn)
    text = call.text("text")[:_LONGEST_NOTE]
    if not text:
        return Used("Nothing was noted: the argument text is missing.")
    return Used("Noted for the team. The person does not see it.", note=text)


async def _search(call: Call, search: Search) -> Used:
    query = call.text("query")
    if not query:
        return Used("Nothing was searched: the argument query is missing.")
    try:
        found = await search(query, _PASSAGES)
    except Exception as broken:
        log.warning("The knowledge search failed.", extra={"error": type(broken).__name__})
        return Used("The search failed. Nothing is known from it: say so, or hand over.")
    return Used(prompts.passages(found) if found else prompts.NO_PASSAGE, passages=tuple(found))


async def _calendar(call: Call, turn: TurnInput) -> Used:
    if turn.calendar is None:
        return Used("There is no calendar here.")
    given = {name: call.text(name) for name in prompts_calendar.TOOL_TEXTS if call.text(name)}
    try:
        answered = await turn.calendar.ask(call.name, given)
    except Exception as broken:
        log.warning("The calendar failed.", extra={"error": type(broken).__name__})
        return Used("The calendar cannot be reached. Nothing is known from it: say so, or hand over.")
    return Used(answered.text, calendar=(answered,))


def _schema(name: str, required: tuple[str, ...], **properties: dict[str, object]) -> dict[str, object]:
    described = {
        argument: {"type": "string", "description": _TEXTS[argument], **more} for argument, more in properties.items()
    }
    parameters = {"type": "object", "properties": described, "required": list(required)}
    function = {"name": name, "description": _TEXTS[name], "parameters": parameters}
    return {"type": "function", "function": function}


_TEXTS = {**prompts_calendar.TOOL_TEXTS, **prompts.TOOL_TEXTS}
_DAY_PART: dict[str, object] = {"enum": ["morning", "afternoon", "evening"]}
_SCHEMAS = {
    KNOWLEDGE_SEARCH: _schema(KNOWLEDGE_SEARCH, ("query",), query={}),
    HAND_OVER: _schema(HAND_OVER, ("reply", "reason", "cause"), reply={}, reason={}, cause={"enum": list(CAUSES)}),
    NOTE: _schema(NOTE, ("text",), text={}),
    "find_slots": _schema("find_slots", ("service",), service={}, from_day={}, to_day={}, part=_DAY_PART, with_whom={}),
    "book_appointment": _schema("book_appointment", ("service", "slot"), service={}, slot={}, with_whom={}, about={}),
    "move_appointment": _schema("move_appointment", ("slot",), appointment={}, slot={}),
    "cancel_appointment": _schema("cancel_appointment", (), appointment={}),
    "my_appointments": _schema("my_appointments", ()),
}
