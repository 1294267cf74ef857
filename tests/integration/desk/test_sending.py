"""Sending: in order, tried again where that is safe, never twice, and held back where the channel says so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import BEA, OFF, sending_line, write

from frontdesk.domain.accounts import State
from frontdesk.domain.delivery import may_help
from frontdesk.domain.messages import Author, Status
from frontdesk.domain.wire import LineState, Sent
from frontdesk.domain.work import Deliver
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.store import chats
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.channels import FakeChannel, WindowedFake
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import ANA, FakeLine, fake_line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with sending_line(tmp_path) as line:
        yield line


async def _agent_says(line: FakeLine, text: str = "Hello") -> str:
    """What the agent says waits for its line, whatever the state."""
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, (await line.chat()).id)
        message_id: str = await line.desk.outbox.post(tx, chat, author=Author.AGENT, text=text)
    return message_id


async def test_our_id_and_every_address_go_along(line: FakeLine) -> None:
    await line.arrive(line.message(who=(ANA, "GB.551")))
    (message_id,) = await write(line, "Hi")
    await line.idle()
    sent = line.channel.sent[0]
    assert sent.our_id == message_id
    assert [str(address) for address in sent.to] == [f"phone:{ANA}", "user:GB.551"]


async def test_a_group_is_written_to_by_its_own_address(line: FakeLine) -> None:
    await line.arrive(line.message(group="120363@g.us"))
    await line.desk.outbox.write((await line.chat("120363@g.us")).id, by="api", text="Hi")
    await line.idle()
    assert [str(address) for address in line.channel.sent[0].to] == ["group:120363@g.us"]


async def test_nothing_is_sent_inside_a_transaction(line: FakeLine) -> None:
    await write(line, "Hi")
    await line.idle()
    assert await line.out() == [("Hi", "sent")]  # the fake asks the guard


async def test_the_order_of_a_chat_is_kept_over_a_retry(line: FakeLine) -> None:
    line.channel.script.append(Retryable("Busy.", after=5 * SECOND))
    await write(line, "one", "two", "three")
    await line.idle()
    assert line.channel.texts == ["one"]
    assert [status for _, status in await line.out()] == ["queued"] * 3
    await line.pass_time(5 * SECOND)
    assert line.channel.texts == ["one", "one", "two", "three"]
    assert {status for _, status in await line.out()} == {"sent"}


async def test_only_the_message_that_failed_is_tried_again(line: FakeLine) -> None:
    line.channel.script += [None, Retryable("Busy.", after=5 * SECOND)]
    await write(line, "one", "two")
    await line.idle()
    await line.pass_time(5 * SECOND)
    assert line.channel.texts == ["one", "two", "two"]
    assert [row.attempts for row in await line.messages("outbound")] == [1, 2]


async def test_a_message_is_given_up_after_its_tries_and_the_next_goes_out(line: FakeLine) -> None:
    line.channel.script += [Retryable("Busy.", after=SECOND, code="131000")] * 6
    await write(line, "one", "two")
    for _ in range(6):
        await line.pass_time(SECOND)
    assert await line.out() == [("one", "failed"), ("two", "sent")]
    assert (await line.messages("outbound"))[0].error == "Busy."


async def test_what_was_tried_in_vain_has_a_code_even_where_the_channel_gave_none(line: FakeLine) -> None:
    line.channel.script += [Retryable("No answer.", after=SECOND)] * 6
    await write(line, "one")
    for _ in range(6):
        await line.pass_time(SECOND)
    (failed,) = await line.messages("outbound")
    assert (failed.status, failed.error_code) == ("failed", "gave_up")
    assert may_help(failed.error_code)


async def test_a_person_who_has_to_be_left_alone_waits_and_others_do_not(line: FakeLine) -> None:
    line.channel.script.append(Retryable("Too many to this person.", after=MINUTE, scope="chat"))
    await write(line, "one")
    await line.idle()
    await write(line, "two")
    await write(line, "other", who=BEA)
    await line.idle()
    assert line.channel.texts == ["one", "other"]
    await line.pass_time(MINUTE)
    assert line.channel.texts == ["one", "other", "one", "two"]
    assert {row.attempts for row in await line.messages("outbound")} == {1}  # to be asked to wait costs no try


async def test_a_line_that_has_to_wait_sends_nothing_in_any_chat(line: FakeLine) -> None:
    line.channel.script.append(Retryable("Too many from this number.", after=MINUTE, scope="account"))
    await write(line, "one")
    await line.idle()
    await write(line, "other", who=BEA)
    await line.idle()
    assert line.channel.texts == ["one"]
    await line.pass_time(MINUTE)
    assert sorted(text or "" for text in line.channel.texts) == ["one", "one", "other"]


async def test_what_the_channel_refuses_fails_with_its_sentence_and_the_next_goes_out(line: FakeLine) -> None:
    line.channel.script.append(Rejected("This person has no WhatsApp.", code="131026", alert=True))
    await write(line, "one", "two")
    await line.idle()
    failed = (await line.messages("outbound"))[0]
    assert (failed.status, failed.error, failed.error_code) == ("failed", "This person has no WhatsApp.", "131026")
    assert await line.out() == [("one", "failed"), ("two", "sent")]
    assert [alert.sentence for alert in await line.alerts()] == ["“Shop” could not send: This person has no WhatsApp."]


async def test_a_window_that_closed_meanwhile_fails_the_message_here_with_the_sentence(tmp_path: Path) -> None:
    channel = WindowedFake()
    async with fake_line(tmp_path, config=OFF, channel=channel) as line:
        await line.arrive(line.message())
        channel.script.append(Retryable("Busy.", after=DAY))
        await write(line, "one")
        await line.idle()
        await line.pass_time(DAY)
        row = (await line.messages("outbound"))[0]
        assert (row.status, row.error_code, channel.texts) == ("failed", "window", ["one"])
        assert row.error == "The person has not written in the last 24 hours; only a template may be sent."


async def test_on_a_line_that_is_down_what_the_agent_says_waits_and_goes_out_when_it_is_up(line: FakeLine) -> None:
    await line.desk.accounts.disconnect(line.account_id)
    message_id = await _agent_says(line)
    await line.pass_time(HOUR)
    assert (await line.one(message_id)).status == "queued"
    await line.desk.accounts.connect(line.account_id)
    await until(lambda: bool(line.channel.sent))
    await line.idle()
    assert (await line.one(message_id)).status == "sent"


async def test_a_line_that_was_logged_out_stops_tells_the_owner_and_keeps_the_message(line: FakeLine) -> None:
    line.channel.script.append(LoggedOut("The token was taken back."))
    await write(line, "one", "two")
    await line.becomes(State.ACTION_REQUIRED)
    await line.pass_time(HOUR)
    assert (line.channel.texts, [s for _, s in await line.out()]) == (["one"], ["queued", "queued"])
    assert [(alert.kind, alert.severe) for alert in await line.alerts()] == [("line", True)]
    await line.desk.accounts.connect(line.account_id)
    await line.becomes(State.CONNECTED)
    await line.idle()
    assert line.channel.texts == ["one", "one", "two"]
    assert await line.alerts() == []


async def test_a_send_of_unknown_outcome_is_never_repeated(line: FakeLine) -> None:
    line.channel.script.append(Sent(None, "The connection broke."))
    await write(line, "one", "two")
    await line.idle()
    await line.pass_time(DAY)
    assert line.channel.texts == ["one", "two"]
    row = (await line.messages("outbound"))[0]
    assert (row.status, row.error) == ("unknown", "The connection broke. It may or may not have arrived.")
    assert [alert.kind for alert in await line.alerts()] == ["unknown"]
    assert (await line.balance()).balanced


async def test_a_channel_that_breaks_its_contract_leaves_a_doubt_and_no_resend(line: FakeLine) -> None:
    line.channel.script.append(ValueError("boom"))
    await write(line, "one", "two")
    await line.idle()
    assert (await line.out(), line.channel.texts) == ([("one", "unknown"), ("two", "sent")], ["one", "two"])


async def test_a_doubt_is_settled_by_a_receipt_with_our_id_and_its_alert_closes(line: FakeLine) -> None:
    line.channel.script.append(Sent(None, "The connection broke."))
    (message_id,) = await write(line, "one")
    await line.idle()
    await line.receipt("wamid.9", Status.DELIVERED, our_id=message_id)
    row = await line.one(message_id)
    assert (row.status, row.external_id, row.error) == ("delivered", "wamid.9", None)
    assert await line.alerts() == []


async def test_a_send_that_a_crash_cut_off_becomes_unknown_and_is_not_repeated(tmp_path: Path) -> None:
    clock, channel = FrozenClock(), FakeChannel()
    channel.gate = asyncio.Event()
    async with fake_line(tmp_path, config=OFF, clock=clock, channel=channel) as line:
        await line.arrive(line.message())
        await write(line, "one", "two")
        await until(lambda: channel.under_way == 1)
        await line.house.built.runner.close(grace=0)  # as a kill: what runs is cut off
    after = FakeChannel()
    async with fake_line(tmp_path, config=OFF, clock=clock, channel=after) as line:
        await line.idle()
        assert await line.out() == [("one", "unknown"), ("two", "sent")]
        assert after.texts == ["two"]


async def test_a_receipt_that_is_faster_than_the_answer_stands(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    (message_id,) = await write(line, "one")
    await until(lambda: line.channel.under_way == 1)
    await line.receipt("out-1", Status.DELIVERED, our_id=message_id)
    line.channel.gate.set()
    await line.idle()
    row = await line.one(message_id)
    assert (row.status, row.external_id) == ("delivered", "out-1")


async def test_receipts_that_came_before_the_answer_are_applied_behind_it(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    (message_id,) = await write(line, "one")
    await until(lambda: line.channel.under_way == 1)
    await line.receipt("out-1", Status.READ)
    line.channel.gate.set()
    await line.idle()
    assert (await line.one(message_id)).status == "read"


async def test_the_result_of_a_send_waits_for_the_store(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line.channel.gate = asyncio.Event()
    (message_id,) = await write(line, "one")
    await until(lambda: line.channel.under_way == 1)
    settle, failures = line.desk.sending._settle, [StoreUnavailable("The disk is full.")] * 2

    async def full(*given: object, **more: object) -> None:
        await settle(*given, **more)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(line.desk.sending, "_settle", full)
    line.channel.gate.set()
    await until(lambda: len(failures) == 1)

    async def sent() -> bool:
        line.clock.advance(SECOND)
        return (await line.one(message_id)).status == "sent"

    await until(sent)
    assert (failures, line.channel.texts) == ([], ["one"])


async def test_messages_of_a_line_that_was_removed_fail_and_say_so(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED))
    message_id = await _agent_says(line)
    await line.desk.accounts.remove(line.account_id)
    async with line.store.begin() as tx:
        await enqueue(tx, Deliver((await line.chat()).id), now=line.clock.now())
    await line.idle()
    row = await line.one(message_id)
    assert (row.status, row.error) == ("failed", "The line was removed.")
    assert await line.jobs("deliver") == []


async def test_chats_are_sent_to_side_by_side(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    await write(line, "one")
    await write(line, "other", who=BEA)
    await until(lambda: line.channel.under_way == 2)
    line.channel.gate.set()
    await line.idle()


async def test_one_chat_is_sent_to_by_one_worker_at_a_time(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    await write(line, "one")
    await until(lambda: line.channel.under_way == 1)
    await write(line, "two", "three")
    for _ in range(20):
        await asyncio.sleep(0)
    assert line.channel.under_way == 1
    line.channel.gate.set()
    await line.idle()
    assert line.channel.texts == ["one", "two", "three"]
