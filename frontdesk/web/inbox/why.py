"""Why a message was answered, or not: the gate's questions in order, the turn, its model and its sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from frontdesk.domain.chats import SENTENCES, Reason
from frontdesk.domain.importance import LABELS
from frontdesk.domain.messages import Author, Status
from frontdesk.store.pages import Trace
from frontdesk.store.rows import MessageRow, TurnRow
from frontdesk.web.api.traces import steps
from frontdesk.web.inbox import words
from frontdesk.web.inbox.cards import Look
from frontdesk.web.inbox.model_words import model_words

_TURNS = {
    "running": "The agent is writing now",
    "answered": "Answered",
    "drafted": "A draft was written",
    "handed_over": "Handed over to a person",
    "silent": "The agent chose to say nothing",
    "superseded": "Left for the newer messages",
    "failed": "The agent failed",
    "cut_off": "Cut off by a restart",
}
_STEPS = {True: "passes", False: "fails", None: "unasked"}
_DECISIONS = {
    "pending": "It waits for the agent to look at it.",
    "answered": "The agent answered it.",
    "drafted": "The agent wrote a draft; a person decides.",
    "handed_over": "The agent handed it over to a person.",
    "failed": "The agent could not answer.",
    "silent": "The agent looked at it and chose to say nothing.",
}


_QUESTIONS = {  # the gate's questions that are said in other words beside a message
    Reason.OWN_MESSAGE: "The customer wrote it",
    Reason.HISTORY: "It was written after the line was linked",
    Reason.KIND: "It is a kind of message that asks for an answer",
    Reason.NOT_ADDRESSED: "It is meant for the agent (in a group: a mention or a reply)",
    Reason.TOO_OLD: "It was not too old when it was seen",
    Reason.HOURS: "It is within the hours in which the agent answers",
    Reason.BUDGET: "The budget for today is not used up",
    Reason.LOOP: "It does not look like two machines talking",
}
_OFFLINE = "offline:"  # the agent without a model: it costs no tokens and no time worth telling


@dataclass(frozen=True, slots=True)
class Gate:
    """One question. `state` is passes, fails or unasked."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of knowledge that an answer rests on."""

    title: str
    source: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Why:
    """The story of a message for its template."""

    verdict: str
    gates: tuple[Gate, ...]
    facts: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]


_ALWAYS = frozenset(
    {
        Reason.KIND,
        Reason.NOT_TRUSTED,
        Reason.AGENT_OFF,
        Reason.HELD,
        Reason.LINE,
        Reason.TOO_OLD,
        Reason.LOOP,
    }
)


def may_refuse(*, group: bool, hours: bool, window: bool) -> frozenset[Reason]:
    """The gate's questions that can stop an answer in a chat: of a group, with hours, on a line with a window.

    A question whose answer is always yes explains nothing. Nothing sets budgets yet, and what is shown came in.
    """
    some = {Reason.NOT_ADDRESSED: group, Reason.HOURS: hours, Reason.WINDOW: window}
    return _ALWAYS | {reason for reason, holds in some.items() if holds}


def why_of(trace: Trace, look: Look, asked_here: frozenset[Reason]) -> Why:
    """The story behind a message, with the questions that mean something here and the one that failed."""
    message = trace.line.message
    asked = message if message.direction == "inbound" else (trace.asked[-1] if trace.asked else None)
    return Why(
        verdict=_verdict(message, trace),
        gates=_gates(asked, asked_here) if asked is not None else (),
        facts=_facts(trace, look),
        sources=_sources(trace.turn),
    )


def _verdict(message: MessageRow, trace: Trace) -> str:
    if message.author == Author.AGENT:
        count = len(trace.asked)
        return f"The agent answered {words.plural(count, 'message')}." if count else "The agent wrote this."
    if message.gate_allowed is False:
        reason = message.gate_reason or ""
        return SENTENCES[Reason(reason)] if reason in set(Reason) else "It was not answered."
    if message.decision == "pending" and trace.turn is not None:
        return (
            f"The agent could not answer yet: {trace.turn.error}" if trace.turn.error else "The agent is writing now."
        )
    return _DECISIONS.get(message.decision or "", "It asks for no answer.")


def _gates(message: MessageRow, asked_here: frozenset[Reason]) -> tuple[Gate, ...]:
    shown = [step for step in steps(message) if step.passed is False or Reason(step.reason) in asked_here]
    return tuple(Gate(_STEPS[step.passed], _QUESTIONS.get(Reason(step.reason), step.check)) for step in shown)


def _facts(trace: Trace, look: Look) -> tuple[tuple[str, str], ...]:
    facts: list[tuple[str, str]] = []
    turn, message = trace.turn, trace.line.message
    if turn is not None:
        facts += _turn_facts(turn, look)
    if trace.job is not None and message.decision == "pending" and trace.job.state == "queued":
        wait = trace.job.due_at - look.now
        when = f"in {words.duration(wait)}" if wait > 0 else "now"
        facts.append(("Turn", f"due {when}") if turn is None else ("Tried again", when))
    if message.operator_id and message.author == Author.AGENT:
        rejected = message.status == Status.DISCARDED
        facts.append(("Rejected by" if rejected else "Approved by", look.person(message.operator_id)))
    if message.error:
        facts.append(("Error", message.error))
    if message.importance is not None:
        facts.append(("Importance", _importance(message)))
    facts.append(("Arrived" if message.direction == "inbound" else "Written", _when(message.created_at, look)))
    facts.append(("Id", message.id))
    return tuple(facts)


_TOLD_BY = {"rules": "told by the rules", "model": "told by the model"}


def _importance(message: MessageRow) -> str:
    if not message.importance:
        return "not told yet"
    by = f" ({_TOLD_BY[message.importance_by]})" if message.importance_by in _TOLD_BY else ""
    why = f": {message.importance_reason}" if message.importance_reason else ""
    return f"{message.importance} of 5, {LABELS[message.importance]}{why}{by}"


def _turn_facts(turn: TurnRow, look: Look) -> list[tuple[str, str]]:
    facts = [("Turn", _TURNS.get(turn.state, turn.state.replace("_", " ").capitalize())), ("Persona", turn.persona)]
    offline = (turn.model or "").startswith(_OFFLINE)
    if turn.model:
        facts.append(("Model", model_words(turn.model)))
    if (turn.tokens_in or turn.tokens_out) and not offline:
        facts.append(("Tokens", f"{turn.tokens_in:,} in, {turn.tokens_out:,} out"))
    if turn.calls:
        facts.append(("Calls", str(turn.calls)))
    if turn.finished_at is not None and not offline:
        facts.append(("Took", f"{(turn.finished_at - turn.started_at) / 1000:.1f} s"))
    if turn.hand_over_reason:
        facts.append(("Handed over", turn.hand_over_reason))
    if turn.error:
        facts.append(("Error", turn.error))
    return facts


def _when(at: int, look: Look) -> str:
    return words.moment(at, look.now, look.zone)


def _sources(turn: TurnRow | None) -> tuple[Source, ...]:
    found: Sequence[object] = orjson.loads(turn.sources) if turn is not None and turn.sources else ()
    return tuple(_source(each) for each in found if isinstance(each, dict))


def _source(found: dict[str, object]) -> Source:
    score = found.get("score")
    title = str(found.get("title") or found.get("source") or "Knowledge")
    return Source(title, str(found.get("source") or ""), float(score) if isinstance(score, int | float) else None)
