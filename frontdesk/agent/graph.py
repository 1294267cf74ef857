"""The answering turn as a LangGraph graph: think, use tools, think again, until there is one outcome."""

import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from frontdesk.agent import outcome, plain_calls, prompts, tools
from frontdesk.agent.outcome import Again, Outcome, Seen
from frontdesk.agent.tools import Call
from frontdesk.domain.booking import Answered
from frontdesk.domain.formatting import whole_sentences
from frontdesk.domain.turns import Passage, TurnInput

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_CALLS = 5  # of the model in one turn
_END = "__end__"  # LangGraph's name of the end
_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS"})  # how vendors say that the answer was broken off
_LOOKED_UP = 4  # passages put before the model without being asked for
_NOTE = "[note from Frontdesk, not from the person]"
_WORTH_READING = 0.15  # score below which a passage only distracts


class Work(TypedDict, total=False):
    """The state of one turn. `messages` grows; the counts are sums."""

    turn: TurnInput
    model: Any  # the chat model; LangGraph reads these types when it builds, and that one is slow to import
    offered: tuple[str, ...]
    messages: Annotated[list[Any], operator.add]
    passages: Annotated[tuple[Passage, ...], operator.add]
    notes: Annotated[tuple[str, ...], operator.add]
    calendar: Annotated[tuple[Answered, ...], operator.add]
    calls: Annotated[int, operator.add]
    tokens_in: Annotated[int, operator.add]
    tokens_out: Annotated[int, operator.add]
    answered_by: str
    wanted: tuple[Call, ...]  # tools that the last answer asks for
    text: str  # what the last answer says beside them
    thought: int  # how often the model was asked in this turn
    end: Outcome | None


@cache
def compiled() -> Any:
    """The graph, built once; building it imports LangGraph, which takes a second on a slow machine."""
    from langgraph.graph import START, StateGraph  # noqa: PLC0415 - slow to import, needed by the first turn
    from langgraph.types import Command  # noqa: PLC0415

    def node(step: Callable[[Work], Awaitable[Work]]) -> Callable[[Work], Awaitable[Any]]:
        # A step says itself where to go: to ask an edge, LangGraph reads the whole state once more.
        async def stepping(work: Work) -> Any:
            done = await step(work)
            return Command(update=done, goto=_next(done))

        return stepping

    graph: Any = StateGraph(Work)
    graph.add_node("think", node(_think), destinations=("think", "use_tools", _END))
    graph.add_node("use_tools", node(_use_tools), destinations=("think", _END))
    graph.add_edge(START, "think")
    return graph.compile()


async def answer(turn: TurnInput, model: "BaseChatModel") -> Work:
    """Run the graph for one turn; `end` is set in what comes back."""
    result: Work = await compiled().ainvoke(await _start(turn, model), {"recursion_limit": 2 * MOST_CALLS + 2})
    return result


async def _start(turn: TurnInput, model: "BaseChatModel") -> Work:
    """The prompt, with what a first search gives: many questions need no tool then, and weak models see facts."""
    offered = tools.offered(turn)
    found: Sequence[Passage] | None = None
    if tools.KNOWLEDGE_SEARCH in offered and not turn.whole_knowledge:
        call = Call("first", tools.KNOWLEDGE_SEARCH, {"query": outcome.question(turn)})
        used = await tools.use(call, offered, turn)
        found = [passage for passage in used.passages[:_LOOKED_UP] if passage.score >= _WORTH_READING]
    said = prompts.system(turn, found=found, takes_tools=_takes_tools(model))
    return {
        "turn": turn,
        "model": model,
        "offered": offered,
        "messages": [{"role": "system", "content": said}, *prompts.conversation(turn)],
        "passages": tuple(turn.whole_knowledge or found or ()),
        "thought": 0,
        "end": None,
    }


