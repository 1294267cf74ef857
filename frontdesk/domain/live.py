"""Typed live events: what a screen or a program that listens is told after each commit."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class LiveType(StrEnum):
    """The names of live events. Each has its line in the reference."""

    MESSAGE_ADDED = "message.added"
    MESSAGE_STATUS = "message.status"
    MESSAGE_CHANGED = "message.changed"
    MESSAGE_SCORED = "message.scored"
    CHAT_CHANGED = "chat.changed"
    CHAT_MERGED = "chat.merged"
    CHAT_ERASED = "chat.erased"
    CONTACT_TYPING = "contact.typing"
    ACCOUNT_STATE = "account.state"
    ACCOUNT_QR = "account.qr"
    TURN_STARTED = "turn.started"
    TURN_FINISHED = "turn.finished"
    MEDIA_CHANGED = "media.changed"
    ALERT_RAISED = "alert.raised"
    ALERT_CHANGED = "alert.changed"
    DIGEST_MADE = "digest.made"
    REMINDER_CHANGED = "reminder.changed"
    APPOINTMENT_CHANGED = "appointment.changed"
    PERSONAS_CHANGED = "personas.changed"
    AGENT_PAUSED = "agent.paused"
    RELOAD = "reload"  # some events were missed: look at the whole again


@dataclass(frozen=True, slots=True)
class Live:
    """One event before it is numbered. `account_id` and `chat_id` let listeners be told only what they may see.

    With an `operator_id` it is for that operator, and for programs with a key, who read everything.
    """

    type: LiveType
    payload: dict[str, Any]
    account_id: str | None = None
    chat_id: str | None = None
    operator_id: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event as it goes out. Numbers grow; who sees some lines only hears some of them only."""

    id: int
    at: int
    live: Live
