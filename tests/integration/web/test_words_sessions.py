"""Lines in the words of Baileys servers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_house import ask, key

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.testing.channels import UnofficialFake
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

BO = "447700900999"
CONFIG = """
[buffer]
quiet_seconds = 0
[[persona]]
name = "Everybody"
prompt = "You answer for a shop."
model = "openai:gpt-4o"
"""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=CONFIG, think=FakeThink()) as line:
        yield line


async def post(line: FakeLine, path: str, body: Any = None) -> Any:
    answer = await line.house.http.post(f"/sessions/Shop/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status(line: FakeLine) -> Any:
    return await ask(line.house, "/sessions/Shop/status")


@pytest.mark.parametrize("called", ["Shop", "shop", "351210000100", "%2B351210000100", "351210000100%40c.us"])
async def test_a_session_is_an_account_by_its_name_or_phone(line: FakeLine, called: str) -> None:
    shown = await ask(line.house, f"/sessions/{called}/status")
    assert shown == {"status": "connected", "qrCode": None, "phoneNumber": "351210000100"}
    assert await ask(line.house, f"/sessions/{line.account_id}/status") == shown


async def test_a_session_that_may_be_two_accounts_is_asked_for_more_closely(line: FakeLine) -> None:
    other = await line.desk.accounts.add("fake", name="Shop", options={"number": "452"})
    answer = await line.house.http.get("/sessions/Shop/status")
    assert (answer.status_code, other in answer.json()["error"]) == (409, True)
    answer = await line.house.http.get("/sessions/nobody/status")
    assert (answer.status_code, answer.json()["success"]) == (404, False)


async def test_connect_brings_a_line_up(line: FakeLine) -> None:
    line.channel.states = ()
    await post(line, "disconnect")
    assert (await post(line, "connect"))["status"] == "connecting"
    line.channel.say(line.account_id, LineState(State.CONNECTED))
    await line.becomes(State.CONNECTED)
    assert (await status(line))["status"] == "connected"


async def test_disconnect_takes_a_line_down(line: FakeLine) -> None:
    assert await post(line, "disconnect") == {
        "status": "disconnected",
        "qrCode": None,
        "phoneNumber": "351210000100",
    }
    assert line.channel.disconnected == [line.account_id]


async def test_logout_logs_a_line_out(line: FakeLine) -> None:
    assert (await post(line, "logout"))["status"] == "logged_out"
    assert (await status(line))["status"] == "logged_out"


async def test_while_a_code_waits_to_be_scanned_it_is_there_as_a_picture(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=CONFIG, think=FakeThink()) as line:
        line.channel.states = (LineState(State.QR_PENDING, qr="2@code", expires_at=line.clock.now() + 20_000),)
        await post(line, "disconnect")
        await post(line, "connect")
        await line.becomes(State.QR_PENDING)
        shown = await status(line)
        assert (shown["status"], shown["qrCode"].startswith("data:image/png;base64,")) == ("qr_pending", True)
        reader = await key(line.house, "read")
        answer = await line.house.http.get("/sessions/Shop/status", headers=reader)
        assert answer.json()["qrCode"] is None


async def test_a_line_that_waits_for_somebody_is_disconnected_with_the_reason(line: FakeLine) -> None:
    line.channel.say(line.account_id, LineState(State.ACTION_REQUIRED, "WhatsApp asks for a passkey."))
    await line.becomes(State.ACTION_REQUIRED)
    shown = await status(line)
    assert (shown["status"], "asks for a passkey" in shown["reason"]) == ("disconnected", True)


async def test_the_messages_of_a_line_are_those_of_all_its_chats(line: FakeLine) -> None:
    for number, who in enumerate((ANA, BO, ANA)):
        at = line.clock.now() + number
        await line.arrive(line.message(f"Message {number}", who=who, external_id=f"id-{number}", at=at))
    found = (await ask(line.house, "/sessions/Shop/messages"))["messages"]
    assert [(one["content"], one["remoteJid"], one["messageId"], one["fromMe"]) for one in found] == [
        ("Message 0", f"{ANA}@s.whatsapp.net", "id-0", False),
        ("Message 1", f"{BO}@s.whatsapp.net", "id-1", False),
        ("Message 2", f"{ANA}@s.whatsapp.net", "id-2", False),
    ]
    newest = (await ask(line.house, "/sessions/Shop/messages", limit=2))["messages"]
    assert [one["content"] for one in newest] == ["Message 1", "Message 2"]
    of_bo = (await ask(line.house, "/sessions/Shop/messages", chat=f"{BO}@s.whatsapp.net"))["messages"]
    assert [one["content"] for one in of_bo] == ["Message 1"]
    assert len((await ask(line.house, "/sessions/Shop/messages", chat=""))["messages"]) == 3


async def test_the_messages_of_another_line_are_not_among_them(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    other = await line.desk.accounts.add("fake", name="Other", options={"number": "452"})
    assert (await ask(line.house, f"/sessions/{other}/messages"))["messages"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"to": ANA, "message": "At nine."},
        {"jid": f"{ANA}@s.whatsapp.net", "text": "At nine."},
        {"phoneNumber": int(ANA), "content": "At nine."},
        {"to": float(ANA), "message": "At nine."},
    ],
)
async def test_a_message_is_written_to_who_is_known(line: FakeLine, body: dict[str, Any]) -> None:
    await line.arrive(line.message("Hello"))
    written = await post(line, "messages", body)
    assert set(written) == {"messageId", "status"}
    assert written["status"] in ("queued", "sending", "sent")  # it may have gone out before the answer
    await line.idle()
    assert line.channel.texts == ["At nine."]
    [_, sent] = (await ask(line.house, "/sessions/Shop/messages"))["messages"]
    assert (sent["messageId"], sent["fromMe"], sent["status"]) == (written["messageId"], True, "sent")


@pytest.mark.parametrize("to", [ANA, f"+{ANA}", f"{ANA}@s.whatsapp.net", f"{ANA}:3@s.whatsapp.net"])
async def test_a_chat_is_begun_with_a_phone_that_is_not_known(tmp_path: Path, to: str) -> None:
    async with fake_line(tmp_path, config=CONFIG, channel=UnofficialFake(), think=FakeThink()) as line:
        body = {"to": to, "message": "Good morning", "idempotencyKey": "k"}
        written = await post(line, "messages", body)
        assert (await post(line, "messages", body))["messageId"] == written["messageId"]
        [chat] = (await ask(line.house, "/api/whatsapp/chats"))["chats"]
        assert (chat["id"], chat["last_message"]) == (f"{ANA}@c.us", "Good morning")


async def test_the_same_key_writes_once(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    body = {"to": ANA, "message": "At nine.", "idempotencyKey": "k"}
    assert (await post(line, "messages", body))["messageId"] == (await post(line, "messages", body))["messageId"]


async def test_what_may_not_be_written_is_refused_with_the_reason(line: FakeLine) -> None:
    http, url = line.house.http, "/sessions/Shop/messages"
    for to, status in (("7701234567@lid", 404), ("120363021234567890@g.us", 404), ("cht_nope", 404), ("nobody", 422)):
        answer = await http.post(url, json={"to": to, "message": "x"})
        assert (answer.status_code, answer.json()["success"]) == (status, False), to
    assert (await http.post(url, json={"message": "x"})).status_code == 422
    half = await http.post(url, json={"to": 447700900.5, "message": "x"})
    assert (half.status_code, half.json()["error"]) == (422, "“to” must be a text.")
    await line.arrive(line.message("Hello"))
    await post(line, "disconnect")
    down = await http.post(url, json={"to": ANA, "message": "x"})
    assert (down.status_code, "is down" in down.json()["error"]) == (409, True)


async def test_the_ai_of_a_line_is_the_persona_that_serves_it(line: FakeLine) -> None:
    assert await ask(line.house, "/sessions/Shop/ai") == {
        "enabled": False,
        "systemPrompt": "You answer for a shop.",
        "model": "openai:gpt-4o",
        "temperature": None,
        "maxTokens": None,
    }


async def put_ai(line: FakeLine, **values: Any) -> Any:
    answer = await line.house.http.put("/sessions/Shop/ai", json=values)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_ai_of_a_line_is_set_for_its_chats_from_then_on(tmp_path: Path) -> None:
    think = FakeThink("At nine.")
    async with fake_line(tmp_path, config=CONFIG, think=think) as line:
        await line.arrive(line.message("Hello"))
        await line.idle()  # what is decided only after the change would be answered too
        told = await put_ai(line, enabled=True, systemPrompt="Be brief.", model="gpt-4o-mini", maxTokens=50)
        assert told == {
            "enabled": True,
            "systemPrompt": "Be brief.",
            "model": "openai:gpt-4o-mini",
            "temperature": None,
            "maxTokens": 50,
        }
        await line.idle()
        await line.arrive(line.message("When do you open?"))
        await line.idle()
        assert line.channel.texts == ["At nine."]
        asked = think.personas[-1]
        assert (asked.name, asked.prompt, asked.model, asked.max_tokens) == (
            "Shop",
            "Be brief.",
            "openai:gpt-4o-mini",
            50,
        )
        assert (await put_ai(line, enabled=False))["systemPrompt"] == "Be brief."
        await line.idle()
        await line.arrive(line.message("And on Sunday?"))
        await line.idle()
        assert line.channel.texts == ["At nine."]


async def test_the_ai_of_a_line_is_still_set_after_a_restart_and_a_change_of_the_file(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=CONFIG, think=FakeThink()) as line:
        await put_ai(line, systemPrompt="Be brief.")
    async with fake_line(tmp_path, config=CONFIG.replace("gpt-4o", "gpt-4.1"), think=FakeThink()) as line:
        assert (await ask(line.house, "/sessions/Shop/ai"))["systemPrompt"] == "Be brief."


async def test_a_persona_of_the_file_for_the_line_is_changed_there(tmp_path: Path) -> None:
    config = CONFIG + '[[persona]]\nname = "Own"\nmatch = { account = "Shop" }\n'
    async with fake_line(tmp_path, config=config, think=FakeThink()) as line:
        answer = await line.house.http.put("/sessions/Shop/ai", json={"enabled": True})
        assert (answer.status_code, "“Own”" in answer.json()["error"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"apiKey": "sk-x"}, "OPENAI_API_KEY"),
        ({"model": "openai-compatible:"}, "names no model"),
        ({"temperature": 9}, "at most 2"),
        ({"temperature": True}, "not true or false"),
        ({"maxTokens": True}, "not true or false"),
    ],
)
async def test_the_ai_takes_no_key_and_no_model_that_cannot_be(line: FakeLine, body: Any, word: str) -> None:
    answer = await line.house.http.put("/sessions/Shop/ai", json=body)
    assert (answer.status_code, word in answer.json()["error"]) == (422, True), answer.text
    assert "sk-x" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "connect", "write"),
        ("POST", "disconnect", "write"),
        ("POST", "logout", "admin"),
        ("GET", "status", "read"),
        ("GET", "messages", "read"),
        ("POST", "messages", "write"),
        ("GET", "ai", "read"),
        ("PUT", "ai", "admin"),
    ],
)
async def test_a_session_needs_the_scopes_of_its_account(line: FakeLine, method: str, path: str, scope: str) -> None:
    scopes = ["read", "write", "admin"]
    through = []
    for each in scopes:
        headers = await key(line.house, each)
        answer = await line.house.http.request(method, f"/sessions/Shop/{path}", headers=headers, json={})
        through += [each] if answer.status_code != 403 else []
    assert through == scopes[scopes.index(scope) :]


async def test_a_line_that_comes_up_is_seen_by_who_asks_again_and_again(line: FakeLine) -> None:
    await post(line, "disconnect")
    await post(line, "connect")

    async def up() -> bool:
        return bool((await status(line))["status"] == "connected")

    await until(up)
