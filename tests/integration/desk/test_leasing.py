"""Holding leases: let go of in time by an own clock, and taken from others only when nothing was heard for long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk import leasing
from frontdesk.desk.leasing import LASTS, LETS_GO, Leases
from frontdesk.store.store import Store
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes

NAME = "line:1"


class Steady:
    """The clock that never stops, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Steady:
    clock = Steady()
    monkeypatch.setattr(leasing, "steady", clock)
    return clock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


async def _taken(store: Store, owner: str) -> Leases:
    leases = Leases(store, owner)
    await leases.look()
    assert await leases.take(NAME)
    return leases


async def test_a_lease_holds_for_less_than_others_wait(store: Store, clock: Steady) -> None:
    assert LETS_GO + 2 < LASTS
    one = await _taken(store, "one")
    clock.now += LETS_GO - 0.1
    assert one.holds(NAME)
    clock.now += 0.1
    assert not one.holds(NAME)
    assert one.late


async def test_a_renewal_counts_from_its_beginning(store: Store, clock: Steady) -> None:
    one = await _taken(store, "one")
    clock.now += LETS_GO - 1
    assert await one.renew() == frozenset()
    clock.now += LETS_GO - 0.1
    assert one.holds(NAME)


async def test_others_take_it_when_nothing_was_heard_for_long_whatever_the_database_says(
    store: Store, clock: Steady
) -> None:
    one, two = await _taken(store, "one"), Leases(store, "two")
    await two.look()
    clock.now += LASTS - 0.1
    await two.look()
    assert not await two.take(NAME)
    clock.now += 0.1
    await two.look()
    assert await two.take(NAME)
    assert await one.renew() == {NAME}
    assert one.held == frozenset()


async def test_each_renewal_begins_the_wait_anew(store: Store, clock: Steady) -> None:
    one, two = await _taken(store, "one"), Leases(store, "two")
    await two.look()
    clock.now += LASTS - 1
    await one.renew()
    await two.look()
    clock.now += LASTS - 1
    assert not await two.take(NAME)


async def test_a_renewal_that_was_not_seen_is_no_less_one(store: Store, clock: Steady) -> None:
    one, two = await _taken(store, "one"), Leases(store, "two")
    await two.look()
    await one.renew()
    clock.now += LASTS + 1  # the other one stood still, and has not looked since
    assert not await two.take(NAME)


async def test_what_was_given_back_is_taken_at_once(store: Store, clock: Steady) -> None:
    one, two = await _taken(store, "one"), Leases(store, "two")
    await one.give_back([NAME])
    await two.look()
    assert await two.take(NAME)


async def test_what_was_not_renewed_in_time_is_nobodys_before_others_would_take_it(store: Store, clock: Steady) -> None:
    """Its program may go on until the fence ends it, a moment after it was let go of."""
    one, two = await _taken(store, "one"), Leases(store, "two")
    await two.look()
    clock.now += LETS_GO
    one.forget([NAME])
    assert not one.holds(NAME)
    for owner in (one, two):
        await one.renew()
        await owner.look()
        assert not await owner.take(NAME)
    clock.now += LASTS - LETS_GO
    await one.renew()
    await two.look()
    assert await two.take(NAME)


async def test_what_was_taken_without_knowing_it_is_given_up_with_the_next_renewal(store: Store, clock: Steady) -> None:
    one, two = await _taken(store, "one"), Leases(store, "two")
    one._until.clear()  # the database's answer got lost
    await one.renew()
    await two.look()
    assert await two.take(NAME)


async def test_programs_of_what_was_not_renewed_in_time_may_run_no_longer_whatever_else_is_taken(
    store: Store, clock: Steady
) -> None:
    told: list[float] = []
    one = Leases(store, "one", on_change=told.append)
    await one.take(NAME)
    clock.now += LETS_GO
    one.forget([NAME])
    await one.take("line:2")
    assert told[-1] == 1000 + LETS_GO
    clock.now += LASTS - LETS_GO
    await one.renew()
    assert told[-1] == clock.now + LETS_GO


async def test_it_is_told_until_when_all_that_is_held_may_run(store: Store, clock: Steady) -> None:
    told: list[float] = []
    one = Leases(store, "one", on_change=told.append)
    await one.take(NAME)
    clock.now += 2
    await one.take("line:2")
    assert told == [1000 + LETS_GO, 1000 + LETS_GO]
    await one.renew()
    assert told[-1] == 1002 + LETS_GO


async def test_a_transaction_finds_whether_it_is_still_held(store: Store, clock: Steady) -> None:
    one = await _taken(store, "one")
    async with store.begin() as tx:
        assert await one.still(tx, NAME)
    two = Leases(store, "two")
    await two.look()
    clock.now += LASTS
    assert await two.take(NAME)
    one._until[NAME] = clock.now + 100  # however it came to believe so
    async with store.begin() as tx:
        assert not await one.still(tx, NAME)
