"""What happens by the clock: a job is enqueued every so often. Its key keeps it from piling up."""

import logging

from frontdesk.domain.work import Job
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.store import Store

log = logging.getLogger(__name__)


async def repeat(store: Store, clock: Clock, every: int, job: Job) -> None:
    """Enqueue the job now and then every `every` milliseconds, for ever."""
    while True:
        try:
            async with store.begin(shared=True) as tx:
                await enqueue(tx, job, now=clock.now())
        except FrontdeskError as broken:
            log.error("the schedule could not be kept: %s", broken)
        await clock.sleep(every)
