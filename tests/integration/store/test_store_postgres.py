"""Transactions on PostgreSQL: what touches the same goes one after the other, what does not goes side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text, update

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.store import Store, StoreUnavailable, Tx
from frontdesk.store.tables import accounts, addresses, chats, contacts, marks, merged_chats
from frontdesk.testing.clock import until
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.stores import Told


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    async with opened(postgres_url) as store:
        await _furnish(store)
        yield store


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = Store(url)
    store.after_commit = Told()
    try:
        yield store
    finally:
        await store.close()


async def _furnish(store: Store) -> None:
    """Two accounts, with two chats on the first."""
    async with store.begin() as tx:
        for name in ("acc_a", "acc_b"):
            account: dict[str, Any] = dict.fromkeys(column.name for column in accounts.columns)
            account |= {"id": name, "channel": "cloud", "name": name, "options": "", "state": "connected"}
            await tx.run(insert(accounts), {**account, "from_settings": False, "created_at": 0, "line_ref": name})
        for name, account_id in (("a1", "acc_a"), ("a2", "acc_a"), ("b1", "acc_b")):
            await tx.run(insert(contacts), {"id": f"con_{name}", "account_id": account_id, "created_at": 0})
            chat: dict[str, Any] = {"id": name, "account_id": account_id, "contact_id": f"con_{name}", "name": name}
            chat |= {"trusted": True, "agent_mode": "auto", "switched_by_hand": False, "state": "open", "labels": "[]"}
            await tx.run(insert(chats), {**chat, "last_message_at": 0, "unread": 0, "created_at": 0})
        for name, contact in (("phone:1", "con_a1"), ("lid:1", "con_a1"), ("phone:2", "con_a2")):
            kind, value = name.split(":")
            known = {"account_id": "acc_a", "contact_id": contact, "kind": kind, "value": value, "seen_at": 0}
            await tx.run(insert(addresses), {"id": f"acc_a/{name}", **known})
        await tx.run(insert(merged_chats), {"id": "old", "chat_id": "a1"})


async def _touch(tx: Tx) -> None:
    await tx.scalar(select(marks.c.value).limit(1))


async def waits(store: Store, first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether the second transaction waits for the end of the first."""
    done = asyncio.Event()

    async def follow() -> None:
        async with store.begin(**second) as tx:
            await _touch(tx)
            done.set()

    async with store.begin(**first) as tx:
        await _touch(tx)
        task = asyncio.create_task(follow())
        await until(lambda: done.is_set() or _is_held(store), every=5)
        waited = not done.is_set()
    await task
    return waited


def _is_held(store: Store) -> bool:
    with psycopg.connect(store.url, autocommit=True) as watcher:
        row = watcher.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone()
    return bool(row and row[0])


