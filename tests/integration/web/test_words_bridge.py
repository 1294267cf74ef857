"""Callbacks of bridges: believed by their token, stored before the answer, and never in the way of each other."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bridge_house import ANA, CALLBACK, BridgeHouse, bridge_house, message

from frontdesk.domain.accounts import State
from frontdesk.kit.clock import SECOND
from frontdesk.testing.bridges import TOKEN
from frontdesk.testing.clock import until
from frontdesk.web.inbox.line_kinds import linked_kinds

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
OTHER = "another-token-of-a-bridge"


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[BridgeHouse]:
    async with bridge_house(tmp_path) as b:
        yield b


async def send(b: BridgeHouse, text: str) -> dict[str, Any]:
    """The desk writes to Ana, and the bridge takes it."""
    b.house.clock.advance(SECOND)  # nobody answers within the same moment
    answer = await b.house.http.post(f"/api/v1/chats/{ANA.replace('@', '%40')}/messages", json={"text": text})
    assert answer.status_code == 202, answer.text
    await b.house.idle()
    return (await b.messages())[-1]


async def test_a_message_that_a_bridge_posts_is_stored_before_the_answer(b: BridgeHouse) -> None:
    await b.writes("Are you open on Sunday?", notifyName="Ana Ferreira")
    [stored] = await b.messages()
    assert (stored["text"], stored["author"], stored["external_id"]) == (
        "Are you open on Sunday?",
        "contact",
        f"false_{ANA}_1",
    )
    await b.writes("Are you open on Sunday?")
    assert len(await b.messages()) == 1, "told twice, it is one message"


async def test_a_bare_message_is_taken_at_the_other_address(b: BridgeHouse) -> None:
    answer = await b.post(message("Hello", b.house.clock.now()), path="/webhook/whatsapp/message")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [one["text"] for one in await b.messages()] == ["Hello"]


async def test_our_own_message_that_comes_back_is_no_news_and_reports_move_it(b: BridgeHouse) -> None:
    await b.writes("Hello")
    sent = await send(b, "Good morning")
    assert (sent["status"], sent["author"]) == ("sent", "operator")
    assert b.server.sent()[0]["data"]["message"] == "Good morning"
    await b.writes("Good morning", id=sent["external_id"], fromMe=True)
    await b.tells("message_ack", id=sent["external_id"], chatId=ANA, ack=3)
    [_, now] = await b.messages()
    assert (now["status"], now["author"]) == ("read", "operator")


async def test_what_the_owner_types_on_the_phone_holds_the_chat(b: BridgeHouse) -> None:
    await b.writes("Hello")
    await b.writes("I will call you", id="true_from_the_phone", fromMe=True)
    assert [one["author"] for one in await b.messages()] == ["contact", "phone"]
    [chat] = (await b.house.http.get("/api/v1/chats")).json()["items"]
    assert chat["held"]["by"] == "phone"


async def test_the_code_and_the_states_of_a_bridge_are_shown_like_those_of_any_line(b: BridgeHouse) -> None:
    await b.tells("disconnected", reason="NAVIGATION")
    assert (await b.status())["state"] == State.CONNECTING
    await b.tells("qr_code", qr="2@abcdef,ghi")
    shown = await b.status()
    assert (shown["state"], shown["qr_text"]) == (State.QR_PENDING, "2@abcdef,ghi")
    assert shown["qr"].startswith("data:image/")
    await b.tells("authenticated")
    assert (await b.status())["qr"] is None
    await b.tells("ready", phone="351210000100")
    assert ((await b.status())["state"], (await b.status())["phone"]) == (State.CONNECTED, "351210000100")
    await b.tells("disconnected", reason="LOGOUT")
    gone = await b.status()
    assert gone["state"] == State.LOGGED_OUT
    assert "Link it again" in gone["sentence"]
    await b.tells("ready")
    assert (await b.status())["state"] == State.CONNECTED, "linked again at the bridge itself"


async def test_a_file_that_comes_along_is_kept(b: BridgeHouse) -> None:
    content = base64.b64encode(PNG).decode()
    await b.writes("Look", type="image", hasMedia=True, mimeType="image/png", media=content)
    await b.house.idle()
    [stored] = await b.messages()
    assert (stored["kind"], stored["media"]["state"], stored["media"]["size"]) == ("image", "stored", len(PNG))


async def test_a_path_outside_the_folders_of_the_bridge_is_never_read(b: BridgeHouse, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    await b.writes("Look", type="image", hasMedia=True, mimeType="image/png", mediaPath=str(secret))
    await b.house.idle()
    [stored] = await b.messages()
    assert (stored["text"], stored["media"]["state"]) == ("Look", "refused")


@pytest.mark.parametrize(
    "document",
    [
        {"event": "new_message", "data": {"body": "no chat, no id"}},
        {"event": "new_message", "data": [1, 2]},
        {"event": "never_heard_of", "data": {}},
        {"event": 7},
        {"entry": []},
        "text",
        7,
    ],
)
async def test_what_cannot_be_read_is_a_dead_letter_and_no_fault(b: BridgeHouse, document: Any) -> None:
    answer = await b.post(document)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await b.dead() == 1


async def test_a_broken_element_of_a_list_loses_no_neighbour(b: BridgeHouse) -> None:
    good = {"event": "new_message", "data": message("Hello", b.house.clock.now())}
    assert (await b.post([{"event": "?"}, good])).status_code == 200
    assert [one["text"] for one in await b.messages()] == ["Hello"]


async def test_half_an_emoji_is_taken(b: BridgeHouse) -> None:
    body = b'{"event":"new_message","data":{"id":"1","chatId":"447700900123@c.us","body":"Hi \\ud83d","type":"chat"}}'
    answer = await b.house.http.post(CALLBACK, content=body, headers={"X-Bridge-Token": TOKEN})
    assert answer.status_code == 200, answer.text
    assert (await b.messages())[0]["text"] == "Hi \ufffd"


async def test_what_is_no_document_is_said_in_other_words(b: BridgeHouse) -> None:
    answer = await b.house.http.post(CALLBACK, content=b"{", headers={"X-Bridge-Token": TOKEN})
    assert (answer.status_code, answer.json()["success"]) == (400, False)


async def test_without_the_token_of_a_line_nothing_is_taken(b: BridgeHouse) -> None:
    hello = {"event": "new_message", "data": message("Hello", b.house.clock.now())}
    for headers in ({"X-Bridge-Token": "wrong-token"}, {"Authorization": "Bearer wrong-token"}, {"X-Other": "x"}):
        answer = await b.post(hello, **headers)
        assert (answer.status_code, answer.json()["success"]) == (401, False)
    assert (await b.post(hello, Authorization=f"Bearer {TOKEN}")).status_code == 200
    assert len(await b.messages()) == 1


async def test_a_callback_that_is_too_large_is_refused(b: BridgeHouse) -> None:
    body = b'{"event":"log","data":"' + b"x" * (24 * 1024 * 1024) + b'"}'
    answer = await b.house.http.post(CALLBACK, content=body, headers={"X-Bridge-Token": TOKEN})
    assert (answer.status_code, answer.json()["success"]) == (413, False)


async def test_a_line_without_a_token_believes_this_machine_in_development_only(tmp_path: Path) -> None:
    local = {"Host": "127.0.0.1:8000"}
    hello = {"event": "new_message", "data": message("Hello", 1_795_000_000_000)}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with bridge_house(tmp_path / "a", token=None) as b:
        assert (await b.post(hello, **local)).status_code == 200
        for strange in (
            {"Host": "desk.example.com"},
            {**local, "X-Forwarded-For": "203.0.113.7"},
            {**local, "Origin": "https://elsewhere.example"},
        ):
            assert (await b.post(hello, **strange)).status_code == 401, strange
    async with bridge_house(tmp_path / "b", token=None, environment="production") as b:
        assert (await b.post(hello, **local)).status_code == 401


async def test_several_bridges_are_told_apart_by_token_or_by_name(b: BridgeHouse) -> None:
    async def add(name: str, **options: str) -> str:
        given = {"send_url": f"{b.base}/command", **options}
        return await b.house.desk.accounts.add("bridge", name=name, options=given)

    first, second = await add("A", token=OTHER, label="a"), await add("B", token=OTHER, label="b")
    now = b.house.clock.now()
    for label, account in (("b", second), ("a", first), (second, second)):
        one = {"event": "new_message", "sessionId": label, "data": message("Hi", now, id=f"{label}-1")}
        assert (await b.post(one, **{"X-Bridge-Token": OTHER})).status_code == 200
        chats = (await b.house.http.get("/api/v1/chats", params={"account": account})).json()["items"]
        assert len(chats) == 1
    for unknown in (None, "c"):
        unclear = {"event": "new_message", "account": unknown, "data": message("Hi", now)}
        answer = await b.post(unclear, **{"X-Bridge-Token": OTHER})
        assert answer.status_code == 422
        assert "account" in answer.json()["error"]


async def test_the_bridge_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    async with bridge_house(tmp_path) as b:
        wrong = {"send_url": "http://127.0.0.1:9/command"}
        account_id = await b.house.desk.accounts.add("bridge", name="Away", options=wrong)
        await b.house.desk.accounts.connect(account_id)
        accounts = b.house.desk.accounts
        await until(lambda: "does not answer" in (accounts.get(account_id).row.state_reason or ""))
        assert accounts.get(account_id).state is State.CONNECTING


async def test_the_token_is_asked_for_when_the_address_changes_to_which_it_is_sent(b: BridgeHouse) -> None:
    path = f"/api/v1/accounts/{b.account_id}"
    elsewhere = {"options": {"send_url": "http://elsewhere.example/command"}}
    answer = await b.house.http.patch(path, json=elsewhere)
    assert answer.status_code == 422
    assert "token" in answer.json()["detail"]


async def test_a_line_behind_a_bridge_is_not_offered_where_a_name_and_a_scan_must_do(b: BridgeHouse) -> None:
    kinds = [name for name, _ in linked_kinds(b.house.rooms)]
    assert "linked" in kinds
    assert "bridge" not in kinds


async def test_the_inbox_shows_the_code_of_a_bridge(b: BridgeHouse) -> None:
    await b.tells("disconnected", reason="NAVIGATION")
    await b.tells("qr_code", qr="2@abcdef,ghi")
    assert b.house.desk.accounts.get(b.account_id).links
    assert (await b.house.http.get(f"/sessions/{b.account_id}/status")).json()["status"] == "qr_pending"
