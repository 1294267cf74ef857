"""Messages: their words, and the rule that a status only moves forward."""

from enum import StrEnum

from frontdesk.kit.clock import whole_second


class Direction(StrEnum):
    """Seen from the desk."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Author(StrEnum):
    """Who wrote it. `phone` is the owner, typing on the own phone."""

    CONTACT = "contact"
    AGENT = "agent"
    OPERATOR = "operator"
    PHONE = "phone"
    SYSTEM = "system"


class Status(StrEnum):
    """How far an outbound message has come, or that an inbound one was received."""

    DRAFT = "draft"  # written by the agent, waiting for an operator's yes
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"  # the send was cut off: it may have gone out
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DISCARDED = "discarded"  # a draft that an operator rejected
    RECEIVED = "received"  # inbound


class Decision(StrEnum):
    """What became of an inbound message that asks for an answer."""

    PENDING = "pending"
    ANSWERED = "answered"
    REFUSED = "refused"  # the gate said no; `gate.reason` says why
    DRAFTED = "drafted"
    HANDED_OVER = "handed_over"
    FAILED = "failed"


# Kinds that people write in order to get an answer. The others are kept and shown, and wake nobody.
ANSWERABLE = frozenset(
    {"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "button", "order"}
)
MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})
PLACEHOLDER = "media_placeholder"  # keeps a place for what may yet come under the same id

_RANK = {
    Status.QUEUED: 0,
    Status.SENDING: 1,
    Status.UNKNOWN: 2,
    Status.SENT: 3,
    Status.FAILED: 4,
    Status.DELIVERED: 5,
    Status.READ: 6,
    Status.PLAYED: 7,
}


def advance(current: Status, reported: Status) -> Status:
    """The status after a report: queued < sending < unknown < sent < delivered < read < played.

    A repeated or late report changes nothing; `failed` counts only before `delivered`, and gives way to a later proof
    that the message did arrive. Drafts and inbound messages do not move by reports.
    """
    if current not in _RANK or reported not in _RANK:
        return current
    return reported if _RANK[reported] > _RANK[current] else current


def settled(status: Status) -> bool:
    """Whether the outbox has nothing more to do with a message of this status."""
    return status not in (Status.QUEUED, Status.SENDING, Status.DRAFT)


def stands_at(now: int, *, after: int) -> int:
    """Where a message of ours stands among theirs, whose times are whole seconds: behind what came before it.

    `after` is the time of their newest one. So within a second all stand in the order in which they came, and an answer
    stands behind its question also where our clock is behind theirs.
    """
    return max(whole_second(now), after)
