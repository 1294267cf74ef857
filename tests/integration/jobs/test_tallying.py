"""What processes count is added up in the database, in both shapes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.jobs.tallying import EVERY, Tallying
from frontdesk.store import tallies
from frontdesk.store.store import Store
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one."""
    async with fresh_store(tmp_path) as store:
        yield store


async def sums(store: Store) -> dict[str, float]:
    """What all have told, but of the database itself."""
    async with store.read() as read:
        return {key: number for key, number in (await tallies.sums(read)).items() if not key.startswith("database")}


async def test_what_several_processes_count_adds_up(store: Store) -> None:
    other = Store(store.url)
    try:
        for each in (store, other, store):
            each.tally.count("sends", outcome="sent")
            await Tallying(each, FrozenClock()).tell()
    finally:
        await other.close()
    assert await sums(store) == {"sends;outcome=sent": 3.0}


async def test_a_sum_goes_on_where_the_last_process_left_it(store: Store) -> None:
    store.tally.took("turn_seconds", 2.0)
    await Tallying(store, FrozenClock()).tell()
    await Tallying(store, FrozenClock()).tell()
    assert await sums(store) == {"turn_seconds_bucket;le=2.5": 1.0, "turn_seconds_sum": 2.0}


async def test_it_is_told_every_few_seconds(store: Store) -> None:
    clock = FrozenClock()
    watching = asyncio.create_task(Tallying(store, clock).watch())
    store.tally.count("sends", outcome="failed")

    async def told() -> bool:
        clock.advance(EVERY)
        return await sums(store) == {"sends;outcome=failed": 1.0}

    await until(told)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_what_cannot_be_told_now_is_told_later(store: Store) -> None:
    away = Store("postgresql://x@127.0.0.1:1/x")
    away.tally.count("sends", outcome="sent")
    try:
        await Tallying(away, FrozenClock()).tell()
        assert away.tally.hand_over()["sends;outcome=sent"] == 1.0
    finally:
        await away.close()
