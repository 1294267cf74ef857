"""The thread keeps what a person looks at where it is; the contact panel takes the focus and gives it back."""

import asyncio
import re

import pytest
from browser_house import Office, say
from playwright.async_api import Page, Route, expect

from frontdesk.kit.clock import SECOND
from frontdesk.testing.clock import until

AT_END = (
    "() => { const t = document.querySelector('#thread'); return t.scrollHeight - t.scrollTop - t.clientHeight < 2; }"
)
PLACE = """() => {
  const thread = document.querySelector('#thread');
  const line = thread.getBoundingClientRect().top;
  const seen = [...thread.querySelectorAll('.message')].find((one) => one.getBoundingClientRect().top >= line);
  return [seen.id, seen.getBoundingClientRect().top];
}"""

FRAMES = """async () => {
  for (let frame = 0; frame < 20; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
}"""

# A hand that moves the thread at the worst moment: before a swap is prepared for, or just after that.
HAND = """(late) => addEventListener('htmx:before:swap', () => {
  document.querySelector('#thread').scrollTop = 40;
}, { once: true, capture: !late })"""


async def long_chat(desk: Office, *, width: int = 1440, messages: int = 12) -> tuple[Page, Page]:
    """A phone, and an inbox with its chat open: a question, an answer that has its reason, and many words."""
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    page = await desk.open(context=await desk.operator())
    await page.set_viewport_size({"width": width, "height": 600})
    await page.locator(".chat-card").first.click()
    await expect(page.locator(".message.by-agent")).to_have_count(1)
    chat = await page.locator("#desk").get_attribute("data-chat")
    assert chat is not None
    for number in range(messages):
        await desk.house.desk.outbox.write(chat, by="api", text=f"Word {number}\nand a line below")
    await desk.house.idle()
    await expect(page.locator("#tail")).to_contain_text(f"Word {messages - 1}")
    written = desk.house.clock.now() // SECOND
    await until(lambda: desk.house.clock.now() // SECOND > written)  # phones tell their time in whole seconds
    return phone, page


async def test_older_messages_leave_what_is_read_where_it_is(desk: Office) -> None:
    _, page = await long_chat(desk, messages=75)
    await page.reload()
    await expect(page.locator(".message")).to_have_count(30)
    await page.evaluate("document.querySelector('#thread').scrollTop = 12")
    shown, top = await page.evaluate(PLACE)
    await expect(page.locator(".message")).to_have_count(60)
    await page.wait_for_function("!document.querySelector('#older.htmx-request')")
    after = await page.evaluate("(id) => document.getElementById(id).getBoundingClientRect().top", shown)
    assert abs(after - top) <= 2


async def test_a_page_that_loads_slowly_asks_for_no_older_messages_by_itself(desk: Office) -> None:
    """The thread is at its end before anything looks what of it is in sight."""
    _, page = await long_chat(desk, messages=75)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go_on = asyncio.Event()

    async def late(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route("**/js/desk.js*", late)
    async with page.expect_event("requestfinished", lambda request: "htmx.min.js" in request.url):
        await page.reload(wait_until="commit")
    await page.evaluate(FRAMES)
    go_on.set()
    await page.wait_for_function(AT_END)
    await expect(page.locator(".message")).to_have_count(30)
    assert [url for url in asked if "/messages?before=" in url] == []


async def test_a_growing_composer_hides_no_message_and_new_ones_come_into_sight(desk: Office) -> None:
    phone, page = await long_chat(desk)
    await page.wait_for_function(AT_END)
    await page.locator("#text").focus()
    for _ in range(8):
        await page.keyboard.press("Shift+Enter")
    await page.wait_for_function(AT_END)
    await expect(page.locator(".message").last).to_be_in_viewport(ratio=0.9)
    await say(phone, "One thing more")
    await expect(page.locator(".message.in").last).to_contain_text("One thing more")
    await expect(page.locator(".message.in").last).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("late", [False, True], ids=["just_before_a_swap", "during_a_swap"])
async def test_who_scrolls_up_as_something_comes_is_not_pulled_down(desk: Office, late: bool) -> None:
    phone, page = await long_chat(desk)
    await page.wait_for_function(AT_END)
    await page.evaluate(HAND, late)
    await say(phone, "One thing more")
    await expect(page.locator(".message.in").last).to_contain_text("One thing more")
    await expect(page.locator("[data-to-end]")).to_be_visible()
    assert await page.evaluate("document.querySelector('#thread').scrollTop") == 40


async def test_who_reads_further_up_is_not_pulled_down_by_a_growing_composer(desk: Office) -> None:
    _, page = await long_chat(desk)
    await page.evaluate("document.querySelector('#thread').scrollTop = 40")
    await expect(page.locator("[data-to-end]")).to_be_visible()
    await page.locator("#text").focus()
    for _ in range(4):
        await page.keyboard.press("Shift+Enter")
    await expect(page.locator("#text")).to_have_value("\n" * 4)
    assert await page.evaluate("document.querySelector('#thread').scrollTop") == 40


async def test_a_reason_that_is_opened_near_the_end_is_in_sight(desk: Office) -> None:
    phone, page = await long_chat(desk)
    await say(phone, "How much is a cleaning?")
    await desk.house.idle()
    why = page.locator(".message.in").last.locator(".why")
    await expect(why).to_contain_text("taken over")
    await page.wait_for_function(AT_END)
    await why.locator("summary").click()
    await expect(why.locator(".gates")).to_be_visible()
    await expect(why.locator(".reasons b")).to_be_in_viewport(ratio=1)
    await expect(why.locator("summary")).to_be_in_viewport(ratio=1)
    thread, reasons = await page.locator("#thread").bounding_box(), await why.bounding_box()
    assert thread is not None
    assert reasons is not None
    assert reasons["y"] >= thread["y"]


async def test_the_contact_panel_takes_the_focus_and_gives_it_back(desk: Office) -> None:
    _, page = await long_chat(desk, width=1200, messages=1)
    await page.locator("#text").focus()
    await page.keyboard.press("Alt+o")
    await expect(page.locator("#desk")).to_have_class(re.compile("open"))
    await expect(page.get_by_role("button", name="Close the contact panel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#side")).to_be_hidden()
    await expect(page.locator("#text")).to_be_focused()
    await page.get_by_role("button", name="Contact panel", exact=True).click()
    await page.get_by_role("button", name="Close the contact panel").click()
    await expect(page.get_by_role("button", name="Contact panel", exact=True)).to_be_focused()
