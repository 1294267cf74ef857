"""What may be put into the outbox, by whom, and what an operator decides about it by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sending_line import OFF

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.accounts import State
from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.domain.wire import LineState, Sent
from frontdesk.kit.clock import DAY, HOUR, MINUTE, whole_second
from frontdesk.kit.errors import Rejected
from frontdesk.store import messages
from frontdesk.store.rows import MediaRow, MessageRow
from frontdesk.testing.channels import WindowedFake
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
DRAFT = (
    '[buffer]\nquiet_seconds = 0\ncap_seconds = 0\n[[persona]]\nname = "Desk"\ntrusted = true\nagent_mode = "draft"\n'
)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    """A chat with one message, and an agent that is off."""
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("Open?", external_id="q"))
        await line.idle()
        yield line


async def _write(line: FakeLine, text: str | None = "Yes", **more: object) -> str:
    message_id: str = await line.desk.outbox.write((await line.chat()).id, by="api", text=text, **more)
    return message_id


async def _upload(line: FakeLine, content: bytes = PNG, name: str = "a.png", mime: str = "image/png") -> MediaRow:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    row: MediaRow = await line.desk.media.keep(line.account_id, name=name, mime=mime, chunks=chunks())
    return row


async def _draft(line: FakeLine) -> MessageRow:
    await line.arrive(line.message("Open?"))
    await line.idle()
    (draft,) = await line.messages("outbound")
    return draft


# Writing


async def test_an_operators_message_goes_out_takes_the_chat_over_and_ends_the_waiting(line: FakeLine) -> None:
    message_id = await _write(line, "Yes, until six.")
    await line.idle()
    row, chat = await line.one(message_id), await line.chat()
    assert (row.text, row.status, row.author, row.operator_id) == ("Yes, until six.", "sent", "operator", "api")
    assert (chat.held_by, chat.held_reason) == ("api", "Answered through the API.")
    assert (chat.waiting_since, chat.unread) == (None, 0)
    assert (chat.last_text, chat.last_author) == ("Yes, until six.", "operator")
    assert ("q", False) in line.channel.read


async def test_the_same_idempotency_key_gives_the_same_message_and_sends_once(line: FakeLine) -> None:
    given = await asyncio.gather(*(_write(line, idempotency_key="k") for _ in range(5)))
    await line.idle()
    assert len(set(given)) == 1
    assert line.channel.texts == ["Yes"]


async def test_the_same_key_in_another_chat_is_another_message(line: FakeLine) -> None:
    await line.arrive(line.message(who="447700900999"))
    first = await _write(line, idempotency_key="k")
    other = await line.desk.outbox.write((await line.chat("447700900999")).id, by="api", text="x", idempotency_key="k")
    assert first != other


async def test_a_text_of_4096_characters_goes_out_and_one_of_4097_is_refused(line: FakeLine) -> None:
    await _write(line, "x" * 4096)
    with pytest.raises(Invalid, match="4097 characters; 4096 are allowed"):
        await _write(line, "x" * 4097)
    await line.idle()
    assert [len(text or "") for text in line.channel.texts] == [4096]


@pytest.mark.parametrize("text", [None, "", "  \n"])
async def test_nothing_is_not_sent(line: FakeLine, text: str | None) -> None:
    with pytest.raises(Invalid, match="nothing to send"):
        await _write(line, text)


async def test_a_text_that_no_database_carries_is_made_safe(line: FakeLine) -> None:
    message_id = await _write(line, "a\0b\ud800")
    assert (await line.one(message_id)).text == "a␀b\ufffd"


async def test_an_unknown_chat_is_not_found(line: FakeLine) -> None:
    with pytest.raises(NotFound):
        await line.desk.outbox.write("cht_none", by="api", text="x")


async def test_a_kind_that_the_line_cannot_send_is_refused(line: FakeLine) -> None:
    with pytest.raises(Conflict, match="A Fake line cannot send"):
        await _write(line, None, kind="poll", content={"question": "?"})


@pytest.mark.parametrize("state", [State.LOGGED_OUT, State.ACTION_REQUIRED, State.DISCONNECTED])
async def test_on_a_line_that_is_down_an_operator_is_told_why(line: FakeLine, state: State) -> None:
    await line.desk.accounts.report(line.account_id, LineState(state, "The token was taken back."))
    with pytest.raises(Conflict, match=r"The line “Shop” is down.*The token was taken back"):
        await _write(line)


async def test_while_a_line_comes_up_an_operators_message_waits_for_it(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTING))
    message_id = await _write(line)
    await line.idle()
    assert (await line.one(message_id)).status == "queued"
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTED))
    await line.idle()
    assert (await line.one(message_id)).status == "sent"


async def test_outside_the_window_only_a_template_may_be_written(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF, channel=WindowedFake()) as line:
        await line.arrive(line.message())
        line.clock.advance(DAY)
        with pytest.raises(Conflict, match="not written in the last 24 hours"):
            await _write(line)
        await _write(line, None, kind="template", content={"name": "hello", "language": "en"})
        await line.idle()
        assert [outbound.kind for outbound in line.channel.sent] == ["template"]


# Replies and files


async def test_a_reply_quotes_by_the_channels_id(line: FakeLine) -> None:
    asked = (await line.messages("inbound"))[0]
    await _write(line, reply_to=asked.id)
    await line.idle()
    assert line.channel.sent[0].reply_to == "q"


async def test_a_reply_to_a_message_elsewhere_is_refused(line: FakeLine) -> None:
    await line.arrive(line.message("other", who="447700900999"))
    other = (await line.messages("inbound"))[-1]
    with pytest.raises(NotFound, match="not in this chat"):
        await _write(line, reply_to=other.id)


async def test_a_reply_to_what_was_not_sent_yet_is_refused(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    first = await _write(line)
    with pytest.raises(Conflict, match="was not sent yet"):
        await _write(line, reply_to=first)
    line.channel.gate.set()


async def test_a_file_is_sent_as_its_kind_with_its_text(line: FakeLine) -> None:
    file = await _upload(line)
    message_id = await _write(line, "look", media_id=file.id)
    await line.idle()
    sent = line.channel.sent[0]
    assert sent.media is not None
    assert (sent.kind, sent.text, sent.media.mime, sent.media.path.read_bytes()) == ("image", "look", "image/png", PNG)
    assert (await line.files())[0].message_id == message_id


async def test_a_drawing_in_svg_is_sent_as_a_document(line: FakeLine) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    file = await _upload(line, drawing, name="a.svg", mime="image/svg+xml")
    assert (await line.one(await _write(line, None, media_id=file.id))).kind == "document"


async def test_a_file_of_another_line_is_not_found(line: FakeLine) -> None:
    with pytest.raises(NotFound, match="no such file"):
        await _write(line, media_id="med_other")


async def test_a_file_that_is_gone_from_the_folder_fails_and_says_so(line: FakeLine) -> None:
    file = await _upload(line)
    line.desk.media.path(file).unlink()
    message_id = await _write(line, media_id=file.id)
    await line.idle()
    row = await line.one(message_id)
    assert (row.status, row.error) == ("failed", "The file to send is gone.")


# By hand


async def test_a_failed_message_is_sent_again_by_hand(line: FakeLine) -> None:
    line.channel.script.append(Rejected("No."))
    message_id = await _write(line)
    await line.idle()
    assert (await line.one(message_id)).error == "No."
    await line.desk.outbox.retry(message_id, by="api")
    await line.idle()
    row = await line.one(message_id)
    assert (row.status, row.error, row.attempts) == ("sent", None, 1)


async def test_what_was_sent_is_not_sent_again_by_hand(line: FakeLine) -> None:
    message_id = await _write(line)
    await line.idle()
    with pytest.raises(Conflict, match="Only a message that failed"):
        await line.desk.outbox.retry(message_id, by="api")
    with pytest.raises(NotFound):
        await line.desk.outbox.retry((await line.messages("inbound"))[0].id, by="api")


@pytest.mark.parametrize(("arrived", "then", "sends"), [(True, "sent", 1), (False, "sent", 2)])
async def test_an_operator_settles_a_doubt_once(line: FakeLine, arrived: bool, then: str, sends: int) -> None:
    line.channel.script.append(Sent(None, "The connection broke."))
    message_id = await _write(line)
    await line.idle()
    assert (await line.one(message_id)).status == "unknown"
    assert [alert.kind for alert in await line.alerts()] == ["unknown"]
    await line.desk.outbox.settle(message_id, sent=arrived, by="api")
    await line.idle()
    assert ((await line.one(message_id)).status, len(line.channel.sent)) == (then, sends)
    assert await line.alerts() == []
    with pytest.raises(Conflict, match="fate of this message is known"):
        await line.desk.outbox.settle(message_id, sent=arrived, by="api")


async def test_the_alert_stays_while_another_message_is_in_doubt(line: FakeLine) -> None:
    line.channel.script += [Sent(None, "?"), Sent(None, "?")]
    first = await _write(line, "a")
    await _write(line, "b")
    await line.idle()
    await line.desk.outbox.settle(first, sent=True, by="api")
    assert [alert.kind for alert in await line.alerts()] == ["unknown"]


# Drafts


async def test_a_draft_is_sent_as_it_is_or_with_another_text(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=DRAFT, think=FakeThink("one", "two")) as line:
        first = await _draft(line)
        assert (first.status, line.channel.sent) == ("draft", [])
        await line.desk.outbox.approve(first.id, by="api")
        await line.idle()
        await line.arrive(line.message("And?"))
        await line.idle()
        second = (await line.messages("outbound"))[-1]
        await line.desk.outbox.approve(second.id, by="api", text="better")
        await line.idle()
        assert line.channel.texts == ["one", "better"]
        assert (await line.one(second.id)).operator_id == "api"
        assert (await line.chat()).last_text == "better"


async def test_a_draft_is_decided_once(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=DRAFT, think=FakeThink("one")) as line:
        draft = await _draft(line)
        await line.desk.outbox.discard(draft.id, by="api")
        for again in (line.desk.outbox.approve(draft.id, by="api"), line.desk.outbox.discard(draft.id, by="api")):
            with pytest.raises(Conflict, match="already sent or rejected"):
                await again
        await line.idle()
        assert (await line.one(draft.id)).status == "discarded"
        assert line.channel.sent == []
        assert (await line.balance()).balanced


async def test_a_draft_is_not_sent_when_the_window_has_closed(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=DRAFT, channel=WindowedFake(), think=FakeThink("one")) as line:
        draft = await _draft(line)
        line.clock.advance(DAY)
        with pytest.raises(Conflict, match="not written in the last 24 hours"):
            await line.desk.outbox.approve(draft.id, by="api")
        assert (await line.one(draft.id)).status == "draft"


async def test_a_draft_of_several_parts_stays_in_order(tmp_path: Path) -> None:
    thought = TurnOutput(Action.REPLY, ("one", "two"))
    async with fake_line(tmp_path, config=DRAFT, think=FakeThink(thought)) as line:
        await line.arrive(line.message())
        await until(lambda: line.desk.turns.results.get("drafted") == 1)
        await line.idle()
        drafts = await line.messages("outbound")
        assert [row.text for row in drafts] == ["one", "two"]
        for draft in drafts:
            await line.desk.outbox.approve(draft.id, by="api")
        await line.pass_time(MINUTE + HOUR)
        assert line.channel.texts == ["one", "two"]


@pytest.mark.parametrize("told", [whole_second, lambda at: at], ids=["whole seconds", "milliseconds"])
async def test_within_one_second_messages_stand_in_the_order_in_which_they_came(
    line: FakeLine, told: Callable[[int], int]
) -> None:
    await line.pass_time(1_600)
    await line.arrive(line.message("And on Sunday?", external_id="r", at=told(line.clock.now())))
    await line.pass_time(100)
    await _write(line, "Yes")
    await line.idle()
    await line.pass_time(100)
    await line.arrive(line.message("Thanks", external_id="s", at=told(line.clock.now())))

    async with line.store.read() as read:
        shown = [row.text for row in await messages.recent(read, (await line.chat()).id, 10)]

    assert shown == ["Open?", "And on Sunday?", "Yes", "Thanks"]
    assert (await line.chat()).last_text == "Thanks"
