"""One run of the agent: a TurnInput in, a TurnOutput out. No database, no clock of its own; the model is handed in."""

import asyncio
import logging
from typing import TYPE_CHECKING

from frontdesk.agent import graph, plain_calls, prompts
from frontdesk.domain.formatting import ready
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.kit.guard import outside_transaction

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = logging.getLogger(__name__)


async def run(turn: TurnInput, model: "BaseChatModel") -> TurnOutput:
    """Answer what is pending. Exactly one outcome: a reply, or a hand-over with the words that go with it.

    Raises:
        Retryable, Rejected: what the model raised; nothing was said to anyone.
    """
    outside_transaction()
    if not graph.compiled.cache_info().currsize:
        await warm_up()
    notes_taken = asyncio.create_task(_summarise(turn, model))
    try:
        work = await graph.answer(turn, model)
        summary, calls, tokens_in, tokens_out = await notes_taken
    finally:
        notes_taken.cancel()
    end = work["end"]
    if end is None:  # the graph ends with an outcome; this keeps a fault of ours from becoming a silence
        raise RuntimeError("The agent's graph ended without an outcome.")
    return TurnOutput(
        action=end.action,
        replies=ready(end.text),
        hand_over_reason=end.reason if end.action is Action.HAND_OVER else None,
        sources=graph.sources(work),
        summary=summary,
        model=work["answered_by"],
        tokens_in=work["tokens_in"] + tokens_in,
        tokens_out=work["tokens_out"] + tokens_out,
        calls=work["calls"] + calls,
        unanswered=end.unanswered,
        notes=work["notes"],
    )


async def warm_up() -> None:
    """Import what the first turn needs, in a thread, so that the first person does not wait for it."""
    await asyncio.to_thread(graph.compiled)


async def _summarise(turn: TurnInput, model: "BaseChatModel") -> tuple[str | None, int, int, int]:
    """The new summary (None: unchanged), calls, tokens in, tokens out. A failure costs the summary, never the reply."""
    if not turn.to_summarise:
        return None, 0, 0, 0
    outside_transaction()
    try:
        asked = prompts.to_summarise(turn)
        await prompts.told_before(turn, asked)
        reply = await model.ainvoke(asked)
    except Exception as broken:
        log.warning("The summary of a chat failed; the old one stays.", extra={"error": type(broken).__name__})
        return None, 1, 0, 0
    _, text = plain_calls.read(str(reply.text), ())
    usage = reply.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
    calls = int((reply.response_metadata.get("frontdesk") or {}).get("calls", 1))
    return text[:4_000] or None, calls, usage["input_tokens"], usage["output_tokens"]
