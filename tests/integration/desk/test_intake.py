"""What arrives is stored once and in the right place, with its edits and echoes, and falls due as one turn."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.live import LiveType
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import MediaRef, Notice
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.testing.desk import FakeLine


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


# Duplicates


async def test_a_message_twice_in_one_batch_is_stored_once(line: FakeLine) -> None:
    message = line.message("Hi")
    await line.arrive(message, message)
    assert [row.text for row in await line.messages()] == ["Hi"]
    assert (await line.chat()).unread == 1
    assert (await line.balance()).duplicate == 1
    await balances(line)


async def test_a_message_that_comes_again_later_is_stored_once(line: FakeLine) -> None:
    message = line.message("Hi")
    await line.arrive(message)
    line.clock.advance(30 * SECOND)  # no turn has fallen due meanwhile
    await line.arrive(message)
    assert len(await line.messages()) == 1
    assert (await line.chat()).unread == 1
    await balances(line)


async def test_a_repeat_beside_new_messages_is_told_apart(line: FakeLine) -> None:
    first, second, third = (line.message(text) for text in ("one", "two", "three"))
    await line.arrive(first, second)
    await line.arrive(second, third)
    assert [row.text for row in await line.messages()] == ["one", "two", "three"]
    assert (await line.chat()).unread == 3
    await balances(line)


async def test_many_callers_at_once_store_each_message_once(line: FakeLine) -> None:
    given = [line.message(f"{n}") for n in range(20)]
    await asyncio.gather(*(line.arrive(given[n % 20]) for n in range(60)))
    assert len(await line.messages()) == 20
    assert (await line.balance()).duplicate == 40
    await balances(line)


async def test_the_same_id_of_another_kind_is_not_a_duplicate(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", external_id="x"))
    await line.arrive(line.message("👍", external_id="x", kind="reaction", content={"target": "x"}))
    assert [row.kind for row in await line.messages()] == ["text", "reaction"]


async def test_the_same_id_in_another_chat_is_not_a_duplicate(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", external_id="x"), line.message("Hi", external_id="x", who="447700900999"))
    assert len(await line.messages()) == 2


# Time and order


@pytest.mark.parametrize("at", [None, 0, -5, 1_795_000_000_000 + 3 * DAY])
async def test_a_time_that_cannot_be_is_the_moment_of_arrival(line: FakeLine, at: int | None) -> None:
    await line.arrive(line.message("Hi", at=at))
    chat, (row,) = await line.chat(), await line.messages()
    assert row.provider_time == chat.last_message_at == chat.last_inbound_at == line.clock.now()
    assert chat.last_text == "Hi"


async def test_a_clock_that_runs_ahead_opens_no_longer_window(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", at=line.clock.now() + HOUR))
    assert (await line.chat()).last_inbound_at == line.clock.now()


async def test_a_late_message_finds_its_place_and_leaves_the_preview(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("second", at=now))
    await line.arrive(line.message("first", at=now - MINUTE))
    chat = await line.chat()
    assert [row.text for row in await line.messages()] == ["first", "second"]
    assert (chat.last_text, chat.last_message_at, chat.last_inbound_at) == ("second", now, now)


async def test_history_is_stored_and_never_answered(line: FakeLine) -> None:
    await line.arrive(line.message("long ago", history=True, at=line.clock.now() - HOUR))
    assert await line.decisions() == [("long ago", "refused", "history")]
    chat = await line.chat()
    assert (chat.unread, chat.waiting_since, chat.last_text) == (0, None, "long ago")
    assert await line.jobs("turn") == []
    await balances(line)


# Edits, deletions, reactions


async def test_an_edit_changes_the_message_and_tells_its_own_id(line: FakeLine) -> None:
    await line.arrive(line.message("Helo", external_id="x"))
    await line.arrive(line.message("Hello", kind="edit", content={"target": "x"}))
    message = (await line.messages())[0]
    assert (message.text, message.edited_at) == ("Hello", line.clock.now())
    assert message.id in {live.payload["id"] for live in line.happened(LiveType.MESSAGE_CHANGED)}


async def test_an_older_edit_that_comes_late_changes_nothing(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("one", external_id="x"))
    await line.arrive(line.message("three", kind="edit", content={"target": "x"}, at=now + 2 * SECOND))
    await line.arrive(line.message("two", kind="edit", content={"target": "x"}, at=now + SECOND))
    assert next(row.text for row in await line.messages() if row.external_id == "x") == "three"


async def test_an_edit_in_the_same_batch_as_its_message_is_applied(line: FakeLine) -> None:
    await line.arrive(
        line.message("Helo", external_id="x"), line.message("Hello", kind="edit", content={"target": "x"})
    )
    assert next(row.text for row in await line.messages() if row.external_id == "x") == "Hello"


async def test_a_message_that_was_taken_back_is_not_answered(line: FakeLine) -> None:
    await line.arrive(line.message("secret", external_id="x"))
    await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
    message = (await line.messages())[0]
    assert (message.revoked_at, message.decision, message.gate_reason) == (line.clock.now(), "refused", "revoked")
    await balances(line)


async def test_a_reaction_asks_for_no_answer(line: FakeLine) -> None:
    await line.arrive(line.message("👍", kind="reaction", content={"target": "x"}))
    assert await line.decisions() == [("👍", "refused", "kind")]
    assert await line.jobs("turn") == []


# The buffer


async def test_a_burst_is_one_turn_that_moves_up_to_its_cap(line: FakeLine) -> None:
    began = line.clock.now()
    await line.arrive(line.message())
    for _ in range(4):
        line.clock.advance(29 * SECOND)
        await line.arrive(line.message())
    (job,) = await line.jobs("turn")
    assert job.due_at == began + 120 * SECOND


async def test_a_new_chat_is_marked_by_its_persona_and_wakes_the_runner(line: FakeLine) -> None:
    await line.arrive(line.message())
    chat, (job,) = await line.chat(), await line.jobs("turn")
    assert (chat.trusted, chat.agent_mode, chat.waiting_since) == (True, "auto", line.clock.now())
    assert job.due_at == line.clock.now() + 60 * SECOND


# Echoes


async def test_what_the_owner_types_on_the_phone_holds_the_chat_and_ends_the_waiting(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    line.clock.advance(SECOND)
    await line.arrive(line.message("Yes", typed_on_phone=True))
    chat = await line.chat()
    assert (chat.held_by, chat.held_until) == ("phone", line.clock.now() + 240 * MINUTE)
    assert (chat.waiting_since, chat.unread) == (None, 0)
    written = (await line.messages("outbound"))[0]
    assert (written.author, written.status, written.decision, written.contact_id) == ("phone", "sent", None, None)
    await balances(line)


async def test_who_writes_again_behind_the_phone_in_one_batch_still_waits(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(
        line.message("Open?", at=now),
        line.message("Yes", typed_on_phone=True, at=now + SECOND),
        line.message("And now?", at=now + 2 * SECOND),
    )
    chat = await line.chat()
    assert (chat.waiting_since, chat.unread) == (now + 2 * SECOND, 1)


async def test_an_answer_from_the_phone_that_is_told_late_ends_no_waiting(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("And now?", at=now))
    await line.arrive(line.message("Yes", typed_on_phone=True, at=now - MINUTE))
    assert (await line.chat()).waiting_since == now


async def test_an_echo_of_what_we_sent_is_no_news(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    chat = await line.chat()
    await line.desk.outbox.write(chat.id, by="api", text="Yes")
    await line.idle()
    held = (await line.chat()).held_by
    (ours,) = await line.messages("outbound")
    await line.arrive(line.message("Yes", typed_on_phone=True, external_id=ours.external_id))
    assert len(await line.messages("outbound")) == 1
    assert (await line.chat()).held_by == held
    await balances(line)


async def test_the_phones_receipts_that_came_first_are_applied(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    await line.receipt("x", Status.READ)
    await line.arrive(line.message("Yes", typed_on_phone=True, external_id="x"))
    await line.idle()
    assert [row.status for row in await line.messages("outbound")] == ["read"]


# What is said about the line


async def test_a_notice_is_kept_and_raises_one_alert(line: FakeLine) -> None:
    notice = Notice("quality", {"event": "DOWNGRADE"}, alert="The quality has fallen.", severe=True)
    await line.arrive(notice)
    await line.arrive(notice)
    (alert,) = await line.alerts()
    assert (alert.sentence, alert.count, alert.severe) == ("The quality has fallen.", 2, True)


async def test_a_file_is_fetched_beside_its_message(line: FakeLine) -> None:
    line.channel.files["m1"] = b"%PDF-1.4 hello"
    await line.arrive(
        line.message(None, kind="document", media=MediaRef("m1", "application/pdf", name="a\ud800.pdf", size=14))
    )
    await line.idle()
    (file,), (row,) = await line.files(), await line.messages()
    assert (file.state, file.message_id, file.name, row.media_id) == ("stored", row.id, "a\ufffd.pdf", file.id)
