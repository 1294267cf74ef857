"""The story of one message: why it was answered, or not."""

from typing import Any

from frontdesk.domain.chats import ORDER, SENTENCES, Reason
from frontdesk.domain.messages import Decision, Direction, Status
from frontdesk.kit.clock import to_iso
from frontdesk.store.pages import Trace
from frontdesk.store.rows import JobRow, MessageRow, TurnRow
from frontdesk.web.api.shapes import Message, Shape, json_list, message_shape

CHECKS: dict[Reason, str] = {
    Reason.OWN_MESSAGE: "It is from the other side",
    Reason.OWN_CHAT: "It is not in the owner's own chat",
    Reason.HISTORY: "It is newer than the linking of the line",
    Reason.KIND: "Its kind asks for an answer",
    Reason.NOT_TRUSTED: "The chat is trusted",
    Reason.AGENT_OFF: "The agent is on in this chat",
    Reason.HELD: "No person is answering",
    Reason.LINE: "The line may be used",
    Reason.NOT_ADDRESSED: "The agent is meant",
    Reason.TOO_OLD: "It is young enough",
    Reason.HOURS: "It is within the hours",
    Reason.WINDOW: "The 24-hour window is open",
    Reason.BUDGET: "There is budget left",
    Reason.LOOP: "It is no loop of two machines",
    Reason.PAUSED: "The owner has not paused the agent",
}


class Step(Shape):
    """One question of the gate. `passed` is null when it was not asked, because an earlier one failed."""

    reason: str
    check: str
    passed: bool | None
    sentence: str | None


class Buffer(Shape):
    """The turn of this chat that waits or runs now."""

    state: str
    first_at: str | None
    due_at: str | None
    attempts: int
    error: str | None


class Turn(Shape):
    """One run of the agent."""

    id: str
    state: str
    persona: str
    model: str | None
    tokens_in: int
    tokens_out: int
    calls: int
    sources: list[dict[str, Any]]
    hand_over_reason: str | None
    error: str | None
    started_at: str | None
    finished_at: str | None
    thread_id: str | None


class Sent(Shape):
    """One message that the turn wrote, and how far it came."""

    id: str
    external_id: str | None
    text: str | None
    status: str
    attempts: int
    error: str | None
    error_code: str | None
    at: str | None


class Report(Shape):
    """What the channel reported. `applied` is false while the message it speaks of is not known to be sent."""

    status: str
    at: str | None
    error: str | None
    error_code: str | None
    applied: bool


class Story(Shape):
    """Everything that is stored about the way of one message. `sentence` is the short answer."""

    sentence: str
    message: Message
    gates: list[Step]
    buffer: Buffer | None
    turn: Turn | None
    asked: list[Sent]
    sends: list[Sent]
    receipts: list[Report]


def story(found: Trace) -> Story:
    """Tell it."""
    row = found.line.message
    judged = row if row.direction == Direction.INBOUND else next(iter(found.asked[::-1]), row)
    return Story(
        sentence=_sentence(found),
        message=message_shape(found.line),
        gates=steps(judged),
        buffer=_buffer(found.job) if found.job else None,
        turn=_turn(found.turn) if found.turn else None,
        asked=[_sent(each) for each in found.asked],
        sends=[_sent(each) for each in found.sends],
        receipts=_receipts(found),
    )


def steps(row: MessageRow) -> list[Step]:
    """The gate's questions in their order, with the one that failed. Empty while the gate was not asked."""
    if row.gate_allowed is None or row.gate_reason is None:
        return []
    failed = None if row.gate_allowed else row.gate_reason
    asked: list[Step] = []
    for reason in ORDER:
        over = any(step.passed is False for step in asked)
        passed = None if over else reason.value != failed
        sentence = SENTENCES[reason] if passed is False else None
        asked.append(Step(reason=reason.value, check=CHECKS[reason], passed=passed, sentence=sentence))
    return asked


def _sentence(found: Trace) -> str:
    row, turn = found.line.message, found.turn
    if row.direction == Direction.OUTBOUND:
        return _of_outbound(row, turn)
    if row.decision is None:
        return "This message asks for no answer."
    if row.decision == Decision.PENDING:
        return _of_pending(turn, to_iso(found.job.due_at) if found.job else None)
    if row.decision == Decision.REFUSED and row.gate_reason in set(Reason):
        return SENTENCES[Reason(row.gate_reason or "")]
    words = {
        Decision.ANSWERED: "The agent answered.",
        Decision.DRAFTED: "The agent wrote a draft, which waits for a person.",
        Decision.HANDED_OVER: f"The agent handed over to a person. {turn.hand_over_reason or '' if turn else ''}",
        Decision.FAILED: f"The agent could not answer. {turn.error or '' if turn else ''}",
    }
    return words.get(Decision(row.decision), "It was not answered.").strip()


def _of_pending(turn: TurnRow | None, due: str | None) -> str:
    if turn is not None and turn.state == "running":
        return "The agent is writing an answer."
    if turn is not None:
        return f"The agent could not answer yet: {turn.error} It is tried again {f'at {due}' if due else 'soon'}."
    return f"It waits for more to come; the agent looks at it at {due}." if due else "It waits for its turn."


def _of_outbound(row: MessageRow, turn: TurnRow | None) -> str:
    who = {
        "agent": "The agent wrote it",
        "operator": "A person at the desk wrote it",
        "phone": "It was typed on the phone",
    }
    model = f" with {turn.model}" if turn and turn.model else ""
    words = {
        Status.DRAFT: "it waits for a person's yes",
        Status.QUEUED: "it waits to be sent",
        Status.SENDING: "it is being sent",
        Status.UNKNOWN: "its sending was cut off, and it is not known whether it arrived",
        Status.FAILED: f"it was not sent: {row.error or 'the reason is not known'}",
        Status.DISCARDED: "a person rejected it",
    }
    return (
        f"{who.get(row.author, 'The house wrote it')}{model}; {words.get(Status(row.status), f'it is {row.status}')}."
    )


def _buffer(job: JobRow) -> Buffer:
    return Buffer(
        state=job.state,
        first_at=to_iso(job.first_at),
        due_at=to_iso(job.due_at),
        attempts=job.attempts,
        error=job.error,
    )


def _turn(row: TurnRow) -> Turn:
    return Turn(
        id=row.id,
        state=row.state,
        persona=row.persona,
        model=row.model,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        calls=row.calls,
        sources=json_list(row.sources),
        hand_over_reason=row.hand_over_reason,
        error=row.error,
        started_at=to_iso(row.started_at),
        finished_at=to_iso(row.finished_at),
        thread_id=row.thread_id,
    )


def _sent(row: MessageRow) -> Sent:
    return Sent(
        id=row.id,
        external_id=row.external_id,
        text=row.text,
        status=row.status,
        attempts=row.attempts,
        error=row.error,
        error_code=row.error_code,
        at=to_iso(row.provider_time),
    )


def _receipts(found: Trace) -> list[Report]:
    row = found.line.message
    waiting = [
        Report(status=each.status, at=to_iso(each.at), error=each.error, error_code=each.error_code, applied=False)
        for each in found.receipts
    ]
    reported = row.direction == Direction.OUTBOUND and row.status not in ("draft", "queued", "sending", "discarded")
    known = Report(status=row.status, at=None, error=row.error, error_code=row.error_code, applied=True)
    return ([known] if reported else []) + waiting
