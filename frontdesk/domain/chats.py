"""Chats: may the agent answer, and if not why? One gate for every path."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.domain.accounts import State
from frontdesk.domain.messages import ANSWERABLE
from frontdesk.domain.personas import AgentMode, Hours
from frontdesk.kit.clock import HOUR, to_datetime

MAX_AGE = 12 * HOUR  # of what came in in time and had to wait here; what was late on arrival was missed much sooner
WINDOW = 24 * HOUR  # in which Meta lets a business write freely after a person's last message


class Reason(StrEnum):
    """Why the gate let an answer through or not. The order is the order in which the gate asks."""

    OWN_MESSAGE = "own_message"
    OWN_CHAT = "own_chat"
    HISTORY = "history"
    KIND = "kind"
    LINE = "line"
    NOT_TRUSTED = "not_trusted"
    AGENT_OFF = "agent_off"
    HELD = "held"
    NOT_ADDRESSED = "not_addressed"
    TOO_OLD = "too_old"
    HOURS = "hours"
    WINDOW = "window"
    BUDGET = "budget"
    LOOP = "loop"
    PAUSED = "paused"
    REVOKED = "revoked"  # not asked by the gate: there is nothing left to answer
    VANISHED = "vanished"  # nor is this
    OPEN = "open"


SENTENCES: dict[Reason, str] = {
    Reason.OWN_MESSAGE: "This is our own message; the agent only answers what others write.",
    Reason.OWN_CHAT: "This is the owner's own chat: what is written here is for the desk, not for the agent.",
    Reason.HISTORY: "This message is from before the line was linked.",
    Reason.KIND: "This kind of message asks for no answer.",
    Reason.LINE: "The line may not be used now. Look at the Lines page.",
    Reason.NOT_TRUSTED: "The chat is not trusted. Switch on the shield to let the agent answer here.",
    Reason.AGENT_OFF: "The agent is off in this chat.",
    Reason.HELD: "A person is answering in this chat.",
    Reason.NOT_ADDRESSED: "In a group the agent answers only when it is mentioned or replied to.",
    Reason.TOO_OLD: "Missed while offline: the message was too old when it was seen.",
    Reason.HOURS: "It is outside the hours in which the agent answers.",
    Reason.WINDOW: "The person has not written in the last 24 hours; only a template may be sent.",
    Reason.BUDGET: "The budget for today is used up.",
    Reason.LOOP: "It looked like two machines talking to each other; the agent is quiet here for a while.",
    Reason.PAUSED: "The owner has paused the agent in every chat.",
    Reason.REVOKED: "The person took the message back.",
    Reason.VANISHED: "The message has vanished, as this chat lets its messages do.",
    Reason.OPEN: "The agent may answer.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer, stored with each message."""

    allowed: bool
    reason: Reason
    draft: bool = False  # allowed to write, but only as a draft

    @property
    def sentence(self) -> str:
        """The verdict for people."""
        return SENTENCES[self.reason]


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the gate looks at. Times are Unix milliseconds."""

    now: int
    zone: str
    inbound: bool
    history: bool
    kind: str
    sent_at: int
    line: State
    trusted: bool
    agent_mode: AgentMode
    held_by: str | None
    held_until: int | None
    group: bool
    addressed: bool
    last_inbound_at: int | None
    has_window: bool
    hours: tuple[Hours, ...] = ()
    max_age: int = MAX_AGE
    over_budget: bool = False
    cooldown_until: int | None = None
    own_chat: bool = False
    paused: bool = False


def gate(facts: GateFacts) -> Verdict:
    """May the agent answer, and if not why? The first condition that fails is the reason."""
    for reason, fails in _CONDITIONS:
        if fails(facts):
            return Verdict(allowed=False, reason=reason)
    return Verdict(allowed=True, reason=Reason.OPEN, draft=facts.agent_mode is AgentMode.DRAFT)


def held(held_by: str | None, held_until: int | None, now: int) -> bool:
    """Whether a person holds the chat now; a hold without an end lasts until it is handed back."""
    return held_by is not None and (held_until is None or now < held_until)


def within(hours: tuple[Hours, ...], now: int, zone: str) -> bool:
    """Whether the moment lies in the hours; no hours means always. Hours may run past midnight."""
    if not hours:
        return True
    local = to_datetime(now, zone)
    minute, today = local.hour * 60 + local.minute, local.weekday()
    return any(_covers(span, today, minute) for span in hours)


def _covers(span: Hours, today: int, minute: int) -> bool:
    if span.opens <= span.closes:
        return today in span.days and span.opens <= minute < span.closes
    if today in span.days and minute >= span.opens:
        return True
    return (today - 1) % 7 in span.days and minute < span.closes


def window_ends(last_inbound_at: int | None) -> int | None:
    """When the 24-hour window of a chat closes; None when it never opened."""
    return None if last_inbound_at is None else last_inbound_at + WINDOW


def window_open(last_inbound_at: int | None, now: int) -> bool:
    """Whether a message that is no template may be sent on a channel with a window."""
    ends = window_ends(last_inbound_at)
    return ends is not None and now < ends


_CONDITIONS: tuple[tuple[Reason, Callable[[GateFacts], bool]], ...] = (
    (Reason.OWN_MESSAGE, lambda f: not f.inbound),
    (Reason.OWN_CHAT, lambda f: f.own_chat),
    (Reason.HISTORY, lambda f: f.history),
    (Reason.KIND, lambda f: f.kind not in ANSWERABLE),
    (Reason.NOT_TRUSTED, lambda f: not f.trusted),
    (Reason.AGENT_OFF, lambda f: f.agent_mode is AgentMode.OFF),
    (Reason.HELD, lambda f: held(f.held_by, f.held_until, f.now)),
    (Reason.LINE, lambda f: f.line in (State.LOGGED_OUT, State.ACTION_REQUIRED)),
    (Reason.NOT_ADDRESSED, lambda f: f.group and not f.addressed),
    (Reason.TOO_OLD, lambda f: f.now - f.sent_at > f.max_age),
    (Reason.HOURS, lambda f: not within(f.hours, f.now, f.zone)),
    (Reason.WINDOW, lambda f: f.has_window and not window_open(f.last_inbound_at, f.now)),
    (Reason.BUDGET, lambda f: f.over_budget),
    (Reason.LOOP, lambda f: f.cooldown_until is not None and f.now < f.cooldown_until),
    (Reason.PAUSED, lambda f: f.paused),
)

# In which order the gate asks.
ORDER: tuple[Reason, ...] = tuple(reason for reason, _ in _CONDITIONS)
