"""The database file is rewritten when that holds nobody up, and where there is room for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.domain.retention import next_quiet
from frontdesk.domain.work import Compact
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.store import compacting
from frontdesk.store.engine import sqlite_path
from frontdesk.testing.desk import FakeLine, fake_line

pytestmark = pytest.mark.embedded("PostgreSQL rewrites nothing")
CONFIG = '[[persona]]\nname = "Desk"\n'


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=CONFIG) as line:
        yield line


async def ask(line: FakeLine) -> None:
    async with line.store.begin() as tx:
        await enqueue(tx, Compact(), now=line.clock.now())
    await line.idle()


async def grow(line: FakeLine) -> int:
    """Many messages come and go; gives the size of the file."""
    for _ in range(4):
        await line.arrive(*(line.message("x" * 4_000) for _ in range(200)))
    await line.desk.erasing.erase(str((await line.chat()).contact_id), by="api")
    return (await asyncio.to_thread(sqlite_path(line.store.url).stat)).st_size


async def test_a_small_file_is_rewritten_at_once_and_gives_its_room_back(line: FakeLine) -> None:
    grown = await grow(line)
    await line.idle()
    async with line.store.read() as read:
        size = await compacting.size(read)
    assert size is not None
    assert (size.free, size.whole < grown / 2) == (0, True)


async def test_a_larger_file_waits_for_the_night(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.compacting.SMALL", 0)
    line.clock.advance(next_quiet(line.clock.now(), "UTC") - line.clock.now() - HOUR)
    await ask(line)
    night = next_quiet(line.clock.now(), "UTC")
    assert [(job.due_at, job.attempts) for job in await line.jobs("compact")] == [(night, 0)]
    await line.pass_time(HOUR + MINUTE)
    assert await line.jobs("compact") == []


async def test_without_room_for_a_copy_it_waits(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.compacting.ROOM", 1e12)
    await ask(line)
    assert [job.due_at for job in await line.jobs("compact")] == [line.clock.now() + HOUR]


async def test_a_very_large_file_is_left_to_a_person(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.compacting.LARGE", 0)
    await ask(line)
    assert await line.jobs("compact") == []
    assert ["frontdesk compact" in alert.sentence for alert in await line.alerts()] == [True]


async def test_others_read_while_it_is_rewritten_and_write_after_it(line: FakeLine) -> None:
    await grow(line)
    await line.arrive(line.message("Hello"))
    await line.idle()
    assert [row.text for row in await line.messages("inbound")] == ["Hello"]
