"""Reminders are told once when they are due, whatever happens; people make, change, snooze and settle them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from reminding_line import a_minute, at, kept, say, shown, until_then
from sending_line import BEA, OFF

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.addresses import parse
from frontdesk.domain.live import LiveType
from frontdesk.domain.reminders import Snooze
from frontdesk.domain.wire import MediaRef
from frontdesk.domain.work import Remind
from frontdesk.kit.clock import DAY, HOUR
from frontdesk.store.reminders import ReminderRow
from frontdesk.store.store import Tx
from frontdesk.testing.desk import ANA, FakeLine, fake_line

pytestmark = pytest.mark.both_shapes


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("Hello"), line.message("Hi", who=BEA, name="Bea"))
        await line.idle()
        yield line


async def remind(line: FakeLine, what: str, when: str, *, who: str = ANA) -> str:
    chat = await line.chat(who)
    made: str = await line.desk.reminders.make(chat.id, by="api", what=what, due_at=at(when))
    return made


async def test_what_is_due_is_told_once(line: FakeLine) -> None:
    said: list[str] = []

    async def on_due(tx: Tx, row: ReminderRow, says: str) -> None:
        said.append(says)

    line.desk.reminders.on_due = on_due
    await say(line, "I'll send you the contract at 5 pm.")
    await a_minute(line)
    await until_then(line, "2026-11-18 16:58")
    assert await line.alerts() == []
    await until_then(line, "2026-11-18 17:00")
    (alert,) = await line.alerts()
    assert alert.sentence == "Promised to Ana: “I'll send you the contract at 5 pm”."
    assert (alert.kind, alert.chat_id, alert.count) == ("reminder", (await line.chat()).id, 1)
    for _ in range(3):
        await a_minute(line)
    assert [one.count for one in await line.alerts()] == [1]
    assert said == ["Promised to Ana"]
    assert line.happened(LiveType.REMINDER_CHANGED)


async def test_what_became_due_while_nobody_was_there_is_told_at_the_start_and_says_so(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("Hello"))
        await remind(line, "Call Ana", "2026-11-18 15:00")
        clock = line.clock
    clock.advance(2 * DAY)
    async with fake_line(tmp_path, config=OFF, clock=clock) as line:
        await a_minute(line)
        (alert,) = await line.alerts()
        late = "It was due on Wednesday 18 November at 15:00; this comes late."
        assert alert.sentence == f"To remember with Ana: “Call Ana”. {late}"
    async with fake_line(tmp_path, config=OFF, clock=clock) as line:
        await a_minute(line)
        assert [one.count for one in await line.alerts()] == [1]


async def test_two_processes_that_look_at_once_tell_once(line: FakeLine) -> None:
    ids = [await remind(line, f"Number {number}", "2026-11-18 12:00") for number in range(7)]
    line.clock.advance(2 * HOUR)
    told: list[str] = []

    async def on_due(tx: Tx, row: ReminderRow, says: str) -> None:
        told.append(row.id)

    line.desk.reminders.on_due = on_due
    await asyncio.gather(*(line.desk.reminders.run(Remind(), None) for _ in range(4)))
    assert sorted(told) == sorted(ids)
    assert {one.count for one in await line.alerts()} == {1}


async def test_what_fails_to_be_delivered_is_told_again(line: FakeLine) -> None:
    await remind(line, "Call", "2026-11-18 12:00")
    tries: list[str] = []

    async def on_due(tx: Tx, row: ReminderRow, says: str) -> None:
        tries.append(says)
        if len(tries) == 1:
            raise RuntimeError("the first time it breaks")

    line.desk.reminders.on_due = on_due
    line.clock.advance(2 * HOUR)
    with pytest.raises(RuntimeError):
        await line.desk.reminders.run(Remind(), None)
    assert await line.alerts() == []
    await line.desk.reminders.run(Remind(), None)
    assert (len(tries), len(await line.alerts())) == (2, 1)


async def test_a_snoozed_reminder_is_quiet_until_then_and_keeps_when_it_was_due(line: FakeLine) -> None:
    one = await remind(line, "Call", "2026-11-18 12:00")
    await until_then(line, "2026-11-18 12:00")
    assert len(await line.alerts()) == 1
    await line.desk.reminders.snooze(one, by="api", until=line.desk.reminders.later(Snooze.TOMORROW))
    assert await line.alerts() == []
    (row,) = await kept(line)
    assert (row.due_at, row.remind_at, row.reminded_at) == (at("2026-11-18 12:00"), at("2026-11-19 09:00"), None)
    await until_then(line, "2026-11-19 09:00")
    assert len(await line.alerts()) == 1


@pytest.mark.parametrize(
    ("choice", "now", "until"),
    [
        (Snooze.HOUR, "2026-11-18 12:00", "2026-11-18 13:00"),
        (Snooze.EVENING, "2026-11-18 12:00", "2026-11-18 19:00"),
        (Snooze.EVENING, "2026-11-18 21:00", "2026-11-19 19:00"),
        (Snooze.TOMORROW, "2027-03-27 12:00", "2027-03-28 09:00"),  # the night loses an hour
        (Snooze.WEEK, "2026-11-18 12:00", "2026-11-23 09:00"),
        (Snooze.WEEK, "2026-11-23 08:00", "2026-11-30 09:00"),
    ],
)
async def test_a_snooze_ends_at_a_time_of_the_house(line: FakeLine, choice: Snooze, now: str, until: str) -> None:
    line.clock.advance(at(now) - line.clock.now())
    assert line.desk.reminders.later(choice) == at(until)


async def test_what_is_due_by_the_clock_is_told_by_the_clock_after_it_was_changed(line: FakeLine) -> None:
    await until_then(line, "2027-03-27 20:00")
    await say(line, "I'll call you tomorrow at 10")
    await a_minute(line)
    (one,) = await kept(line)
    assert one.due_at - at("2027-03-27 10:00") == 23 * HOUR
    await until_then(line, "2027-03-28 09:50")
    assert await line.alerts() == []
    await until_then(line, "2027-03-28 10:00")
    assert len(await line.alerts()) == 1


async def test_what_is_done_is_quiet_and_can_be_taken_back(line: FakeLine) -> None:
    one = await remind(line, "Call", "2026-11-18 12:00")
    await until_then(line, "2026-11-18 12:00")
    await line.desk.reminders.done(one, by="api")
    await line.desk.reminders.done(one, by="api")
    assert (await line.alerts(), await shown(line)) == ([], [])
    assert [(row.state, row.settled_at) for row in await kept(line)] == [("done", line.clock.now())]
    await line.desk.reminders.undo(one, by="api")
    assert [row.reminder.id for row in await shown(line)] == [one]
    await a_minute(line)
    assert await line.alerts() == []  # it was told already


async def test_what_is_dismissed_does_not_come_back_when_its_message_is_edited(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you tomorrow", typed_on_phone=True, external_id="x"))
    await a_minute(line)
    (one,) = await kept(line)
    await line.desk.reminders.dismiss(one.id, by="api")
    edit: dict[str, Any] = {"kind": "edit", "typed_on_phone": True, "content": {"target": "x"}}
    await line.arrive(line.message("I'll call you tomorrow!", **edit))
    await a_minute(line)
    assert [(row.id, row.state) for row in await kept(line)] == [(one.id, "dismissed")]


async def test_another_moment_is_told_of_anew(line: FakeLine) -> None:
    one = await remind(line, "Call", "2026-11-18 12:00")
    await until_then(line, "2026-11-18 12:00")
    await line.desk.reminders.change(one, by="api", what="  Call   Ana ", due_at=at("2026-11-18 15:00"))
    assert await line.alerts() == []
    assert [(row.what, row.due_at) for row in await kept(line)] == [("Call Ana", at("2026-11-18 15:00"))]
    await until_then(line, "2026-11-18 15:00")
    assert len(await line.alerts()) == 1


async def test_what_cannot_be_is_refused_in_words(line: FakeLine) -> None:
    desk, chat = line.desk.reminders, await line.chat()
    one = await remind(line, "Call", "2026-11-18 12:00")
    with pytest.raises(Invalid, match="has passed"):
        await desk.make(chat.id, by="api", what="x", due_at=line.clock.now())
    with pytest.raises(Invalid, match="ten years"):
        await desk.make(chat.id, by="api", what="x", due_at=line.clock.now() + 4_000 * DAY)
    with pytest.raises(Invalid, match="Say what"):
        await desk.make(chat.id, by="api", what=" \n", due_at=at("2026-11-19 12:00"))
    with pytest.raises(Invalid, match="501 characters"):
        await desk.change(one, by="api", what="x" * 501)
    with pytest.raises(NotFound, match="no such chat"):
        await desk.make("cht_0", by="api", what="x", due_at=at("2026-11-19 12:00"))
    for act in (desk.done, desk.dismiss, desk.undo):
        with pytest.raises(NotFound, match="no such reminder"):
            await act("rem_0", by="api")
    await desk.done(one, by="api")
    with pytest.raises(Conflict, match="done already"):
        await desk.snooze(one, by="api", until=at("2026-11-19 12:00"))
    with pytest.raises(Invalid, match="names no moment"):
        desk.moment("whenever")
    assert desk.moment("tomorrow at 9") == at("2026-11-19 09:00")


async def test_that_it_may_be_done_is_shown_and_not_decided(line: FakeLine) -> None:
    await say(line, "I'll send you the photo at 5 pm.")
    await say(line, "Please send me your address by tomorrow.", who=BEA)
    await a_minute(line)
    assert [(one.file_since, one.heard_since) for one in await shown(line)] == [(False, False), (False, False)]
    await line.arrive(line.message("Here", typed_on_phone=True, kind="image", media=MediaRef("p", mime="image/png")))
    await line.arrive(line.message("Main street 5", who=BEA, name="Bea"))
    promise, follow_up = await shown(line)
    assert (promise.name, promise.file_since, promise.heard_since) == ("Ana", True, False)
    assert (follow_up.name, follow_up.file_since, follow_up.heard_since) == ("Bea", False, True)
    assert {row.state for row in await kept(line)} == {"open"}


async def test_who_sees_some_lines_sees_the_reminders_of_these(line: FakeLine) -> None:
    await remind(line, "Call", "2026-11-18 12:00")
    assert len(await shown(line, sight=frozenset({line.account_id}))) == 1
    assert await shown(line, sight=frozenset({"acc_other"})) == []
    assert await shown(line, until=at("2026-11-18 11:59")) == []


async def test_chats_that_are_taken_apart_keep_the_reminders_of_what_was_said_in_them(line: FakeLine) -> None:
    other = "GB.5510"
    await line.arrive(line.message("by both", who=(ANA, other)))
    await line.arrive(line.message("I'll call you at noon", who=other, typed_on_phone=True))
    await until_then(line, "2026-11-18 12:00")
    chat = await line.chat(other)
    assert [row.chat_id for row in await kept(line)] == [chat.id]
    await line.desk.contacts.split(chat.id, parse(other), by="api")
    apart = await line.chat(other)
    assert apart.id != chat.id
    assert [row.chat_id for row in await kept(line)] == [apart.id]
    assert [alert.chat_id for alert in await line.alerts()] == [apart.id]
