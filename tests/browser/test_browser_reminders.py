"""What was promised stands in the panel and on its page, live, and is settled from both without a mouse."""

import re

from browser_house import Office, say
from playwright.async_api import Page, expect

from frontdesk.domain.work import ReadPromises, Remind
from frontdesk.jobs.queue import enqueue


async def look(desk: Office) -> None:
    """What the timetable does every minute."""
    for job in (ReadPromises(), Remind()):
        async with desk.house.built.store.begin(shared=True) as tx:
            await enqueue(tx, job, now=desk.house.clock.now())
        await desk.house.idle()


async def promised(desk: Office) -> Page:
    """A chat in which an operator has promised something, and the page of who did."""
    await say(await desk.phone(), "Can you send me the price list?")
    page = await desk.open(context=await desk.operator())
    await page.locator(".chat-card").click()
    await page.locator("#text").fill("Of course, I'll send you the list in 2 days.")
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread")).to_contain_text("in 2 days")
    await desk.house.idle()
    await look(desk)
    return page


async def test_a_promise_shows_beside_its_chat_by_itself_and_is_done_there(desk: Office) -> None:
    page = await promised(desk)
    card = page.locator("#side-reminders")
    await expect(card.locator(".reminder .what")).to_have_text("Of course, I'll send you the list in 2 days.")
    await expect(card).to_contain_text("Promised by you")
    await card.get_by_role("button", name="Done: Of course").click()
    await expect(card.locator(".reminder")).to_have_count(0)


async def test_a_reminder_is_made_snoozed_settled_and_taken_back_without_a_mouse(desk: Office) -> None:
    page = await promised(desk)
    side = page.locator("#side-reminders")
    await side.locator("summary", has_text="Remind me").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Ask about the invoice")
    await page.keyboard.press("Tab")
    await page.keyboard.type("tomorrow at 9")
    await page.keyboard.press("Enter")
    await expect(side.locator(".reminder")).to_have_count(2)
    await expect(side).to_contain_text("Tomorrow 09:00")
    await side.get_by_label("Of what", exact=True).fill("Call")
    await side.get_by_role("button", name="Next week").last.click()
    await expect(side.locator(".reminder")).to_have_count(3)

    other = await desk.open("/reminders", context=page.context)
    rows = other.locator("#reminders .reminder")
    await expect(rows).to_have_count(3)
    invoice = rows.filter(has_text="Ask about the invoice")
    await invoice.get_by_label("Later: Ask about the invoice").focus()
    await other.keyboard.press("Enter")
    await invoice.get_by_role("button", name="In 1 hour").focus()
    await other.keyboard.press("Enter")
    await expect(invoice).to_contain_text(re.compile("snoozed until (Today|Tomorrow)"))  # by the hour of the day
    await invoice.get_by_text("Edit", exact=True).click()
    await invoice.get_by_label("What", exact=True).fill("Ask about invoice 7")
    await other.keyboard.press("Enter")
    await expect(rows.filter(has_text="Ask about invoice 7")).to_have_count(1)
    await expect(side).to_contain_text("Ask about invoice 7")  # the other window hears of it
    await rows.first.get_by_role("button", name="Done:").focus()
    await other.keyboard.press("Enter")
    await expect(rows).to_have_count(2)
    await other.get_by_role("button", name="Undo:").click()
    await expect(rows).to_have_count(3)


async def test_what_is_due_is_counted_on_the_rail_and_told_in_the_panel(desk: Office) -> None:
    page = await promised(desk)
    chat = (await desk.house.http.get("/api/v1/chats")).json()["items"][0]["id"]
    soon = desk.house.clock.now() + 300
    await desk.house.desk.reminders.make(chat, by="api", what="Water the plants", due_at=soon)
    await page.wait_for_timeout(400)
    await look(desk)
    place = page.locator("#places a[href='/reminders']")
    await expect(place.locator(".count")).to_have_text("1 due")
    await expect(page.locator("#side-reminders .reminder.due")).to_contain_text("Water the plants")


async def test_a_moment_that_is_none_is_refused_in_words_and_nothing_is_lost(desk: Office) -> None:
    page = await promised(desk)
    desk.foreseen.append("422")
    side = page.locator("#side-reminders")
    await side.get_by_text("Remind me…").click()
    await side.get_by_label("Of what", exact=True).fill("Ask")
    await side.get_by_label("When", exact=True).last.fill("whenever")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("names no moment")
    await expect(side.get_by_label("Of what", exact=True)).to_have_value("Ask")
