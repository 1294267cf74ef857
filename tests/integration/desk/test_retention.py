"""What is older than the house keeps it goes at night, and nothing that is still needed goes with it."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances
from sending_line import write
from sqlalchemy import func, select

from frontdesk.desk.retention import RAN
from frontdesk.domain.wire import MediaRef
from frontdesk.domain.work import Retain
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR
from frontdesk.store import alerts, knowledge, marks, tables, turns
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line

pytestmark = pytest.mark.both_shapes

BEA = "447700900999"
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
OFF = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Desk"
trusted = true
agent_mode = "off"
[retention]
"""


@asynccontextmanager
async def keeping(folder: Path, rules: str = "days = 30\n", **more: Any) -> AsyncIterator[FakeLine]:
    """A house with such rules, which has looked at the clock once."""
    async with fake_line(folder, config=OFF + rules, **more) as line:

        async def has_looked() -> bool:
            async with line.store.read() as read:
                return await marks.moment(read, RAN) is not None

        await until(has_looked)
        await line.idle()
        yield line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with keeping(tmp_path) as line:
        yield line


async def night(line: FakeLine, days: int = 1) -> None:
    """So many days later somebody looks by the clock."""
    line.clock.advance(days * DAY)
    async with line.store.begin() as tx:
        await enqueue(tx, Retain(), now=line.clock.now())
    await line.idle()


async def answered(line: FakeLine, text: str, **parts: Any) -> None:
    """Somebody writes, and is answered, so that nobody waits."""
    await line.arrive(line.message(text, **parts))
    await line.idle()
    await write(line, f"Answer to {text}", who=str(parts.get("who", ANA)))
    await line.idle()


async def texts(line: FakeLine) -> list[str | None]:
    return [row.text for row in await line.messages()]


async def count(line: FakeLine, table: str) -> int:
    async with line.store.read() as read:
        return int(await read.scalar(select(func.count()).select_from(tables.metadata.tables[table])))


def grown_old(folder: Path) -> None:
    """The files of the media folder were written long ago."""
    for each in (folder / "data" / "media").rglob("*"):
        if each.is_file():
            os.utime(each, (time.time() - 2 * 86_400,) * 2)


async def test_messages_go_when_their_days_are_over_and_the_ledger_still_balances(line: FakeLine) -> None:
    await answered(line, "old")
    await night(line, 20)
    await answered(line, "young")
    assert len(await texts(line)) == 4
    await night(line, 11)
    assert await texts(line) == ["young", "Answer to young"]
    await balances(line)
    balance = await line.balance()
    assert (balance.received, balance.stored, balance.erased) == (2, 2, 1)


async def test_the_first_night_of_a_house_takes_nothing_before_it_has_come(line: FakeLine) -> None:
    await answered(line, "old", at=line.clock.now() - 60 * DAY)
    line.clock.advance(8 * DAY - HOUR)  # to just before the night that would take it
    assert "old" in await texts(line)


async def test_the_list_shows_nothing_of_what_is_gone(line: FakeLine) -> None:
    await answered(line, "old")
    await night(line, 31)
    chat = await line.chat()
    assert (chat.last_text, chat.unread) == (None, 0)


async def test_who_waits_for_an_answer_keeps_what_they_wait_with(line: FakeLine) -> None:
    await answered(line, "before")
    line.clock.advance(HOUR)
    await line.arrive(line.message("I wait"))
    await line.idle()
    await night(line, 40)
    assert await texts(line) == ["I wait"]


async def test_what_waits_in_the_outbox_or_is_in_doubt_stays(tmp_path: Path) -> None:
    async with keeping(tmp_path, "days = 7\n") as line:
        await answered(line, "hello")
        async with line.store.begin() as tx:
            chosen = [row.id for row in await line.messages("outbound")]
            message = tables.messages
            await tx.run(message.update().where(message.c.id == chosen[0]).values(status="unknown"))
        await night(line, 40)
        assert [row.status for row in await line.messages()] == ["unknown"]


async def test_what_came_this_week_stays_however_old_it_is(line: FakeLine) -> None:
    await night(line)
    await answered(line, "of last year", at=line.clock.now() - 300 * DAY)
    await night(line, 6)
    assert "of last year" in await texts(line)
    await night(line, 2)
    assert "of last year" not in await texts(line)


async def test_zero_days_keep_for_ever(tmp_path: Path) -> None:
    async with keeping(tmp_path, "days = 0\n") as line:
        await answered(line, "kept")
        await night(line, 3_000)
        assert await texts(line) == ["kept", "Answer to kept"]


