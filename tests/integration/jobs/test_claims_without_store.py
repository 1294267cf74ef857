"""Claims by id while the database takes no work."""

from pathlib import Path

import pytest
from sqlalchemy import select

from frontdesk.domain.work import RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.claims import Claims
from frontdesk.store.store import StoreUnavailable
from frontdesk.store.tables import jobs
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.stores import fresh_store, locked


async def test_while_the_store_is_away_whoever_asks_hears_it_and_may_ask_again(tmp_path: Path) -> None:
    async with fresh_store(tmp_path) as store:
        clock = FrozenClock()
        async with store.begin(shared=True) as tx:
            await queue.enqueue(tx, RunTurn("a"), now=clock.now())
        async with store.read() as read:
            (job_id,) = await read.scalars(select(jobs.c.id))
        claims = Claims(store, clock, lambda: "w")
        async with locked(store):
            with pytest.raises(StoreUnavailable):
                await claims.take(job_id)
        assert await claims.take(job_id) is not None
