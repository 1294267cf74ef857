"""A send that was cut off, on a line that carries no id of ours, is settled by what can mean no other message."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances
from sending_line import OFF
from unofficial_line import say, unofficial_line

from frontdesk.desk.receipts import GRACE
from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import MediaRef, Receipt, Sent
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.desk import ANA, FakeLine, fake_line

CUT_OFF = Sent(None, "The line was cut.")
CHAT = (parse(ANA),)
GROUP = Address(AddressKind.GROUP, "120363000000000001@g.us")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with unofficial_line(tmp_path) as line:
        yield line


async def _cut_off(line: FakeLine, text: str = "Yes") -> str:
    line.channel.script.append(CUT_OFF)
    message_id = await say(line, text)
    assert await _status(line, message_id) == "unknown"
    return message_id


async def _status(line: FakeLine, message_id: str) -> str:
    return (await line.one(message_id)).status


async def _told(line: FakeLine, external_id: str = "x", status: Status = Status.DELIVERED, **parts: Any) -> None:
    """A receipt of an id that nobody knows, and the time in which it may become known."""
    await line.receipt(external_id, status, **{"chat": CHAT, "at": line.clock.now(), **parts})
    await line.pass_time(GRACE)


@pytest.mark.parametrize("status", [Status.SENT, Status.DELIVERED])
async def test_a_receipt_of_an_unknown_id_settles_the_one_open_send_of_its_chat(line: FakeLine, status: Status) -> None:
    message_id = await _cut_off(line)
    await _told(line, "x", status)
    row = await line.one(message_id)
    assert (row.status, row.external_id, row.error) == (status.value, "x", None)
    assert await line.alerts() == []
    await line.receipt("x", Status.READ)
    assert await _status(line, message_id) == "read"


async def test_a_receipt_settles_only_after_its_message_had_time_to_become_known(line: FakeLine) -> None:
    message_id = await _cut_off(line)
    await line.receipt("x", Status.DELIVERED, chat=CHAT)
    await line.pass_time(GRACE - SECOND)
    assert await _status(line, message_id) == "unknown"
    await line.pass_time(SECOND)
    assert await _status(line, message_id) == "delivered"


async def test_the_receipt_of_a_message_from_the_phone_whose_echo_comes_later_settles_nothing(line: FakeLine) -> None:
    message_id = await _cut_off(line)
    await line.receipt("x", Status.DELIVERED, chat=CHAT)
    await line.arrive(line.message("From my phone", external_id="x", typed_on_phone=True))
    await line.pass_time(GRACE)
    assert await line.out() == [("Yes", "unknown"), ("From my phone", "delivered")]
    assert await _status(line, message_id) == "unknown"


async def test_a_receipt_of_a_message_that_came_in_settles_nothing(line: FakeLine) -> None:
    message_id = await _cut_off(line)
    await line.arrive(line.message("Me", external_id="x"))
    await _told(line, "x")
    assert await _status(line, message_id) == "unknown"


@pytest.mark.parametrize("status", [Status.READ, Status.PLAYED, Status.FAILED])
async def test_that_something_was_read_or_failed_settles_nothing(line: FakeLine, status: Status) -> None:
    message_id = await _cut_off(line)
    await _told(line, "x", status)
    assert await _status(line, message_id) == "unknown"


async def test_with_two_open_sends_in_the_chat_the_operator_decides(line: FakeLine) -> None:
    first, second = await _cut_off(line, "One"), await _cut_off(line, "Two")
    await _told(line)
    assert {await _status(line, one) for one in (first, second)} == {"unknown"}
    await line.desk.outbox.settle(first, sent=True, by="api")
    assert await _status(line, first) == "sent"


async def test_with_two_unknown_ids_in_the_chat_the_operator_decides(line: FakeLine) -> None:
    message_id = await _cut_off(line)
    await line.receipt("y", Status.DELIVERED, chat=CHAT)
    await _told(line, "x")
    assert await _status(line, message_id) == "unknown"


async def test_a_receipt_from_before_the_send_began_settles_nothing(line: FakeLine) -> None:
    await line.receipt("x", Status.DELIVERED, chat=CHAT)
    await line.pass_time(MINUTE)
    message_id = await _cut_off(line)
    await _told(line, "y", at=line.clock.now() - HOUR)
    assert await _status(line, message_id) == "unknown"


@pytest.mark.parametrize("chat", [(), (parse("447700900999"),), (parse("447700900777"),), (GROUP,)])
async def test_a_receipt_of_another_chat_or_of_none_settles_nothing(line: FakeLine, chat: tuple[Address, ...]) -> None:
    message_id = await _cut_off(line)
    await _told(line, chat=chat)
    assert await _status(line, message_id) == "unknown"


async def test_a_receipt_in_a_group_settles_the_one_open_send_there(line: FakeLine) -> None:
    await line.arrive(line.message(group=GROUP))
    line.channel.script.append(CUT_OFF)
    message_id = await say(line, "Hello all", who=GROUP.value)
    await _told(line, chat=(GROUP,))
    assert await _status(line, message_id) == "delivered"


async def test_where_the_channel_carries_our_id_an_unknown_id_settles_nothing(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message())
        await line.idle()
        line.channel.script.append(CUT_OFF)
        message_id = await line.desk.outbox.write((await line.chat()).id, by="api", text="Yes")
        await line.idle()
        await _told(line)
        await line.arrive(line.message("Yes", external_id="y", typed_on_phone=True))
        assert await line.out() == [("Yes", "unknown"), ("Yes", "sent")]
        assert await _status(line, message_id) == "unknown"


async def test_receipts_that_came_while_the_send_was_under_way_settle_it_after_a_crash(line: FakeLine) -> None:
    line.channel.script.append(CUT_OFF)
    message_id = await line.desk.outbox.write((await line.chat()).id, by="api", text="Yes")
    await line.pass_time(SECOND)
    await line.arrive(Receipt("x", Status.SENT, chat=CHAT), Receipt("x", Status.DELIVERED, chat=CHAT))
    await line.pass_time(GRACE)
    assert await _status(line, message_id) == "delivered"


async def test_an_echo_with_the_words_of_the_one_open_send_is_that_send(line: FakeLine) -> None:
    message_id = await _cut_off(line)
    held = (await line.chat()).held_by
    await line.arrive(line.message("Yes", external_id="x", typed_on_phone=True))
    row = await line.one(message_id)
    assert (row.status, row.external_id, row.author) == ("sent", "x", "operator")
    assert await line.out() == [("Yes", "sent")]
    assert (await line.chat()).held_by == held == "api"
    assert await line.alerts() == []
    await line.receipt("x", Status.READ)
    assert await _status(line, message_id) == "read"
    await balances(line)


@pytest.mark.parametrize("parts", [{"text": "No"}, {"at": -HOUR}, {"history": True}, {"kind": "image"}])
async def test_another_echo_is_a_message_from_the_phone(line: FakeLine, parts: dict[str, Any]) -> None:
    message_id = await _cut_off(line)
    if "at" in parts:
        parts = {"at": line.clock.now() - HOUR}
    await line.arrive(line.message(parts.pop("text", "Yes"), external_id="x", typed_on_phone=True, **parts))
    assert await _status(line, message_id) == "unknown"
    assert len(await line.messages("outbound")) == 2
    await balances(line)


async def test_a_picture_without_words_from_the_phone_is_not_a_picture_of_ours_that_was_cut_off(line: FakeLine) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"\x89PNG\r\n\x1a\n" + b"ours"

    file = await line.desk.media.keep(line.account_id, name="a.png", mime="image/png", chunks=content())
    line.channel.script.append(CUT_OFF)
    chat = await line.chat()
    message_id = await line.desk.outbox.write(chat.id, by="api", text=None, media_id=file.id)
    await line.pass_time(SECOND)
    theirs = MediaRef("p", mime="image/png")
    await line.arrive(line.message(None, kind="image", media=theirs, external_id="x", typed_on_phone=True))
    assert await _status(line, message_id) == "unknown"
    assert sorted(row.author for row in await line.messages("outbound")) == ["operator", "phone"]
    await balances(line)


async def test_of_two_echoes_with_the_same_words_one_is_the_send_and_one_is_from_the_phone(line: FakeLine) -> None:
    await _cut_off(line)
    await line.arrive(*(line.message("Yes", external_id=one, typed_on_phone=True) for one in ("x", "y")))
    assert sorted(row.author for row in await line.messages("outbound")) == ["operator", "phone"]
    await balances(line)
