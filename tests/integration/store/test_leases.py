"""Leases: one holder each, and nobody inherits what was renewed since it was looked at."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.store import leases
from frontdesk.store.leases import Lease
from frontdesk.store.store import Store
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes

LASTS = 10_000


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def _take(store: Store, name: str, owner: str, dead: Lease | None = None) -> bool:
    async with store.begin(shared=True) as tx:
        return await leases.take(tx, name, owner=owner, lasts=LASTS, dead=dead)


async def _renew(store: Store, owner: str, *names: str) -> frozenset[str]:
    async with store.begin(shared=True) as tx:
        return await leases.renew(tx, names, owner=owner, lasts=LASTS)


async def _all(store: Store) -> dict[str, Lease]:
    async with store.read() as read:
        return {one.name: one for one in await leases.every(read)}


async def test_what_nobody_holds_is_taken_by_one(store: Store) -> None:
    assert await _take(store, "line:1", "one")
    assert not await _take(store, "line:1", "two")
    lease = (await _all(store))["line:1"]
    assert lease.owner == "one"
    assert 0 < lease.left <= LASTS


async def test_a_renewal_is_always_later(store: Store) -> None:
    await _take(store, "line:1", "one")
    before = (await _all(store))["line:1"].until
    for _ in range(3):
        assert await _renew(store, "one", "line:1") == {"line:1"}
        now = (await _all(store))["line:1"].until
        assert now > before
        before = now


async def test_nobody_inherits_what_was_renewed_since(store: Store) -> None:
    await _take(store, "line:1", "one")
    seen = (await _all(store))["line:1"]
    await _renew(store, "one", "line:1")
    assert not await _take(store, "line:1", "two", dead=seen)
    seen = (await _all(store))["line:1"]
    assert await _take(store, "line:1", "two", dead=seen)
    assert not await _take(store, "line:1", "three", dead=seen)
    assert await _renew(store, "one", "line:1") == frozenset()


async def test_what_is_not_renewed_is_given_up(store: Store) -> None:
    await _take(store, "line:1", "one")
    await _take(store, "line:2", "one")
    await _take(store, "line:3", "two")
    assert await _renew(store, "one", "line:1", "line:3") == {"line:1"}
    assert set(await _all(store)) == {"line:1", "line:3"}


async def test_only_its_owner_gives_it_back(store: Store) -> None:
    await _take(store, "line:1", "one")
    for owner, left in (("two", {"line:1"}), ("one", set())):
        async with store.begin(shared=True) as tx:
            await leases.give_back(tx, ["line:1"], owner=owner)
        assert set(await _all(store)) == left


async def test_an_owner_is_counted_on_as_long_as_it_said(store: Store) -> None:
    async with store.begin(shared=True) as tx:
        await leases.take(tx, "line:1", owner="one", lasts=LASTS)
        await leases.take(tx, "line:2", owner="one", lasts=0)
    async with store.read() as read:
        assert await leases.owner_of(read, "line:2") == "one"
        assert await leases.lively_owner_of(read, "line:1") == "one"
        assert await leases.lively_owner_of(read, "line:2") is None
        assert await leases.lively_owner_of(read, "line:3") is None
