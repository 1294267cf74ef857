"""What the calendar, the desk and the owner were told of grows old too; and no table grows for ever."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from clinic import HOUSE, clinic, lisbon
from reminding_line import a_minute, kept, say
from sqlalchemy import func, select
from test_retention import answered, count, keeping, night

from frontdesk.domain.appointments import State
from frontdesk.domain.work import Remind
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY
from frontdesk.kit.ids import new_id
from frontdesk.store import alerts, appointments as rows, keeping as words, knowledge, model_uses, retention, tables
from frontdesk.testing.desk import FakeLine

pytestmark = pytest.mark.both_shapes

MONTH = HOUSE + "[retention]\ndays = 30\n"


async def names(line: FakeLine, column: Any) -> Sequence[str]:
    async with line.store.read() as read:
        found: list[str] = await read.scalars(select(column).order_by(column))
        return found


async def test_appointments_go_with_all_of_theirs_and_what_is_to_come_stays(tmp_path: Path) -> None:
    async with clinic(tmp_path, config=MONTH) as house:
        line, who = house.line, await house.contact()
        await line.desk.outbox.write((await line.chat()).id, by="api", text="Welcome")
        old = await house.book(lisbon(19, 10), contact_id=who, name="Old")
        ahead = await house.book(lisbon(14, 10, month=12), name="Ahead")
        async with line.store.begin(shared=True) as tx:
            assert await rows.note_reminder(tx, old.row, minutes=60, now=line.clock.now())
        async with line.store.read() as read:
            of_ahead = select(func.count()).where(tables.appointment_cells.c.appointment_id == ahead.row.id)
            cells = int(await read.scalar(of_ahead))
        await night(line, 20)
        assert await count(line, "appointments") == 2
        await line.pass_time(lisbon(14, 10, month=12) + 10 * 60_000 - line.clock.now())  # that one is running
        await night(line, 0)
        await night(line, 15)
        assert [one.row.name for one in await house.all()] == ["Ahead"]
        assert (await count(line, "appointment_reminders"), await count(line, "appointment_cells")) == (0, cells)
        await night(line, 31)
        assert await house.all() == []
        assert await count(line, "appointment_cells") == 0


async def test_cancelled_appointments_go_too_and_one_that_was_moved_ahead_stays(tmp_path: Path) -> None:
    async with clinic(tmp_path, config=MONTH) as house:
        cancelled, moved = await house.book(lisbon(19, 10)), await house.book(lisbon(20, 10))
        await house.desk.cancel(cancelled.row.id, by="opr_1")
        await house.desk.move(moved.row.id, lisbon(30, 10, month=12), by="opr_1")
        await night(house.line, 40)
        assert [one.row.id for one in await house.all()] == [moved.row.id]
        assert (await house.all())[0].row.state == State.BOOKED.value


async def test_a_move_that_comes_in_between_saves_an_appointment_and_its_time(tmp_path: Path) -> None:
    async with clinic(tmp_path, config=MONTH) as house:
        booked, line = await house.book(lisbon(19, 10)), house.line
        (kind,) = (one for one in retention.KINDS if one.table is tables.appointments)
        line.clock.advance(40 * DAY)
        far = {"before": lisbon(19, 10), "settled": line.clock.now()}  # it was old when it was looked for, and is not
        async with line.store.begin(shared=True) as tx:
            assert (await kind.remove(tx, [booked.row.id], far)).rows == 0
        assert len(await house.all()) == 1
        assert await count(line, "appointment_cells") > 0


async def test_many_appointments_go_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.retention.PAGE", 2)
    monkeypatch.setattr("frontdesk.store.retention.PIECE", 3)
    async with clinic(tmp_path, config=MONTH) as house:
        for half in range(7):
            await house.book(lisbon(19, 9 + half // 2, 30 * (half % 2)))
        await night(house.line, 32)
        assert await house.all() == []


async def test_the_feed_of_other_calendars_tells_of_what_is_left(tmp_path: Path) -> None:
    async with clinic(tmp_path, config=MONTH) as house:
        await house.book(lisbon(19, 10), name="Old")
        await house.book(lisbon(30, 10, month=12), name="Ahead")
        token = await house.calendar.add_feed("All", resource_id=None, by="opr_1")
        await night(house.line, 32)
        told = await house.line.house.http.get(f"/calendar/{token}.ics")
        assert told.status_code == 200
        assert told.text.count("BEGIN:VEVENT") == 1


async def test_open_alerts_go_when_nothing_of_theirs_is_open_any_more(tmp_path: Path) -> None:
    async with keeping(tmp_path) as line:
        await answered(line, "hello")
        chat, then = await line.chat(), line.clock.now()
        async with line.store.begin(shared=True) as tx:
            about: dict[str, Any] = {"account_id": line.account_id, "kind": "x", "now": then}
            await alerts.raise_(tx, **about, sentence="of a chat", key="a", severe=True, chat_id=chat.id)
            await alerts.raise_(tx, **about | {"kind": "channel"}, sentence="notice of the line", key="b")
            await alerts.raise_(tx, **about, sentence="of the house", key="c")
        await night(line, 20)
        assert await count(line, "alerts") == 3
        await night(line, 11)
        assert await names(line, tables.alerts.c.sentence) == ["of the house"]


async def test_an_alert_of_who_still_waits_stays(tmp_path: Path) -> None:
    async with keeping(tmp_path) as line:
        await line.arrive(line.message("I wait"))
        await line.idle()
        chat = await line.chat()
        async with line.store.begin(chat=chat.id) as tx:
            more: dict[str, Any] = {"account_id": line.account_id, "chat_id": chat.id, "now": line.clock.now()}
            await alerts.raise_(tx, kind="hand_over", sentence="A person waits", key=f"hand_over:{chat.id}", **more)
        await night(line, 31)
        assert await names(line, tables.alerts.c.sentence) == ["A person waits"]


async def test_a_promise_that_nobody_settled_goes_after_its_message_and_what_was_asked_for_stays(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as line:
        await answered(line, "hello")
        said = await say(line, "I will send you the offer tomorrow.")
        await a_minute(line)  # it is read
        chat, then = await line.chat(), line.clock.now()
        async with line.store.begin(chat=chat.id) as tx:
            await tx.run(tables.reminders.delete())
            for number, (message, touched) in enumerate([(said, False), ("msg_gone", True), (None, False)]):
                row = {"id": f"rem_{number}", "account_id": line.account_id, "chat_id": chat.id, "message_id": message}
                what = {"place": 0, "kind": "promise" if message else "own", "what": "x", "timed": True}
                state = {"state": "open", "touched": touched, "made_by": "operator", "operator_id": None}
                times = dict.fromkeys(("due_at", "remind_at", "said_at", "created_at", "reminded_at"), then)
                await tx.run(tables.reminders.insert(), {**row, **what, **state, **times})
        await night(line, 20)
        assert len(await kept(line)) == 3
        async with line.store.begin(shared=True) as tx:
            await enqueue(tx, Remind(), now=line.clock.now())
        await night(line, 12)
        assert [row.id for row in await kept(line)] == ["rem_1", "rem_2"]


async def test_questions_that_nobody_closed_and_words_that_nobody_could_be_told_go_too(tmp_path: Path) -> None:
    async with keeping(tmp_path) as line:
        await answered(line, "hello")
        chat, then = await line.chat(), line.clock.now()
        async with line.store.begin(chat=chat.id) as tx:
            await knowledge.add_gap(tx, "How much?", chat_id=chat.id, now=then)
            word = {"id": new_id("wrd"), "target": "gone", "matter": "msg_1", "key": "urgent:x", "level": 5}
            said = {"account_id": line.account_id, "chat_id": chat.id, "name": "Ana", "said": "Help", "reason": "x"}
            times = {"at": then, "state": "waits", "created_at": then}
            await tx.run(tables.owner_words.insert(), {**word, **said, **times})
            order = {"id": "dig_1", "name": "x", "language": "en", "choice": "{}", "ways": "[]", "enabled": True}
            await tx.run(tables.digests.insert(), {**order, "covered_to": then, "created_at": then})
            issue = {"id": "dgi_1", "digest_id": "dig_1", "since": then, "until": then, "state": "made"}
            await tx.run(tables.digest_issues.insert(), {**issue, "created_at": then, "made_at": then})
            told = {"issue_id": "dgi_1", "target": "self", "state": "told", "at": then}
            await tx.run(tables.digest_words.insert(), told)
        gone = ("knowledge_gaps", "owner_words", "digest_issues", "digest_words")
        await night(line, 20)
        assert [await count(line, table) for table in gone] == [1, 1, 1, 1]
        await night(line, 12)
        assert [await count(line, table) for table in gone] == [0, 0, 0, 0]


async def test_what_models_were_asked_is_counted_for_two_years(tmp_path: Path) -> None:
    async with keeping(tmp_path, "days = 0\n") as line:
        async with line.store.begin(shared=True) as tx:
            for day in ("2020-01-01", "2026-11-01"):
                use: dict[str, Any] = {
                    "purpose": "importance",
                    "model": "m",
                    "calls": 1,
                    "tokens_in": 1,
                    "tokens_out": 1,
                }
                await model_uses.add(tx, day=day, **use)
        await night(line)
        async with line.store.read() as read:
            assert [use.day for use in await model_uses.since(read, "0000")] == ["2026-11-01"]


def test_it_is_said_of_every_table_why_it_does_not_grow_for_ever() -> None:
    assert words.unsaid() == set()


def test_what_goes_by_its_age_is_what_the_night_removes() -> None:
    assert {kind.table.name for kind in retention.KINDS} == set(words.BY_AGE)
