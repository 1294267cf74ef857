"""Two tables: which kind of work is done by what, and what happens by the clock."""

from collections.abc import Awaitable, Callable
from typing import Any

from frontdesk.desk.desk import Desk
from frontdesk.domain.work import (
    AppointmentNotice,
    Deliver,
    FetchMedia,
    FollowPersonas,
    HandBack,
    Job,
    Notify,
    ReadUp,
    Remind,
    RunTurn,
    SettleReceipts,
    Sweep,
    Vanish,
)
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import MINUTE

Work = Callable[[Any, Ticket], Awaitable[None]]


def routes(desk: Desk) -> dict[str, Work]:
    """Kind of job -> what does it, with all that other processes changed before the job was claimed."""
    return {kind: _caught_up(desk, work) for kind, work in _work(desk).items()}


def _caught_up(desk: Desk, work: Work) -> Work:
    async def run(job: Job, ticket: Ticket) -> None:
        await desk.following.caught_up()
        await work(job, ticket)

    return run


def _work(desk: Desk) -> dict[str, Work]:
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
        AppointmentNotice.kind: desk.appointment_notices.tell,
        Remind.kind: desk.appointment_notices.remind,
    }


def lanes() -> tuple[Lane, ...]:
    """How many of each kind may run at once in one process. Turns mostly wait for a model, so they are many."""
    return (
        Lane((HandBack.kind,), 16),
        Lane((Deliver.kind,), 128),
        Lane((RunTurn.kind,), 1_200),
        Lane((FetchMedia.kind,), 8),
        Lane((Notify.kind,), 4),
        Lane((AppointmentNotice.kind, Remind.kind), 4),
        Lane((ReadUp.kind, SettleReceipts.kind, Sweep.kind, Vanish.kind, FollowPersonas.kind), 8),
    )


# Schedule -> job: every so many milliseconds.
SCHEDULE: tuple[tuple[int, Job], ...] = ((MINUTE, Sweep()), (MINUTE, Remind()), (10 * MINUTE, Vanish()))
