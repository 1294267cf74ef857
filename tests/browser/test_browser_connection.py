"""What the inbox says when a request fails, when the stream fails, and where it says it."""

import re

from browser_house import Office, say
from playwright.async_api import Locator, Page, expect


async def chat(desk: Office, *, width: int = 1440) -> tuple[Page, Page]:
    """A phone, and an inbox with its chat open and answered."""
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    page = await desk.open(context=await desk.operator())
    await page.set_viewport_size({"width": width, "height": 800})
    await page.locator(".chat-card").first.click()
    await expect(page.locator(".message.by-agent")).to_have_count(1)
    await desk.house.idle()
    return phone, page


async def apart(one: Locator, other: Locator) -> bool:
    """Whether neither lies over the other."""
    a, b = await one.bounding_box(), await other.bounding_box()
    assert a is not None
    assert b is not None
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


async def test_one_failed_request_is_told_and_is_not_a_lost_connection(desk: Office) -> None:
    desk.foreseen += ["Failed to fetch", "ERR_FAILED"]
    phone, page = await chat(desk)
    await page.route("**/take-over", lambda route: route.abort())
    await page.get_by_role("button", name="Take over").click()
    await expect(page.get_by_role("alert")).to_contain_text("No answer came from the desk")
    assert await apart(page.get_by_role("alert"), page.locator("#composer"))
    assert await apart(page.get_by_role("alert"), page.locator("#chat-head"))
    await say(phone, "How much is a cleaning?")
    await expect(page.locator(".message.by-agent")).to_have_count(2)
    await expect(page.locator("#strip")).to_have_attribute("data-state", "ok")


async def test_the_strip_lies_over_neither_the_head_of_the_chat_nor_the_composer(desk: Office) -> None:
    desk.foreseen += ["INTERNET_DISCONNECTED", "Failed to fetch"]
    _, page = await chat(desk)
    await page.context.set_offline(True)
    strip = page.locator("#strip")
    await expect(strip).to_have_attribute("data-state", "offline")
    for width in (1440, 1100, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        await expect(strip).to_be_in_viewport(ratio=1)
        assert await apart(strip, page.locator("#chat-head"))
        assert await apart(strip, page.locator("#composer"))
    await page.context.set_offline(False)
    await expect(strip).to_have_attribute("data-state", "ok", timeout=40_000)  # the stream takes its time between tries


async def test_a_message_that_comes_in_leaves_the_send_button_still(desk: Office) -> None:
    phone, page = await chat(desk)
    await page.evaluate(
        """() => {
          const seen = window.flashes = [];
          const look = () => {
            const busy = document.querySelector("#write .busy");
            if (busy && getComputedStyle(busy).display !== "none") seen.push(1);
          };
          const classes = { attributes: true, attributeFilter: ["class"], subtree: true };
          new MutationObserver(look).observe(document.body, classes);
        }"""
    )
    await say(phone, "How much is a cleaning?")
    await expect(page.locator(".message.by-agent")).to_have_count(2)
    assert await page.evaluate("window.flashes.length") == 0


async def test_the_phone_page_is_opened_in_one_tab(desk: Office) -> None:
    page = await desk.open(context=await desk.operator())
    link = page.get_by_role("link", name=re.compile("phone page")).first
    async with page.context.expect_page() as opened:
        await link.click()
    phone = await opened.value
    await phone.wait_for_load_state()
    async with phone.expect_navigation():
        await link.click()
    assert len(page.context.pages) == 2
