"""What we promise becomes a reminder when it was really sent, and goes with its message."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from reminding_line import a_minute, at, kept, say, until_then
from sending_line import OFF
from sqlalchemy import select

from frontdesk.domain.accounts import State
from frontdesk.domain.live import LiveType
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.domain.wire import LineState
from frontdesk.domain.work import Vanish
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, SECOND
from frontdesk.kit.errors import Rejected
from frontdesk.store import tables
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE

pytestmark = pytest.mark.both_shapes
NOW = "2026-11-18 11:06:40"  # a Wednesday


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("Hello"))
        await line.idle()
        yield line


async def test_what_an_operator_promises_is_to_be_remembered(line: FakeLine) -> None:
    said = await say(line, "Hi Ana. I'll send you the contract tomorrow at 5 pm.")
    await a_minute(line)
    (one,) = await kept(line)
    assert (one.message_id, one.kind, one.made_by, one.state) == (said, "promise", "operator", "open")
    assert (one.what, one.due_at) == ("I'll send you the contract tomorrow at 5 pm.", at("2026-11-19 17:00"))
    assert one.chat_id == (await line.chat()).id
    assert [live.payload["id"] for live in line.happened(LiveType.REMINDER_CHANGED)] == [one.id]
    await a_minute(line)
    assert await kept(line) == [one]


async def test_what_the_owner_types_on_the_phone_and_what_the_agent_writes_counts_as_well(tmp_path: Path) -> None:
    async def think(_given: TurnInput, _persona: Any) -> TurnOutput:
        return TurnOutput(Action.REPLY, ("A colleague will call you back this afternoon.",))

    async with fake_line(tmp_path, config=OPEN_HOUSE, think=think) as line:
        await line.arrive(line.message("Can somebody call me?"))
        await line.pass_time(SECOND)
        await line.arrive(line.message("Te aviso el lunes", typed_on_phone=True))
        await a_minute(line)
        assert [(one.made_by, one.what) for one in await kept(line)] == [
            ("agent", "A colleague will call you back this afternoon."),
            ("phone", "Te aviso el lunes"),
        ]


async def test_what_the_other_side_writes_is_no_promise_of_ours(line: FakeLine) -> None:
    await line.arrive(line.message("I'll send you the contract tomorrow"))
    await a_minute(line)
    assert await kept(line) == []


async def test_the_past_of_a_line_is_not_searched_for_promises(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you tomorrow", typed_on_phone=True, history=True))
    await line.arrive(line.message("I'll write tomorrow", typed_on_phone=True, at=line.clock.now() - 8 * DAY))
    await a_minute(line)
    assert await kept(line) == []


async def test_what_was_not_sent_was_not_promised_until_it_is(line: FakeLine) -> None:
    line.channel.script.append(Rejected("No."))
    failed = await say(line, "I'll call you tomorrow")
    await a_minute(line)
    assert await kept(line) == []
    await line.desk.outbox.retry(failed, by="api")
    await line.idle()
    await a_minute(line)
    assert [one.message_id for one in await kept(line)] == [failed]


async def test_a_line_that_is_down_for_a_day_does_not_lose_the_promise(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTING))
    await say(line, "I'll send it on Friday")
    await line.pass_time(DAY)
    assert await kept(line) == []
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTED))
    await line.idle()
    await a_minute(line)
    assert [one.due_at for one in await kept(line)] == [at("2026-11-20 10:00")]


async def test_several_promises_of_one_message_are_several_reminders(line: FakeLine) -> None:
    await say(line, "I'll call you at 5 pm. I'll send the invoice on Friday.")
    await a_minute(line)
    assert sorted(one.due_at for one in await kept(line)) == [at("2026-11-18 17:00"), at("2026-11-20 10:00")]


async def test_who_says_the_same_twice_is_reminded_once(line: FakeLine) -> None:
    await say(line, "We'll get back to you.")
    await a_minute(line)
    await say(line, "As I said, we'll get back to you!")
    await say(line, "I'll call you tomorrow at 10")
    await a_minute(line)
    await say(line, "I'll ring you tomorrow at 10")
    await a_minute(line)
    assert [one.what for one in await kept(line)] == ["We'll get back to you.", "I'll call you tomorrow at 10"]


async def test_an_edit_takes_its_reminder_along(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you tomorrow", typed_on_phone=True, external_id="x"))
    await a_minute(line)
    (before,) = await kept(line)
    edit: dict[str, Any] = {"kind": "edit", "typed_on_phone": True, "content": {"target": "x"}}
    await line.arrive(line.message("I'll call you on Friday", **edit))
    await a_minute(line)
    (one,) = await kept(line)
    assert (one.id, one.due_at, one.remind_at) == (before.id, at("2026-11-20 10:00"), at("2026-11-20 10:00"))
    line.clock.advance(SECOND)
    await line.arrive(line.message("I called you", **edit))
    await a_minute(line)
    assert await kept(line) == []


async def test_an_edit_may_make_a_promise(line: FakeLine) -> None:
    await line.arrive(line.message("Nothing", typed_on_phone=True, external_id="x"))
    await a_minute(line)
    edit: dict[str, Any] = {"kind": "edit", "typed_on_phone": True, "content": {"target": "x"}}
    await line.arrive(line.message("I'll call you on Friday", **edit))
    await a_minute(line)
    assert len(await kept(line)) == 1


async def test_what_a_person_has_changed_an_edit_leaves_alone(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you tomorrow", typed_on_phone=True, external_id="x"))
    await a_minute(line)
    (before,) = await kept(line)
    await line.desk.reminders.change(before.id, by="api", what="Call Ana about the keys")
    edit: dict[str, Any] = {"kind": "edit", "typed_on_phone": True, "content": {"target": "x"}}
    await line.arrive(line.message("I'll call you on Friday", **edit))
    await a_minute(line)
    assert [(one.what, one.due_at) for one in await kept(line)] == [("Call Ana about the keys", before.due_at)]


async def test_a_deletion_takes_its_reminder_along_with_the_words_of_its_alert(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you about the biopsy at noon", typed_on_phone=True, external_id="x"))
    await until_then(line, "2026-11-18 12:00")
    assert "biopsy" in (await line.alerts())[0].sentence
    revoke: dict[str, Any] = {"kind": "revoke", "typed_on_phone": True, "content": {"target": "x"}}
    await line.arrive(line.message(None, **revoke))
    assert await kept(line) == []
    assert await line.alerts() == []
    async with line.store.read() as read:
        from_all = await read.scalars(select(tables.alerts.c.sentence))
    assert all("biopsy" not in sentence for sentence in from_all)


async def test_what_is_deleted_before_it_was_read_is_no_promise(line: FakeLine) -> None:
    await line.arrive(line.message("I'll call you tomorrow", typed_on_phone=True, external_id="x"))
    await line.arrive(line.message(None, kind="revoke", typed_on_phone=True, content={"target": "x"}))
    await a_minute(line)
    assert await kept(line) == []


async def test_what_vanishes_takes_its_reminder_along(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", content={"expires_after": HOUR // SECOND}))
    await say(line, "I'll call you tomorrow")
    await a_minute(line)
    assert len(await kept(line)) == 1
    line.clock.advance(HOUR)
    async with line.store.begin() as tx:
        await enqueue(tx, Vanish(), now=line.clock.now())
    await line.idle()
    assert await kept(line) == []


async def test_with_two_chats_that_become_one_the_reminders_become_one_list(line: FakeLine) -> None:
    other = "GB.5510"
    await line.arrive(line.message("by user id", who=other, name=None))
    await say(line, "I'll call you tomorrow")
    await say(line, "I'll write to you on Friday", who=other)
    await until_then(line, "2026-11-19 10:00")
    await line.arrive(line.message("by both", who=(ANA, other)))
    chat = await line.chat()
    assert {one.chat_id for one in await kept(line)} == {chat.id}
    assert [alert.chat_id for alert in await line.alerts()] == [chat.id]


async def test_a_house_may_leave_promises_alone(tmp_path: Path) -> None:
    config = f'{OFF}\n[promises]\nby = ["phone"]\n'
    async with fake_line(tmp_path, config=config) as line:
        await line.arrive(line.message("Hello"))
        await say(line, "I'll call you tomorrow")
        await line.arrive(line.message("I'll write on Friday", typed_on_phone=True))
        await a_minute(line)
        assert [one.made_by for one in await kept(line)] == ["phone"]


async def test_a_draft_promises_what_it_says_when_it_is_sent(tmp_path: Path) -> None:
    async def think(_given: TurnInput, _persona: Any) -> TurnOutput:
        return TurnOutput(Action.REPLY, ("We are closed.",))

    config = OPEN_HOUSE.replace('"auto"', '"draft"')
    async with fake_line(tmp_path, config=config, think=think) as line:
        await line.arrive(line.message("Can you call me?"))
        await line.pass_time(SECOND)
        (draft,) = await line.messages("outbound")
        await line.desk.outbox.approve(draft.id, by="api", text="I'll call you tomorrow.")
        await line.idle()
        await a_minute(line)
        assert [one.what for one in await kept(line)] == ["I'll call you tomorrow."]


async def test_a_page_of_promises_and_more_is_read_at_once(line: FakeLine) -> None:
    for number in range(120):
        await line.arrive(
            line.message(
                f"I'll send part {number} in {number + 2} days", typed_on_phone=True, who=f"4477009{number:05}"
            )
        )
    await a_minute(line)
    assert len(await kept(line)) == 120
