"""The page for a new chat: what it tells of each line, what it refuses, and who may open it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import httpx2
import pytest
from inbox_visit import visit

from frontdesk.domain.accounts import State
from frontdesk.testing.channels import UnofficialFake, WindowedFake
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import TestHouse

PART = {"HX-Request": "true"}
ONE_A_DAY = """
[care]
cold_contacts_per_day = 1
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
prompt = "You answer for a shop."
"""
BEN, CARL = "+44 7700 900456", "+44 7700 900789"


class Linked(UnofficialFake):
    """With a number of its own."""

    name: ClassVar[str] = "linkedish"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=Linked(), config=ONE_A_DAY) as line:
        yield line


async def _begin(client: httpx2.AsyncClient, line: FakeLine, phone: str = BEN, **more: str) -> httpx2.Response:
    headers = {} if more.pop("plain", "") else PART
    given = {"account_id": line.account_id, "phone": phone, "text": "Good morning", **more}
    return await client.post("/new", data=given, headers=headers)


def _fault(answer: httpx2.Response) -> str:
    found = re.search(r'id="begin-fault">.*?<span class="wrap">(.*?)</span>', answer.text, re.DOTALL)
    return found[1] if found else ""


async def test_the_chat_is_opened_with_or_without_a_script(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as client:
        answer = await _begin(client, line)
        again = await _begin(client, line, plain="yes")
    chat = await line.chat("447700900456")
    assert answer.headers["HX-Redirect"] == f"/chats/{chat.id}"
    assert (again.status_code, again.headers["Location"]) == (303, f"/chats/{chat.id}")


async def test_the_same_words_go_once_and_others_go_too(line: FakeLine) -> None:
    async with visit(line.house) as client:
        for text in ("Good morning", "Good morning ", "Are you there?"):
            assert "HX-Redirect" in (await _begin(client, line, text=text, key="key_1")).headers
    assert [text for text, _ in await line.out()] == ["Good morning", "Are you there?"]


@pytest.mark.parametrize(
    ("phone", "says"),
    [
        ("", "Give the phone number"),
        ("912 345 678", "with the country code and a plus"),
        ("+12", "with the country code"),
        ("Ben", "is not a phone number"),
    ],
)
async def test_a_number_that_is_none_is_told_and_what_was_typed_stays(line: FakeLine, phone: str, says: str) -> None:
    async with visit(line.house) as client:
        for plain in ("", "yes"):
            answer = await _begin(client, line, phone=phone, plain=plain)
            assert says in _fault(answer)
            assert "Good morning</textarea>" in answer.text
    assert await line.chats() == []


async def test_how_many_are_left_today_is_told_and_none_is_refused(line: FakeLine) -> None:
    async with visit(line.house) as client:
        assert "<b>1 of 1 first message left.</b>" in (await client.get("/new")).text
        await _begin(client, line)
        note = (await client.get("/new/line", params={"account_id": line.account_id}, headers=PART)).text
        assert "<b>None of 1 first message left.</b>" in note
        assert "<html" not in note
        assert "within 24 hours who never wrote to it" in _fault(await _begin(client, line, phone=CARL))
    assert len(await line.chats()) == 1


async def test_a_line_that_is_down_is_named_so(line: FakeLine) -> None:
    await line.desk.accounts.disconnect(line.account_id)
    await line.becomes(State.DISCONNECTED)
    async with visit(line.house) as client:
        page = (await client.get("/new")).text
        assert ", not connected</option>" in page
        assert 'id="note-down"' in page
        assert "is down" in _fault(await _begin(client, line))


async def test_a_line_with_a_window_says_that_it_needs_a_template(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=WindowedFake(), config=ONE_A_DAY) as line, visit(line.house) as client:
        page = (await client.get("/new")).text
        assert "a business sends a template that Meta has approved" in page
        assert 'id="note-care"' not in page
        assert "only with an approved template" in _fault(await _begin(client, line))
        await line.arrive(line.message(who="447700900456"))
        assert "HX-Redirect" in (await _begin(client, line)).headers


async def test_who_may_only_look_finds_no_way_to_begin(line: FakeLine) -> None:
    async with visit(line.house, role="viewer") as client:
        assert 'id="new-chat"' not in (await client.get("/")).text
        assert (await client.get("/new")).status_code == 403
        assert (await _begin(client, line)).status_code == 403
    async with visit(line.house, role="operator", login="otto") as client:
        assert 'id="new-chat"' in (await client.get("/")).text
    assert await line.chats() == []


async def test_without_a_line_the_page_leads_to_one(bare: TestHouse) -> None:
    async with visit(bare) as client:
        assert "No line yet" in (await client.get("/new")).text


@pytest.fixture
async def bare(line: FakeLine) -> TestHouse:
    await line.desk.accounts.remove(line.account_id)
    return line.house
