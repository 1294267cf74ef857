"""Looking at what other processes noted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from frontdesk.desk.following import EVERY, Following
from frontdesk.store import changes
from frontdesk.store.changes import KEPT, Kind
from frontdesk.store.store import Store
from frontdesk.store.tables import changes as table
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store


class Copy:
    """What a process keeps: remembers what it was told to read again. While `gate` is set, reading waits for it."""

    def __init__(self) -> None:
        self.told: list[tuple[Kind, frozenset[str]]] = []
        self.gate: asyncio.Event | None = None
        self.broken: Exception | None = None

    def of(self, kind: Kind) -> "Reading":
        return Reading(self, kind)

    def read(self) -> list[tuple[str, list[str]]]:
        """What was read again since the last look at it, in order."""
        told, self.told = self.told, []
        return sorted((kind.value, sorted(ids)) for kind, ids in told)


class Reading:
    """One kind of what is kept."""

    def __init__(self, copy: Copy, kind: Kind) -> None:
        self.copy, self.kind = copy, kind

    async def __call__(self, ids: frozenset[str]) -> None:
        self.copy.told.append((self.kind, ids))
        if self.copy.broken is not None:
            raise self.copy.broken
        if self.copy.gate is not None:
            await self.copy.gate.wait()


EVERYTHING: list[tuple[str, list[str]]] = [(kind.value, []) for kind in Kind]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def kept() -> Copy:
    return Copy()


def followed(store: Store, kept: Copy, clock: FrozenClock | None = None, *, alone: bool = False) -> Following:
    return Following(store, clock or FrozenClock(), {kind: kept.of(kind) for kind in Kind}, alone=alone)


@pytest.fixture
async def following(store: Store, kept: Copy) -> Following:
    following = followed(store, kept)
    await following.caught_up()
    kept.read()
    return following


async def change(store: Store, *what: tuple[Kind, str | None]) -> None:
    async with store.begin() as tx:
        for kind, about in what:
            await changes.note(tx, kind, about)


async def test_the_first_look_reads_everything_again(store: Store, kept: Copy) -> None:
    await change(store, (Kind.ACCOUNT, "acc_1"))
    assert await followed(store, kept).caught_up()
    assert kept.read() == EVERYTHING


async def test_only_what_was_changed_is_read_again_and_once(store: Store, following: Following, kept: Copy) -> None:
    await change(store, (Kind.ACCOUNT, "acc_1"), (Kind.ACCOUNT, "acc_2"), (Kind.RIGHTS, None))
    assert await following.caught_up()
    assert kept.read() == [("account", ["acc_1", "acc_2"]), ("rights", [])]
    assert not await following.caught_up()
    assert kept.read() == []


async def test_a_change_about_no_single_thing_is_about_all_of_its_kind(
    store: Store, following: Following, kept: Copy
) -> None:
    await change(store, (Kind.RIGHTS, "opr_1"), (Kind.RIGHTS, None))
    await following.caught_up()
    assert kept.read() == [("rights", [])]


async def test_a_change_that_was_taken_back_was_none(store: Store, following: Following, kept: Copy) -> None:
    with suppress(ZeroDivisionError):
        async with store.begin() as tx:
            await changes.note(tx, Kind.ACCOUNT, "acc_1")
            _ = 1 / 0
    assert not await following.caught_up()
    assert kept.read() == []


async def test_who_asks_during_a_look_waits_for_one_that_began_later(
    store: Store, following: Following, kept: Copy
) -> None:
    kept.gate = asyncio.Event()
    await change(store, (Kind.ACCOUNT, "acc_1"))
    first = asyncio.create_task(following.caught_up())
    await until(lambda: len(kept.told) == 1)
    await change(store, (Kind.ACCOUNT, "acc_2"))
    later = [asyncio.create_task(following.caught_up()) for _ in range(50)]
    kept.gate.set()
    assert [await first, *[await one for one in later]] == [True] * 51
    assert kept.read() == [("account", ["acc_1"]), ("account", ["acc_2"])]


async def test_what_another_look_took_up_meanwhile_is_news_too(store: Store, following: Following, kept: Copy) -> None:
    kept.gate = asyncio.Event()
    await change(store, (Kind.ACCOUNT, "acc_1"))
    first = asyncio.create_task(following.caught_up())
    await until(lambda: len(kept.told) == 1)
    later = asyncio.create_task(following.caught_up())
    await asyncio.sleep(0)
    kept.gate.set()
    assert (await first, await later) == (True, True)
    assert kept.read() == [("account", ["acc_1"])]


async def test_who_stops_waiting_leaves_the_look_to_the_others(store: Store, following: Following, kept: Copy) -> None:
    kept.gate = asyncio.Event()
    await change(store, (Kind.PERSONA, "Desk"))
    gone, stays = (asyncio.create_task(following.caught_up()) for _ in range(2))
    await until(lambda: len(kept.told) == 1)
    gone.cancel()
    kept.gate.set()
    assert await stays
    assert kept.read() == [("persona", ["Desk"])]


async def test_what_could_not_be_read_again_is_tried_at_the_next_look(
    store: Store, following: Following, kept: Copy
) -> None:
    kept.broken = OSError("gone")
    await change(store, (Kind.KNOWLEDGE, None))
    with pytest.raises(OSError, match="gone"):
        await following.caught_up()
    kept.broken, kept.told = None, []
    assert await following.caught_up()
    assert kept.read() == [("knowledge", [])]


async def test_who_has_not_looked_until_notes_were_forgotten_reads_everything(
    store: Store, following: Following, kept: Copy
) -> None:
    await change(store, (Kind.ACCOUNT, "acc_1"))
    await following.caught_up()
    kept.read()
    await change(store, *[(Kind.ACCOUNT, "acc_1")] * (KEPT + 2))
    async with store.begin() as tx:
        await changes.forget(tx)
    assert await following.caught_up()
    assert kept.read() == EVERYTHING
    assert not await following.caught_up()


async def test_of_the_notes_the_newest_are_kept(store: Store) -> None:
    await change(store, *[(Kind.ACCOUNT, None)] * (KEPT + 5))
    async with store.begin() as tx:
        await changes.forget(tx)
    async with store.read() as read:
        assert [one.number for one in await changes.noted(read, 0)] == list(range(5, KEPT + 6))


async def test_kinds_of_a_newer_version_are_passed_over(store: Store, following: Following, kept: Copy) -> None:
    async with store.begin() as tx:
        await tx.run(table.insert().values(kind="something new"))
        await changes.note(tx, Kind.ACCOUNT, "acc_1")
    await following.caught_up()
    assert kept.read() == [("account", ["acc_1"])]


async def test_who_is_alone_waits_for_no_look(store: Store, kept: Copy) -> None:
    await change(store, (Kind.ACCOUNT, "acc_1"))
    assert not await followed(store, kept, alone=True).caught_up()
    assert kept.read() == []


async def test_what_commands_write_is_found_within_a_second(store: Store, kept: Copy) -> None:
    clock = FrozenClock()
    following = followed(store, kept, clock, alone=True)
    watching = asyncio.create_task(following.watch())
    await asyncio.sleep(0)
    clock.advance(EVERY)
    await until(lambda: len(kept.told) == len(EVERYTHING))
    kept.read()
    await change(store, (Kind.RIGHTS, "key_1"))
    clock.advance(EVERY)
    await until(lambda: kept.told == [(Kind.RIGHTS, frozenset({"key_1"}))])
    watching.cancel()


async def test_the_watch_outlives_what_cannot_be_read(
    store: Store, kept: Copy, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FrozenClock()
    watching = asyncio.create_task(followed(store, kept, clock).watch())
    await asyncio.sleep(0)
    kept.broken = OSError("gone")
    clock.advance(EVERY)
    await until(lambda: any("could not be taken up" in record.getMessage() for record in caplog.records))
    kept.broken, kept.told = None, []
    clock.advance(EVERY)
    await until(lambda: len(kept.told) == len(EVERYTHING))
    watching.cancel()


async def test_notes_that_are_committed_out_of_order_are_all_found(postgres_url: str, kept: Copy) -> None:
    store = Store(postgres_url)
    following = followed(store, kept)
    try:
        await following.caught_up()
        async with store.begin(shared=True) as slow:
            await changes.note(slow, Kind.ACCOUNT, "acc_slow")
            await slow.flush()
            await asyncio.create_task(change_beside(store, "acc_fast"))
            kept.read()
            await following.caught_up()
            assert kept.read() == [("account", ["acc_fast"])]
        assert await following.caught_up()
        assert kept.read() == [("account", ["acc_slow"])]
    finally:
        await store.close()


async def change_beside(store: Store, about: str) -> None:
    async with store.begin(shared=True) as tx:
        await changes.note(tx, Kind.ACCOUNT, about)
