"""Two tables: which kind of work is done by what, and what happens by the clock."""

from collections.abc import Awaitable, Callable
from typing import Any

from frontdesk.desk.desk import Desk
from frontdesk.domain.work import (
    Deliver,
    FetchMedia,
    FollowPersonas,
    HandBack,
    Job,
    Notify,
    ReadUp,
    RunTurn,
    SettleReceipts,
    Sweep,
    Vanish,
)
from frontdesk.jobs.queue import Ticket
from frontdesk.jobs.runner import Lane
from frontdesk.kit.clock import MINUTE


def routes(desk: Desk) -> dict[str, Callable[[Any, Ticket], Awaitable[None]]]:
    """Kind of job -> what does it."""
    return {
        RunTurn.kind: desk.turns.run,
        Deliver.kind: desk.sending.deliver,
        HandBack.kind: desk.holding.run_out,
        FetchMedia.kind: desk.media.fetch,
        ReadUp.kind: desk.chats.tell_read,
        SettleReceipts.kind: desk.sending.settle_early,
        Sweep.kind: desk.sweeping.run,
        Vanish.kind: desk.vanishing.run,
        FollowPersonas.kind: desk.chats.follow_personas,
        Notify.kind: desk.telling.run,
    }


def lanes() -> tuple[Lane, ...]:
    """How many of each kind may run at once in one process. Turns mostly wait for a model, so they are many."""
    return (
        Lane((HandBack.kind,), 16),
        Lane((Deliver.kind,), 128),
        Lane((RunTurn.kind,), 1_200),
        Lane((FetchMedia.kind,), 8),
        Lane((Notify.kind,), 4),
        Lane((ReadUp.kind, SettleReceipts.kind, Sweep.kind, Vanish.kind, FollowPersonas.kind), 8),
    )


# Schedule -> job: every so many milliseconds.
SCHEDULE: tuple[tuple[int, Job], ...] = ((MINUTE, Sweep()), (10 * MINUTE, Vanish()))
