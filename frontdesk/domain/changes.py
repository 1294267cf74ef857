"""What people here may do to a message that is there: react to it, edit it, delete it for everyone."""

from dataclasses import dataclass

from frontdesk.kit.clock import HOUR, MINUTE

CHANGES = frozenset({"reaction", "edit", "revoke"})  # kinds of messages that say nothing by themselves
EDITED_WITHIN = 15 * MINUTE  # WhatsApp's own limits: phones take no notice of what comes later
DELETED_WITHIN = 60 * HOUR


@dataclass(frozen=True, slots=True)
class Target:
    """The message that a change is about. `at` is when it went out or came in, in Unix milliseconds."""

    from_us: bool
    kind: str
    at: int
    there: bool = True  # neither deleted nor vanished
    known: bool = True  # to the channel, so that it can be named there
    in_group: bool = False


def refusal(change: str, target: Target, now: int) -> str | None:
    """Why this cannot be done to the message; None where it can."""
    if not target.known:
        return "That message has not gone out yet. Wait until it has."
    if not target.there:
        return "That message is gone: it was deleted, or it has vanished."
    return _RULES[change](target, now - target.at)


def _reaction(_target: Target, _age: int) -> str | None:
    return None


def _edit(target: Target, age: int) -> str | None:
    if not target.from_us:
        return "Only messages that were sent from here can be edited."
    if target.kind != "text":
        return "Only texts can be edited. Delete the message and send it anew."
    if age > EDITED_WITHIN:
        return "WhatsApp takes edits for 15 minutes only, and they are over. Send a new message instead."
    return None


def _revoke(target: Target, age: int) -> str | None:
    if not target.from_us:
        if target.in_group:  # who leads a group may do so; WhatsApp knows whether we do
            return None
        return "Only messages that were sent from here can be deleted for everyone."
    if age > DELETED_WITHIN:
        return "WhatsApp lets messages be deleted for everyone for 60 hours only, and they are over."
    return None


_RULES = {"reaction": _reaction, "edit": _edit, "revoke": _revoke}
