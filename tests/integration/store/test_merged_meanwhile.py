"""Whoever waits for a chat that becomes another one meanwhile has that one, and nobody else at the same time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, insert

from frontdesk.store.store import Store
from frontdesk.store.tables import accounts, chats, merged_chats
from frontdesk.testing.clock import until


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    store = Store(postgres_url)
    async with store.begin() as tx:
        account: dict[str, Any] = {"id": "acc", "channel": "cloud", "name": "Shop", "options": "", "state": "connected"}
        await tx.run(insert(accounts), {**account, "from_settings": False, "created_at": 0, "line_ref": "1"})
        for name in ("gone", "stays"):
            chat: dict[str, Any] = {"id": name, "account_id": "acc", "group_ref": name, "name": name, "trusted": True}
            chat |= {"agent_mode": "auto", "switched_by_hand": False, "state": "open", "labels": "[]"}
            await tx.run(insert(chats), {**chat, "last_message_at": 0, "unread": 0, "created_at": 0})
    yield store
    await store.close()


async def waiting(store: Store) -> bool:
    async with await psycopg.AsyncConnection.connect(store.url, autocommit=True) as watcher:
        found = await (await watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")).fetchone()
    return bool(found and found[0])


async def test_who_waited_for_a_chat_that_dissolved_has_the_one_that_it_became(store: Store) -> None:
    has, let_go, follower = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait_for(chat_id: str, has: asyncio.Event) -> None:
        async with store.begin(chat=chat_id) as tx:
            await tx.count(delete(merged_chats).where(merged_chats.c.id == "nothing"))
            has.set()
            await let_go.wait()

    async with store.begin(accounts=["acc"]) as tx:
        await tx.run(delete(chats).where(chats.c.id == "gone"))
        await tx.run(insert(merged_chats), {"id": "gone", "chat_id": "stays"})
        await tx.flush()
        first = asyncio.create_task(wait_for("gone", has))
        await until(lambda: waiting(store), every=5)
    await has.wait()
    second = asyncio.create_task(wait_for("stays", follower))
    await until(lambda: _either(follower.is_set(), waiting(store)), every=5)
    assert not follower.is_set()
    let_go.set()
    await asyncio.gather(first, second)


async def _either(known: bool, asked: Any) -> bool:
    return await asked or known