HOUSE: dict[str, Any] = {}
CHAT_A1, CHAT_A2, CHAT_B1 = ({"chat": name} for name in ("a1", "a2", "b1"))
LINE_A, LINE_B = ({"accounts": [name]} for name in ("acc_a", "acc_b"))
SHARED = {"shared": True}
PERSON_A1, PERSON_A2, NOBODY = ({"addresses": [f"acc_a/phone:{name}"]} for name in ("1", "2", "3"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HOUSE, HOUSE),
        (HOUSE, CHAT_A1),
        (HOUSE, LINE_A),
        (HOUSE, SHARED),
        (SHARED, HOUSE),
        (LINE_A, LINE_A),
        (LINE_A, CHAT_A1),
        (CHAT_A1, LINE_A),
        (CHAT_A1, CHAT_A1),
        (CHAT_A1, {"chats": ["a2", "a1"]}),
        (CHAT_A1, {"chat": "old"}),
        (LINE_B, {"accounts": ["acc_a", "acc_b"]}),
        (HOUSE, PERSON_A1),
        (LINE_A, PERSON_A1),
        (PERSON_A1, LINE_A),
        (PERSON_A1, CHAT_A1),
        (CHAT_A1, PERSON_A1),
        (PERSON_A1, {"addresses": ["acc_a/lid:1"]}),
        (NOBODY, NOBODY),
        (PERSON_A1, {"addresses": ["acc_a/phone:2", "acc_a/phone:1"]}),
        ({"matters": ["x"], **PERSON_A1}, {"matters": ["x"], **PERSON_A2}),
    ],
)
async def test_what_touches_the_same_goes_one_after_the_other(
    store: Store, first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert await waits(store, first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CHAT_A1, CHAT_A2),
        (CHAT_A1, CHAT_B1),
        (CHAT_A1, LINE_B),
        (LINE_A, LINE_B),
        (PERSON_A1, PERSON_A2),
        (PERSON_A1, NOBODY),
        (PERSON_A1, CHAT_A2),
        (PERSON_A1, LINE_B),
        (SHARED, SHARED),
        (SHARED, LINE_A),
        (CHAT_A1, SHARED),
        (CHAT_A1, {"chats": ["a2", "b1"]}),
    ],
)
async def test_what_touches_different_things_goes_side_by_side(
    store: Store, first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert not await waits(store, first, second)


async def _put(store: Store, name: str, **scope: Any) -> None:
    async with store.begin(**scope) as tx:
        await tx.run(insert(marks), {"name": name, "value": "x"})
        tx.emit(Live(LiveType.CHAT_CHANGED, {"text": name}))


async def _names(store: Store) -> list[str]:
    async with store.read() as read:
        return sorted(await read.scalars(select(marks.c.name)))


async def _fail(store: Store) -> None:
    async with store.begin() as tx:
        await tx.run(insert(marks), {"name": "lost", "value": "x"})
        tx.emit(Live(LiveType.CHAT_CHANGED, {"text": "lost"}))
        await tx.flush()
        raise KeyError


async def test_what_fails_is_taken_back_and_told_to_nobody(store: Store) -> None:
    with pytest.raises(KeyError):
        await _fail(store)
    await _put(store, "kept")
    assert await _names(store) == ["kept"]
    assert isinstance(store.after_commit, Told)
    assert store.after_commit.texts == ["kept"]


async def test_a_statement_that_is_refused_leaves_the_connection_fit_for_others(store: Store) -> None:
    await _put(store, "one")
    for _ in range(30):
        with pytest.raises(psycopg.errors.UniqueViolation):
            await _put(store, "one")
    await _put(store, "two")
    assert await _names(store) == ["one", "two"]


async def test_what_was_written_is_seen_by_what_is_asked_in_the_same_transaction(store: Store) -> None:
    async with store.begin() as tx:
        await tx.run(insert(marks), [{"name": f"{n}", "value": "x"} for n in range(3)])
        assert await tx.count(update(marks).values(value="y")) == 3
        assert set(await tx.scalars(select(marks.c.value))) == {"y"}


async def test_one_that_is_cancelled_at_any_moment_harms_nobody(store: Store) -> None:
    for turns in range(40):
        task = asyncio.create_task(_put(store, f"victim {turns}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.gather(*(_put(store, f"other {n}", shared=True) for n in range(40)))
    assert [name for name in await _names(store) if name.startswith("other")] == sorted(f"other {n}" for n in range(40))


async def test_many_at_once_share_few_connections(postgres_url: str) -> None:
    async with opened(postgres_url) as store:
        await asyncio.gather(*(_put(store, f"{n}", shared=True) for n in range(300)))
        assert len(await _names(store)) == 300
        with psycopg.connect(postgres_url) as watcher:
            row = watcher.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    assert row is not None
    assert row[0] <= 16


async def test_who_is_patient_waits_for_a_connection_and_others_are_told_that_there_is_none(postgres_url: str) -> None:
    """Where all are in use the server is not away: whoever comes next waits as long."""
    store, has, let_go = Store(postgres_url, connections=1), asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with store.begin(shared=True) as tx:
            await _touch(tx)
            has.set()
            await let_go.wait()

    holding = asyncio.create_task(hold())
    await has.wait()
    store.be_patient(0.01)
    with pytest.raises(StoreUnavailable):
        await _put(store, "impatient")
    store.be_patient(60)
    patient = asyncio.create_task(_put(store, "patient", shared=True))
    await until(lambda: any(pool.waiting for pool in store.connections()))
    assert not store.backend._writing._away
    let_go.set()
    await asyncio.gather(holding, patient)
    assert await _names(store) == ["patient"]
    await store.close()


async def test_behind_pgbouncer_all_is_the_same(pgbouncer_url: str) -> None:
    async with opened(pgbouncer_url) as store:
        await _furnish(store)
        await asyncio.gather(*(_put(store, f"{n}", chat="a1") for n in range(60)))
        for _ in range(20):
            assert len(await _names(store)) == 60
        connection = await store.backend._writing.take()
        store.backend._writing.give_back(connection)
        assert not connection.prepares


async def test_only_what_may_get_lost_does_not_wait_for_the_disk(own_postgres: Postgres) -> None:
    async with opened(own_postgres.create("house")) as store:
        scopes: list[tuple[dict[str, Any], str]] = [({}, "on"), (SHARED, "on"), ({**SHARED, "lasting": False}, "off")]
        for scope, waits in scopes:
            async with store.begin(**scope) as tx:
                assert await tx.scalar(text("SHOW synchronous_commit")) == waits


async def test_a_text_with_the_one_character_that_it_cannot_keep_is_kept_without(store: Store) -> None:
    await _put(store, "a\0b")
    async with store.begin() as tx:
        await tx.run(insert(marks), [{"name": f"many\0{n}", "value": "\0"} for n in range(2)])
    assert await _names(store) == ["ab", "many0", "many1"]


async def test_a_server_that_is_gone_is_said_in_words_and_found_again(own_postgres: Postgres) -> None:
    async with opened(own_postgres.create("house")) as store:
        with psycopg.connect(store.url, autocommit=True) as maker:
            maker.execute("CREATE TABLE marks (name text PRIMARY KEY, value text, number float)")
        await asyncio.gather(*(_put(store, f"{n}", shared=True) for n in range(20)))
        own_postgres.kill()
        for _ in range(12):
            with pytest.raises(StoreUnavailable, match="database"):
                await _put(store, "lost", shared=True)
        with pytest.raises(StoreUnavailable):
            await _names(store)
        assert store.trouble is not None
        own_postgres.start()

        async def again() -> bool:
            try:
                await _put(store, "back", shared=True)
            except StoreUnavailable:
                return False
            return True

        await until(again)
        names = await _names(store)
        assert ("back" in names, "lost" in names) == (True, False)
        trouble: str | None = store.trouble
        assert trouble is None
