"""On a phone no page of the secretary is wider than the phone, and what belongs together stays together."""

from datetime import date

import pytest
from browser_house import Office, say
from playwright.async_api import expect

from frontdesk.domain.appointments import SpecialDay
from frontdesk.store import chats

PAGES = ("/reminders", "/digests", "/alerts", "/calendar?view=day", "/calendar?view=week", "/calendar/services")
SETUP = ("/calendar/resources", "/calendar/exchange", "/personas", "/settings")


@pytest.mark.parametrize("width", [320, 390])
async def test_no_page_of_the_secretary_is_wider_than_a_phone(desk: Office, width: int) -> None:
    note = "The whole team is at the congress in Coimbra"
    await desk.house.desk.calendar.add_special(SpecialDay("", date(2099, 12, 24), False, note=note))
    context = await desk.operator()
    page = await desk.open(context=context)
    await page.set_viewport_size({"width": width, "height": 844})
    wider = []
    for path in (*PAGES, *SETUP):
        await page.goto(f"{desk.base}{path}")
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            wider.append(path)
    assert wider == []


async def test_the_way_back_and_on_in_the_calendar_stand_in_one_row_on_a_phone(desk: Office) -> None:
    page = await desk.open("/calendar?view=week", context=await desk.operator())
    await page.set_viewport_size({"width": 390, "height": 844})
    steps = [page.get_by_role("link", name=name, exact=True) for name in ("The week before", "Today", "The next week")]
    await expect(steps[0]).to_be_visible()
    rows = [box["y"] + box["height"] / 2 for step in steps if (box := await step.bounding_box())]
    assert max(rows) - min(rows) < 2


async def test_a_chat_that_was_missed_while_offline_shows_all_of_its_marks(desk: Office) -> None:
    await say(await desk.phone(), "What are your opening hours?")
    await desk.house.idle()
    page = await desk.open(context=await desk.operator())
    chat = await page.locator(".chat-card").first.get_attribute("data-chat")
    now = desk.house.clock.now()
    async with desk.house.built.store.begin() as tx:
        await chats.change(tx, str(chat), missed_at=now, waiting_since=now - 40_000_000)
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.reload()
        await expect(page.locator(".marks .lost")).to_have_text("Missed while offline")
        card = await page.locator(".chat-card").first.bounding_box()
        ends = [await mark.bounding_box() for mark in await page.locator(".marks > span:visible").all()]
        assert card is not None
        assert all(box["x"] + box["width"] <= card["x"] + card["width"] for box in ends if box)
