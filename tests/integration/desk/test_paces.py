"""How many processes share what a line may send in a second."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.paces import EVERY, Paces
from frontdesk.store import processes
from frontdesk.store.store import Store
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store


class Paced(FakeChannel):
    """Remembers how many it shares its pace with."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def share_pace(self, senders: int) -> None:
        """Remember it."""
        self.told.append(senders)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def enters(store: Store, id_: str, role: str) -> None:
    async with store.begin() as tx:
        await processes.enter(tx, id_, role=role, host="here", pid=1, version="1")


async def test_those_that_send_share_the_pace_and_no_others(store: Store) -> None:
    channel = Paced()
    paces = Paces(store, FrozenClock(), [channel, FakeChannel()])
    await paces.look()
    for id_, role in (("a", "worker"), ("b", "worker"), ("c", "web"), ("d", "lines"), ("e", "beat")):
        await enters(store, id_, role)
    await paces.look()
    async with store.begin() as tx:
        await processes.leave(tx, "a")
    await paces.look()
    assert channel.told == [1, 2, 1]


async def test_a_worker_that_comes_is_noticed(store: Store) -> None:
    channel, clock = Paced(), FrozenClock()
    watching = asyncio.create_task(Paces(store, clock, [channel]).watch())
    await until(lambda: channel.told == [1])
    for id_ in ("a", "b", "c"):
        await enters(store, id_, "worker")
    clock.advance(EVERY)
    await until(lambda: channel.told == [1, 3])
    watching.cancel()
