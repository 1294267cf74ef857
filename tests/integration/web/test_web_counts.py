"""Whole tables are counted beside whoever asks: with a hundred million messages that takes minutes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from api_house import api_house, hear
from test_web_sums import numbers

from frontdesk.kit.clock import HOUR, SECOND
from frontdesk.testing.clock import until
from frontdesk.web.counts import KEPT


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Nobody can count the messages."""
    async with await psycopg.AsyncConnection.connect(url) as holder:
        await holder.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        yield
        await holder.rollback()


async def test_metrics_tell_the_rest_and_what_was_counted_last_while_tables_are_counted(
    tmp_path: Path, postgres_url: str
) -> None:
    async with api_house(tmp_path, database_url=postgres_url) as h:
        first = await numbers(h)
        await hear(h)
        h.clock.advance(KEPT + SECOND)
        async with held(postgres_url):
            meanwhile = await numbers(h)
        h.clock.advance(SECOND)
        at = "frontdesk_counted_timestamp_seconds"
        assert meanwhile["frontdesk_ledger", "received"] == 0
        assert meanwhile["frontdesk_jobs_queued", "turn"] == 1
        assert meanwhile[at,] == first[at,]
        await h.built.rooms.counts.now()
        finally_ = await numbers(h)
        assert finally_["frontdesk_ledger", "received"] == 1
        assert finally_[at,] == first[at,] + 11


@pytest.mark.both_shapes
async def test_numbers_that_a_clock_ahead_has_read_are_read_again(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        h.clock.advance(HOUR)
        await numbers(h)
        h.clock.advance(-HOUR)
        await hear(h)
        await h.built.rooms.counts.now()
        found = await numbers(h)
        assert found["frontdesk_ledger", "received"] == found["frontdesk_jobs_queued", "turn"] == 1


async def test_tables_are_counted_once_for_all_who_ask_and_no_more_at_the_end(
    tmp_path: Path, postgres_url: str
) -> None:
    async with api_house(tmp_path, database_url=postgres_url) as h:
        await h.idle()  # what is done at the start reads messages too
        async with held(postgres_url):
            counts = h.built.rooms.counts
            told = await asyncio.gather(*(counts.lately(patience=0.05) for _ in range(5)))
            assert told == [None] * 5
            await until(lambda: waiting(postgres_url) == 1)
            await counts.close()
            await until(lambda: waiting(postgres_url) == 0)


async def test_a_count_that_fails_is_told_to_who_waits_and_tried_again_for_the_next(
    tmp_path: Path, postgres_url: str
) -> None:
    async with api_house(tmp_path, database_url=postgres_url) as h:
        counts = h.built.rooms.counts
        await rename(postgres_url, "turns", "gone")
        with pytest.raises(psycopg.errors.UndefinedTable):
            await counts.lately(patience=30)
        with pytest.raises(psycopg.errors.UndefinedTable):
            await counts.now()
        await rename(postgres_url, "gone", "turns")
        assert (await counts.now()).ledger["received"] == 0


def waiting(url: str) -> int:
    """How many wait for a table."""
    with psycopg.connect(url, autocommit=True) as watcher:
        asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'messages'::regclass"
        found = watcher.execute(asked).fetchone()
    return int(found[0]) if found else -1


async def rename(url: str, table: str, name: str) -> None:
    """Let a table go by another name."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        await owner.execute(f"ALTER TABLE {table} RENAME TO {name}".encode())
