"""Two chats become one while a worker claims the work of one of them: the arrival that says so is stored at once."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from turns_house import QUIET

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import AddressChange
from frontdesk.kit.clock import MINUTE
from frontdesk.store import sending
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, fake_line

USER = "GB.5510"
UNITED = AddressChange((Address(AddressKind.PHONE, ANA),), (Address(AddressKind.USER, USER),))


async def held_up(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
        found = await (await watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")).fetchone()
    return bool(found and found[0])


async def test_work_that_is_claimed_while_its_chat_takes_in_another_keeps_its_lock(
    tmp_path: Path, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with fake_line(tmp_path, config=QUIET, database=postgres_url) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await line.arrive(line.message("by user id", who=USER))
        keep, gone = await line.jobs("turn")
        later = line.clock.now() + MINUTE
        async with line.store.begin(shared=True) as tx:
            assert len(await sending.take(tx, [gone.id], worker="w", now=later)) == 1
        async with line.store.begin(shared=True) as tx:
            assert len(await sending.take(tx, [keep.id], worker="w", now=later)) == 1
            merging = asyncio.create_task(line.arrive(UNITED))
            await until(lambda: held_up(postgres_url))
        await merging
        assert "could not be stored together" not in caplog.text
        (chat,) = await line.chats()
        rows = {row.id: (row.key, row.state) for row in await line.jobs("turn")}
        assert rows[keep.id] == (f"turn:{chat.id}", "running")
        assert [state for key, state in rows.values() if key == f"turn:{chat.id}"] == ["running", "queued"]
