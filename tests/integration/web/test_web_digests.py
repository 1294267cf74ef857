"""Digests by the API and on their pages: everybody has their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from inbox_visit import visit

from frontdesk.kit.clock import SECOND
from frontdesk.testing.desk import FakeLine, fake_line

API = "/api/v1/digests"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config='timezone = "Europe/Lisbon"', public_url="https://desk.example.com") as line:
        await line.arrive(line.message("Where is my <parcel>?"))
        await line.idle()
        line.clock.advance(SECOND)
        yield line


async def made(line: FakeLine, path: str) -> Any:
    answer = await line.house.http.post(f"{API}/{path}")
    assert answer.status_code == 202, answer.text
    await line.idle()
    return (await line.house.http.get(f"{API}/issues/{answer.json()['id']}")).json()


async def test_a_digest_is_added_changed_made_and_removed(line: FakeLine) -> None:
    http = line.house.http
    new = await http.post(API, json={"schedule": "weekdays at 8:00", "to": ["inbox", "notify"], "language": "pt"})
    assert new.status_code == 201, new.text
    digest = new.json()
    assert (digest["enabled"], digest["to"], digest["of"]["chats"]) == (True, ["inbox", "notify"], [])
    assert digest["next_at"] is not None
    changed = (await http.patch(f"{API}/{digest['id']}", json={"enabled": False})).json()
    assert (changed["enabled"], changed["next_at"], changed["schedule"]) == (False, None, "weekdays at 8:00")
    issue = await made(line, f"{digest['id']}/now")
    assert issue["state"] == "made"
    assert "À sua espera" in issue["text"]
    chat = await line.chat()
    assert f"https://desk.example.com/chats/{chat.id}" in issue["text"]
    assert issue["content"]["waiting"][0]["chat_id"] == chat.id
    assert [one["id"] for one in (await http.get(f"{API}/issues")).json()["items"]] == [issue["id"]]
    assert (await http.delete(f"{API}/{digest['id']}")).status_code == 204
    assert (await http.get(f"{API}/{digest['id']}")).status_code == 404
    assert (await http.get(f"{API}/issues/{issue['id']}")).status_code == 404


async def test_a_schedule_that_is_none_is_refused_with_examples(line: FakeLine) -> None:
    answer = await line.house.http.post(API, json={"schedule": "whenever"})
    assert answer.status_code == 422
    assert "weekdays at 8:30" in answer.json()["detail"]


async def test_one_of_the_last_day_can_be_had_without_ordering_anything(line: FakeLine) -> None:
    first, second = await made(line, "now"), await made(line, "now")
    assert "Where is my <parcel>?" in first["text"]
    assert first["digest_id"] == second["digest_id"]


async def test_nobody_reads_the_digests_of_another_and_an_operator_sends_none_to_the_owner(line: FakeLine) -> None:
    async with visit(line.house, role="operator", login="ana") as ana, visit(line.house, login="bea") as bea:
        own = (await ana.post(API, json={"schedule": "daily"})).json()
        issue = (await ana.post(f"{API}/{own['id']}/now")).json()
        await line.idle()
        assert [one["id"] for one in (await bea.get(API)).json()["items"]] == []
        for path in (f"{API}/{own['id']}", f"{API}/issues/{issue['id']}", f"/digests/issues/{issue['id']}"):
            assert (await bea.get(path)).status_code == 404, path
            assert (await ana.get(path)).status_code == 200, path
        assert (await ana.patch(f"{API}/{own['id']}", json={"to": ["self"]})).status_code == 403


async def test_who_sees_some_lines_is_told_of_these_only(line: FakeLine) -> None:
    async with visit(line.house, role="operator", login="ana") as ana:
        people = (await line.house.http.get("/api/v1/users")).json()["items"]
        who = next(one["id"] for one in people if one["login"] == "ana")
        await line.house.http.patch(f"/api/v1/users/{who}", json={"sees": "given", "accounts": []})
        issue = (await ana.post(f"{API}/now")).json()
        await line.idle()
        text = (await ana.get(f"{API}/issues/{issue['id']}")).json()["text"]
        assert "parcel" not in text
        assert "Nothing came in." in text


async def test_the_page_takes_an_order_says_what_is_wrong_with_it_and_shows_what_was_made(line: FakeLine) -> None:
    async with visit(line.house) as client:
        assert "No digest yet" in (await client.get("/digests")).text
        given = {"schedule": "every day at 8:00", "name": "Morning", "enabled": "yes", "way": ["inbox", "self"]}
        saved = (await client.post("/digests", data=given)).text
        assert "Morning" in saved
        assert "Next: " in saved
        wrong = (await client.post("/digests", data=given | {"schedule": "often"})).text
        assert "is no schedule that is understood" in wrong
        answer = await client.post("/digests/now")
        await line.idle()
        page = (await client.get(answer.headers["hx-redirect"])).text
        assert "Waiting on you" in page
        assert "Where is my &lt;parcel&gt;?" in page
        assert f'href="/chats/{(await line.chat()).id}"' in page
        assert "Made without a model" in page
        listed = (await client.get("/digests")).text
        assert "1 waiting · 1 in" in listed


async def test_a_viewer_reads_and_orders_nothing(line: FakeLine) -> None:
    async with visit(line.house, role="viewer") as client:
        page = (await client.get("/digests")).text
        assert "Add a digest" not in page
        assert (await client.post("/digests", data={"schedule": "daily"})).status_code == 403


async def test_a_digest_in_portuguese_has_no_english_days_in_its_sentences(line: FakeLine) -> None:
    new = (await line.house.http.post(API, json={"language": "pt"})).json()
    issue = await made(line, f"{new['id']}/now")
    async with visit(line.house) as client:
        page = (await client.get(f"/digests/issues/{issue['id']}")).text
    assert "desde 18/11 11:06" in page
    assert "Today" not in page.partition('id="issue"')[2]


async def test_a_digest_that_was_not_told_has_a_button_that_tells_it_again(line: FakeLine) -> None:
    new = (await line.house.http.post(API, json={"to": ["self"]})).json()
    issue = await made(line, f"{new['id']}/now")
    path = f"issues/{issue['id']}/tell"
    async with visit(line.house) as client:
        assert f'hx-post="/digests/{path}"' in (await client.get(f"/digests/issues/{issue['id']}")).text
        assert "could not be told" in (await client.post(f"/digests/{path}")).text
        assert (await line.house.http.post(f"{API}/{path}")).json()["told"][0]["state"] == "failed"
        plain = f"issues/{(await made(line, 'now'))['id']}"
        assert "Tell it again" not in (await client.get(f"/digests/{plain}")).text
        assert "was told wherever it is to go" in (await client.post(f"/digests/{plain}/tell")).text
    assert (await line.house.http.post(f"{API}/{plain}/tell")).status_code == 409