async def test_it_is_done_once_a_day_whoever_asks_how_often(line: FakeLine) -> None:
    await answered(line, "old")
    await night(line, 31)
    await answered(line, "of last year", at=line.clock.now() - 300 * DAY)
    line.clock.advance(HOUR)
    await night(line, 0)
    assert "of last year" in await texts(line)


async def test_a_file_goes_with_the_last_message_that_needs_it(line: FakeLine, tmp_path: Path) -> None:
    line.channel.files["p"] = PNG
    picture = {"kind": "image", "media": MediaRef("p", mime="image/png")}
    await answered(line, "one", **picture)
    place = line.desk.media.path((await line.files())[-1])
    await night(line, 20)
    await answered(line, "two", **picture)
    grown_old(tmp_path)
    await night(line, 11)
    assert len(await line.files()) == 1
    assert place.exists()
    grown_old(tmp_path)
    await night(line, 20)
    assert await line.files() == []
    assert not place.exists()


async def test_files_may_go_sooner_than_their_messages(tmp_path: Path) -> None:
    async with keeping(tmp_path, "days = 90\nmedia_days = 10\n") as line:
        line.channel.files["p"] = PNG
        await answered(line, "look", kind="image", media=MediaRef("p", mime="image/png"))
        place = line.desk.media.path((await line.files())[-1])
        grown_old(tmp_path)
        await night(line, 11)
        assert "look" in await texts(line)
        assert [(row.state, row.sha256) for row in await line.files()] == [("gone", None)]
        assert not place.exists()


async def test_files_of_which_no_row_speaks_are_swept_and_young_ones_are_left(line: FakeLine, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "media" / "ab"
    folder.mkdir(parents=True)
    lost, young = folder / ("ab" + "0" * 62), folder / ("ab" + "1" * 62)
    lost.write_bytes(b"lost")
    grown_old(tmp_path)
    young.write_bytes(b"just stored")
    await night(line)
    assert not lost.exists()
    assert young.exists()


async def test_what_the_house_noted_beside_goes_too_and_what_is_open_stays(line: FakeLine) -> None:
    await answered(line, "hello")
    chat, then = await line.chat(), line.clock.now()
    async with line.store.begin() as tx:
        thread = {"id": "thr_1", "chat_id": chat.id, "persona": "Desk", "summary": "x", "summarised_up_to": None}
        await turns.add_thread(tx, {**thread, "started_at": then, "last_at": then, "expires_at": None})
        for turn, state in (("trn_1", "answered"), ("trn_2", "running")):
            row = {"id": turn, "chat_id": chat.id, "thread_id": None, "persona": "Desk", "state": state}
            numbers = {"tokens_in": 0, "tokens_out": 0, "calls": 0, "sources": "[]", "started_at": then}
            await tx.run(tables.turns.insert(), {**row, **numbers})
        for key in ("seen", "open"):
            await alerts.raise_(tx, now=then, kind="x", sentence=key, key=key)
        await alerts.close(tx, "seen", then)
        await knowledge.add_gap(tx, "How much?", chat_id=chat.id, now=then)
        await tx.run(tables.knowledge_gaps.update().values(closed_at=then))
        letter = {"id": "ded_1", "channel": "fake", "account_id": line.account_id, "line_ref": None, "reason": "x"}
        rest = {"raw": "{}", "digest": "d", "messages": 1, "count": 1, "received_at": then, "last_at": then}
        await tx.run(tables.dead_letters.insert(), {**letter, **rest})
        await tx.run(tables.ledger.update().where(tables.ledger.c.entry == "received").values(count=2))
        notice = {"id": "not_1", "account_id": None, "field": "x", "content": "{}", "received_at": then}
        await tx.run(tables.notices.insert(), notice)
    await balances(line)
    await night(line, 31)
    left = {table: await count(line, table) for table in ("threads", "turns", "alerts", "knowledge_gaps", "notices")}
    assert left == {"threads": 0, "turns": 1, "alerts": 1, "knowledge_gaps": 0, "notices": 0}
    assert await line.dead() == []
    await balances(line)
    assert (await line.balance()).dead_letter == 1


async def test_many_rows_go_page_by_page(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.retention.PAGE", 3)
    monkeypatch.setattr("frontdesk.store.retention.PIECE", 4)
    for number in range(5):
        await answered(line, f"old {number}")
    await night(line, 31)
    assert await texts(line) == []
    await balances(line)


async def test_a_run_that_was_cut_short_is_done_again_after_a_restart(tmp_path: Path) -> None:
    async with keeping(tmp_path) as line:
        await answered(line, "old")
        clock = line.clock
        clock.advance(31 * DAY)
    async with keeping(tmp_path, clock=clock, channel=FakeChannel()) as line:

        async def is_done() -> bool:
            return await texts(line) == []

        await until(is_done)
