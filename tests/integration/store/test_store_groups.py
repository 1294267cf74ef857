"""Transactions that wait for the writer share a commit; each keeps its own fate."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select
from store_writers import Busy, on_disk, put, told, write

from frontdesk.domain.live import Live, LiveType
from frontdesk.kit import guard
from frontdesk.store import accounts, sql, wire as wire_module
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store, StoreUnavailable
from frontdesk.store.tables import marks
from frontdesk.store.wire import say
from frontdesk.testing.stores import fresh_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every command on transactions, in order."""
    kept: list[str] = []

    def listening(connection: Any, sql: str) -> None:
        kept.append(sql)
        say(connection, sql)

    monkeypatch.setattr(wire_module, "say", listening)
    return kept


# Commits


async def test_transactions_that_wait_share_one_commit(store: Store, said: list[str]) -> None:
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, f"{n}")) for n in range(10)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert said.count("COMMIT") == 1
    assert on_disk(store) == ["holder", *(f"{n}" for n in range(10))]


async def test_a_group_is_bounded(store: Store, said: list[str]) -> None:
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, f"{n}")) for n in range(200)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert 4 <= said.count("COMMIT") <= 5


async def test_nobody_returns_before_the_commit(store: Store) -> None:
    async def seen(name: str) -> bool:
        await write(store, name)
        return name in on_disk(store)

    async with Busy(store):
        tasks = [asyncio.create_task(seen(f"{n}")) for n in range(5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks)
    assert all(await asyncio.gather(*tasks))


async def test_one_that_fails_takes_only_its_own_work_back(store: Store) -> None:
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, f"{n}", fail=n % 3 == 1)) for n in range(9)]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [n for n, result in enumerate(results) if result is not None] == [1, 4, 7]
    assert on_disk(store) == ["holder", "0", "2", "3", "5", "6", "8"]


async def test_the_first_that_fails_leaves_the_others_a_transaction(store: Store) -> None:
    results = await asyncio.gather(
        write(store, "a", fail=True), write(store, "b"), write(store, "c", fail=True), return_exceptions=True
    )
    assert [type(result) for result in results] == [KeyError, type(None), KeyError]
    assert on_disk(store) == ["b"]


async def test_a_statement_that_the_database_refuses_fails_its_own_transaction_only(store: Store) -> None:
    await write(store, "twice")
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, name)) for name in ("a", "twice", "b")]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), sqlite3.IntegrityError, type(None)]
    assert on_disk(store) == ["twice", "holder", "a", "b"]


# Events


async def test_events_are_told_after_the_commit_and_in_order(store: Store) -> None:
    kept, seen = told(store), []

    def look(events: Any, *, due: int | None) -> None:
        kept(events, due=due)
        seen.append(on_disk(store))

    store.after_commit = look
    async with Busy(store):
        tasks = [asyncio.create_task(write(store, f"{n}")) for n in range(5)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert kept.texts == ["holder", "0", "1", "2", "3", "4"]
    assert all(names == ["holder", "0", "1", "2", "3", "4"] for names in seen)


async def test_events_of_what_was_taken_back_are_never_told(store: Store) -> None:
    await asyncio.gather(write(store, "a", fail=True), write(store, "b"), return_exceptions=True)
    assert told(store).texts == ["b"]


async def test_a_listener_that_fails_holds_nobody_up(store: Store) -> None:
    def broken(events: Any, *, due: int | None) -> None:
        raise ValueError("boom")

    store.after_commit = broken
    await asyncio.gather(*(write(store, f"{n}") for n in range(5)))
    assert len(on_disk(store)) == 5


async def test_work_that_was_enqueued_is_told_with_the_earliest_moment(store: Store) -> None:
    async with store.begin() as tx:
        await put(tx, "a")
        for due in (30, 10, 20):
            tx.wake(due)
    assert told(store).due == [10]


# What may not be done


async def test_a_transaction_inside_another_raises(store: Store) -> None:
    async with store.begin():
        with pytest.raises(guard.TransactionOpen):
            await write(store, "never")
    await write(store, "fine")
    assert on_disk(store) == ["fine"]


async def test_a_network_call_inside_a_transaction_raises_and_one_behind_it_does_not(store: Store) -> None:
    async with store.begin() as tx:
        await put(tx, "fine")
        with pytest.raises(guard.TransactionOpen):
            guard.outside_transaction()
    guard.outside_transaction()
    assert on_disk(store) == ["fine"]


async def test_a_task_that_was_started_inside_a_transaction_is_not_inside_it(store: Store) -> None:
    async def apart() -> None:
        guard.outside_transaction()

    async with store.begin():
        task = asyncio.create_task(apart())
    await task


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"):
        async with store.read() as read:
            await read.scalar(insert(marks).values(name="x", value="x").returning(marks.c.name))


# The shape of what is written


async def test_run_all_equals_single_runs(store: Store) -> None:
    rows = [{"name": f"{n}", "value": f"v{n}", "number": n / 2 if n % 2 else None} for n in range(20)]
    async with store.begin() as tx:
        for row in rows[:10]:
            await tx.run(insert(marks), row)
        await tx.run_all([(insert(marks), rows[10:]), (insert(marks), [])])
    async with store.read() as read:
        kept = await read.all(select(marks).order_by(marks.c.number, marks.c.name), lambda *row: row)
    assert {row[0]: row[1:] for row in kept} == {row["name"]: (row["value"], row["number"]) for row in rows}


async def test_truths_come_back_as_truths_both_ways(store: Store) -> None:
    row = {
        "id": "acc_1",
        "channel": "c",
        "name": "n",
        "options": "",
        "state": "s",
        "from_settings": True,
        "created_at": 1,
    }
    async with store.begin() as tx:
        await accounts.add(tx, row)
        found = await accounts.by_id(tx, "acc_1")
    assert isinstance(found, AccountRow)
    assert found.from_settings is True


async def test_what_a_transaction_wrote_it_reads_itself(store: Store) -> None:
    async with store.begin() as tx:
        await put(tx, "a")
        assert await tx.scalars(select(marks.c.name)) == ["a"]
        async with store.read() as read:
            assert await read.scalars(select(marks.c.name)) == []


async def test_an_empty_transaction_writes_nothing_and_still_tells(store: Store, said: list[str]) -> None:
    async with store.begin() as tx:
        tx.emit(Live(LiveType.CHAT_CHANGED, {"text": "only told"}))
    assert told(store).texts == ["only told"]
    assert "COMMIT" not in said


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": "é"}, {"a": "é"}),
        ({"a": "\ud800", 5: [True, None, 1.5, (2,)]}, {"a": "\ufffd", "5": [True, None, 1.5, [2]]}),
        ({"n": 2**70, "m": -(2**63), "x": 10**400}, {"n": str(2**70), "m": -(2**63), "x": str(10**400)}),
        ({"n": float("inf"), "m": 2**80}, {"n": None, "m": str(2**80)}),
    ],
)
def test_whatever_is_written_as_json_can_be_read_again(value: object, kept: object) -> None:
    assert orjson.loads(sql.to_json(value)) == kept
