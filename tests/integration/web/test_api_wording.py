"""Every refusal is a problem, and says in our own words what is wrong and what is wanted."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_house import PHONE, api_house, ask, hear
from test_api_house import PNG

from frontdesk.testing.house import TestHouse
from frontdesk.web.frame import LIMIT

CHAT = f"/api/v1/chats/{PHONE}"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
LIBRARY = re.compile(
    r"Field required|Input should|Extra inputs|parsing the body|boundary in|class '|Value error|String"
)


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "words"),
    [
        ("POST", "/api/v1/takeover", {"json": {}}, 422, "“phone” is missing"),
        ("POST", "/api/v1/takeover", {"json": []}, 422, "The body must be an object with names and values"),
        ("POST", "/api/v1/takeover", {}, 422, "The body is missing"),
        ("PATCH", CHAT, {"json": {"colour": 1, "size": 2}}, 422, "“colour” is not known here"),
        ("PATCH", CHAT, {"json": {"agent_mode": "on"}}, 422, "“agent_mode” must be off, draft or auto"),
        ("POST", f"{CHAT}/messages", {"json": {"text": "x", "media": 1}}, 422, "“media” must be a text"),
        ("GET", "/api/v1/chats?limit=0", {}, 422, "“limit” must be at least 1"),
        ("POST", "/api/v1/takeover", {"content": b'{"phone":"\xff"}', "headers": JSON}, 400, "not a JSON document"),
        ("POST", "/api/v1/takeover", {"content": b"{", "headers": JSON}, 400, "not a JSON document"),
        ("POST", "/api/v1/takeover", {"content": b"[" * 100_000, "headers": JSON}, 400, "not a JSON document"),
        (
            "POST",
            "/api/v1/takeover",
            {"content": b"x", "headers": {"Content-Type": "text/plain"}},
            415,
            "application/json",
        ),
        ("POST", "/api/v1/takeover", {"content": b" " * (LIMIT + 1), "headers": JSON}, 413, "1 MB"),
        ("POST", "/api/v1/media", {"headers": {"Content-Type": "multipart/form-data"}}, 400, "has no boundary"),
        ("POST", "/api/v1/media", {"content": b"--x", "headers": FORM}, 400, "The form cannot be read"),
        ("POST", "/api/v1/media", {"data": {"file": "x", "account_id": "a"}}, 422, "“file” must be a file"),
        ("GET", "/ws", {}, 426, "This is a WebSocket"),
    ],
)
async def test_a_refusal_is_a_problem_in_our_words(
    h: TestHouse, method: str, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    await hear(h)
    answer = await h.http.request(method, path, **sent)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert words in answer.json()["detail"]
    assert not LIBRARY.search(answer.text)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=5-2", 400),
        ("bytes=abc", 400),
        ("lines=1-2", 400),
        ("bytes=", 400),
        ("bytes=-", 400),
        ("bytes=99999-", 416),
        ("bytes=-0", 416),
        ("bytes=0-3", 206),
        ("bytes=-4", 206),
        ("bytes=60-99999", 206),
        ("bytes=0-1,4-5", 206),
    ],
)
async def test_a_part_that_cannot_be_given_is_refused_in_words(h: TestHouse, wanted: str, status: int) -> None:
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    form = {"account_id": account["id"]}
    made = await h.http.post("/api/v1/media", data=form, files={"file": ("a.png", PNG, "image/png")})
    answer = await h.http.get(f"/api/v1/media/{made.json()['id']}", headers={"Range": wanted})
    assert answer.status_code == status
    if status >= 400:
        assert (answer.headers["content-type"], answer.json()["status"]) == ("application/problem+json", status)
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(PNG)}"


async def test_the_numbers_hold_every_count_of_the_ledger(h: TestHouse) -> None:
    await hear(h)
    balance = await ask(h, "/api/v1/ledger")
    numbers = (await h.http.get("/metrics")).text
    shown = dict(re.findall(r'^frontdesk_ledger\{entry="(\w+)"\} (\d+)', numbers, re.MULTILINE))
    counts = {name: str(count) for name, count in balance.items() if name not in ("refused", "balanced")}
    assert counts.items() <= shown.items()
    assert shown["refused"] == str(sum(balance["refused"].values()))
