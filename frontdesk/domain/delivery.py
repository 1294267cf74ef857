"""Whether a message that could not be sent is tried again, when, and whether a person may hope that it helps."""

from dataclasses import dataclass

from frontdesk.kit.backoff import exponential
from frontdesk.kit.errors import Retryable

ATTEMPTS = 6  # of one message, not counting the times when the channel only asked to wait

GIVEN_UP = "gave_up"  # the code of a message that was tried in vain, where the channel gave none

# Codes that say the 24-hour window is closed: our own, and Meta's.
CLOSED = frozenset({"window", "131047"})

# Codes of refusals that the same message meets again, whatever is mended elsewhere.
_FOR_GOOD = CLOSED | {
    "100", "131008", "131009", "135000", "131051",  # what was sent is wrong
    "131052", "131053", "media", "line",  # its file, its line
    "131021", "131026", "131050", "131060", "131062", "130472",  # its receiver
    "132000", "132001", "132005", "132007", "132012",  # its template
    "131020", "131041",  # its group
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """Try again in `after` milliseconds. `counts` is False when the message itself was not at fault."""

    after: int
    counts: bool


def decide(error: Retryable, attempt: int) -> Again | None:
    """When to try again after the given attempt (the first is 1); None: give the message up.

    Who is only asked to wait, for a recipient or a whole line, waits and loses no attempt.
    """
    if error.scope != "message":
        return Again(exponential(attempt) if error.after is None else error.after, counts=False)
    if attempt >= ATTEMPTS:
        return None
    return Again(exponential(attempt) if error.after is None else error.after, counts=True)


def may_help(code: str | None) -> bool:
    """Whether sending a failed message again can end better. A refusal without a code is one for good."""
    return code is not None and code not in _FOR_GOOD
