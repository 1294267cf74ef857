"""The own chat, the pause of the whole house and the owner's settings, on the screen and in the API."""

from pathlib import Path
from typing import Any

import pytest
from inbox_visit import visit

from frontdesk.domain.operators import Role, Sees
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.testing.channels import UnofficialFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

SELF = "351210000100"
CONFIG = f'timezone = "Europe/Lisbon"\n{OPEN_HOUSE}[owner]\n[heartbeat]\nenabled = true\ntime = "08:15"\n'


@pytest.fixture
async def line(tmp_path: Path) -> Any:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=CONFIG, think=FakeThink()) as line:
        yield line


async def test_the_api_pauses_the_agent_and_ends_that(line: FakeLine) -> None:
    http = line.house.http
    assert (await http.get("/api/v1/pause")).json() == {"paused": False, "since": None, "until": None, "by": None}
    told = (await http.put("/api/v1/pause", json={"paused": True, "minutes": 30})).json()
    assert (told["paused"], told["by"]) == (True, "api")
    async with line.store.read() as read:
        state = await line.desk.pausing.state(read)
    assert state.until == line.clock.now() + 30 * MINUTE
    await line.pass_time(30 * MINUTE)
    assert (await http.get("/api/v1/pause")).json()["paused"] is False
    told = (await http.put("/api/v1/pause", json={"paused": True})).json()
    assert (told["paused"], told["until"]) == (True, None)
    assert (await http.put("/api/v1/pause", json={"paused": False})).json()["paused"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"paused": "yes"},
        {"paused": True, "minutes": 0},
        {"paused": True, "minutes": True},
        {"paused": True, "until": "2020-01-01T00:00:00Z"},
        {"paused": True, "until": "2126-01-01T00:00:00Z"},
        {"paused": True, "minutes": 5, "until": "2026-11-25T00:00:00Z"},
        {},
    ],
)
async def test_a_pause_that_cannot_be_is_refused(line: FakeLine, wrong: dict[str, object]) -> None:
    assert (await line.house.http.put("/api/v1/pause", json=wrong)).status_code == 422


async def test_the_api_says_how_the_owner_is_written_to(line: FakeLine) -> None:
    told = (await line.house.http.get("/api/v1/own-chat")).json()
    assert told == {
        "way": "The desk writes to you over “Shop”, in the chat of that number with itself.",
        "problem": None,
        "account_id": line.account_id,
        "muted_until": None,
    }


async def own(line: FakeLine) -> str:
    """The own chat, in which the desk has written something."""
    async with line.store.begin() as tx:
        await line.desk.own_chat.post(tx, text="Frontdesk is alive", key="k")
    await line.pass_time(SECOND)
    return str((await line.chat(SELF)).id)


async def test_the_own_chat_is_shown_as_you_with_a_mark(line: FakeLine) -> None:
    chat_id = await own(line)
    async with visit(line.house) as client:
        page = (await client.get("/")).text
        assert "Own chat" in page
        shown = (await client.get(f"/chats/{chat_id}")).text
        assert "Chat with You" in shown
        assert "what you write here is for the desk" in shown


async def test_the_pause_is_a_banner_with_a_button_that_ends_it(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", who=ANA))
    await line.pass_time(10 * SECOND)
    await line.desk.pausing.pause(by="owner", until=line.clock.now() + 60 * MINUTE)
    async with visit(line.house) as client:
        page = (await client.get("/")).text
        assert "The agent is paused in every chat until " in page
        assert 'hx-post="/inbox/resume"' in page
        pane = (await client.get(f"/chats/{(await line.chat(ANA)).id}")).text
        assert "The owner has paused the agent in every chat until" in pane
        assert "The agent answers again." in (await client.post("/inbox/resume")).text
        assert "paused in every chat" not in (await client.get("/")).text
    async with line.store.read() as read:
        assert await line.desk.pausing.state(read) is None


async def test_who_may_not_write_or_sees_some_lines_sees_the_banner_without_its_button(line: FakeLine) -> None:
    await line.desk.pausing.pause(by="owner")
    narrow: dict[str, Any] = {"role": Role.OPERATOR, "sees": Sees.GIVEN, "accounts": [line.account_id]}
    for more, status in (({"role": Role.VIEWER}, 403), (narrow, 409)):
        async with visit(line.house, login=str(more["role"]), **more) as client:
            page = (await client.get("/")).text
            assert "The agent is paused in every chat." in page
            assert "/inbox/resume" not in page
            assert (await client.post("/inbox/resume")).status_code == status
            assert ("Own chat" in (await client.get("/settings")).text) is (more is not narrow)


async def test_the_settings_say_how_the_owner_is_written_to(line: FakeLine) -> None:
    async with visit(line.house) as client:
        page = (await client.get("/settings")).text
    assert "The desk writes to you over “Shop”" in page
    assert "Daily at 08:15 (Europe/Lisbon)" in page


async def test_why_a_message_was_not_answered_names_the_pause(line: FakeLine) -> None:
    await line.desk.pausing.pause(by="owner")
    await line.arrive(line.message("Hello", who=ANA))
    await line.pass_time(10 * SECOND)
    (row,) = await line.messages("inbound")
    async with visit(line.house) as client:
        shown = (await client.get(f"/inbox/messages/{row.id}/why")).text
    assert "The owner has paused the agent in every chat." in shown
    told = (await line.house.http.get(f"/api/v1/messages/{row.id}/trace")).json()
    last = told["gates"][-1]
    assert (last["check"], last["reason"], last["passed"]) == ("The owner has not paused the agent", "paused", False)