async def _think(work: Work) -> Work:
    model, thought = work["model"], work["thought"] + 1
    takes_tools = _takes_tools(model)
    asked = model.bind_tools(tools.schemas(work["offered"])) if work["offered"] and takes_tools else model
    await prompts.told_before(work["turn"], work["messages"])
    reply = await asked.ainvoke(work["messages"])
    calls = tuple(
        Call(call["id"] or f"call_{at}", call["name"], call["args"]) for at, call in enumerate(reply.tool_calls)
    )
    plain, text = plain_calls.read(str(reply.text), work["offered"])
    text = whole_sentences(text) if _CUT.intersection(map(str, reply.response_metadata.values())) else text
    made = None if calls or plain else outcome.of_reply(text, work["turn"], await _seen(work, thought))
    nudge = [{"role": "user", "content": f"{_NOTE} {made.nudge}"}] if isinstance(made, Again) else []
    usage = reply.usage_metadata or {}
    ours = reply.response_metadata.get("frontdesk") or {}
    return {
        "messages": [reply if calls or not plain else _as_calls(plain, text, takes_tools=takes_tools), *nudge],
        "wanted": calls or plain,
        "text": text,
        "thought": thought,
        "calls": int(ours.get("calls", 1)),
        "tokens_in": int(usage.get("input_tokens", 0)),
        "tokens_out": int(usage.get("output_tokens", 0)),
        "answered_by": _name(reply.response_metadata, ours),
        "end": made if isinstance(made, Outcome) else None,
    }


async def _use_tools(work: Work) -> Work:
    turn, offered = work["turn"], work["offered"]
    given_up = next((call for call in work["wanted"] if call.name == tools.HAND_OVER and call.name in offered), None)
    notes = tuple(call.text("text") for call in work["wanted"] if call.name == tools.NOTE and call.name in offered)
    if given_up:
        return {
            "end": outcome.of_call(given_up, work["text"], turn, await _seen(work, work["thought"])),
            "notes": tuple(filter(None, notes)),
        }
    if work["thought"] >= MOST_CALLS:
        seen = await _seen(work, work["thought"])
        return {"end": outcome.gave_up(turn, seen), "notes": tuple(filter(None, notes))}
    used = [(call, await tools.use(call, offered, turn)) for call in work["wanted"]]
    takes_tools = _takes_tools(work["model"])
    return {
        "messages": [_result(call, use, takes_tools=takes_tools) for call, use in used],
        "passages": tuple(passage for _, use in used for passage in use.passages),
        "notes": tuple(use.note for _, use in used if use.note),
        "calendar": tuple(answered for _, use in used for answered in use.calendar),
        "wanted": (),
    }


def _next(done: Work) -> str:
    """Where the turn goes after a step that came to this."""
    if done.get("end"):
        return _END
    return "use_tools" if done.get("wanted") else "think"


def _takes_tools(model: object) -> bool:
    return bool(getattr(model, "takes_tools", True))


async def _seen(work: Work, thought: int) -> Seen:
    spoken = [str(message["content"]) for message in work["messages"] if isinstance(message, Mapping)]
    told = [said for said in spoken if not said.startswith(_NOTE)]  # a nudge quotes what it objects to
    asked_again = len(told) < len(spoken)
    desk = work["turn"].calendar
    return Seen(
        "\n".join(told),
        _unique(work["passages"]),
        last_chance=asked_again or thought >= MOST_CALLS,
        calendar=work.get("calendar", ()),
        held=await desk.mine() if desk is not None else (),  # as it is by now, in the database
    )


def _unique(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    surest: dict[str, Passage] = {}
    for passage in passages:
        if passage.id not in surest or passage.score > surest[passage.id].score:
            surest[passage.id] = passage
    return tuple(surest.values())


def _as_calls(calls: Sequence[Call], text: str, *, takes_tools: bool) -> dict[str, object]:
    """The model's answer as it should have been, so that the results can follow it."""
    if not takes_tools:
        return {"role": "assistant", "content": text or "(looking it up)"}
    asked = [{"id": call.id, "name": call.name, "args": dict(call.arguments), "type": "tool_call"} for call in calls]
    return {"role": "assistant", "content": "", "tool_calls": asked}


def _result(call: Call, use: tools.Used, *, takes_tools: bool) -> dict[str, object]:
    if not takes_tools:
        return {"role": "user", "content": f"[result of {call.name}, not from the person]\n{use.answer}"}
    kept = {"artifact": use.passages}
    return {
        "role": "tool",
        "tool_call_id": call.id,
        "name": call.name,
        "content": use.answer,
        "additional_kwargs": kept,
    }


def _name(metadata: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    return str(ours.get("model") or metadata.get("model_name") or metadata.get("model") or "")


def sources(work: Work) -> tuple[Passage, ...]:
    """The passages that the outcome of a finished turn was drawn from."""
    end = work["end"]
    return outcome.sources(end, _unique(work["passages"])) if end else ()
