"""Transactions that wait for the writer share a commit; each keeps its own fate."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import insert, select, text

from frontdesk.domain.live import Live, LiveType
from frontdesk.kit import guard
from frontdesk.store import accounts, sql
from frontdesk.store.engine import sqlite_path
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store, StoreUnavailable, Tx
from frontdesk.store.tables import marks
from frontdesk.testing.clock import until
from frontdesk.testing.stores import Told, fresh_store, locked


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def said(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every command on transactions, in order."""
    wire = store._writer._wire
    kept: list[str] = []
    do = wire._do

    def listening(function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        behind = given[0] if function.__name__ == "after" else [(function, *given)]
        kept.extend(one[1] for one in behind if one[0].__name__ == "say")
        return do(function, given)

    monkeypatch.setattr(wire, "_do", listening)
    return kept


def told(store: Store) -> Told:
    return cast("Told", store.after_commit)


async def write(store: Store, name: str, *, fail: bool = False) -> None:
    async with store.begin() as tx:
        await put(tx, name)
        if fail:
            raise KeyError(name)


async def put(tx: Tx, name: str) -> None:
    await tx.run(insert(marks), {"name": name, "value": "x"})
    tx.emit(Live(LiveType.CHAT_CHANGED, {"text": name}))


def on_disk(store: Store) -> list[str]:
    """What another program sees."""
    with sqlite3.connect(sqlite_path(store.url)) as other:
        names = [row[0] for row in other.execute("SELECT name FROM marks ORDER BY rowid")]
    other.close()
    return names


class Busy:
    """The writer is held, so that others gather behind it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._hold())
        await until(self._store._writer._lock.locked)

    async def _hold(self) -> None:
        async with self._store.begin() as tx:
            await put(tx, "holder")
            await tx.flush()
            await self._go.wait()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)
        self._go.set()
        assert self._task is not None
        await asyncio.gather(self._task, return_exceptions=True)


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


# Cancellation


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
    await until(lambda: bool(store._writer._group) or holder.done())
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
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"

    async def long(name: str) -> None:
        async with store.begin() as tx:
            await put(tx, name)
            await tx.scalar(text(slow))

    task = asyncio.create_task(long("victim"))
    other = asyncio.create_task(write(store, "other"))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    results = await asyncio.gather(task, other, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1] is None
    assert on_disk(store) == ["other"]


async def test_one_that_is_cancelled_before_its_first_statement_began_takes_nobodys_work_back(store: Store) -> None:
    wire, go, loop = store._writer._wire, threading.Event(), asyncio.get_running_loop()

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


# Faults


async def test_a_database_that_is_locked_is_unavailable_and_mends_itself(store: Store) -> None:
    with locked(store):
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="locked"):
                await write(store, "never")
    await write(store, "fine")
    assert on_disk(store) == ["fine"]


async def test_everyone_who_waits_for_a_locked_database_is_told(store: Store) -> None:
    with locked(store):
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
    wire, failures = store._writer._wire, [sqlite3.OperationalError("disk I/O error")]
    do = wire._do

    def breaking(function: Any, given: tuple[Any, ...]) -> Any:
        if given[:1] == ("COMMIT",) and failures:
            raise failures.pop()
        return do(function, given)

    monkeypatch.setattr(wire, "_do", breaking)
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


def test_json_carries_what_utf8_cannot(store: Store) -> None:
    assert sql.to_json({"a": "\ud800", "n": 2**70}) == '{"a": "\ufffd", "n": 1180591620717411303424}'
    assert sql.to_json({"a": "é"}) == '{"a":"é"}'
