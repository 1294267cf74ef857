"""Each operator is told in the browser of what matters enough to them, on the lines that they see."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from inbox_visit import visit

from frontdesk.desk.importance import SOON
from frontdesk.kit.clock import HOUR, SECOND
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import FakeLine, fake_line

CONFIG = 'timezone = "Europe/Lisbon"\n[urgent]\nquiet = "22:00-07:00"\n[importance]\nwords = ["lawyer"]\n'
NOON = int(datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Europe/Lisbon")).timestamp()) * SECOND
URGENT = "This is urgent, please call me back immediately!"
ME = "/api/v1/me"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=CONFIG, clock=FrozenClock(NOON)) as line:
        yield line


async def says(line: FakeLine, text: str, *, name: str = "Ana <b>") -> tuple[str, int]:
    """Id and importance of what somebody wrote."""
    await line.arrive(line.message(text, name=name))
    await line.idle()
    await line.desk.importance.close()
    await line.pass_time(SOON)
    row = (await line.messages("inbound"))[-1]
    assert row.importance
    return row.id, row.importance


async def told(client: httpx2.AsyncClient, *message_ids: str) -> str:
    answer = await client.get("/inbox/told", params={"message": list(message_ids)})
    assert answer.status_code == (200 if answer.text else 204)
    return answer.text


async def test_the_browser_tells_from_the_threshold_of_the_house_on_until_an_operator_sets_their_own(
    line: FakeLine,
) -> None:
    urgent, five = await says(line, URGENT)
    usual, less = await says(line, "Good morning, when do you open tomorrow?")
    assert less < five == 5
    async with visit(line.house, role="viewer") as client:
        assert 'data-from="5"' in (await client.get("/")).text
        assert "Ana &lt;b&gt;" in await told(client, urgent)
        assert await told(client, usual) == ""
        saved = await client.post("/you/alerts", data={"threshold": str(less), "quiet": ""})
        assert f'data-from="{less}"' in saved.text
        assert f"/chats/{(await line.chat()).id}" in await told(client, usual)
        assert "2 things need you" in await told(client, urgent, usual)
        await client.post("/you/alerts", data={"threshold": "6"})
        assert "The browser tells you of no message." in (await client.get("/you")).text
        assert await told(client, urgent) == ""
    async with visit(line.house, login="bo") as other:  # what one sets holds for nobody else
        assert await told(other, urgent) != ""


async def test_in_their_own_quiet_hours_an_operator_is_told_only_of_what_the_house_lets_through(
    line: FakeLine,
) -> None:
    usual, less = await says(line, "Good morning, when do you open tomorrow?")
    urgent, _ = await says(line, URGENT)
    async with visit(line.house) as client:
        await client.post("/you/alerts", data={"threshold": str(less), "quiet": "11:00 - 14:00"})
        page = (await client.get("/you")).text
        assert "Between 11:00 and 14:00 it is quiet, but for what matters 5." in page
        assert await told(client, usual) == ""
        assert await told(client, urgent) != ""
        line.clock.advance(11 * HOUR)  # to the night: the house's quiet hours are not theirs
        assert await told(client, usual) != ""
        await client.post("/you/alerts", data={"threshold": str(less), "quiet": ""})
        assert await told(client, usual) == ""
        await client.post("/you/alerts", data={"threshold": str(less), "quiet": "Never"})
        assert await told(client, usual) != ""


async def test_who_sees_some_lines_is_told_of_these_only(line: FakeLine) -> None:
    urgent, _ = await says(line, URGENT)
    async with visit(line.house, role="operator", sees="given", accounts=[]) as client:
        assert await told(client, urgent) == ""


async def test_quiet_hours_that_are_none_are_told_beside_their_field_and_change_nothing(line: FakeLine) -> None:
    async with visit(line.house) as client:
        refused = await client.post("/you/alerts", data={"threshold": "4", "quiet": "at night"})
        assert refused.status_code == 422
        assert "Quiet hours are two times of the day such as 22:00-07:00." in refused.text
        assert 'value="at night"' in refused.text
        assert (await client.get(ME)).json()["alert_from"] is None


async def test_a_program_of_an_operator_reads_and_sets_it_and_a_key_has_none(line: FakeLine) -> None:
    async with visit(line.house, role="viewer") as client:
        before = (await client.get(ME)).json()
        assert (before["login"], before["alert_from"], before["alert_quiet"]) == ("rita", None, None)
        changed = (await client.patch(ME, json={"alert_from": 3, "alert_quiet": "22:00-07:00"})).json()
        assert (changed["alert_from"], changed["alert_quiet"]) == (3, "22:00-07:00")
        kept = (await client.patch(ME, json={"alert_from": None})).json()
        assert (kept["alert_from"], kept["alert_quiet"]) == (None, "22:00-07:00")
        assert (await client.patch(ME, json={"alert_from": 0})).status_code == 422
        assert (await client.patch(ME, json={"alert_quiet": "x"})).status_code == 422
    assert (await line.house.http.get(ME)).status_code == 404
    assert (await line.house.http.patch(ME, json={"alert_from": 3})).status_code == 404
