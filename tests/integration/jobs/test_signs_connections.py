"""Whoever has more to do than connections to the database lives, and says so in time."""

import asyncio
from functools import partial

from frontdesk.jobs.signs import BEAT, Role, Signs
from frontdesk.kit.clock import SharedClock
from frontdesk.store import processes
from frontdesk.store.store import Read, Store
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
