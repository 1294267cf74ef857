"""`serve` does everything itself: on one database it bears nobody beside it who lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from frontdesk.app.company import SERVE, NotAlone, alone, beside
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import SystemClock
from frontdesk.store import processes
from frontdesk.store.store import Store


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    store = Store(postgres_url)
    yield store
    await store.close()


@asynccontextmanager
async def living(store: Store, role: str) -> AsyncIterator[None]:
    signs = Signs(store, SystemClock(), Role(role, "1.0", looks=False))
    await signs.start()
    yield
    await signs.close()


async def test_nobody_is_waited_for_where_nobody_is(store: Store) -> None:
    async with asyncio.timeout(0.9):
        await alone(store)
        await beside(store)


async def test_who_does_everything_does_not_start_beside_others(store: Store) -> None:
    async with living(store, "web"):
        with pytest.raises(NotAlone, match=r"“frontdesk web” on .* serves this database already"):
            await alone(store)


async def test_who_shares_the_work_starts_beside_others_and_not_beside_one_that_does_everything(store: Store) -> None:
    async with living(store, "web"):
        await beside(store)
    async with living(store, SERVE):
        with pytest.raises(NotAlone, match="does everything in one process"):
            await beside(store)


async def test_one_that_died_a_moment_ago_is_waited_for_and_stands_in_nobodys_way(store: Store) -> None:
    async with store.begin() as tx:
        await processes.enter(tx, "prc_dead", role=SERVE, host="desk", pid=1, version="1.0")
    await beside(store)
