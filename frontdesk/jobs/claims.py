"""Claims jobs by their ids. Those asked for at the same time share one transaction."""

import asyncio
import logging
from collections.abc import Callable

from frontdesk.kit.clock import Clock
from frontdesk.store import sending
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

MOST = 200  # claims in one transaction


class Claims:
    """`worker` gives the id under which this process claims now."""

    def __init__(self, store: Store, clock: Clock, worker: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker
        self._asked: dict[str, asyncio.Future[JobRow | None]] = {}
        self._round: asyncio.Task[None] | None = None

    async def take(self, job_id: str) -> JobRow | None:
        """The job, now ours; None where it is not due, is locked out or done, or another has it.

        Raises:
            StoreUnavailable: the database does not answer; nothing was claimed.
        """
        if job_id in self._asked:
            return None  # the same was asked a moment ago and is under way
        asked: asyncio.Future[JobRow | None] = asyncio.get_running_loop().create_future()
        self._asked[job_id] = asked
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        return await asked

    async def _rounds(self) -> None:
        try:
            while self._asked:
                await self._one_round()
        finally:
            self._round = None

    async def _one_round(self) -> None:
        asked = {job_id: self._asked[job_id] for job_id in list(self._asked)[:MOST]}
        try:
            rows = await self._taken(list(asked))
        except Exception as broken:
            for job_id, waiting in asked.items():
                del self._asked[job_id]
                if not waiting.done():
                    waiting.set_exception(broken)
            return
        for job_id, waiting in asked.items():
            del self._asked[job_id]
            if not waiting.done():
                waiting.set_result(rows.get(job_id))

    async def _taken(self, ids: list[str]) -> dict[str, JobRow]:
        try:
            return await self._all_at_once(ids)
        except StoreUnavailable:
            raise
        except Exception:
            if len(ids) == 1:
                log.debug("a job was not claimed", exc_info=True)
                await self.leave(*ids)
                return {}
        # Two of one lock, or one that another worker took at this very moment: one by one, the first of each wins.
        taken: dict[str, JobRow] = {}
        for job_id in ids:
            taken |= await self._taken([job_id])
        return taken

    async def _all_at_once(self, ids: list[str]) -> dict[str, JobRow]:
        async with self._store.begin(shared=True, lasting=False) as tx:
            rows = await sending.take(tx, ids, worker=self._worker(), now=self._clock.now())
            taken = {row.id: row for row in rows}
            refused = [job_id for job_id in ids if job_id not in taken]
            locked = await sending.unmark(tx, refused) if refused else []
        await self._leave_one_by_one(locked)
        return taken

    async def leave(self, *ids: str) -> None:
        """These cannot be taken now: whoever has a place for them, or when what bars them has ended, finds them again.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self._store.begin(shared=True, lasting=False) as tx:
            locked = await sending.unmark(tx, ids)
        await self._leave_one_by_one(locked)

    async def _leave_one_by_one(self, ids: list[str]) -> None:
        for job_id in ids:
            async with self._store.begin(shared=True, lasting=False) as tx:
                await sending.unmark_one(tx, job_id)
