"""Durable work: added in the caller's transaction, claimed by one worker, tried again, found again after a crash."""

import orjson

from frontdesk.domain.work import KINDS, Job
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.store import jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, Tx

LEASE = 2 * MINUTE  # a worker that is silent for longer is taken for dead

enqueue = jobs.enqueue
enqueue_all = jobs.enqueue_all


class Ticket:
    """The claim on one job. Who does the work may end it inside its own transaction; else the runner ends it."""

    def __init__(self, row: JobRow) -> None:
        self.row = row
        self.ended = False

    @property
    def attempt(self) -> int:
        """Which try this is; the first is 1."""
        return self.row.attempts

    @property
    def last(self) -> bool:
        """Whether there will be no further try."""
        return self.row.attempts >= KINDS[self.row.kind].attempts

    async def lost(self, tx: Tx) -> bool:
        """Whether this worker was taken for dead meanwhile: another may do the work, and has to be left to it."""
        return not await jobs.is_mine(tx, self.row)

    async def done(self, tx: Tx) -> None:
        """The work is done, together with what else this transaction holds."""
        self.ended = True
        await jobs.done(tx, self.row)

    async def later(self, tx: Tx, due: int, error: str | None = None, *, counts: bool = True) -> None:
        """The work waits until `due` (Unix ms); without `counts` this try is not held against it."""
        self.ended = True
        await jobs.put_back(tx, self.row, due=due, error=error, counts=counts)


def job_of(row: JobRow) -> Job:
    """The typed job behind a row."""
    return KINDS[row.kind](**orjson.loads(row.payload))


async def sweep(store: Store, clock: Clock) -> int:
    """Put back what dead workers held; gives how many."""
    now = clock.now()
    async with store.begin(shared=True) as tx:
        lost = await jobs.abandoned(tx, now=now)
        for row in lost:
            await jobs.put_back(tx, row, due=now, error="The worker died.")
    return len(lost)


async def recover(store: Store, clock: Clock) -> int:
    """At the start of the only process: whatever is claimed was claimed by one that is gone."""
    now = clock.now()
    async with store.begin() as tx:
        lost = await jobs.running(tx)
        for row in lost:
            await jobs.put_back(tx, row, due=now, error="The process ended.")
    return len(lost)
