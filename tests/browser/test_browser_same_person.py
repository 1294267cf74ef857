"""In the panel beside a chat two people are made one, and an address is taken out again."""

from browser_house import Office, two_asked
from playwright.async_api import Page, expect


async def _made_one(page: Page, name: str) -> None:
    side = page.locator("#side")
    await side.get_by_text("Same person as…").click()
    await side.get_by_label("Who is the same person").fill(name.split()[0][:4])
    await side.locator(".found summary", has_text=name).click()
    await side.get_by_role("button", name="Yes, make them one").click()


async def test_two_chats_become_one_and_are_taken_apart_again(desk: Office) -> None:
    phone = await desk.phone()
    await two_asked(phone)
    rita = await desk.operator()
    page = await desk.open(context=rita)
    await expect(page.locator(".chat-card")).to_have_count(2)
    names = await page.locator(".chat-card .name").all_text_contents()
    await page.locator(".chat-card").nth(0).click()
    await expect(page.locator("#desk h2 .cut")).to_have_text(names[0])
    colleague = await desk.open(context=await desk.operator("tom", name="Tom Reis"))
    await colleague.locator(".chat-card").nth(1).click()
    await colleague.locator("#text").fill("half a sentence")

    await _made_one(page, names[1])
    await expect(page.locator(".chat-card")).to_have_count(1)
    for text in ("What are your opening hours?", "How much is a cleaning?", "Both chats are one now."):
        await expect(page.locator("#thread")).to_contain_text(text)
    # who looked at the other chat is led to this one, with what was being written
    await expect(colleague.locator("#desk h2 .cut")).to_have_text(names[0])
    await expect(colleague.locator("#text")).to_have_value("half a sentence")
    assert colleague.url.split("/chats/")[1] == page.url.split("/chats/")[1]

    side = page.locator("#side")
    await expect(side.get_by_text("Not the same person")).to_have_count(2)
    await side.get_by_text("Not the same person").last.click()
    await side.get_by_role("button", name="Give it a chat of its own").last.click()
    await expect(page.locator(".chat-card")).to_have_count(2)
    await expect(page.locator("#thread")).to_contain_text("is in a chat of its own now")
    await expect(page.locator("#thread")).not_to_contain_text("What are your opening hours?")
    await page.locator(".chat-card:not([aria-current])").click()
    await expect(page.locator("#thread")).to_contain_text("What are your opening hours?")


async def test_who_may_only_read_is_offered_neither(desk: Office) -> None:
    phone = await desk.phone()
    await two_asked(phone)
    page = await desk.open(context=await desk.operator("vera", name="Vera Lima", role="viewer"))
    await page.locator(".chat-card").first.click()
    await expect(page.locator("#side .facts").first).to_be_visible()
    await expect(page.get_by_text("Same person as…")).to_have_count(0)
