"""Who may come into the inbox, and what they may do there."""

from pathlib import Path

import pytest
from api_house import api_house, hear
from inbox_visit import PASSWORD, browser, the_chat, visit

from frontdesk.web.auth import COOKIE

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://frontdesk.test/chats/cht_1?tab=mine"}


async def test_strangers_are_sent_to_the_sign_in_and_back(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        page = await client.get("/lines?x=1")
        assert page.status_code == 303
        assert page.headers["location"] == "/sign-in?next=/lines%3Fx%3D1"
        part = await client.get("/inbox/chats", headers=HTMX)
        assert part.status_code == 401
        assert part.headers["hx-redirect"] == "/sign-in?next=/chats/cht_1%3Ftab%3Dmine"


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_the_sign_in_leads_to_no_other_site(tmp_path: Path, place: str) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        await h.desk.operators.add("rita", name="Rita", role="admin", password=PASSWORD)
        form = {"login": "rita", "password": PASSWORD, "next": place}
        answer = await client.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert COOKIE in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


async def test_a_wrong_password_is_told_without_saying_what_was_wrong(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        await h.desk.operators.add("rita", name="Rita", role="admin", password=PASSWORD)
        for form in ({"login": "rita", "password": "wrong"}, {"login": "nobody", "password": PASSWORD}):
            answer = await client.post("/sign-in", data=form)
            assert answer.status_code == 401
            assert "The login or the password is wrong." in answer.text


async def test_a_browser_that_looks_ahead_does_not_use_the_link_up(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        path = f"/welcome?token={await h.desk.operators.first_run_link()}"
        ahead = await client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
        assert ahead.status_code == 204
        assert (await client.get(path)).headers["location"] == "/welcome/you"


async def test_who_came_by_the_first_link_may_look_around_and_is_reminded_of_a_password(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, browser(h) as client:
        arrived = await client.get(f"/welcome?token={await h.desk.operators.first_run_link()}")
        assert arrived.headers["location"] == "/welcome/you"
        inbox = await client.get("/")
        assert inbox.status_code == 200
        assert 'href="/welcome/you"' in inbox.text
        refused = await client.post("/welcome/you", data={"login": "rita", "name": "Rita", "password": PASSWORD})
        assert refused.status_code == 403  # no CSRF word


async def test_a_form_of_another_site_changes_nothing(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        path, form = f"/inbox/chats/{chat}/agent", {"mode": "auto"}
        elsewhere = await client.post(path, data=form, headers={"Origin": "https://evil.example"})
        wordless = await client.post(path, data=form, headers={"X-CSRF-Token": ""})
        assert (elsewhere.status_code, wordless.status_code) == (403, 403)
        assert (await h.http.get(f"/api/v1/chats/{chat}")).json()["agent_mode"] == "off"
        assert (await client.post(path, data=form)).status_code == 200


async def test_a_viewer_reads_and_writes_nothing(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h, role="viewer") as client:
        await hear(h, "Hello from outside")
        chat = await the_chat(h)
        page = await client.get(f"/chats/{chat}")
        assert "Hello from outside" in page.text
        assert "Your role is viewer." in page.text
        assert 'id="write"' not in page.text
        refused = await client.post(f"/inbox/chats/{chat}/messages", data={"text": "x"}, headers={"HX-Request": "true"})
        assert refused.status_code == 403
        assert "Your role does not allow this." in refused.text


async def test_an_operator_adds_no_lines_and_makes_no_keys(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h, role="operator") as client:
        assert (await client.post("/lines", data={"name": "x"})).status_code == 403
        assert (await client.post("/settings/api-keys", data={"name": "x", "scope": "admin"})).status_code == 403


async def test_every_page_carries_the_strict_policy(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        for path in ("/", "/lines", "/personas", "/alerts", "/status", "/settings", "/you"):
            page = await client.get(path)
            assert page.status_code == 200, path
            policy = page.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src" in policy
            assert page.headers["cache-control"] == "no-store"


async def test_a_chat_that_is_not_there_is_a_page_of_its_own(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        page = await client.get("/chats/cht_none")
        assert page.status_code == 404
        assert "There is nothing here" in page.text
