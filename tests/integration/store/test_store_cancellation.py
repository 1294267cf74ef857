"""Callers who go away take their own work back and nobody else's."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from store_writers import Busy, on_disk, put, told, write

from frontdesk.store.store import Store
from frontdesk.store.tables import marks
from frontdesk.testing.clock import until
from frontdesk.testing.stores import fresh_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def test_one_that_is_cancelled_while_it_waits_loses_nobodys_work(store: Store) -> None:
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, f"{n}")) for n in range(5)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[2], asyncio.CancelledError)
    assert on_disk(store) == ["holder", "0", "1", "3", "4"]


async def test_when_all_who_wait_are_cancelled_the_group_is_still_committed(store: Store) -> None:
    holder = asyncio.create_task(write(store, "first"))
    waiting = [asyncio.create_task(write(store, f"{n}")) for n in range(3)]
    await until(lambda: bool(store.backend.writer._group) or holder.done())
    for task in waiting:
        task.cancel()
    await asyncio.wait_for(holder, 5)
    assert "first" in on_disk(store)


@pytest.mark.parametrize("turns", range(12))
async def test_one_that_is_cancelled_at_any_moment_harms_nobody(store: Store, turns: int) -> None:
    async with Busy(store):
        before, victim, behind = (asyncio.create_task(write(store, name)) for name in ("before", "victim", "behind"))
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    victim.cancel()
    results = await asyncio.gather(before, victim, behind, return_exceptions=True)
    assert (results[0], results[2]) == (None, None)
    names = on_disk(store)
    assert [name for name in names if name != "victim"] == ["holder", "before", "behind"]
    if results[1] is None:
        assert "victim" in names
    await write(store, "later")
    assert ("victim" in names) == ("victim" in told(store).texts)


@pytest.mark.parametrize("turns", range(8))
async def test_one_that_is_cancelled_in_the_middle_of_a_statement_takes_its_work_back(store: Store, turns: int) -> None:
    go = threading.Event()

    def teach(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.create_function("until_told", 0, lambda: go.wait(10))

    async def long(name: str) -> None:
        async with store.begin() as tx:
            await put(tx, name)
            await tx.scalar(text("SELECT until_told()"))

    await store.backend.writer.wire.run(teach)
    task = asyncio.create_task(long("victim"))
    other = asyncio.create_task(write(store, "other"))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    go.set()
    results = await asyncio.gather(task, other, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1] is None
    assert on_disk(store) == ["other"]


async def test_one_that_is_cancelled_before_its_first_statement_began_takes_nobodys_work_back(store: Store) -> None:
    wire, go, loop = store.backend.writer.wire, threading.Event(), asyncio.get_running_loop()

    async def cut_off() -> None:
        async with store.begin() as tx:
            wire._send(go.wait, 5)  # the thread is busy, so that the statement waits
            task = asyncio.current_task()
            assert task is not None
            loop.call_soon(task.cancel)
            loop.call_later(0.01, go.set)
            await tx.scalars(select(marks.c.name))

    async with Busy(store):
        tasks = [asyncio.create_task(work) for work in (write(store, "before"), cut_off(), write(store, "behind"))]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert (results[0], results[2]) == (None, None)
    assert on_disk(store) == ["holder", "before", "behind"]


async def test_the_time_limit_of_a_caller_works(store: Store) -> None:
    async with Busy(store):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await write(store, "late")
    await write(store, "fine")
    assert on_disk(store) == ["holder", "fine"]
