"""Two tables: which kind of work is done by what, and what happens by the clock."""

from collections.abc import Awaitable, Callable
from typing import Any

from frontdesk.desk.desk import Desk
from frontdesk.domain.work import (
    AppointmentNotice,
    Compact,
    Deliver,
    DigestsDue,
    FetchMedia,
    FollowPersonas,
    HandBack,
    Heartbeat,
    Job,
    MakeDigest,
    Notify,
    ReadPromises,
    ReadUp,
    Remind,
    RemindOfAppointments,
    Retain,
    RunCommand,
    RunTurn,
    Score,
    SettleReceipts,
    Sweep,
    TellDigest,
    TellDisk,
    TellHeartbeat,
    TellUrgent,
    Vanish,
)
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import HOUR, MINUTE

Work = Callable[[Any, Ticket], Awaitable[None]]


def routes(desk: Desk) -> dict[str, Work]:
    """Kind of job -> what does it, with all that other processes changed before the job was claimed."""
    return {kind: _caught_up(desk, work) for kind, work in _work(desk).items()}


def _caught_up(desk: Desk, work: Work) -> Work:
    async def run(job: Job, ticket: Ticket) -> None:
        await desk.following.caught_up()
        await work(job, ticket)

    return run


def _with_room(desk: Desk, work: Work, *, for_files: bool = False) -> Work:
    """It waits while the disk is full: a file would find no room, and a model be paid for an answer that is lost."""

    async def run(job: Job, ticket: Ticket) -> None:
        if not await desk.disk.pauses(ticket, files=for_files):
            await work(job, ticket)

    return run


def _work(desk: Desk) -> dict[str, Work]:
    return {
        RunTurn.kind: _with_room(desk, desk.turns.run),
        Deliver.kind: desk.sending.deliver,
        HandBack.kind: desk.holding.run_out,
        FetchMedia.kind: _with_room(desk, desk.media.fetch, for_files=True),
        ReadUp.kind: desk.chats.tell_read,
        SettleReceipts.kind: desk.sending.settle_early,
        Sweep.kind: desk.sweeping.run,
        Vanish.kind: desk.vanishing.run,
        Retain.kind: desk.retention.run,
        Compact.kind: desk.compacting.run,
        TellDisk.kind: desk.disk.tell,
        FollowPersonas.kind: desk.chats.follow_personas,
        Score.kind: desk.importance.run,
        Notify.kind: desk.telling.run,
        DigestsDue.kind: desk.digests.due,
        MakeDigest.kind: desk.digest_making.run,
        TellDigest.kind: desk.digest_telling.run,
        RunCommand.kind: desk.commands.run,
        Heartbeat.kind: desk.heartbeat.run,
        TellHeartbeat.kind: desk.heartbeat.tell,
        TellUrgent.kind: desk.urgents.run,
        ReadPromises.kind: desk.promises.run,
        Remind.kind: desk.reminders.run,
        AppointmentNotice.kind: desk.appointment_notices.tell,
        RemindOfAppointments.kind: desk.appointment_notices.remind,
    }


def lanes() -> tuple[Lane, ...]:
    """How many of each kind may run at once in one process. Turns mostly wait for a model, so they are many."""
    return (
        Lane((HandBack.kind,), 16),
        Lane((Deliver.kind,), 128),
        Lane((RunTurn.kind,), 1_200),
        Lane((FetchMedia.kind,), 8),
        Lane((Notify.kind, TellDigest.kind, TellDisk.kind, TellUrgent.kind), 4),
        Lane((MakeDigest.kind,), 2),
        Lane((Score.kind,), 1),
        Lane((ReadUp.kind, SettleReceipts.kind, Sweep.kind, Vanish.kind, FollowPersonas.kind, DigestsDue.kind), 8),
        Lane((Retain.kind, Compact.kind), 2),
        Lane((RunCommand.kind, Heartbeat.kind, TellHeartbeat.kind), 2),
        Lane((ReadPromises.kind, Remind.kind), 2),
        Lane((AppointmentNotice.kind, RemindOfAppointments.kind), 4),
    )


# Schedule -> job: every so many milliseconds.
SCHEDULE: tuple[tuple[int, Job], ...] = (
    (MINUTE, Sweep()),
    (MINUTE, DigestsDue()),
    (MINUTE, Heartbeat()),
    (10 * MINUTE, Vanish()),
    (HOUR, Retain()),
    (MINUTE, ReadPromises()),
    (MINUTE, Remind()),
    (MINUTE, RemindOfAppointments()),
)
