"""A newcomer comes in by the link of the terminal."""

import asyncio
import re
from contextlib import suppress

from browser_house import Office
from playwright.async_api import Error, Route, expect

from frontdesk.testing.browser import PASSWORD


async def test_the_link_opens_the_inbox_and_the_password_opens_it_again(desk: Office) -> None:
    token = await desk.house.desk.operators.first_run_link()
    page = await desk.open(f"/welcome?token={token}")
    await expect(page).to_have_url(f"{desk.base}/welcome/you")
    await page.get_by_label("Your name").fill("Rita Marques")
    await page.get_by_label("Login").fill("rita")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Open the inbox").click()
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    await expect(page.get_by_role("heading", name="No chats yet")).to_be_visible()

    await page.locator("#me").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{desk.base}/sign-in")
    await page.goto(f"{desk.base}/lines")
    await page.get_by_label("Login").fill("rita")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{desk.base}/lines")
    await expect(page.get_by_text("Connected. Messages come in and go out.")).to_be_visible()


async def test_who_signs_out_hears_no_answer_to_what_the_page_had_asked(desk: Office) -> None:
    page = await desk.open(context=await desk.operator())
    asked, signed_out, refused = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await signed_out.wait()
        with suppress(Error):  # the page may have let go of it
            await route.fulfill(response=await route.fetch())
        refused.set()

    async def slow(route: Route) -> None:
        gone = await route.fetch(max_redirects=0)
        signed_out.set()
        await refused.wait()
        await route.fulfill(response=gone)

    await page.route(re.compile(r"/inbox/chats\?"), late)
    await page.route("**/sign-out", slow)
    await page.evaluate("document.body.dispatchEvent(new CustomEvent('frontdesk:stale', { bubbles: true }))")
    async with asyncio.timeout(30):
        await asked.wait()
    await page.locator("#me").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{desk.base}/sign-in")


async def test_a_used_link_says_so_and_offers_the_password(desk: Office) -> None:
    desk.foreseen.append("401")  # the status of the page itself
    token = await desk.house.desk.operators.first_run_link()
    first = await desk.open(f"/welcome?token={token}")
    await expect(first).to_have_url(f"{desk.base}/welcome/you")
    second = await desk.open(f"/welcome?token={token}")
    await expect(second.get_by_role("heading", name="This link is used up")).to_be_visible()
    await expect(second.get_by_role("link", name="Sign in with a password")).to_be_visible()
