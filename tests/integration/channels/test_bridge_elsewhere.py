"""A bridge that runs elsewhere and is asked by HTTP."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from bridge_line import ANA, CHAT, BridgeLine, inbound

from frontdesk.channels.base import WhichLine
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, GroupChange, Inbound, LineState, MediaFile, NameChange, Outbound
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.testing.bridges import TOKEN, Server
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import listening, serving, url_of

GROUP = "120363041234567890@g.us"


@dataclass
class Elsewhere:
    """The bridge, and its line here."""

    server: Server
    line: BridgeLine


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    server = Server()
    async with serving(server.program) as base:
        line = BridgeLine(tmp_path, leave=False, send_url=f"{base}/command", token=TOKEN, history=True)
        yield Elsewhere(server, line)
        await line.channel.close()


async def test_what_it_answers_to_the_question_how_it_stands_is_its_state(elsewhere: Elsewhere) -> None:
    elsewhere.server.status = {"status": "qr_pending", "qr": "2@abc"}
    await elsewhere.line.connect(State.QR_PENDING)
    assert elsewhere.line.states[-1].qr == "2@abc"
    elsewhere.server.status = {"connected": True, "phone": "351210000100"}
    elsewhere.line.clock.advance(MINUTE)
    await elsewhere.line.stands(State.CONNECTED)
    assert elsewhere.line.states[-1].phone == "351210000100"
    told = len(elsewhere.line.states)
    asked = len(elsewhere.server.asked)
    elsewhere.line.clock.advance(MINUTE)
    await until(lambda: len(elsewhere.server.asked) > asked)
    assert len(elsewhere.line.states) == told, "that it still stands is no news"


async def test_a_bridge_that_begins_later_is_found(tmp_path: Path) -> None:
    listener, server = listening(), Server()
    line = BridgeLine(tmp_path, send_url=f"{url_of(listener)}/command", token=TOKEN)
    await line.connect(State.CONNECTING)
    assert "does not answer" in (line.states[-1].reason or "")
    with pytest.raises(Retryable):
        await line.send("Hello")
    async with serving(server.program, listener):
        line.clock.advance(MINUTE)
        await line.stands(State.CONNECTED)
    await line.channel.close()


async def test_a_send_that_cannot_begin_is_tried_again_and_one_that_breaks_off_is_not(tmp_path: Path) -> None:
    server = Server()
    async with serving(server.program) as base:
        line = BridgeLine(tmp_path, send_url=f"{base}/command", token=TOKEN)
        await line.connect()
        server.broken.append((True, 500, b""))
        sent = await line.send("Hello")
        assert (sent.external_id, bool(sent.doubt)) == (None, True)
        server.broken.append((False, 403, b""))
        with pytest.raises(LoggedOut, match="token"):
            await line.send("Hello")
    with pytest.raises(Retryable):
        await line.send("Hello")
    await line.channel.close()


async def test_a_file_goes_along_as_its_content(elsewhere: Elsewhere, tmp_path: Path) -> None:
    await elsewhere.line.connect()
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7")
    media = MediaFile(file, "application/pdf", 8, "a.pdf")
    await elsewhere.line.channel.send(
        elsewhere.line.line, Outbound("msg_1", (ANA,), "document", "The list", media=media)
    )
    given = elsewhere.server.sent()[-1]["data"]
    assert base64.b64decode(given["media"]) == b"%PDF-1.7"
    assert (given["chatId"], given["caption"], given["filename"], given["kind"]) == (
        CHAT,
        "The list",
        "a.pdf",
        "document",
    )
    assert "path" not in given
    huge = MediaFile(file, "application/pdf", 10**9, "a.pdf")
    with pytest.raises(Rejected, match="48 MB"):
        await elsewhere.line.channel.send(elsewhere.line.line, Outbound("msg_2", (ANA,), "document", media=huge))


async def test_its_past_is_asked_for_once_and_stored_as_the_past(elsewhere: Elsewhere) -> None:
    chats = [{"id": CHAT, "name": "Ana"}, {"id": GROUP, "name": "Family"}, {"id": "status@broadcast"}, "odd"]
    elsewhere.server.answers = {
        "get_chats": {"chats": chats},
        "get_chat_messages": {"messages": [inbound(id="old", author=CHAT, chatId=None), {"id": "broken", "type": "x"}]},
    }
    await elsewhere.line.connect()
    await elsewhere.line.heard(6)
    found = elsewhere.line.events
    assert [type(one) for one in found[:2]] == [NameChange, Inbound]
    assert any(isinstance(one, GroupChange) and one.name == "Family" for one in found)
    assert all(one.history for one in found if isinstance(one, Inbound))
    asked = [one["action"] for one in elsewhere.server.asked]
    assert (asked.count("get_chats"), asked.count("get_chat_messages")) == (1, 2)


async def test_a_callback_moves_the_line_and_is_not_told_twice(elsewhere: Elsewhere) -> None:
    line = elsewhere.line
    await line.connect()
    body = orjson.dumps([{"event": "disconnected", "data": {}}, {"event": "new_message", "data": inbound()}])
    (first, states), (_, deliveries) = await line.channel.take_callback(body, [line.line])
    assert first == "acc_1"
    assert [type(one) for one in (*states, *deliveries)] == [LineState, Delivery]
    assert line.deliveries == [], "whoever asked stores it"
    with pytest.raises(Retryable):
        await line.send("Hello")


async def test_a_callback_for_a_line_that_is_down_is_read_too(elsewhere: Elsewhere) -> None:
    body = orjson.dumps({"event": "new_message", "data": inbound()})
    [(account_id, [delivery])] = await elsewhere.line.channel.take_callback(body, [elsewhere.line.line])
    assert account_id == "acc_1"
    assert isinstance(delivery, Delivery)


async def test_a_callback_that_names_another_line_than_its_token_is_refused(tmp_path: Path) -> None:
    line = BridgeLine(tmp_path, send_url="http://127.0.0.1:9", token=TOKEN, label="shop")
    named = orjson.dumps({"event": "ready", "account": "shop"})
    assert await line.channel.take_callback(named, [line.line])
    with pytest.raises(WhichLine):
        await line.channel.take_callback(orjson.dumps({"event": "ready", "account": "home"}), [line.line])


async def test_a_bridge_that_does_not_know_the_question_stands_as_it_told_last(elsewhere: Elsewhere) -> None:
    line, server = elsewhere.line, elsewhere.server
    server.status = {"uptime": 7}
    await line.connect()
    for document, state in (({"reason": "NAVIGATION"}, State.CONNECTING), ({"reason": "LOGOUT"}, State.LOGGED_OUT)):
        body = orjson.dumps({"event": "disconnected", "data": document})
        [(_, [told])] = await line.channel.take_callback(body, [line.line])
        assert isinstance(told, LineState)
        assert told.state is state
        before, asked = len(line.states), len(server.asked)
        line.clock.advance(MINUTE)
        await until(lambda asked=asked: len(server.asked) > asked)  # type: ignore[misc]
        await line.channel.check(line.line)  # a way there and back, in which the answer was taken up
        assert len(line.states) == before


async def test_that_a_line_which_is_logged_out_is_not_connected_is_no_news(elsewhere: Elsewhere) -> None:
    line, server = elsewhere.line, elsewhere.server
    await line.connect()
    server.status = {"status": "logged_out"}
    line.clock.advance(MINUTE)
    await line.stands(State.LOGGED_OUT)
    server.status, asked = {"connected": False}, len(server.asked)
    line.clock.advance(MINUTE)
    await until(lambda: len(server.asked) > asked)
    with pytest.raises(Retryable):
        await line.send("Hello")
    assert line.states[-1].state is State.LOGGED_OUT


async def test_a_token_that_fits_names_its_line_also_beside_one_without(tmp_path: Path) -> None:
    own = BridgeLine(tmp_path, send_url="http://127.0.0.1:9", token=TOKEN)
    other = BridgeLine(tmp_path, send_url="http://127.0.0.1:9")
    lines = [own.line, other.line]
    believes = own.channel.believes
    assert believes({"x-bridge-token": TOKEN}, lines, near=True) == (own.line,)
    assert believes({}, lines, near=True) == (other.line,)
    assert believes({}, lines, near=False) == ()
    assert believes({"authorization": f"Bearer {TOKEN}"}, lines, near=False) == (own.line,)
