"""The page behind a signed link: it links one line for whoever has the address, and is good for nothing else."""

import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from api_house import key
from inbox_visit import browser, visit

from frontdesk.desk.link_pages import FREE, LASTS
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.testing.linking import LASTS as CODE_LASTS, PHONE, LinkedLine, linked_line

PUBLIC = "https://desk.example.com"
PART = {"HX-Request": "true"}
ELSEWHERE = {"Origin": "https://elsewhere.example"}


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[LinkedLine]:
    async with linked_line(tmp_path, public_url=PUBLIC) as line:
        yield line


@pytest.fixture
async def stranger(line: LinkedLine) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(line.house) as client:
        yield client


def path_of(line: LinkedLine) -> str:
    url = line.house.desk.link_pages.make(line.account_id).url
    assert url.startswith(f"{PUBLIC}/link/")
    return url.removeprefix(PUBLIC)


async def scannable(line: LinkedLine) -> None:
    await line.house.desk.accounts.connect(line.account_id)
    await line.becomes(State.QR_PENDING)
    await line.next_code("2@first")


async def was_linked(line: LinkedLine) -> None:
    """It was up, and the phone has taken it off."""
    await scannable(line)
    await line.scanned()
    line.clock.advance(MINUTE)
    line.says(State.LOGGED_OUT, "The device was taken off on the phone.")
    await line.becomes(State.LOGGED_OUT)


