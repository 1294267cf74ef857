"""While a customer writes, those who look on see it, and it goes by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from browser_house import Office, say
from playwright.async_api import expect

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Delivery, Inbound, Sender, Typing


async def test_who_writes_is_shown_in_the_open_chat_and_on_its_card_until_they_stop(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    await inbox.locator(".chat-card").first.click()
    await expect(inbox.locator(".message.by-agent").first).to_be_visible()
    (account,) = [one for one in desk.house.desk.accounts.all() if not one.channel.capabilities.real]
    chat = (await desk.house.http.get("/api/v1/chats")).json()["items"][0]
    sender = Sender((parse(chat["phone"]),))

    async def typing(**how: Any) -> None:
        await desk.house.desk.intake.deliver(account, Delivery(account.row.line_ref, (Typing(sender, **how),)))

    signs = inbox.locator("[data-writing]:visible")
    await typing()
    await expect(signs).to_have_text(["writing…", "writing…"])
    await typing(recording=True)
    await expect(signs).to_have_text(["recording…", "recording…"])
    await typing(writing=False)
    await expect(signs).to_have_count(0)
    await typing()
    await expect(signs).to_have_count(2)
    await say(phone, "And on Sundays?")
    await expect(signs).to_have_count(0)


async def test_a_sign_of_writing_that_comes_behind_its_message_does_not_stay(desk: Office) -> None:
    inbox = await desk.open(context=await desk.operator())
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    await inbox.locator(".chat-card").first.click()
    await expect(inbox.locator(".message.by-agent").first).to_be_visible()
    (account,) = [one for one in desk.house.desk.accounts.all() if not one.channel.capabilities.real]
    chat = (await desk.house.http.get("/api/v1/chats")).json()["items"][0]
    sender = Sender((parse(chat["phone"]),))
    await inbox.clock.install()
    await inbox.clock.pause_at(datetime.now(UTC) + timedelta(seconds=20))  # a minute, and a request under way is late
    told = Inbound("late", "text", sender, text="And on Sundays?")
    await desk.house.desk.intake.deliver(account, Delivery(account.row.line_ref, (told,)))
    await desk.house.desk.intake.deliver(account, Delivery(account.row.line_ref, (Typing(sender),)))
    signs = inbox.locator("[data-writing]:visible")
    await expect(signs).to_have_count(2)
    await inbox.clock.run_for(5_000)
    await expect(signs).to_have_count(0)
