"""Live events in other systems' words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from api_house import ask, key
from websockets.asyncio.client import ClientConnection, connect

from frontdesk.domain.accounts import State
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import LineState
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import API_KEY
from frontdesk.testing.local_server import serving
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, think=FakeThink("We open at nine.")) as line:
        yield line


@asynccontextmanager
async def listening(line: FakeLine, **headers: str) -> AsyncIterator[ClientConnection]:
    headers = headers or {"X-Api-Key": API_KEY}
    async with serving(line.house.built.web) as base:
        url = f"{base.replace('http', 'ws')}/ws?words=legacy"
        async with connect(url, additional_headers=headers, proxy=None) as ws:
            yield ws


async def first(ws: ClientConnection, kind: str) -> Any:
    """The next event of that type; all before it must be of the other system's types."""
    async with asyncio.timeout(10):
        while True:
            told = orjson.loads(await ws.recv())
            assert set(told) == {"type", "data"}, told
            if told["type"] == kind:
                return told["data"]


async def test_a_message_that_came_in_is_a_new_message(line: FakeLine) -> None:
    async with listening(line) as ws:
        await line.arrive(line.message("Hello", external_id="wamid.1"))
        told = await first(ws, "new_message")
    assert told == {
        "chatId": f"{ANA}@c.us",
        "messageId": "wamid.1",
        "whatsappId": "wamid.1",
        "accountId": line.account_id,
        "body": "Hello",
        "fromMe": False,
        "timestamp": line.clock.now() // 1_000,
        "type": "text",
        "status": "received",
        "hasMedia": False,
        "mediaPath": None,
        "isGroup": False,
    }


async def test_a_message_that_was_typed_on_the_phone_is_a_new_message_from_me(line: FakeLine) -> None:
    async with listening(line) as ws:
        await line.arrive(line.message("On my way", typed_on_phone=True))
        assert (await first(ws, "new_message"))["fromMe"] is True


async def test_a_message_that_we_sent_is_told_once_it_is_sent(line: FakeLine) -> None:
    async with listening(line) as ws:
        await line.arrive(line.message("When do you open?"))
        told = await first(ws, "message_sent")
        [_, sent] = (await ask(line.house, f"/api/whatsapp/chats/{ANA}/messages"))["messages"]
    assert (told["body"], told["fromMe"], told["status"]) == ("We open at nine.", True, "sent")
    assert (told["messageId"], told["whatsappId"]) == (sent["id"], sent["whatsapp_id"])


async def test_a_line_that_changes_its_state_is_told_as_its_status(line: FakeLine) -> None:
    async with listening(line) as ws:
        line.channel.say(line.account_id, LineState(State.ACTION_REQUIRED, "WhatsApp asks for a passkey."))
        told = await first(ws, "whatsapp_status")
    assert (told["accountId"], told["status"], "passkey" in told["reason"]) == (line.account_id, "disconnected", True)


async def show_code(line: FakeLine) -> None:
    """A code to scan is shown, and after all that is told of it comes a message."""
    shown = LineState(State.QR_PENDING, qr="2@code", expires_at=line.clock.now() + 20_000)
    line.channel.say(line.account_id, LineState(State.CONNECTING), shown)
    await line.becomes(State.QR_PENDING)
    line.house.built.bus.publish([Live(LiveType.ACCOUNT_QR, {"account_id": line.account_id}, line.account_id)])
    await line.arrive(line.message("The end"))


async def test_a_code_to_scan_is_told_as_text_and_picture(line: FakeLine) -> None:
    async with listening(line) as ws:
        await show_code(line)
        told = await first(ws, "qr_code")
    assert (told["accountId"], told["qr"], told["expiresAt"] is not None) == (line.account_id, "2@code", True)
    assert told["qrCode"].startswith("data:image/png;base64,")


async def test_a_code_to_scan_is_told_only_to_who_may_connect_the_line(line: FakeLine) -> None:
    async with listening(line, **await key(line.house, "read")) as ws:
        seen = []
        await show_code(line)
        async with asyncio.timeout(10):
            while (told := orjson.loads(await ws.recv()))["type"] != "new_message":
                seen.append(told)
    assert "qr_pending" in [told["data"].get("status") for told in seen]
    assert "qr_code" not in [told["type"] for told in seen]
    assert "2@" not in str(seen)
    assert "base64" not in str(seen)


async def test_what_there_is_no_word_for_is_not_told(line: FakeLine) -> None:
    bus = line.house.built.bus
    async with listening(line) as ws:
        bus.publish([Live(LiveType.ALERT_CHANGED, {}), Live(LiveType.PERSONAS_CHANGED, {})])
        bus.publish([Live(LiveType.MESSAGE_ADDED, {"id": "msg_0", "author": "contact"})])
        await line.arrive(line.message("The end"))
        async with asyncio.timeout(10):
            assert orjson.loads(await ws.recv())["type"] == "new_message"


async def test_whoever_has_to_look_again_is_told_so(line: FakeLine) -> None:
    async with listening(line) as ws:
        line.house.built.bus.publish([Live(LiveType.RELOAD, {})])
        async with asyncio.timeout(10):
            assert orjson.loads(await ws.recv()) == {"type": "reload", "data": {}}


async def test_a_ping_is_answered(line: FakeLine) -> None:
    async with listening(line) as ws:
        await ws.send("ping")
        async with asyncio.timeout(10):
            assert orjson.loads(await ws.recv()) == {"type": "pong"}