async def now(stranger: httpx2.AsyncClient, path: str, query: str = "") -> str:
    answer = await stranger.get(f"{path}/now{query}", headers=PART)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_link_shows_the_code_without_a_sign_in_and_says_at_the_end_that_the_line_is_connected(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    await was_linked(line)
    path = path_of(line)
    answer = await stranger.get(path)
    assert answer.status_code == 200
    assert "taken off on the phone" in answer.text
    assert 'data-phase="stopped"' in answer.text
    await stranger.post(path, headers=PART)
    await line.becomes(State.QR_PENDING)
    assert 'id="qr"' in await now(stranger, path)
    await line.scanned()
    done = await now(stranger, path)
    assert 'data-phase="connected"' in done
    assert "Open the inbox" not in done
    again = await stranger.get(path)
    assert (again.status_code, "is connected" in again.text) == (410, True)


async def test_who_only_looks_ahead_gets_no_code_and_starts_nothing(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    path = path_of(line)
    assert (await stranger.get(path)).status_code == 200
    assert line.channel.connected == []
    await scannable(line)
    assert 'id="qr"' not in (await stranger.get(path)).text
    assert 'id="qr"' in await now(stranger, path)


async def test_a_code_to_type_is_made_for_the_phone_that_the_line_had_and_no_other(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    await was_linked(line)
    path = path_of(line)
    asks = (await stranger.get(f"{path}?by=code")).text
    assert f'ends in <b class="numbers">{PHONE[-2:]}</b>' in asks
    assert 'name="phone"' not in asks
    answer = await stranger.post(f"{path}/pair", data={"phone": "+447700900999"}, headers=PART)
    assert 'data-code="WXYZ2345"' in answer.text
    assert line.channel.asked == [(line.account_id, PHONE)]
    assert PHONE[:-2] not in answer.text


async def test_a_line_that_never_had_a_phone_asks_for_the_number(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    path = path_of(line)
    assert 'name="phone"' in (await stranger.get(f"{path}?by=code")).text
    refused = await stranger.post(f"{path}/pair", data={"phone": "912"}, headers=PART)
    assert "country code" in refused.text
    answer = await stranger.post(f"{path}/pair", data={"phone": f"+{PHONE}"}, headers=PART)
    assert 'data-code="WXYZ2345"' in answer.text
    plain = await stranger.post(f"{path}/pair", data={"phone": f"+{PHONE}"})
    assert "<html" in plain.text


@pytest.mark.both_shapes
async def test_a_link_is_over_when_the_line_was_connected_although_it_falls_again(tmp_path: Path) -> None:
    async with linked_line(tmp_path, public_url=PUBLIC) as line, browser(line.house) as stranger:
        await scannable(line)
        path = path_of(line)
        line.clock.advance(SECOND)
        await line.scanned()
        line.says(State.LOGGED_OUT, "The device was taken off on the phone.")
        await line.becomes(State.LOGGED_OUT)
        gone = await stranger.get(path)
        assert (gone.status_code, "has been connected since" in gone.text) == (410, True)
        assert "Clinic" not in gone.text
        assert (await stranger.post(path, headers=PART)).status_code == 200
        assert line.channel.connected == [line.account_id]
        assert "This link is over" not in (await stranger.get(path_of(line))).text


@pytest.mark.parametrize("act", ["disconnect", "log_out"])
async def test_taking_the_line_down_by_hand_ends_the_links_that_were_given_out(
    line: LinkedLine, stranger: httpx2.AsyncClient, act: str
) -> None:
    await scannable(line)
    path = path_of(line)
    line.clock.advance(SECOND)
    await getattr(line.house.desk.accounts, act)(line.account_id)
    assert (await stranger.get(path)).status_code == 410
    started = list(line.channel.connected)
    for ask in (stranger.post(path, headers=PART), stranger.post(f"{path}/pair", headers=PART)):
        assert "has taken the line down" in (await ask).text
    assert line.channel.connected == started
    path = path_of(line)
    assert (await stranger.get(path)).status_code == 200  # a new one is somebody's wish
    line.clock.advance(SECOND)
    await getattr(line.house.desk.accounts, act)(line.account_id)  # it is down already
    assert (await stranger.get(path)).status_code == 410


async def test_a_link_holds_for_a_day(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    path = path_of(line)
    line.clock.advance(LASTS - SECOND)
    assert (await stranger.get(path)).status_code == 200
    line.clock.advance(SECOND)
    gone = await stranger.get(path)
    assert (gone.status_code, "a day, which is over" in gone.text) == (410, True)
    assert "/sign-in?next=/lines" in gone.text


async def test_a_link_ends_with_its_line(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    path = path_of(line)
    await line.house.desk.accounts.remove(line.account_id)
    assert (await stranger.get(path)).status_code == 410


async def test_a_link_that_was_not_written_here_leads_nowhere(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    path = path_of(line)
    changed = path[:-1] + ("A" if path[-1] != "A" else "B")
    for wrong in (changed, "/link/x", f"/link/{line.account_id}", "/link/" + "A" * 90):
        for answer in (
            await stranger.get(wrong),
            await stranger.get(f"{wrong}/now"),
            await stranger.post(wrong),
            await stranger.post(f"{wrong}/pair", data={"phone": f"+{PHONE}"}),
        ):
            assert answer.status_code == 404
            assert "copied whole" in answer.text
    assert line.channel.connected == []


async def test_nothing_else_is_reached_with_a_link(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    h = line.house
    other = await h.desk.accounts.add("linkable", name="My own number", options={})
    path = path_of(line)
    token = path.rpartition("/")[2]
    await stranger.get(path)
    assert not stranger.cookies
    for where in ("/", "/lines", f"/lines/{line.account_id}/link", f"/lines/{other}/link"):
        assert (await stranger.get(where)).status_code == 303
    for header in ({"X-Api-Key": token}, {"Authorization": f"Bearer {token}"}):
        for where in (line.path, "/api/v1/chats", f"/api/v1/accounts/{other}/status"):
            assert (await stranger.get(where, headers=header)).status_code == 401
    assert (await stranger.get(f"/welcome?token={token}")).status_code != 303
    assert (await stranger.get(f"/calendar/{token}.ics")).status_code == 404
    assert "My own number" not in (await stranger.get(path)).text


async def test_what_is_told_names_no_whole_number_and_no_other_line(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    await was_linked(line)
    path = path_of(line)
    wrong = f"Scanned with another phone. This line belongs to +{PHONE}; ask at the line “My own number”."
    await line.house.desk.accounts.report(line.account_id, LineState(State.LOGGED_OUT, wrong))
    for told in ((await stranger.get(path)).text, await now(stranger, path), await now(stranger, path, "?by=code")):
        assert "belongs to +…78" in told
        assert PHONE not in told
        assert "My own number" not in told


async def test_an_address_is_given_to_nobody_on_the_way_and_kept_by_nobody(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    path = path_of(line)
    for answer in (await stranger.get(path), await stranger.get(f"{path}/now"), await stranger.get("/link/x")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert 'src="http' not in answer.text


async def test_an_address_stands_in_no_log(
    line: LinkedLine,
    stranger: httpx2.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = path_of(line)
    caplog.set_level(logging.DEBUG)

    async def broken(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(line.house.desk.following, "caught_up", broken)
    assert (await stranger.get(path)).status_code == 500
    said = [record for record in caplog.records if record.getMessage() == "a request failed"]
    assert [record.__dict__["path"] for record in said] == ["/link/…"]
    ours = [str(vars(record)) for record in caplog.records if record.name.startswith("frontdesk")]
    assert path.rpartition("/")[2] not in " ".join(ours)


async def test_a_page_of_another_site_starts_nothing(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    path = path_of(line)
    for asked in (
        await stranger.post(path, headers=PART | ELSEWHERE),
        await stranger.post(f"{path}/pair", data={"phone": f"+{PHONE}"}, headers=PART | ELSEWHERE),
        await stranger.post(path, headers=PART | {"Origin": "null"}),
        await stranger.post(path, headers=PART | {"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
    ):
        assert "came from another site" in asked.text
    assert line.channel.connected == []
    # a form of a page that gives its address to nobody says so
    await stranger.post(path, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"})
    assert line.channel.connected == [line.account_id]


async def test_who_asks_for_code_after_code_has_to_wait(line: LinkedLine, stranger: httpx2.AsyncClient) -> None:
    path = path_of(line)
    for _ in range(FREE):
        assert "Many codes" not in (await stranger.post(path, headers=PART)).text
    refused = await stranger.post(path, headers=PART)
    assert "Many codes were asked for here. Wait 2 seconds" in refused.text
    line.clock.advance(2 * SECOND)
    assert "Many codes" not in (await stranger.post(path, headers=PART)).text


async def test_a_code_that_has_run_out_says_so_and_another_one_is_asked_for(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    await scannable(line)
    path = path_of(line)
    line.clock.advance(CODE_LASTS + 10 * SECOND)
    assert 'data-phase="out"' in await now(stranger, path)
    await stranger.post(path, headers=PART)
    assert len(line.channel.connected) == 2


# Who gives such links away


async def test_an_admin_gets_a_link_by_the_api_and_nobody_else_does(
    line: LinkedLine, stranger: httpx2.AsyncClient
) -> None:
    door = f"{line.path}/link-page"
    made = await line.house.http.post(door)
    assert made.status_code == 200, made.text
    given = made.json()
    assert set(given) == {"url", "expires_at"}
    assert (await stranger.get(given["url"].removeprefix(PUBLIC))).status_code == 200
    refused = await line.house.http.post(door, headers=await key(line.house, "write"))
    assert refused.status_code == 403
    await scannable(line)
    await line.scanned()
    connected = await line.house.http.post(door)
    assert (connected.status_code, "nothing to link" in connected.text) == (409, True)


async def test_a_line_that_is_not_linked_with_a_phone_has_no_link(line: LinkedLine) -> None:
    options = {"phone_number_id": "330000000000451", "access_token": "t", "app_secret": "s"}
    account_id = await line.house.desk.accounts.add("cloud", name="Meta", options=options)
    answer = await line.house.http.post(f"/api/v1/accounts/{account_id}/link-page")
    assert (answer.status_code, "is not linked with a phone" in answer.text) == (409, True)


async def test_admins_copy_a_link_from_the_page_with_the_code_and_others_do_not(line: LinkedLine) -> None:
    where = f"/lines/{line.account_id}/link"
    async with visit(line.house) as client:
        page = (await client.get(where)).text
    (url,) = set(re.findall(rf'data-copy="({PUBLIC}/link/[\w-]+)"', page))
    async with browser(line.house) as stranger:
        assert (await stranger.get(url.removeprefix(PUBLIC))).status_code == 200
    async with visit(line.house, role="operator", login="otto") as client:
        assert "/link/" not in (await client.get(where)).text.replace(f"{where}/now", "")


async def test_without_a_public_address_it_is_said_that_there_can_be_no_link(tmp_path: Path) -> None:
    async with linked_line(tmp_path) as line:
        answer = await line.house.http.post(f"{line.path}/link-page")
        assert (answer.status_code, "Set PUBLIC_URL" in json.dumps(answer.json())) == (409, True)
        async with visit(line.house) as client:
            page = (await client.get(f"/lines/{line.account_id}/link")).text
        assert "Set <code>PUBLIC_URL</code>" in page
