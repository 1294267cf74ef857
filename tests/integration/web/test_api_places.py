"""Places in lists, and the ids under which a chat is found."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from api_house import PHONE, api_house, ask, hear
from sqlalchemy import update

from frontdesk.store.tables import chats
from frontdesk.testing.house import TestHouse

GROUP = "Y2FwaV9ncm91cDoxMjM="


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


@pytest.mark.parametrize("path", ["alerts", "dead-letters", "notices", "knowledge", "chats", "search?q=a"])
async def test_a_place_that_is_none_is_refused_in_words(h: TestHouse, path: str) -> None:
    for before in ("x", "msg_x", "0.0x", "ALR_0"):
        answer = await h.http.get(f"/api/v1/{path}{'&' if '?' in path else '?'}before={before}")
        if not (before == "0.0x" and ("chats" in path or "search" in path)):
            assert (answer.status_code, "`next`" in answer.json()["detail"]) == (422, True), before


async def test_a_message_that_is_not_in_the_chat_is_no_place_in_it(h: TestHouse) -> None:
    await hear(h)
    await hear(h, phone="447700900124")
    [other] = (await ask(h, "/api/v1/chats/447700900124/messages"))["items"]
    for before in ("msg_x", other["id"], "x"):
        answer = await h.http.get(f"/api/v1/chats/{PHONE}/messages?before={before}")
        assert (answer.status_code, "`next`" in answer.json()["detail"]) == (422, True), before


async def test_the_places_that_lists_give_lead_through_them(h: TestHouse) -> None:
    for name in ("one.md", "two.md", "three.md"):
        await h.http.post("/api/v1/knowledge", json={"source": name, "text": f"## Title\nText of {name}"})
    found: list[str] = []
    before: dict[str, str] = {}
    for _ in range(3):
        page = await ask(h, "/api/v1/knowledge", limit=1, **before)
        found += [item["source"] for item in page["items"]]
        before = {"before": page["next"]}
    assert (sorted(found), page["next"]) == (["one", "three", "two"], None)


@pytest.mark.parametrize("within", [{}, {"chat": PHONE}])
async def test_a_search_leads_to_all_that_it_finds(h: TestHouse, within: dict[str, str]) -> None:
    for word in ("tea one", "tea two", "tea three"):
        await hear(h, word)
    found: list[str] = []
    before: dict[str, str] = {}
    for _ in range(3):
        page = await ask(h, "/api/v1/search", q="tea", limit=1, **within, **before)
        found += [item["text"] for item in page["items"]]
        before = {"before": page["next"]}
    assert (sorted(found), page["next"]) == (["tea one", "tea three", "tea two"], None)


async def test_a_group_of_the_cloud_is_found_by_its_own_address(h: TestHouse) -> None:
    await hear(h)
    async with h.built.store.begin() as tx:
        await tx.run(update(chats).values(group_ref=GROUP, contact_id=None))
    chat = (await ask(h, "/api/v1/chats"))["items"][0]
    assert chat["address"] == GROUP
    for form in (GROUP, quote(GROUP, safe=""), f"{chat['account_id']}:{GROUP}", f"{GROUP}@g.us"):
        assert (await ask(h, f"/api/v1/chats/{form}"))["id"] == chat["id"], form


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("00000000000", 422, "country code"),
        ("%2B0123456789", 422, "country code"),
        ("12345", 422, "country code"),
        ("%2B44%20(0)7700%20900201", 404, "Nobody has written"),
        ("acc_bad:447700900123", 404, "There is no account “acc_bad”"),
        ("CHT_01993AB0C2F40D5E8B7A61C2", 404, "no chat with this id"),
        ("nobody", 404, "not a phone number"),
    ],
)
async def test_an_id_that_leads_nowhere_says_why(h: TestHouse, text: str, status: int, words: str) -> None:
    answer = await h.http.get(f"/api/v1/chats/{text}")
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(("address", "words"), [("", "no address"), ("nobody", "not a phone number")])
async def test_a_line_that_is_there_is_not_called_missing(h: TestHouse, address: str, words: str) -> None:
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    answer = await h.http.get(f"/api/v1/chats/{account['id']}:{address}")
    assert (answer.status_code, words in answer.json()["detail"]) == (404, True), answer.text
    assert "no account" not in answer.text
