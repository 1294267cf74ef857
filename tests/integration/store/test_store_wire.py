"""The way from the event loop to a connection in a thread of its own, on real files."""

import asyncio
import gc
import sqlite3
import threading
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from frontdesk.store.wire import Wire, say


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    opened = Wire(tmp_path / "file.db", {"journal_mode": "WAL"}, name=f"wire of {tmp_path.name}")
    yield opened
    await opened.close()


def threads(tmp_path: Path) -> list[threading.Thread]:
    """Those of this test's wire: that of the test before may be on its way out still."""
    return [thread for thread in threading.enumerate() if thread.name == f"wire of {tmp_path.name}"]


async def test_work_is_done_in_the_order_in_which_it_was_given(wire: Wire) -> None:
    done: list[int] = []
    await asyncio.gather(*(wire.run(lambda _, number: done.append(number), number) for number in range(200)))
    assert done == list(range(200))


async def test_all_work_of_a_wire_is_done_in_one_thread_that_is_not_the_loops(wire: Wire) -> None:
    found = {await wire.run(lambda _: threading.get_ident()) for _ in range(20)}
    assert len(found) == 1
    assert found != {threading.get_ident()}


async def test_what_goes_wrong_reaches_who_asked_and_nobody_else(wire: Wire) -> None:
    results = await asyncio.gather(
        wire.run(say, "SELECT 1"),
        wire.run(say, "SELECT nothing FROM nowhere"),
        wire.run(lambda _: "fine"),
        return_exceptions=True,
    )
    assert isinstance(results[1], sqlite3.OperationalError)
    assert (results[0], results[2]) == (None, "fine")


async def test_a_caller_that_is_cancelled_leaves_its_work_to_finish(wire: Wire) -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        begun.set()
        assert go.wait(10)
        done.set()

    task = asyncio.create_task(wire.run(work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    assert await wire.run(lambda _: done.is_set())


async def test_a_connection_that_cannot_be_opened_is_tried_again_at_the_next_use(tmp_path: Path) -> None:
    late = Wire(tmp_path / "later" / "file.db", {}, name="test-wire")
    with pytest.raises(OperationalError, match="unable to open"):
        await late.run(say, "SELECT 1")
    (tmp_path / "later").mkdir()
    await late.run(say, "SELECT 1")
    await late.close()


async def test_nothing_of_a_result_is_kept_once_it_was_handed_over(wire: Wire) -> None:
    class Large:
        pass

    kept = weakref.ref(await wire.run(lambda _: Large()))
    await wire.run(lambda _: None)
    gc.collect()
    assert kept() is None


async def test_a_closed_wire_takes_no_work_and_leaves_no_thread(wire: Wire, tmp_path: Path) -> None:
    await wire.run(say, "SELECT 1")
    (thread,) = threads(tmp_path)
    await wire.close()
    await asyncio.to_thread(thread.join, 10)
    assert threads(tmp_path) == []
    with pytest.raises(RuntimeError, match="closed"):
        await wire.run(say, "SELECT 1")


async def test_a_wire_that_was_never_used_starts_no_thread(wire: Wire, tmp_path: Path) -> None:
    assert threads(tmp_path) == []


def test_a_loop_that_ends_before_its_answer_does_no_harm(tmp_path: Path) -> None:
    wire, go, begun = Wire(tmp_path / "file.db", {}, name="test-wire"), threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        begun.set()
        assert go.wait(10)

    async def leave() -> None:
        task = asyncio.create_task(wire.run(work))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()

    asyncio.run(leave())
    go.set()
    assert asyncio.run(wire.run(lambda _: "still there")) == "still there"
    asyncio.run(wire.close())
