"""`/health` where several processes share the work: who lives, who holds lines, and which door is open."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from api_house import api_house

from frontdesk.jobs.signs import Role, Signs
from frontdesk.store import processes
from frontdesk.testing.house import TestHouse, house
from frontdesk.web import health
from frontdesk.web.checks import NO_BEAT, NO_WORKER, Check


@pytest.fixture
async def beside(tmp_path: Path) -> AsyncIterator[TestHouse]:
    """A house that knows of others beside it."""
    async with api_house(tmp_path) as h:
        yield h


async def told(h: TestHouse) -> dict[str, Check]:
    """What each part says, as in a process that is not alone."""
    return (await health.examine(replace(h.rooms, alone=False))).checks


def signs(h: TestHouse, role: str) -> Signs:
    """A process of that role."""
    return Signs(h.built.store, h.clock, Role(role, "0.1", looks=False))


async def test_workers_and_beat_are_missed_until_they_give_signs_of_life(beside: TestHouse) -> None:
    found = (await told(beside))["workers"]
    assert found.status == "degraded"
    assert found.sentence.startswith(f"{NO_WORKER} {NO_BEAT}")
    worker, beat = signs(beside, "worker"), signs(beside, "beat")
    await worker.start()
    assert (await told(beside))["workers"].sentence.startswith(NO_BEAT)
    await beat.start()
    found = (await told(beside))["workers"]
    assert (found.status, found.sentence[:15]) == ("healthy", "1 worker runs. ")
    await worker.close()
    assert (await told(beside))["workers"].sentence.startswith(NO_WORKER)
    await beat.close()


async def test_a_process_that_fell_silent_does_not_count(beside: TestHouse) -> None:
    async with beside.built.store.begin() as tx:
        await processes.enter(tx, "wrk_1", role="worker", host="here", pid=1, version="0.1")
    async with beside.built.store.read() as read:
        assert (await processes.roles(read)).get("worker") == 1
        assert (await processes.roles(read, silent=-60_000)).get("worker") is None


async def test_only_lines_that_need_a_process_for_lines_miss_one(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:  # its one line needs none
        assert (await told(h))["lines"].sentence == "The line is connected."


@pytest.mark.both_shapes
async def test_redis_that_is_away_degrades_the_house_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path, redis="redis://127.0.0.1:1/0") as h:
        answer = await h.http.get("/health")
        found = answer.json()
        assert (answer.status_code, found["status"], found["checks"]["bus"]["status"]) == (200, "degraded", "degraded")
        assert "Redis at 127.0.0.1:1 cannot be reached" in found["checks"]["bus"]["sentence"]


async def test_who_has_not_taken_the_house_up_or_is_ending_is_not_ready_and_lives(tmp_path: Path) -> None:
    async with house(tmp_path, start=False) as h:
        assert await _statuses(h.http) == (200, 503)
        await h.built.take_up()
        assert await _statuses(h.http) == (200, 200)
        h.built.leave()
        assert await _statuses(h.http) == (200, 503)
        answer = await h.http.get("/health/ready")
        assert answer.headers["Retry-After"]
        assert answer.json()["detail"] == "This process is ending."


async def _statuses(http: httpx2.AsyncClient) -> tuple[int, int]:
    live, ready = [(await http.get(f"/health/{what}")).status_code for what in ("live", "ready")]
    return live, ready
