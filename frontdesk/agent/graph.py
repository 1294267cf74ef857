"""The answering turn as a LangGraph graph: look up, think, use tools, settle."""

import operator
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from frontdesk.agent import outcome, plain_calls, prompts, tools
from frontdesk.agent.outcome import Again, Outcome, Seen
from frontdesk.agent.tools import Call
from frontdesk.domain.turns import Passage, TurnInput

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_CALLS = 5  # of the model in one turn
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
    from langgraph.graph import END, START, StateGraph  # noqa: PLC0415 - slow to import, needed by the first turn

    graph: Any = StateGraph(Work)
    graph.add_node("look_up", _look_up)
    graph.add_node("think", _think)
    graph.add_node("use_tools", _use_tools)
    graph.add_node("settle", _settle)
    graph.add_edge(START, "look_up")
    graph.add_edge("look_up", "think")
    graph.add_conditional_edges("think", _after_thinking, ["use_tools", "settle"])
    graph.add_conditional_edges("use_tools", _after_tools, ["think", END])
    graph.add_conditional_edges("settle", _after_tools, ["think", END])
    return graph.compile()


async def answer(turn: TurnInput, model: "BaseChatModel") -> Work:
    """Run the graph for one turn; `end` is set in what comes back."""
    start: Work = {"turn": turn, "model": model, "offered": tools.offered(turn.persona.tools), "end": None}
    result: Work = await compiled().ainvoke(start, {"recursion_limit": 4 * MOST_CALLS + 4})
    return result


async def _look_up(work: Work) -> Work:
    turn = work["turn"]
    takes_tools = bool(getattr(work["model"], "takes_tools", True))
    found: Sequence[Passage] | None = None
    if tools.KNOWLEDGE_SEARCH in work["offered"] and not turn.whole_knowledge:
        call = Call("first", tools.KNOWLEDGE_SEARCH, {"query": outcome.question(turn)})
        used = await tools.use(call, work["offered"], turn.search)
        found = [passage for passage in used.passages[:_LOOKED_UP] if passage.score >= _WORTH_READING]
    said = prompts.system(turn, found=found, takes_tools=takes_tools)
    messages = [{"role": "system", "content": said}, *prompts.conversation(turn)]
    return {"messages": messages, "passages": tuple(turn.whole_knowledge or found or ()), "thought": 0}


async def _think(work: Work) -> Work:
    model: Any = work["model"]
    takes_tools = bool(getattr(model, "takes_tools", True))
    if work["offered"] and takes_tools:
        model = model.bind_tools(tools.schemas(work["offered"]))
    reply = await model.ainvoke(work["messages"])
    calls = tuple(
        Call(call["id"] or f"call_{at}", call["name"], call["args"]) for at, call in enumerate(reply.tool_calls)
    )
    plain, text = plain_calls.read(str(reply.text), work["offered"])
    usage = reply.usage_metadata or {}
    ours = reply.response_metadata.get("frontdesk") or {}
    return {
        "messages": [reply if calls or not plain else _as_calls(plain, text, takes_tools=takes_tools)],
        "wanted": calls or plain,
        "text": text,
        "thought": work["thought"] + 1,
        "calls": int(ours.get("calls", 1)),
        "tokens_in": int(usage.get("input_tokens", 0)),
        "tokens_out": int(usage.get("output_tokens", 0)),
        "answered_by": _name(reply.response_metadata, ours),
    }


async def _use_tools(work: Work) -> Work:
    turn, offered = work["turn"], work["offered"]
    given_up = next((call for call in work["wanted"] if call.name == tools.HAND_OVER and call.name in offered), None)
    notes = tuple(call.text("text") for call in work["wanted"] if call.name == tools.NOTE and call.name in offered)
    if given_up:
        return {"end": outcome.of_call(given_up, work["text"], turn, _seen(work)), "notes": tuple(filter(None, notes))}
    if work["thought"] >= MOST_CALLS:
        return {"end": outcome.hand_over(turn, prompts.GAVE_UP), "notes": tuple(filter(None, notes))}
    used = [(call, await tools.use(call, offered, turn.search)) for call in work["wanted"]]
    takes_tools = bool(getattr(work["model"], "takes_tools", True))
    return {
        "messages": [_result(call, use, takes_tools=takes_tools) for call, use in used],
        "passages": tuple(passage for _, use in used for passage in use.passages),
        "notes": tuple(use.note for _, use in used if use.note),
        "wanted": (),
    }


async def _settle(work: Work) -> Work:
    made = outcome.of_reply(work["text"], work["turn"], _seen(work))
    if isinstance(made, Again):
        return {"messages": [{"role": "user", "content": f"{_NOTE} {made.nudge}"}]}
    return {"end": made}


def _after_thinking(work: Work) -> str:
    return "use_tools" if work["wanted"] else "settle"


def _after_tools(work: Work) -> str:
    return "__end__" if work["end"] else "think"


def _seen(work: Work) -> Seen:
    spoken = [str(message["content"]) for message in work["messages"] if isinstance(message, Mapping)]
    told = [said for said in spoken if not said.startswith(_NOTE)]  # a nudge quotes what it objects to
    asked_again = len(told) < len(spoken)
    last = asked_again or work["thought"] >= MOST_CALLS
    return Seen("\n".join(told), _unique(work["passages"]), last_chance=last)


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
