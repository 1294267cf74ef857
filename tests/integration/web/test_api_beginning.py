"""Beginning a chat by the API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_house import PHONE, api_house, ask, hear, key

from frontdesk.desk.outbox import NEVER_WROTE
from frontdesk.testing.house import TestHouse

NEW = "/api/v1/chats"
TEMPLATE: dict[str, Any] = {"kind": "template", "content": {"name": "hello_world", "language": "en_US"}}


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def begin(h: TestHouse, address: str = f"+{PHONE}", **given: Any) -> httpx2.Response:
    """Begin on the only line."""
    headers = given.pop("headers", {})
    account_id = given.pop("account_id", None) or h.desk.accounts.all()[0].row.id
    return await h.http.post(NEW, json={"account_id": account_id, "address": address, **given}, headers=headers)


async def test_free_words_to_a_stranger_are_refused_on_a_line_of_metas(h: TestHouse) -> None:
    answer = await begin(h, text="Good morning")
    assert (answer.status_code, answer.json()["detail"]) == (409, NEVER_WROTE)
    assert (await ask(h, NEW))["items"] == []


async def test_a_template_begins_a_chat(h: TestHouse) -> None:
    answer = await begin(h, **TEMPLATE)
    assert (answer.status_code, answer.json()["kind"], answer.json()["author"]) == (202, "template", "operator")
    chat = await ask(h, f"{NEW}/{PHONE}")
    assert (chat["id"], chat["held_by"] is not None) == (answer.json()["chat_id"], True)


async def test_who_has_a_chat_is_written_to_there(h: TestHouse) -> None:
    await hear(h)
    answer = await begin(h, f"{PHONE}@c.us", text="Good morning")
    assert answer.status_code == 202
    assert answer.json()["chat_id"] == (await ask(h, f"{NEW}/{PHONE}"))["id"]


async def test_a_key_sends_once_and_stands_for_one_message(h: TestHouse) -> None:
    first = await begin(h, **TEMPLATE, idempotency_key="a1")
    again = await begin(h, **TEMPLATE, headers={"Idempotency-Key": "a1"})
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other: dict[str, Any] = {**TEMPLATE, "content": {"name": "other", "language": "en_US"}}
    assert (await begin(h, **other, idempotency_key="a1")).status_code == 409


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({"account_id": "acc_0", "text": "Hi"}, 404, "no such account"),
        ({"address": "912", "text": "Hi"}, 422, "country code"),
        ({"address": " ", "text": "Hi"}, 422, "Give the phone number"),
        ({"address": "120363041234567890@g.us", "text": "Hi"}, 422, "group"),
        ({"address": "+351210000100", "text": "Hi"}, 422, "this line itself"),
        ({}, 422, "nothing to send"),
        ({"text": "x" * 4097}, 422, "4096 are allowed"),
        ({"text": "Hi", "kind": "smoke"}, 409, "smoke"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(h: TestHouse, given: Any, status: int, says: str) -> None:
    answer = await begin(h, **given)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert (await ask(h, NEW))["items"] == []


async def test_who_may_only_read_begins_nothing(h: TestHouse) -> None:
    answer = await begin(h, **TEMPLATE, headers=await key(h, "read"))
    assert answer.status_code == 403
