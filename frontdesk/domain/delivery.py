"""Whether a message that could not be sent is tried again, and when."""

from dataclasses import dataclass

from frontdesk.kit.backoff import exponential
from frontdesk.kit.errors import Retryable

ATTEMPTS = 6  # of one message, not counting the times when the channel only asked to wait


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
