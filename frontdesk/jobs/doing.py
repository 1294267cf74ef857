"""Does claimed work by the routes and ends the claim, however the work went. Every runner shares this."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from frontdesk.domain.work import KINDS, Job
from frontdesk.jobs.queue import Ticket, job_of
from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError, Retryable
from frontdesk.store import alerts, jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

Work = Callable[[Job, Ticket], Awaitable[None]]
ENDINGS = 3  # tries to end a claim, where another transaction came between
CUT_SHORT = "The process ended."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try at a job went: done; to be tried again; failed for good; or not ours, or not due, and so left alone."""

    end: Literal["done", "again", "failed", "dropped"]
    sentence: str = ""


at_work: ContextVar[bool] = ContextVar("at_work", default=False)  # whether a job is being done here

DONE = Outcome("done")
DROPPED = Outcome("dropped", "It was not due any more, or another worker had it.")
AGAIN_LATER = Outcome("again", CUT_SHORT)


class Doing:
    """What is under way in this process."""

    def __init__(self, store: Store, clock: Clock, routes: Mapping[str, Work]) -> None:
        self._store = store
        self._clock = clock
        self._routes = routes
        self._under_way: dict[asyncio.Task[Any], JobRow] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def ids(self) -> list[str]:
        """The jobs that are under way."""
        return [row.id for row in self._under_way.values()]

    def spawn(self, work: Coroutine[Any, Any, Any], row: JobRow) -> asyncio.Task[Any]:
        """Let it run beside; it counts as under way from now on."""
        task = asyncio.create_task(work)
        self._track(task, row)
        return task

    def _track(self, task: asyncio.Task[Any], row: JobRow) -> None:
        self._under_way[task] = row
        task.add_done_callback(lambda done: self._under_way.pop(done, None))

    async def here(self, row: JobRow) -> Outcome:
        """Do a claimed job inside the task that asks for it, which does nothing else afterwards."""
        task = asyncio.current_task()
        assert task is not None
        self._track(task, row)
        return await self.do(row)

    async def finish(self, grace: float) -> None:
        """Let what runs finish for `grace` seconds, then cut the rest short."""
        if self._under_way:
            await asyncio.wait(tuple(self._under_way), timeout=grace)
        await self.cut()

    async def cut(self) -> None:
        """Cut short whatever is under way. Its claims are left as they are."""
        tasks = tuple(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def release(self, worker: str) -> None:
        """What was cut short waits again at once, for whoever comes next."""
        async with self._store.begin(shared=True) as tx:
            await jobs.put_back_all(tx, worker, due=self._clock.now(), error=CUT_SHORT)

    async def do(self, row: JobRow) -> Outcome:
        """Do a claimed job. Its claim is ended afterwards, whatever happened."""
        at_work.set(True)
        began = self._clock.now()
        outcome = await self._do(row)
        self._store.tally.count("jobs", kind=row.kind, outcome=outcome.end)
        self._store.tally.took("job_seconds", (self._clock.now() - began) / SECOND, kind=row.kind)
        return outcome

    async def _do(self, row: JobRow) -> Outcome:
        ticket = Ticket(row)
        try:
            await self._routes[row.kind](job_of(row), ticket)
            if not ticket.ended:
                async with self._store.begin(shared=True) as tx:
                    await ticket.done(tx)
        except Exception as failure:
            _say(row, failure)
            if isinstance(failure, StoreUnavailable):
                await self._clock.sleep(SECOND)
            return await self._surely_ended(row, failure)
        return DONE

    async def _surely_ended(self, row: JobRow, failure: Exception) -> Outcome:
        """The claim is not kept on work that nobody does; while the store is away, this waits for it."""
        left = ENDINGS
        while True:
            try:
                return await self._failed(row, failure)
            except StoreUnavailable:
                await self._clock.sleep(SECOND)
            except Exception:
                left -= 1
                if not left:
                    log.exception("the claim on a job is left to run out", extra={"job": row.kind})
                    return Outcome("again", "Its claim could not be ended.")

    async def _failed(self, row: JobRow, failure: Exception) -> Outcome:
        """Try later, or give up and say so. Nothing happens where the work had ended its claim before it failed."""
        now = self._clock.now()
        if isinstance(failure, StoreUnavailable):
            return await self._again(row, now, "The store was away.", counts=False)
        sentence = _sentence(failure)
        if row.attempts < KINDS[row.kind].attempts:
            after = failure.after if isinstance(failure, Retryable) else None
            return await self._again(row, now + (exponential(row.attempts) if after is None else after), sentence)
        async with self._store.begin(shared=True) as tx:
            if await jobs.give_up(tx, row, sentence):
                told = f"“{row.kind}” failed: {sentence}"
                await alerts.raise_(tx, now=now, kind="job", sentence=told, key=f"job:{row.kind}")
        return Outcome("failed", sentence)

    async def _again(self, row: JobRow, due: int, sentence: str, *, counts: bool = True) -> Outcome:
        async with self._store.begin(shared=True) as tx:
            await jobs.put_back(tx, row, due=due, error=sentence, counts=counts)
        return Outcome("again", sentence)


def _sentence(failure: Exception) -> str:
    known = isinstance(failure, FrontdeskError)
    return str(failure) if known else f"{type(failure).__name__} in the program; see the log."


def _say(row: JobRow, failure: Exception) -> None:
    if isinstance(failure, StoreUnavailable):
        log.error("work is left for later: %s", failure, extra={"job": row.kind})
    elif not isinstance(failure, FrontdeskError):
        log.error("a job failed", exc_info=failure, extra={"job": row.kind, "attempt": row.attempts})
