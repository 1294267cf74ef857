"""Signs of life: who is silent is dead and loses its claims; no clock that jumps and no outage kills the living."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from frontdesk.domain.live import LiveType
from frontdesk.domain.work import RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.claims import Claims
from frontdesk.jobs.signs import BEAT, LOOKS, Role, Signs
from frontdesk.kit.clock import HOUR
from frontdesk.store import processes
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store
from frontdesk.store.tables import jobs as table, processes as running
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import Told, fresh_store

pytestmark = pytest.mark.both_shapes
WORKER = Role("worker", "1.0", looks=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


class Alive:
    """Signs of a process with a clock of its own, so that it can stand still alone."""

    def __init__(self, store: Store, role: Role = WORKER) -> None:
        self.clock = FrozenClock()
        self.signs = Signs(store, self.clock, role)
        self.beats = 0
        go_on = self.signs._beat

        async def counted() -> None:
            await go_on()
            self.beats += 1

        self.signs._beat = counted  # type: ignore[method-assign]

    async def lives(self, beats: int = 1) -> None:
        for _ in range(beats):
            await until(lambda: bool(self.clock._sleepers))
            wanted = self.beats + 1
            self.clock.advance(BEAT)
            await until(partial(self._rests_after, wanted))

    def _rests_after(self, beats: int) -> bool:
        return self.beats == beats and bool(self.clock._sleepers)


async def known(store: Store) -> set[str]:
    async with store.read() as read:
        return set(await processes.seen(read))


async def rows(store: Store) -> list[JobRow]:
    async with store.read() as read:
        return await read.all(select(table).order_by(table.c.id), JobRow)


async def claimed_by(store: Store, worker: str, *, chat: str = "a") -> None:
    async with store.begin(shared=True) as tx:
        await queue.enqueue(tx, RunTurn(chat), now=0)
    (row,) = [row for row in await rows(store) if row.state == "queued"]
    assert await Claims(store, FrozenClock(), lambda: worker).take(row.id) is not None


async def test_a_process_is_known_from_its_start_to_its_end(store: Store) -> None:
    web = Alive(store, Role("web", "2.0", looks=False))
    await web.signs.start()
    async with store.read() as read:
        (seen,) = await processes.running(read)
    assert (seen.id, seen.role, seen.version) == (web.signs.id, "web", "2.0")
    assert abs(seen.silent) < HOUR
    await web.signs.close()
    assert await known(store) == set()


async def test_who_is_silent_over_four_looks_is_dead_and_what_it_held_is_put_back(store: Store) -> None:
    dead, living = Alive(store), Alive(store)
    await dead.signs.start()
    await living.signs.start()
    await claimed_by(store, dead.signs.id)
    await living.lives(LOOKS)
    assert dead.signs.id in await known(store)
    await living.lives()
    assert await known(store) == {living.signs.id}
    assert [(row.state, row.error) for row in await rows(store)] == [("queued", "The worker died.")]
    assert isinstance(store.after_commit, Told)
    assert [event.type for event in store.after_commit.events] == [LiveType.RELOAD]
    await living.signs.close()


async def test_a_claim_in_our_name_that_nobody_here_heard_of_waits_again_after_two_looks(store: Store) -> None:
    """The database kept it, and its answer was lost with the connection."""
    one = Alive(store)
    await one.signs.start()
    await claimed_by(store, one.signs.id)
    await claimed_by(store, one.signs.id, chat="b")
    heard, lost = await rows(store)
    one.signs.watch(lambda: [heard.id])
    await one.lives()
    assert [row.state for row in await rows(store)] == ["running", "running"]
    await one.lives()
    assert {row.id: (row.state, row.attempts) for row in await rows(store)} == {
        heard.id: ("running", 1), lost.id: ("queued", 1),
    }  # fmt: skip
    await one.signs.close()


async def test_who_gives_signs_lives_whatever_the_clock_of_the_database_says(store: Store) -> None:
    one, other = Alive(store), Alive(store)
    await one.signs.start()
    await other.signs.start()
    for jump in (0, HOUR, -2 * HOUR, 5 * HOUR, 0, 0, -HOUR):
        async with store.begin() as tx:
            await tx.run(running.update().values(seen_at=running.c.seen_at + jump))
        await one.lives()
        await other.lives()
    assert await known(store) == {one.signs.id, other.signs.id}
    await one.signs.close()
    await other.signs.close()


async def test_after_an_outage_of_the_database_nobody_is_dead_before_the_looks_began_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Alive(store), Alive(store)
    await one.signs.start()
    await other.signs.start()
    await one.lives(LOOKS)
    with monkeypatch.context() as broken:
        broken.setattr(processes, "seen", None)
        await one.lives()
    await one.lives(2)
    assert other.signs.id in await known(store)
    await other.lives()
    await one.lives(LOOKS)
    assert other.signs.id in await known(store)
    await one.signs.close()
    await other.signs.close()


async def test_who_was_taken_for_dead_begins_anew_under_another_name(store: Store) -> None:
    stood, living = Alive(store), Alive(store)
    await stood.signs.start()
    await living.signs.start()
    before = stood.signs.id
    await living.lives(LOOKS + 1)
    await stood.lives()
    assert stood.signs.id != before
    assert await known(store) == {stood.signs.id, living.signs.id}
    await stood.signs.close()
    await living.signs.close()


async def test_claims_of_nobody_are_put_back_after_two_looks(store: Store) -> None:
    living = Alive(store)
    await living.signs.start()
    await claimed_by(store, "wrk_gone")
    await living.lives()
    assert [row.state for row in await rows(store)] == ["running"]
    await living.lives()
    assert [row.state for row in await rows(store)] == ["queued"]
    await living.signs.close()


async def test_only_one_of_many_buries_the_dead(store: Store) -> None:
    dead, *many = (Alive(store) for _ in range(4))
    for each in (dead, *many):
        await each.signs.start()
    for _ in range(LOOKS + 2):
        await asyncio.gather(*(each.lives() for each in many))
    assert isinstance(store.after_commit, Told)
    assert len(store.after_commit.events) == 1
    for each in many:
        await each.signs.close()
