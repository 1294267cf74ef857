"""Who sees which line is set by admins: through the API, on the page of a line, and where an operator is made."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from inbox_visit import visit
from sqlalchemy import select

from frontdesk.domain.wire import Notice
from frontdesk.store.tables import given_accounts
from frontdesk.testing.desk import FakeLine, fake_line

ANA = "351911111111"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config="") as line:
        other_id = await line.desk.accounts.add("fake", name="Zebra line", options={"number": "452"})
        await line.desk.accounts.connect(other_id)
        await line.house.connected()
        await line.arrive(line.message("A lion came", who=ANA, name="Ana Lion"))
        await line.idle()
        yield line


def other(line: FakeLine) -> str:
    return str(next(one.row.id for one in line.desk.accounts.all() if one.row.id != line.account_id))


async def user(line: FakeLine, login: str) -> dict[str, Any]:
    people = (await line.house.http.get("/api/v1/users")).json()["items"]
    return next(one for one in people if one["login"] == login)


async def names(client: Any) -> list[str]:
    """The lines that somebody sees."""
    return [one["name"] for one in (await client.get("/api/v1/accounts")).json()["items"]]


async def set_to(line: FakeLine, login: str, **what: Any) -> Any:
    who = (await user(line, login))["id"]
    return await line.house.http.patch(f"/api/v1/users/{who}", json=what)


async def test_everybody_sees_every_line_until_somebody_says_otherwise(line: FakeLine) -> None:
    async with visit(line.house, role="viewer") as client:
        assert await names(client) == ["Shop", "Zebra line"]
        assert (await user(line, "rita"))["sees"] == "all"


async def test_what_somebody_sees_is_set_and_shown_by_the_api(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as client:
        changed = await set_to(line, "rita", sees="given", accounts=[other(line)])
        assert changed.status_code == 200, changed.text
        assert (changed.json()["sees"], changed.json()["accounts"]) == ("given", [other(line)])
        assert await user(line, "rita") == changed.json()
        assert await names(client) == ["Zebra line"]
        refused = await set_to(line, "rita", sees="some")
        assert refused.status_code == 422
        refused = await set_to(line, "rita", accounts=["acc_nowhere"])
        assert refused.status_code == 422
        assert "There is no account “acc_nowhere”" in refused.json()["detail"]
        assert await names(client) == ["Zebra line"]
        await set_to(line, "rita", sees="all")
        assert await names(client) == ["Shop", "Zebra line"]


async def test_who_is_made_with_lines_sees_only_these(line: FakeLine) -> None:
    new = {"login": "bo", "sees": "given", "accounts": [line.account_id], "password": "a calm short sentence"}
    made = await line.house.http.post("/api/v1/users", json=new)
    assert made.status_code == 201, made.text
    assert (made.json()["sees"], made.json()["accounts"]) == ("given", [line.account_id])


async def test_only_admins_say_who_sees_what(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as client:
        who = (await user(line, "rita"))["id"]
        assert (await client.patch(f"/api/v1/users/{who}", json={"sees": "all"})).status_code == 403
        assert (await client.get(f"/lines/{line.account_id}/people")).status_code == 403


async def test_owners_see_their_lines_and_admins_see_all_whatever_was_given(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as client:
        await set_to(line, "rita", sees="given")
        assert await names(client) == []
        owns = {"owner_id": (await user(line, "rita"))["id"]}
        await line.house.http.patch(f"/api/v1/accounts/{other(line)}", json=owns)
        assert await names(client) == ["Zebra line"]
        await set_to(line, "rita", role="admin")
        assert await names(client) == ["Shop", "Zebra line"]


async def test_a_line_that_is_added_later_is_seen_by_those_who_see_all(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as rita, visit(line.house, role="operator", login="bo") as bo:
        await set_to(line, "bo", sees="given", accounts=[line.account_id])
        await line.desk.accounts.add("fake", name="New line", options={"number": "453"})
        assert await names(rita) == ["Shop", "Zebra line", "New line"]
        assert await names(bo) == ["Shop"]


async def test_what_was_given_outlives_the_line_and_the_operator(line: FakeLine) -> None:
    async with visit(line.house, role="operator") as client:
        await set_to(line, "rita", sees="given", accounts=[line.account_id])
        assert (await line.house.http.delete(f"/api/v1/accounts/{line.account_id}")).status_code == 204
        assert await names(client) == []
        assert [one["name"] for one in (await client.get("/api/v1/chats")).json()["items"]] == ["Ana Lion"]
        await set_to(line, "rita", accounts=[other(line)])
        assert [one["name"] for one in (await client.get("/api/v1/chats")).json()["items"]] == ["Ana Lion"]
        await set_to(line, "rita", disabled=True)
    async with line.store.read() as read:
        assert len(await read.scalars(select(given_accounts.c.account_id))) == 2


async def test_the_page_of_a_line_shows_who_sees_it_and_changes_that(line: FakeLine) -> None:
    async with visit(line.house) as client, visit(line.house, role="operator", login="bo") as bo:
        page = f"/lines/{line.account_id}/people"
        who = (await user(line, "bo"))["id"]
        assert f'href="{page}"' in (await client.get("/lines")).text
        assert (await client.get(page)).text.count(" checked") == 2
        await client.post(page, data={"person": who, "owner": ""})
        assert await names(bo) == ["Zebra line"]
        assert (await client.get(page)).text.count(" checked") == 0
        await client.post(page, data={"person": who, "line": who, "owner": ""})
        assert await names(bo) == ["Shop", "Zebra line"]
        await client.post(f"/lines/{other(line)}/people", data={"person": who, "owner": ""})
        await client.post(page, data={"person": who, "owner": who})
        assert await names(bo) == ["Shop"]
        assert "owner)" in (await client.get(page)).text
        await client.post(page, data={"person": who, "everything": who, "owner": ""})
        assert (await user(line, "bo"))["sees"] == "all"
        strange = await client.post(page, data={"person": "opr_nowhere", "owner": ""})
        assert strange.status_code == 404


async def test_numbers_count_only_what_is_seen(line: FakeLine) -> None:
    await line.arrive(Notice("quality", {}, alert="The lion line has lost quality"))
    async with visit(line.house, role="operator") as client:
        await set_to(line, "rita", sees="given", accounts=[line.account_id])
        mine, rail = (await client.get("/")).text, (await client.get("/inbox/rail")).text
        await set_to(line, "rita", sees="given", accounts=[other(line)])
        theirs, other_rail = (await client.get("/")).text, (await client.get("/inbox/rail")).text
    for shown, hidden in ((mine, theirs), (rail, other_rail)):
        assert 'id="waiting" data-count="1"' in shown
        assert 'id="waiting" data-count="0"' in hidden
        assert '<span class="count bad">1' in shown
        assert "count bad" not in hidden
    assert _tabs(mine) == ["1", "1"]  # unassigned and unanswered
    assert _tabs(theirs) == []


def _tabs(page: str) -> list[str]:
    return re.findall(r'<a class="tab".*?<span class="numbers">(\d+)</span>', page)


async def test_all_that_is_acknowledged_at_once_is_what_was_seen(line: FakeLine) -> None:
    await line.arrive(Notice("quality", {}, alert="The lion line has lost quality"))
    async with visit(line.house, role="operator") as client:
        await set_to(line, "rita", sees="given", accounts=[other(line)])
        await client.post("/alerts/acknowledge", data={"until": str(line.clock.now())})
        assert len(await line.alerts()) == 1
        await set_to(line, "rita", sees="given", accounts=[line.account_id])
        await client.post("/alerts/acknowledge", data={"until": str(line.clock.now())})
        assert await line.alerts() == []
