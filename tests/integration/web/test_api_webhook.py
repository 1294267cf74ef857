"""The door of arrivals: 200 means stored, and nothing that is wrong is a fault of ours."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from api_house import PHONE, api_house, ask, hear, said, signed

from frontdesk.testing.house import TestHouse, house


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def post(h: TestHouse, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    return await h.http.post("/webhook", content=body, headers=signed(body) if headers is None else headers)


async def test_a_signed_webhook_is_stored_before_it_is_answered(h: TestHouse) -> None:
    answer = await hear(h, "Are you open?")
    assert answer.json() == {"status": "received"}
    [message] = (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"]
    assert (message["text"], message["direction"], message["status"]) == ("Are you open?", "inbound", "received")


async def test_a_webhook_needs_no_key(h: TestHouse) -> None:
    body = said("Hi")
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=h.built.web), base_url="http://x.test"
    ) as stranger:
        assert (await stranger.post("/webhook", content=body, headers=signed(body))).status_code == 200


@pytest.mark.parametrize("secret", ["another-secret", ""])
async def test_a_wrong_signature_is_refused_and_nothing_is_stored(h: TestHouse, secret: str) -> None:
    body = said("Hi")
    answer = await post(h, body, signed(body, secret) if secret else {})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "signature" in answer.json()["detail"].lower()
    assert (await ask(h, "/api/v1/chats"))["items"] == []


async def test_a_damaged_body_is_the_senders_fault(h: TestHouse) -> None:
    for body in (b"", b"{", b"\xff\xfe", b"not json", b'{"a":' * 100):
        assert (await post(h, body)).status_code == 400


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"1", b'{"entry":[]}', b'{"object":"page","entry":[{}]}'])
async def test_a_body_without_any_event_is_answered_all_the_same(h: TestHouse, body: bytes) -> None:
    assert (await post(h, body)).status_code == 200


async def test_a_body_over_3_mb_is_too_large_whether_or_not_its_length_is_told(h: TestHouse) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 65_536

    assert (await post(h, b"x" * (3 * 1024 * 1024 + 1))).status_code == 413
    told = await h.http.post("/webhook", content=pieces())
    assert told.status_code == 413
    assert told.json()["title"] == "Request Entity Too Large" or told.json()["status"] == 413


async def test_a_body_of_just_under_3_mb_in_pieces_is_read_whole(h: TestHouse) -> None:
    body = said("Hi", padding="x" * (2 * 1024 * 1024))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    answer = await h.http.post("/webhook", content=pieces(), headers=signed(body))
    assert answer.status_code == 200
    assert len((await ask(h, "/api/v1/chats"))["items"]) == 1


async def test_an_unknown_line_is_a_visible_dead_letter(h: TestHouse) -> None:
    body = said("Hi").replace(b"330000000000451", b"999999999999999")
    assert (await post(h, body)).status_code == 200
    [letter] = (await ask(h, "/api/v1/dead-letters"))["items"]
    assert (letter["line_ref"], letter["messages"], letter["count"]) == ("999999999999999", 1, 1)
    assert (await post(h, body)).status_code == 200
    [letter] = (await ask(h, "/api/v1/dead-letters"))["items"]
    assert letter["count"] == 2
    assert (await ask(h, "/api/v1/ledger"))["balanced"]


async def test_the_verification_gives_the_challenge_back_to_who_knows_the_word(h: TestHouse) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
    right = await h.http.get("/webhook", params=query)
    assert (right.status_code, right.text) == (200, "1158201444")
    assert right.headers["content-type"].startswith("text/plain")
    wrong = await h.http.get("/webhook", params={**query, "hub.verify_token": "guess"})
    assert wrong.status_code == 403


async def test_without_any_line_development_keeps_what_comes_as_a_dead_letter(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        assert (await post(h, said("Hi"), {})).status_code == 200
        [letter] = (await ask(h, "/api/v1/dead-letters"))["items"]
        assert "330000000000451" in letter["line_ref"]
        assert (await post(h, b"{", {})).status_code == 400


async def test_without_any_line_production_accepts_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, environment="production") as h:
        assert (await post(h, said("Hi"), {})).status_code == 403


async def test_in_production_no_line_believes_a_webhook_without_a_signature(tmp_path: Path) -> None:
    options = {"phone_number_id": "330000000000451", "access_token": "t", "accepts_unsigned": True}
    async with house(tmp_path) as h:
        await h.desk.accounts.add("cloud", name="Open", options=options)
    async with house(tmp_path, environment="production") as h:
        assert (await post(h, said("Hi"), {})).status_code == 403


async def test_in_production_a_line_that_is_added_or_changed_is_believed_by_its_secret_at_once(tmp_path: Path) -> None:
    options = {"phone_number_id": "330000000000451", "access_token": "t", "app_secret": "first"}
    async with house(tmp_path, environment="production") as h:
        answers = [await post(h, body := said("Hi"), signed(body, "first"))]
        account = await h.desk.accounts.add("cloud", name="Clinic", options=options)
        answers += [await post(h, body := said("Hi"), signed(body, "first"))]
        await h.desk.accounts.change(account, options={"app_secret": "second"})
        answers += [await post(h, body := said("Hi"), signed(body, secret)) for secret in ("first", "second")]
    assert [answer.status_code for answer in answers] == [403, 200, 403, 200]


async def test_other_methods_are_told_what_is_taken(h: TestHouse) -> None:
    answer = await h.http.put("/webhook")
    assert answer.status_code == 405
    assert answer.json()["status"] == 405


async def test_the_answer_carries_the_safe_headers(h: TestHouse) -> None:
    answer = await hear(h)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_text_that_no_database_can_carry_is_kept_safe(h: TestHouse) -> None:
    body = said("x").replace(b'"x"', json.dumps("a\0b").encode()[:-1] + b'\\ud800"')
    assert (await post(h, body)).status_code == 200
    [message] = (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"]
    assert message["text"] == "a␀b�"
