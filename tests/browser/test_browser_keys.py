"""The inbox by keyboard, and on a phone-sized screen."""

import re

from browser_house import Office, say, two_asked
from playwright.async_api import expect


async def test_a_chat_is_found_answered_and_left_without_a_mouse(desk: Office) -> None:
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    page = await desk.open(context=await desk.operator())
    await expect(page.locator(".chat-card")).to_have_count(1)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    await page.keyboard.press("Alt+j")
    await expect(page).to_have_url(re.compile(r"/chats/cht_"))
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("Line one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("line two")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.by-operator .text")).to_have_text("Line one\nline two")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Alt+t")
    await expect(page.locator("#agent-menu summary")).to_contain_text("Agent on")
    await page.keyboard.press("Control+k")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type("nobody of this name")
    await expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".chat-card")).to_have_count(1)


async def test_words_that_were_not_sent_stay_with_their_chat(desk: Office) -> None:
    phone = await desk.phone()
    await two_asked(phone)
    page = await desk.open(context=await desk.operator())
    await expect(page.locator(".chat-card")).to_have_count(2)
    await page.locator(".chat-card").nth(0).click()
    await page.locator("#text").fill("Half a sent")
    await page.locator(".chat-card").nth(1).click()
    await expect(page.locator("#text")).to_have_value("")
    await page.locator(".chat-card").nth(0).click()
    await expect(page.locator("#text")).to_have_value("Half a sent")


async def test_on_a_phone_the_list_leads_to_the_chat_and_back(desk: Office) -> None:
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    context = await desk.operator()
    page = await desk.open(context=context)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator(".chat-card").first.click()
    await expect(page.locator("#chat-head")).to_be_visible()
    await expect(page.locator("#list")).to_be_hidden()
    await page.get_by_label("Back to the chats").click()
    await page.wait_for_url("**/")  # with all that it is drawn with
    await expect(page.locator("#list")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_back_button_leads_back_and_the_page_stays_live(desk: Office) -> None:
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    page = await desk.open(context=await desk.operator())
    await page.locator(".chat-card").first.click()
    await expect(page.locator(".message.by-agent")).to_have_count(1)
    await page.go_back()
    await expect(page.locator("#desk.blank")).to_be_visible()
    await page.go_forward()
    await expect(page.locator(".message.by-agent")).to_have_count(1)
    await say(phone, "How much is a cleaning?")
    await expect(page.locator(".message.by-agent")).to_have_count(2)
