"""The page of one's own: another password, and the sign-ins elsewhere."""

import re
from pathlib import Path

import httpx2
import pytest
from api_house import api_house
from inbox_visit import PASSWORD, browser, visit

from frontdesk.testing.house import TestHouse
from frontdesk.web.auth import COOKIE

ANOTHER = "a grey stone bridge"
HTMX = {"HX-Request": "true"}


async def elsewhere(h: TestHouse) -> str:
    """The token of another sign-in of the same operator."""
    return (await h.desk.operators.sign_in("rita", PASSWORD, address="x")).token


async def change(client: httpx2.AsyncClient, old: str, new: str) -> httpx2.Response:
    return await client.post("/you/password", data={"old": old, "new": new}, headers=HTMX)


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_a_new_password_opens_the_old_one_does_not_and_other_browsers_are_out(tmp_path: Path, role: str) -> None:
    async with api_house(tmp_path) as h, visit(h, role=role) as client:
        there = await elsewhere(h)
        page = (await client.get("/you")).text
        assert "You are signed in here and in 1 other browser." in page
        told = await change(client, PASSWORD, ANOTHER)
        assert told.status_code == 200
        assert "Your password is changed. You are signed out everywhere else." in told.text
        assert "You are signed in only here." in told.text
        assert (await client.get("/you")).status_code == 200
        assert not await h.desk.operators.holds(there)
        async with browser(h) as other:
            assert (await other.post("/sign-in", data={"login": "rita", "password": PASSWORD})).status_code == 401
            assert (await other.post("/sign-in", data={"login": "rita", "password": ANOTHER})).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("wrong wrong wrong", ANOTHER, "old", "That is not your present password."),
        ("", ANOTHER, "old", "That is not your present password."),
        (PASSWORD, "short", "new", "A password needs at least 10 characters."),
        (PASSWORD, "", "new", "A password needs at least 10 characters."),
        (PASSWORD, PASSWORD, "new", "That is the password that you have already."),
        (PASSWORD, "aaaaaaaaaaaa", "new", "This password would be guessed at once."),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_changed(
    tmp_path: Path, old: str, new: str, field: str, sentence: str
) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        there = await elsewhere(h)
        told = await change(client, old, new)
        assert told.status_code in (401, 422)
        assert faults(told.text) == {field: sentence}
        assert await h.desk.operators.holds(there)
        await h.desk.operators.sign_in("rita", PASSWORD, address="y")


def faults(part: str) -> dict[str, str]:
    """The first sentence of what is wrong, by the field that points to it."""
    found = {}
    for name, ids in re.findall(
        r'<input[^>]*name="(\w+)"[^>]*aria-invalid="true"[^>]*aria-describedby="([\w -]+)"', part
    ):
        for each in ids.split():
            words = re.search(rf'id="{each}"[^>]*>.*?<span>([^<]*\.)', part)
            if words and "fault" in each:
                found[name] = words[1].split(". ")[0].rstrip(".") + "."
    return found


async def test_who_guesses_the_old_password_has_to_wait_and_is_told_so(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        for _ in range(5):
            assert (await change(client, "wrong wrong wrong", ANOTHER)).status_code == 401
        told = await change(client, PASSWORD, ANOTHER)
        assert (told.status_code, told.headers["retry-after"]) == (429, "2")
        assert "Too many wrong tries. Wait 2 seconds and try again." in told.text


async def test_no_password_stands_in_any_answer(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        for old, new in (("wrong wrong wrong", ANOTHER), (PASSWORD, "tiny-one"), (PASSWORD, ANOTHER)):
            told = await change(client, old, new)
            assert not [secret for secret in (old, new) if secret in told.text]


async def test_signing_out_elsewhere_keeps_this_browser_and_the_password(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        there = [await elsewhere(h) for _ in range(2)]
        assert "You are signed in here and in 2 other browsers." in (await client.get("/you")).text
        told = await client.post("/you/sign-out-elsewhere", headers=HTMX)
        assert "You are signed in only here." in told.text
        assert "Signed out everywhere else." in told.text
        assert [await h.desk.operators.holds(token) for token in there] == [False, False]
        assert await h.desk.operators.holds(client.cookies[COOKIE])
        await elsewhere(h)


async def test_without_a_password_the_page_leads_to_setting_one(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        link = await h.desk.operators.first_run_link()
        await client.get(f"/welcome?token={link}")
        page = (await client.get("/you")).text
        assert 'name="old"' not in page
        assert page.count('href="/welcome/you"') == 2  # the rail's reminder, and the page's own


@pytest.mark.parametrize("path", ["/you/password", "/you/sign-out-elsewhere"])
async def test_a_form_of_another_site_changes_nothing(tmp_path: Path, path: str) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        there, form = await elsewhere(h), {"old": PASSWORD, "new": ANOTHER}
        for headers in ({"Origin": "https://evil.example"}, {"X-CSRF-Token": ""}):
            assert (await client.post(path, data=form, headers=headers)).status_code == 403
        assert await h.desk.operators.holds(there)


async def test_every_page_leads_there(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h, role="viewer") as client:
        for path in ("/", "/lines", "/settings", "/you"):
            assert 'href="/you"' in (await client.get(path)).text
