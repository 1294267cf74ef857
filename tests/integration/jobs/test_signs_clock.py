"""Processes of one house tell one time: that of their database."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import HOUR, MINUTE, SharedClock
from frontdesk.store.store import Store
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def test_a_process_on_a_machine_whose_clock_is_an_hour_ahead_tells_the_time_of_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: right() + HOUR * 1_000_000)
    clock = SharedClock()
    signs = Signs(store, clock, Role("worker", "1.0", looks=True))
    await signs.start()
    try:
        assert abs(clock.now() - right() // 1_000_000) < MINUTE
    finally:
        await signs.close()
