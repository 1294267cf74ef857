"""Chats in other systems' words: the list, the history, the two switches, and files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_house import PHONE, api_house, ask, hear, key
from inbox_visit import visit

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, MediaRef
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE, TestHouse, house
from frontdesk.testing.think import FakeThink

CHATS = "/api/whatsapp/chats"
CHAT = f"{CHATS}/{PHONE}%40c.us"


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


@asynccontextmanager
async def fake(folder: Path, **more: Any) -> AsyncIterator[FakeLine]:
    async with fake_line(folder, think=FakeThink("We open at nine."), **more) as line:
        yield line


def refused(answer: httpx2.Response, status: int) -> str:
    """The sentence of an error in other words."""
    body = answer.json()
    assert (answer.status_code, set(body), body["success"]) == (status, {"success", "error"}, False), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    return str(body["error"])


async def test_chats_are_listed_by_their_address_on_whatsapp(h: TestHouse) -> None:
    await hear(h, "Hello")
    [ours] = (await ask(h, "/api/v1/chats"))["items"]
    found = await ask(h, CHATS)
    assert found == {
        "success": True,
        "next": None,
        "chats": [
            {
                "id": f"{PHONE}@c.us",
                "chat_id": ours["id"],
                "account_id": ours["account_id"],
                "phone_number": PHONE,
                "name": "Ana Ferreira",
                "is_group": False,
                "is_active": True,
                "ai_enabled": False,
                "is_whitelisted": True,
                "agent_mode": "off",
                "unread_count": 1,
                "last_message": "Hello",
                "last_message_time": ours["last_message_at"],
            }
        ],
    }


async def test_the_list_of_chats_goes_on_page_by_page(h: TestHouse) -> None:
    for number in range(3):
        await hear(h, "Hello", phone=f"44770090012{number}", at=h.clock.now() - number * 1_000)
    first = await ask(h, CHATS, limit=2)
    rest = await ask(h, CHATS, limit=2, before=first["next"])
    assert [chat["id"][:12] for page in (first, rest) for chat in page["chats"]] == [
        "447700900120",
        "447700900121",
        "447700900122",
    ]
    assert rest["next"] is None


async def test_the_history_of_a_chat_is_in_the_order_of_time(h: TestHouse) -> None:
    await hear(h, "One", wamid="wamid.ONE", at=h.clock.now() - 2_000)
    await hear(h, "Two", wamid="wamid.TWO", at=h.clock.now() - 1_000)
    [first, second] = (await ask(h, f"{CHAT}/messages", limit=50))["messages"]
    assert first == {
        "id": "wamid.ONE",
        "whatsapp_id": "wamid.ONE",
        "chat_id": f"{PHONE}@c.us",
        "body": "One",
        "message_type": "text",
        "from_me": False,
        "timestamp": (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"][0]["provider_time"],
        "status": "received",
        "has_media": False,
        "media_path": None,
        "llm_processed": False,
        "llm_response": None,
    }
    assert second["id"] == "wamid.TWO"
    page = await ask(h, f"{CHAT}/messages", limit=1)
    assert [one["id"] for one in page["messages"]] == ["wamid.TWO"]
    assert [one["id"] for one in (await ask(h, f"{CHAT}/messages", before=page["next"]))["messages"]] == ["wamid.ONE"]


async def test_what_we_write_keeps_our_id_and_is_from_me(h: TestHouse) -> None:
    await hear(h)
    ours = (await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "At nine."})).json()
    before = (await ask(h, f"{CHAT}/messages"))["messages"][-1]
    await h.idle()
    after = (await ask(h, f"{CHAT}/messages"))["messages"][-1]
    assert [(one["id"], one["from_me"], one["body"]) for one in (before, after)] == [(ours["id"], True, "At nine.")] * 2
    assert after["whatsapp_id"] is not None


async def test_what_the_agent_answered_stands_beside_the_question(tmp_path: Path) -> None:
    async with fake(tmp_path) as line:
        await line.arrive(line.message("When do you open?"))
        await line.idle()
        [asked, answered] = (await ask(line.house, f"{CHATS}/{ANA}/messages"))["messages"]
    assert (asked["llm_processed"], asked["llm_response"]) == (True, "We open at nine.")
    assert (answered["body"], answered["llm_processed"], answered["llm_response"]) == ("We open at nine.", False, None)


FORMS = [PHONE, f"%2B{PHONE}", f"+{PHONE}", f"{PHONE}@c.us", f"{PHONE}%40c.us", f"{PHONE}@s.whatsapp.net"]


@pytest.mark.parametrize("form", FORMS)
async def test_a_chat_is_found_by_every_form_of_its_phone(h: TestHouse, form: str) -> None:
    await hear(h)
    assert len((await ask(h, f"{CHATS}/{form}/messages"))["messages"]) == 1


async def test_a_chat_is_found_by_its_hidden_id_its_group_and_the_id_in_the_list(tmp_path: Path) -> None:
    async with fake(tmp_path, config=OPEN_HOUSE.replace("auto", "off")) as line:
        hidden = line.message("Hello", who=("7701234567@lid",))
        group = line.message("Hello all", group=Address(AddressKind.GROUP, "120363021234567890@g.us"))
        await line.arrive(hidden, group)
        forms = [one["id"] for one in (await ask(line.house, CHATS))["chats"]]
        assert sorted(forms) == ["120363021234567890@g.us", "7701234567@lid"]
        for form in (*forms, "7701234567%40lid", "120363021234567890%40g.us"):
            assert len((await ask(line.house, f"{CHATS}/{form}/messages"))["messages"]) == 1, form


async def test_whom_two_lines_know_is_asked_for_by_the_id_of_the_chat(tmp_path: Path) -> None:
    async with fake(tmp_path, config=OPEN_HOUSE.replace("auto", "off")) as line:
        other = await line.desk.accounts.add("fake", name="Other", options={"number": "452"})
        await line.arrive(line.message("Hello"))
        second = Delivery("452", (line.message("Hello there"),))
        await line.desk.intake.receive(line.channel.name, [second], allowed=frozenset({other}))
        asked = await line.house.http.get(f"{CHATS}/{ANA}@c.us/messages")
        assert other in refused(asked, 409)
        for chat in (await ask(line.house, CHATS))["chats"]:
            [message] = (await ask(line.house, f"{CHATS}/{chat['chat_id']}/messages"))["messages"]
            assert message["body"] == chat["last_message"]


async def test_the_whitelist_is_the_chats_trust_and_toggles(h: TestHouse) -> None:
    await hear(h)
    for trusted in (False, True):
        answer = (await h.http.post(f"{CHAT}/toggle-whitelist")).json()
        assert (answer["success"], answer["chat_id"], answer["is_whitelisted"]) == (True, f"{PHONE}@c.us", trusted)
        assert (await ask(h, f"/api/v1/chats/{PHONE}"))["trusted"] is trusted


@pytest.mark.parametrize(("before", "after"), [("off", "auto"), ("auto", "off"), ("draft", "off")])
async def test_ai_is_the_chats_agent_mode_and_toggles(h: TestHouse, before: str, after: str) -> None:
    await hear(h)
    await h.http.patch(f"/api/v1/chats/{PHONE}", json={"agent_mode": before})
    answer = (await h.http.post(f"{CHAT}/toggle-ai")).json()
    assert (answer["success"], answer["ai_enabled"]) == (True, after == "auto")
    assert (await ask(h, f"/api/v1/chats/{PHONE}"))["agent_mode"] == after


async def test_ai_alone_is_said_not_to_be_enough(h: TestHouse) -> None:
    await hear(h)
    await h.http.post(f"{CHAT}/toggle-whitelist")
    assert "trusted too" in (await h.http.post(f"{CHAT}/toggle-ai")).json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{CHATS}/447700900999/messages", 404),
        ("POST", f"{CHATS}/447700900999/toggle-ai", 404),
        ("GET", f"{CHATS}/+12/messages", 422),
        ("GET", f"{CHATS}?limit=x", 422),
        ("GET", "/api/whatsapp/nowhere", 404),
        ("DELETE", CHATS, 405),
        ("GET", "/api/files/..%2f..%2fsecret.key", 404),
        ("GET", "/api/files/med_0.png", 404),
        ("GET", "/sessions/acc_0/status", 404),
    ],
)
async def test_an_error_is_a_sentence_without_success(h: TestHouse, method: str, path: str, status: int) -> None:
    sentence = refused(await h.http.request(method, path, headers={"Accept": "text/html"}), status)
    assert sentence.endswith(".")


async def test_our_own_routes_keep_their_problems(h: TestHouse) -> None:
    answer = await h.http.get("/api/v1/chats/447700900999")
    assert (answer.headers["content-type"], answer.json()["status"]) == ("application/problem+json", 404)


async def test_a_chat_on_two_lines_is_asked_for_more_closely(tmp_path: Path) -> None:
    async with fake(tmp_path) as line:
        await line.arrive(line.message("Hello"))
        other = await line.desk.accounts.add("fake", name="Other", options={"number": "452"})
        again = Delivery("452", (line.message("Hello again"),))
        await line.desk.intake.receive("fake", [again], allowed=frozenset({other}))
        sentence = refused(await line.house.http.get(f"{CHATS}/{ANA}/messages"), 409)
        assert other in sentence
        assert len((await ask(line.house, f"{CHATS}/{other}:{ANA}/messages"))["messages"]) == 1


async def test_keys_cookies_scopes_and_origins_are_those_of_the_api(tmp_path: Path) -> None:
    async with house(tmp_path, cors_origins="https://app.example.com") as h:
        transport = httpx2.ASGITransport(app=h.built.web)
        async with httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test") as stranger:
            answer = await stranger.get(CHATS, headers={"Origin": "https://app.example.com"})
        refused(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
        reads, writes = await key(h, "read"), await key(h, "write")
        assert (await h.http.get(CHATS, headers=reads)).status_code == 200
        for doer, status in ((reads, 403), (writes, 404)):
            refused(await h.http.post(f"{CHAT}/toggle-ai", headers=doer), status)
        async with visit(h, role="operator") as operator:
            assert (await operator.get(CHATS)).status_code == 200
            del operator.headers["X-CSRF-Token"]
            refused(await operator.post(f"{CHAT}/toggle-ai"), 403)


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def picture(line: FakeLine, name: str, **more: Any) -> dict[str, Any]:
    """The message with a picture of that name, once the file is there."""
    line.channel.files[name] = PNG
    media = MediaRef(name, "image/png", name=name)
    await line.arrive(line.message(None, kind="image", media=media, **more))
    await line.idle()
    found: dict[str, Any] = (await ask(line.house, f"{CHATS}/{ANA}/messages"))["messages"][-1]
    return found


async def test_a_file_is_given_by_the_name_that_its_message_says(tmp_path: Path) -> None:
    async with fake(tmp_path, config=OPEN_HOUSE.replace("auto", "off")) as line:
        message = await picture(line, "1696431234567_85290511427_c_us.png")
        assert (message["has_media"], message["media_path"].endswith(".png")) == (True, True)
        for name in (message["media_path"], message["media_path"].removesuffix(".png")):
            answer = await line.house.http.get(f"/api/files/{name}")
            assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PNG, "image/png")
        part = await line.house.http.get(f"/api/files/{message['media_path']}", headers={"Range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, b"PNG")


async def test_a_file_is_given_by_the_name_under_which_it_came_while_there_is_one_of_it(tmp_path: Path) -> None:
    async with fake(tmp_path, config=OPEN_HOUSE.replace("auto", "off")) as line:
        await picture(line, "1696431234567_85290511427_c_us.png")
        by_name = "/api/files/1696431234567_85290511427_c_us.png"
        assert (await line.house.http.get(by_name)).content == PNG
        await picture(line, "1696431234567_85290511427_c_us.png")
        assert "Several files" in refused(await line.house.http.get(by_name), 409)


async def test_a_file_needs_the_same_right_as_our_media(h: TestHouse) -> None:
    transport = httpx2.ASGITransport(app=h.built.web)
    async with httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test") as stranger:
        refused(await stranger.get("/api/files/med_0.png"), 401)
