"""What happens on a phone is seen in every open inbox, without a reload."""

import asyncio
import re

from browser_house import Office, say
from playwright.async_api import Page, Route, expect

from frontdesk.testing.clock import until

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> <hx-partial hx-target='#list'>gone</hx-partial> {{ 7*7 }}"
)


async def test_a_question_on_the_phone_is_answered_and_explained(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    card = inbox.locator(".chat-card").first
    await expect(card).to_contain_text("Simulator")
    await card.click()
    await expect(inbox).to_have_url(re.compile(r"/chats/cht_"))
    answer = inbox.locator(".message.by-agent").first
    await expect(answer).to_be_visible()
    await answer.locator(".why > summary").click()
    await expect(answer.locator(".reasons")).to_contain_text("The chat is trusted")
    await expect(answer.locator(".reasons")).to_contain_text("Offline")
    await expect(answer.locator(".tick .unseen")).to_have_text(re.compile("Delivered|Read"))
    await expect(phone.locator("#thread")).to_contain_text(re.compile(r"\d"))


async def test_what_is_urgent_is_marked_a_moment_later_without_a_reload(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    phone = await desk.phone()
    await say(phone, "There is smoke everywhere, please come")
    card = inbox.locator(".chat-card").first
    await card.click()
    mark = inbox.locator(".message.in .pressing.urgent").first
    await expect(mark).to_contain_text("Urgent")
    await expect(mark).to_have_attribute("title", "Tells of fire, gas, smoke or water running out")


async def test_two_windows_show_the_same_as_a_reload(desk: Office) -> None:
    first = await desk.open(context=await desk.operator())
    second = await desk.open(context=await desk.operator("joao", name="João Pires", role="operator"))
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    for window in (first, second):
        await window.locator(".chat-card").first.click()
        await expect(window.locator(".message.by-agent").first).to_be_visible()
    await first.get_by_role("button", name="Take over").click()
    await expect(second.locator("#agent-menu summary")).to_contain_text("Paused")
    await first.locator("#text").fill("Rita here. How can I help?")
    await first.locator("#text").press("Enter")
    await expect(second.locator(".message.by-operator")).to_contain_text("Rita here.")
    await expect(second.locator(".message.by-operator .by")).to_have_text("Rita Marques")
    await say(phone, "Thank you, only one thing")
    await expect(second.locator(".message.in").last).to_contain_text("only one thing")
    await expect(second.locator(".message.in").last.locator(".why")).to_contain_text("taken over")
    await expect(second.locator("#tail .tick .unseen")).to_have_text(["Read", "Read"])
    await desk.house.idle()
    await expect(second.locator(".chat-card .count")).to_have_count(0)
    anew = await desk.open(second.url.removeprefix(desk.base), context=second.context)

    async def alike() -> bool:
        return await shown(second) == await shown(anew)

    await until(alike)


async def shown(page: Page) -> list[str]:
    """What a person reads in the list and in the chat; the time that passes is left out."""
    await expect(page.locator("#tail .message").last).to_be_visible()
    texts = [await page.locator(part).inner_text() for part in ("#places", "#list", "#chat-head", "#tail", "#side")]
    return [re.sub(r"\b(?:now|\d+ (?:s|min|h)(?: \d+ min)?)\b", "…", text) for text in texts]


async def test_what_is_said_while_a_chat_opens_is_there_when_it_is_open(desk: Office) -> None:
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    page = await desk.open(context=await desk.operator())
    card = page.locator(".chat-card")
    await expect(card).to_have_count(1)
    await desk.house.idle()
    chat = await card.get_attribute("data-chat")
    assert chat is not None
    drawn, let_go = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        drawn.set()
        await let_go.wait()
        await route.fulfill(response=answer)

    await page.route(re.compile(rf"/chats/{chat}$"), late)
    await card.click()
    async with asyncio.timeout(30):
        await drawn.wait()
    await desk.house.desk.chats.change(chat, by="api", trusted=False)  # nothing follows from it that tells once more
    await expect(card).to_contain_text("Not trusted")
    let_go.set()
    await expect(page.locator("#trusted")).to_have_attribute("aria-pressed", "false")


async def test_hostile_text_is_shown_and_never_run(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    phone = await desk.phone()
    await say(phone, HOSTILE)
    await inbox.locator(".chat-card").first.click()
    await expect(inbox.locator(".message.in .text").first).to_have_text(HOSTILE)
    await expect(inbox.locator("#tail script, #tail img, #list script")).to_have_count(0)


async def test_the_number_of_people_who_wait_stands_in_the_title(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    await expect(inbox).to_have_title("Inbox · Frontdesk")
    phone = await desk.phone()
    await say(phone, "Do you sell gift vouchers?")
    await expect(inbox.locator(".chat-card").first).to_be_visible()
    await desk.house.idle()
    await expect(inbox).to_have_title("(1) Inbox · Frontdesk")
    await inbox.locator(".chat-card").first.click()
    await expect(inbox.locator(".chat-card .count")).to_have_count(0)
    await expect(inbox).to_have_title(re.compile(r"^\(1\) "))  # seen is not handled


async def test_what_came_while_offline_is_there_afterwards(desk: Office) -> None:
    desk.foreseen += ["INTERNET_DISCONNECTED", "Failed to fetch"]
    context = await desk.operator()
    inbox = await desk.open(context=context)
    await expect(inbox.get_by_role("heading", name="No chats yet")).to_be_visible()
    await context.set_offline(True)
    await expect(inbox.locator("#strip")).to_contain_text("offline")
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    await desk.house.idle()
    await context.set_offline(False)
    await expect(inbox.locator(".chat-card")).to_have_count(1)
    await expect(inbox.locator("#strip")).to_have_attribute("data-state", "ok")
