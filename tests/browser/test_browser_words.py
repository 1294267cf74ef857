"""Words that a person typed go to the chat they were typed for, and are never lost."""

import asyncio
import re

from browser_house import Office, two_asked
from playwright.async_api import Page, Route, expect


async def two_chats(desk: Office, path: str = "/") -> Page:
    """An inbox with two chats that have been answered; none is open."""
    phone = await desk.phone()
    await two_asked(phone)
    await desk.house.idle()
    page = await desk.open(path, context=await desk.operator())
    await expect(page.locator(".chat-card")).to_have_count(2)
    return page


async def hold(page: Page) -> asyncio.Event:
    """Chats that are asked for from now on come when the event is set."""
    let_go = asyncio.Event()

    async def later(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route(re.compile(r"/chats/cht_[^/?]*(\?[^/]*)?$"), later)
    return let_go


async def test_words_typed_while_a_chat_opens_go_to_that_chat_and_to_no_other(desk: Office) -> None:
    page = await two_chats(desk)
    await page.keyboard.press("Alt+j")
    await expect(page.locator("#text")).to_be_focused()
    first = await page.locator("#desk").get_attribute("data-chat")
    let_go = await hold(page)
    await page.keyboard.press("Alt+j")
    await page.keyboard.type("Only for the second")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Your words are kept")
    await expect(page.locator("#desk")).to_have_attribute("data-chat", first or "")
    await expect(page.locator("#text")).to_have_value("")
    let_go.set()
    await expect(page.locator("#desk")).not_to_have_attribute("data-chat", first or "")
    await expect(page.locator("#text")).to_have_value("Only for the second")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type(" one")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.by-operator .text")).to_have_text("Only for the second one")
    await page.locator(f'.chat-card[data-chat="{first}"]').click()  # the list has another order now
    await expect(page.locator("#desk")).to_have_attribute("data-chat", first or "")
    await expect(page.locator(".message.by-operator")).to_have_count(0)


async def test_words_typed_at_once_after_the_key_are_all_there(desk: Office) -> None:
    page = await two_chats(desk)
    await page.keyboard.press("Alt+j")
    await page.keyboard.type("Good morning")
    await expect(page.locator("#text")).to_have_value("Good morning")
    await page.keyboard.press("Alt+j")
    await page.keyboard.type("Good evening")
    await expect(page.locator("#text")).to_have_value("Good evening")
    await page.keyboard.press("Alt+k")
    await expect(page.locator("#text")).to_have_value("Good morning")


async def test_a_form_of_a_chat_that_is_being_left_sends_nothing(desk: Office) -> None:
    page = await two_chats(desk)
    await page.locator(".chat-card").nth(0).click()
    await page.locator("#text").fill("Meant for the first")
    let_go = await hold(page)
    await page.locator(".chat-card").nth(1).click()
    await page.evaluate("document.querySelector('#write').requestSubmit()")
    await expect(page.get_by_role("alert")).to_contain_text("Not sent")
    let_go.set()
    await expect(page.locator("#text")).to_have_value("")
    await page.locator(".chat-card").nth(0).click()
    await expect(page.locator("#text")).to_have_value("Meant for the first")
    await expect(page.locator(".message.by-operator")).to_have_count(0)


async def test_a_chat_that_does_not_open_leaves_the_one_before_usable(desk: Office) -> None:
    desk.foreseen += ["Failed to fetch", "ERR_FAILED"]
    page = await two_chats(desk)
    await page.locator(".chat-card").nth(0).click()
    await expect(page.locator("#text")).to_be_focused()
    await page.route(re.compile(r"/chats/cht_[^/?]*$"), lambda route: route.abort())
    await page.keyboard.press("Alt+j")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator(".chat-card[aria-current]")).to_have_count(1)
    await page.keyboard.type("Still here")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.by-operator .text")).to_have_text("Still here")


async def test_unsent_words_outlive_another_page_and_end_with_the_sign_out(desk: Office) -> None:
    page = await two_chats(desk)
    await page.locator(".chat-card").nth(0).click()
    await page.locator("#text").fill("Half a sent")
    await page.locator("#places").get_by_role("link", name="Alerts").click()
    await expect(page).to_have_url(re.compile("/alerts"))
    await page.locator("#places").get_by_role("link", name="Inbox").click()
    await page.locator(".chat-card").nth(0).click()
    await expect(page.locator("#text")).to_have_value("Half a sent")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("Half a sent")
    await page.locator("#me").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(re.compile("/sign-in"))
    assert await page.evaluate("sessionStorage.getItem('frontdesk-drafts')") is None


async def test_a_send_that_gets_no_answer_says_so_and_keeps_the_words(desk: Office) -> None:
    desk.foreseen += ["Failed to fetch", "ERR_FAILED"]
    page = await two_chats(desk)
    await page.locator(".chat-card").nth(0).click()
    await page.route("**/inbox/chats/*/messages", lambda route: route.abort())
    await page.locator("#text").fill("Are you there?")
    await page.locator("#text").press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Not sent. Your words are still here.")
    await expect(page.locator("#text")).to_have_value("Are you there?")
