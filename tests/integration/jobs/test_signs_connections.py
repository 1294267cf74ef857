"""Whoever has more to do than connections to the database lives, and says so in time."""

import asyncio
from functools import partial

from frontdesk.domain.work import RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.signs import BEAT, LOOKS, Role, Signs
from frontdesk.kit.clock import SharedClock
from frontdesk.store import jobs, processes
from frontdesk.store.store import Read, Store
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock, until


async def test_a_sign_is_given_and_the_others_looked_at_though_all_connections_are_in_use(postgres_url: str) -> None:
    store, clock = Store(postgres_url, connections=1), FrozenClock()
    signs = Signs(store, clock, Role("worker", "1.0", looks=True))
    await signs.start()
    async with store.read() as one, store.read() as other, store.begin(shared=True) as tx:
        before = [(await processes.seen(used))[signs.id] for used in (one, other, tx)]
        clock.advance(BEAT)
        await until(partial(_is_newer, one, signs.id, before[0]))
        await until(lambda: bool(signs._unchanged))
    await signs.close()
    await store.close()


async def test_what_the_dead_held_and_what_was_not_heard_of_is_put_back_though_all_connections_are_in_use(
    postgres_url: str,
) -> None:
    """Who waited for one meanwhile would give no signs, and be taken for dead."""
    store, clock = Store(postgres_url, connections=1), FrozenClock()
    signs = Signs(store, clock, Role("worker", "1.0", looks=True))
    await signs.start()
    try:
        for worker in (signs.id, "wrk_gone", await _dead(store)):
            await _claim(store, worker)
        async with store.read() as read, store.begin(shared=True) as tx:
            assert len(await jobs.running(tx)) == 3
            for _ in range(LOOKS + 1):
                await until(lambda: bool(clock._sleepers))
                clock.advance(BEAT)
            await until(partial(_nothing_runs, read))
    finally:
        await signs.close()
        await store.close()


async def test_the_clock_is_set_while_another_has_the_house_to_itself(postgres_url: str) -> None:
    """What waited for it would take the wait for time that has passed."""
    store = Store(postgres_url)
    signs = Signs(store, SharedClock(), Role("worker", "1.0", looks=True))
    async with store.begin() as tx:
        assert await processes.seen(tx) == {}
        await asyncio.wait_for(signs._set_clock(), 5)
    await store.close()


async def _is_newer(read: Read, id_: str, before: int) -> bool:
    return (await processes.seen(read))[id_] > before


async def _dead(store: Store) -> str:
    """The id of one that has entered, and gives no more signs."""
    async with store.begin(shared=True) as tx:
        await processes.enter(tx, "wrk_dead", role="worker", version="1.0", host="here", pid=1)
    return "wrk_dead"


async def _claim(store: Store, worker: str) -> None:
    async with store.begin(shared=True) as tx:
        await queue.enqueue(tx, RunTurn(worker), now=0)
        await tx.run(table.update().where(table.c.state == "queued").values(state="running", claimed_by=worker))


async def _nothing_runs(read: Read) -> bool:
    return await jobs.running(read) == []
