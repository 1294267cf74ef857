"""How a job went, in the words of Celery."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery.exceptions import Retry

from frontdesk.jobs.doing import Outcome

_OUTCOME: ContextVar[Outcome | None] = ContextVar("outcome", default=None)


class Failed(Exception):
    """A job was given up. The sentence says why; the log of the house has told the rest already."""


class Again(Exception):
    """A job will be tried again. The sentence says why."""


@contextmanager
def telling(outcome: Outcome) -> Iterator[None]:
    """Celery is told of this outcome inside the block."""
    token = _OUTCOME.set(outcome)
    try:
        yield
    finally:
        _OUTCOME.reset(token)


def outcome_of_the_moment() -> str:
    """What a task returns, or raises.

    Raises:
        Retry: the job will be tried again; the table says when.
        Failed: the job was given up.
    """
    outcome = _OUTCOME.get()
    if outcome is None:
        raise Failed("Jobs of Frontdesk run only in a worker of Frontdesk: start one with “frontdesk worker”.")
    if outcome.end == "again":
        raise Retry(outcome.sentence, exc=Again(outcome.sentence))
    if outcome.end == "failed":
        raise Failed(outcome.sentence)
    return outcome.end
