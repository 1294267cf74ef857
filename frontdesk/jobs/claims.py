"""Claims jobs by their ids. Those asked for at the same time share one transaction."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import NamedTuple

from frontdesk.kit.clock import Clock
from frontdesk.store import sending
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

MOST = 200  # claims in one transaction


class _Answer(NamedTuple):
    """`sent_at` is given where another transaction has the row locked, so that it stays marked as sent then."""

    row: JobRow | None
    sent_at: int | None


class Claims:
    """`worker` gives the id under which this process claims now."""

    def __init__(self, store: Store, clock: Clock, worker: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker
        self._asked: dict[str, asyncio.Future[_Answer]] = {}
        self._round: asyncio.Task[None] | None = None
        self._leaving = asyncio.Lock()

    @property
    def asked(self) -> Collection[str]:
        """The jobs whose claim is under way."""
        return self._asked.keys()

    async def take(self, job_id: str) -> JobRow | None:
        """The job, now ours; None where it is not due, is locked out or done, or another has it.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        while (other := self._asked.get(job_id)) is not None and not other.done():
            await asyncio.wait((other,))  # if that is refused, this letter may have been sent after it
        asked: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._asked[job_id] = asked
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        try:
            row, sent_at = await asked
        except StoreUnavailable:
            raise
        except Exception:
            log.debug("a job was not claimed", exc_info=True)
            await self.leave(job_id)
            return None
        if sent_at is not None:
            await self._leave_locked(job_id, sent_at)
        return row

    async def leave(self, job_id: str) -> None:
        """It cannot be taken now: whoever has a place for it, or when what bars it has ended, finds it again.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._store.begin(shared=True, lasting=False) as tx:
            locked = await sending.unmark(tx, [job_id])
        if job_id in locked:
            await self._leave_locked(job_id, locked[job_id])

    async def _leave_locked(self, job_id: str, sent_at: int) -> None:
        """One after another: each waits for whoever has its row locked."""
        async with self._leaving, self._store.begin(shared=True, lasting=False) as tx:
            await sending.unmark_one(tx, job_id, sent_at=sent_at)

    async def _rounds(self) -> None:
        try:
            while self._asked:
                await self._one_round(dict(list(self._asked.items())[:MOST]))
        finally:
            self._round = None

    async def _one_round(self, asked: dict[str, asyncio.Future[_Answer]]) -> None:
        """Claim these and tell whoever asked for them."""
        answers, failure = dict[str, _Answer](), None
        try:
            answers = await self._claim(list(asked))
        except Exception as broken:
            if len(asked) > 1 and not isinstance(broken, StoreUnavailable):
                # Two of one lock, or one that another worker took at this very moment: the first of each wins.
                for job_id, waiting in asked.items():
                    await self._one_round({job_id: waiting})
                return
            failure = broken
        for job_id, waiting in asked.items():
            if self._asked.get(job_id) is waiting:
                del self._asked[job_id]
            if waiting.done():  # who asked was cut short
                continue
            if failure is None:
                waiting.set_result(answers[job_id])
            else:
                waiting.set_exception(failure)

    async def _claim(self, ids: list[str]) -> dict[str, _Answer]:
        async with self._store.begin(shared=True, lasting=False) as tx:
            rows = await sending.take(tx, ids, worker=self._worker(), now=self._clock.now())
            taken = {row.id: row for row in rows}
            refused = [job_id for job_id in ids if job_id not in taken]
            locked = await sending.unmark(tx, refused) if refused else {}
        return {job_id: _Answer(taken.get(job_id), locked.get(job_id)) for job_id in ids}
