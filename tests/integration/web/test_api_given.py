"""What comes in by JSON: made keepable at the edge, refused in words, and counted once under its key."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_house import PHONE, api_house, ask, hear

from frontdesk.testing.house import TestHouse

CHAT = f"/api/v1/chats/{PHONE}"


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def given(h: TestHouse, method: str, path: str, body: str) -> Any:
    """The answer to a body written by hand, so that its escapes are those that are tested."""
    answer = await h.http.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 300, answer.text
    return answer.json()


async def refused(h: TestHouse, method: str, path: str, body: str) -> None:
    """A body with a number in it that cannot be kept is refused, and nothing is made of it."""
    await hear(h)
    answer = await h.http.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "beyond 64 bits" in answer.json()["detail"]) == (422, True), answer.text
    assert {message["direction"] for message in (await ask(h, f"{CHAT}/messages"))["items"]} == {"inbound"}


async def test_no_field_keeps_a_nul_or_half_a_character(h: TestHouse) -> None:
    await hear(h)
    named = await given(h, "PATCH", CHAT, r'{"name":"A\u0000na","labels":["v\u0000ip","x\ud800"]}')
    assert (named["name"], named["labels"]) == ("A␀na", ["v␀ip", "x�"])
    held = await given(h, "POST", f"{CHAT}/take-over", r'{"reason":"wh\u0000y"}')
    assert held["held"]["reason"] == "wh␀y"
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    changed = await given(h, "PATCH", f"/api/v1/accounts/{account['id']}", r'{"name":"Li\u0000ne"}')
    assert changed["name"] == "Li␀ne"
    sent = await given(h, "POST", f"{CHAT}/messages", r'{"text":"Hi\u0000","idempotency_key":"k\u0000\udfff"}')
    assert (sent["text"], sent["idempotency_key"]) == ("Hi␀", "k␀�")


async def test_a_nul_in_the_address_finds_only_what_was_kept_with_one(h: TestHouse) -> None:
    await hear(h, "plain")
    assert (await h.http.get("/api/v1/search?q=%00")).json()["items"] == []
    assert (await h.http.get("/api/v1/chats?q=%00")).json()["items"] == []
    await hear(h, "with \0 inside")
    [found] = (await h.http.get("/api/v1/search?q=with%20%00")).json()["items"]
    assert found["text"] == "with ␀ inside"


async def test_a_body_that_is_nested_without_end_is_refused_in_words(h: TestHouse) -> None:
    await hear(h)
    body = '{"content":' + '{"a":' * 100 + "1" + "}" * 101
    answer = await h.http.post(f"{CHAT}/messages", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "deep" in answer.json()["detail"]) == (422, True)


async def test_a_line_is_given_to_no_operator_that_does_not_exist(h: TestHouse) -> None:
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    answer = await h.http.patch(f"/api/v1/accounts/{account['id']}", json={"owner_id": "nope"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such operator.")


async def test_a_draft_is_not_sent_with_an_empty_text(h: TestHouse) -> None:
    answer = await h.http.post("/api/v1/messages/msg_0/approve", json={"text": " "})
    assert (answer.status_code, "empty" in answer.json()["detail"]) == (422, True)


async def test_a_key_stands_for_one_text(h: TestHouse) -> None:
    await hear(h)
    first = await h.http.post(f"{CHAT}/messages", json={"text": "One", "idempotency_key": "k"})
    again = await h.http.post(f"{CHAT}/messages", json={"text": "One", "idempotency_key": "k"})
    other = await h.http.post(f"{CHAT}/messages", json={"text": "Two", "idempotency_key": "k"})
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (other.status_code, first.json()["id"] in other.json()["detail"]) == (409, True)
    phone = {"phone": PHONE, "message": "Two", "messageId": "k"}
    assert (await h.http.post("/api/v1/operator-message", json=phone)).status_code == 409
    assert len((await ask(h, f"{CHAT}/messages"))["items"]) == 2


async def test_a_key_stands_for_one_kind_and_content(h: TestHouse) -> None:
    await hear(h)
    place = {"kind": "location", "content": {"latitude": 1, "longitude": 2}, "idempotency_key": "k"}
    first = await h.http.post(f"{CHAT}/messages", json=place)
    again = await h.http.post(f"{CHAT}/messages", json=place)
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"]), first.text
    for other in ({"content": {"latitude": 1, "longitude": 3}}, {"kind": "contacts"}, {"kind": "text", "text": "x"}):
        assert (await h.http.post(f"{CHAT}/messages", json=place | other)).status_code == 409


async def test_an_empty_key_in_the_header_is_none(h: TestHouse) -> None:
    await hear(h)
    for text in ("One", "Two"):
        answer = await h.http.post(f"{CHAT}/messages", json={"text": text}, headers={"Idempotency-Key": ""})
        assert (answer.status_code, answer.json()["text"], answer.json()["idempotency_key"]) == (202, text, None)


async def test_an_empty_id_or_key_in_the_body_is_none(h: TestHouse) -> None:
    await hear(h)
    for text in ("One", "Two"):
        empty = {"text": text, "idempotency_key": "", "media": "", "reply_to": ""}
        answer = await h.http.post(f"{CHAT}/messages", json=empty)
        assert (answer.status_code, answer.json()["text"], answer.json()["idempotency_key"]) == (202, text, None)
    by_phone = {"phone": PHONE, "messageId": "", "media": "", "account": ""}
    made = [await h.http.post("/api/v1/operator-message", json=by_phone | {"message": text}) for text in ("3", "4")]
    assert [answer.status_code for answer in made] == [200, 200]
    assert [one["text"] for one in (await ask(h, f"{CHAT}/messages"))["items"]] == ["Hello", "One", "Two", "3", "4"]


@pytest.mark.parametrize("number", ["1" + "0" * 400, "18446744073709551616", "-9223372036854775809"])
async def test_a_number_beyond_64_bits_is_refused_at_any_depth(h: TestHouse, number: str) -> None:
    await refused(h, "POST", f"{CHAT}/messages", f'{{"text":"x","content":{{"n":{number}}}}}')
    await refused(h, "POST", f"{CHAT}/messages", f'{{"text":"x","content":{{"n":[{{"n":{number}}}]}}}}')
    await refused(h, "POST", "/api/v1/operator-message", f'{{"phone":"{PHONE}","message":{number}}}')
    await refused(h, "POST", "/api/v1/accounts", f'{{"channel":"cloud","name":"x","options":{{"n":{number}}}}}')


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"])
async def test_a_number_that_has_no_end_or_is_none_is_refused_at_any_depth(h: TestHouse, number: str) -> None:
    place = f'{{"kind":"location","content":{{"latitude":{number},"longitude":1}}}}'
    await refused(h, "POST", f"{CHAT}/messages", place)
    await refused(h, "POST", f"{CHAT}/take-over", f'{{"minutes":{number}}}')


async def test_the_largest_numbers_that_are_kept_come_back_as_they_were(h: TestHouse) -> None:
    await hear(h)
    body = '{"text":"x","content":{"most":18446744073709551615,"least":-9223372036854775808,"half":1.5e300}}'
    sent = await given(h, "POST", f"{CHAT}/messages", body)
    assert sent["content"] == {"most": 2**64 - 1, "least": -(2**63), "half": 1.5e300}
    assert (await ask(h, f"{CHAT}/messages"))["items"][-1]["content"] == sent["content"]


async def test_a_key_stands_for_one_reply(h: TestHouse) -> None:
    await hear(h, "One", wamid="wamid.ONE")
    await hear(h, "Two", wamid="wamid.TWO")
    one, two = [message["id"] for message in (await ask(h, f"{CHAT}/messages"))["items"]]
    reply = {"text": "Yes", "reply_to": one, "idempotency_key": "k"}
    first = await h.http.post(f"{CHAT}/messages", json=reply)
    assert (first.status_code, first.json()["reply_to"]) == (202, one)
    for same in (one, "wamid.ONE"):
        again = await h.http.post(f"{CHAT}/messages", json=reply | {"reply_to": same})
        assert (again.status_code, again.json()["id"]) == (202, first.json()["id"]), same
    for other in (two, "wamid.TWO", None):
        answer = await h.http.post(f"{CHAT}/messages", json=reply | {"reply_to": other})
        assert (answer.status_code, first.json()["id"] in answer.json()["detail"]) == (409, True), other
    assert len((await ask(h, f"{CHAT}/messages"))["items"]) == 3


@pytest.mark.parametrize("name", ["name", "options"])
async def test_null_for_what_a_line_cannot_be_without_is_refused(h: TestHouse, name: str) -> None:
    line = (await ask(h, "/api/v1/accounts"))["items"][0]
    answer = await h.http.patch(f"/api/v1/accounts/{line['id']}", json={name: None})
    assert (answer.status_code, name in answer.json()["detail"]) == (422, True), answer.text
    assert (await ask(h, f"/api/v1/accounts/{line['id']}"))["name"] == line["name"]


@pytest.mark.parametrize("nobody", [None, ""])
async def test_the_owner_of_a_line_is_taken_away_with_null(h: TestHouse, nobody: str | None) -> None:
    line = (await ask(h, "/api/v1/accounts"))["items"][0]
    owner = await h.desk.operators.add("rita", name="Rita", role="operator")
    url = f"/api/v1/accounts/{line['id']}"
    assert (await h.http.patch(url, json={"owner_id": owner.id})).json()["owner_id"] == owner.id
    assert (await h.http.patch(url, json={"name": "Reception"})).json()["owner_id"] == owner.id
    assert (await h.http.patch(url, json={"owner_id": nobody})).json()["owner_id"] is None


@pytest.mark.parametrize("name", ["name", "role", "disabled"])
async def test_null_for_what_an_operator_cannot_be_without_is_refused(h: TestHouse, name: str) -> None:
    rita = await h.desk.operators.add("rita", name="Rita", role="operator")
    answer = await h.http.patch(f"/api/v1/users/{rita.id}", json={name: None})
    assert (answer.status_code, name in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize("path", [f"{CHAT}/take-over", "/api/v1/takeover"])
async def test_true_is_no_number_of_minutes(h: TestHouse, path: str) -> None:
    await hear(h)
    answer = await h.http.post(path, json={"minutes": True} | ({} if "-" in path else {"phone": PHONE}))
    assert (answer.status_code, answer.json()["detail"]) == (422, "“minutes” must be a number, not true or false.")


async def test_a_phone_that_is_written_as_a_number_is_that_phone_or_none(h: TestHouse) -> None:
    await hear(h)
    await hear(h, phone=f"{PHONE}0")
    taken = await h.http.post("/api/v1/takeover", json={"phone": float(PHONE)})
    assert taken.json()["chat_id"] == (await ask(h, CHAT))["id"]
    half = await h.http.post("/api/v1/takeover", json={"phone": 4477009001.5})
    assert (half.status_code, half.json()["detail"]) == (422, "“phone” must be a text.")


async def test_what_is_wrong_with_the_options_of_a_line_is_a_whole_sentence(h: TestHouse) -> None:
    for options in ({}, {"send_url": "http://127.0.0.1:9", "token": "short"}, {"what": 1}):
        answer = await h.http.post("/api/v1/accounts", json={"channel": "bridge", "name": "x", "options": options})
        assert (answer.status_code, answer.json()["detail"][-1]) == (422, "."), answer.text
        assert ".." not in answer.json()["detail"]
