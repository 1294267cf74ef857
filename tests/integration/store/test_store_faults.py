"""A database that is locked, full, broken or out of reach is said in words, and mends itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from store_writers import Busy, on_disk, told, write

from frontdesk.store import wire as wire_module
from frontdesk.store.store import Store, StoreUnavailable
from frontdesk.store.tables import marks
from frontdesk.store.wire import say
from frontdesk.testing.stores import fresh_store, locked


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def test_a_database_that_is_locked_is_unavailable_and_mends_itself(store: Store) -> None:
    async with locked(store):
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="locked"):
                await write(store, "never")
    await write(store, "fine")
    assert on_disk(store) == ["fine"]


async def test_everyone_who_waits_for_a_locked_database_is_told(store: Store) -> None:
    async with locked(store):
        results = await asyncio.gather(*(write(store, f"{n}") for n in range(5)), return_exceptions=True)
    assert {type(result) for result in results} == {StoreUnavailable}
    assert (on_disk(store), told(store).events) == ([], [])


@pytest.fixture
async def small(store: Store) -> Store:
    """The disk is full a few pages from here."""
    pages = await _number(store, "PRAGMA page_count")
    await _number(store, f"PRAGMA max_page_count = {pages + 3}")
    return store


async def _number(store: Store, pragma: str) -> int:
    async with store.begin() as tx:
        number: int = await tx.scalar(text(pragma))
    return number


async def test_a_full_disk_is_unavailable_and_what_fits_is_stored(small: Store) -> None:
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        async with small.begin() as tx:
            await tx.run(insert(marks), [{"name": f"{n}", "value": "x" * 4000} for n in range(50)])
    await write(small, "fine")
    assert on_disk(small) == ["fine"]


async def test_a_full_disk_tells_everyone_whose_work_it_took_back(small: Store) -> None:
    async def large() -> None:
        async with small.begin() as tx:
            await tx.run(insert(marks), [{"name": f"{n}", "value": "x" * 4000} for n in range(50)])

    async with Busy(small):
        tasks = [asyncio.create_task(work) for work in (write(small, "a"), large(), write(small, "b"))]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    stored = on_disk(small)
    assert isinstance(results[1], StoreUnavailable)
    for name, result in (("a", results[0]), ("b", results[2])):
        assert (result is None) == (name in stored)
    assert [name for name in told(small).texts if name != "holder"] == [n for n in stored if n != "holder"]


async def test_after_a_commit_that_failed_the_writer_connects_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, failures = store.backend.writer.wire, [sqlite3.OperationalError("disk I/O error")]

    def breaking(connection: Any, sql: str) -> None:
        if sql == "COMMIT" and failures:
            raise failures.pop()
        say(connection, sql)

    monkeypatch.setattr(wire_module, "say", breaking)
    before = wire._connection
    results = await asyncio.gather(write(store, "a"), write(store, "b"), return_exceptions=True)
    assert StoreUnavailable in {type(result) for result in results}
    await write(store, "c")
    assert wire._connection is not before
    assert [name for name in on_disk(store) if name == "c"] == ["c"]
    assert set(told(store).texts) == set(on_disk(store))


async def test_a_folder_that_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'missing' / 'frontdesk.db'}")
    with pytest.raises(StoreUnavailable, match="cannot be used now"):
        await write(store, "x")
    with pytest.raises(StoreUnavailable):
        async with store.read() as read:
            await read.scalars(select(marks.c.name))
    (tmp_path / "missing").mkdir()
    async with store.read():
        pass
    await store.close()
