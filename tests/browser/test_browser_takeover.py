"""A person takes over, answers, and hands back."""

import asyncio
import re
from pathlib import Path

from browser_house import Office, office, say
from playwright.async_api import Page, expect

from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput


async def opened(desk: Office, phone: Page, text: str = "What are your opening hours?") -> Page:
    """An inbox with the chat of the phone open, after the agent's answer."""
    inbox = await desk.open(context=await desk.operator())
    await say(phone, text)
    await inbox.locator(".chat-card").first.click()
    await expect(inbox.locator(".message.by-agent").first).to_be_visible()
    return inbox


async def test_after_taking_over_the_agent_is_quiet_until_it_is_handed_back(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    await inbox.get_by_role("button", name="Take over").click()
    await expect(inbox.locator("#agent-menu summary")).to_have_text(re.compile(r"Paused · \d+ h"))
    answers = await inbox.locator(".message.by-agent").count()
    await say(phone, "How much is a cleaning?")
    await expect(inbox.locator(".message.in").last).to_contain_text("How much is a cleaning?")
    await desk.house.idle()
    await expect(inbox.locator(".message.in").last.locator(".why")).to_contain_text("taken over")
    assert await inbox.locator(".message.by-agent").count() == answers

    await inbox.locator("#text").fill("It is *60 euros*.")
    await inbox.locator("#text").press("Enter")
    await expect(inbox.locator(".message.by-operator strong")).to_have_text("60 euros")
    await expect(inbox.locator("#text")).to_have_value("")
    await expect(phone.locator("#thread")).to_contain_text("60 euros")

    await inbox.get_by_role("button", name="Hand back").click()
    await expect(inbox.locator("#agent-menu summary")).to_have_text(re.compile("Agent on"))
    await say(phone, "What are your opening hours?")
    await expect(inbox.locator(".message.by-agent")).to_have_count(answers + 1)


async def test_writing_takes_the_chat_over(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    await inbox.locator("#text").fill("One moment, I look it up.")
    await inbox.get_by_role("button", name="Send").click()
    await expect(inbox.locator("#agent-menu summary")).to_contain_text("Paused")
    await expect(inbox.get_by_role("button", name="Hand back")).to_be_visible()


async def test_without_trust_nothing_is_answered_and_the_reason_is_shown(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    await inbox.locator("#trusted").click()
    await expect(inbox.locator("#trusted")).to_have_attribute("aria-pressed", "false")
    await say(phone, "How much is a cleaning?")
    reason = inbox.locator(".message.in").last.locator(".why")
    await expect(reason).to_contain_text("not trusted")
    await reason.locator("summary").click()
    await expect(reason.locator(".gates .fails")).to_contain_text("The chat is trusted")


async def test_a_draft_is_edited_and_sent(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    await inbox.locator("#agent-menu summary").click()
    await inbox.get_by_role("button", name=re.compile("^Draft")).click()
    await expect(inbox.locator("#agent-menu summary")).to_contain_text("draft")
    await say(phone, "How much is a cleaning?")
    draft = inbox.locator(".message.is-draft")
    await expect(draft).to_be_visible()
    await draft.get_by_role("button", name="Edit").click()
    await draft.get_by_label("Edit the draft").fill("A cleaning is 60 euros, Ana.")
    await draft.get_by_role("button", name="Send edited").click()
    await expect(inbox.locator(".message.is-draft")).to_have_count(0)
    await expect(phone.locator("#thread")).to_contain_text("A cleaning is 60 euros, Ana.")


async def test_a_file_is_sent_and_arrives(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    note = {"name": "prices.txt", "mimeType": "text/plain", "buffer": b"Cleaning: 60 euros\n"}
    await inbox.locator("[data-file]").set_input_files(note)  # type: ignore[arg-type]
    await expect(inbox.locator(".attached")).to_contain_text("prices.txt")
    await inbox.get_by_role("button", name="Send").click()
    await expect(inbox.locator(".message.by-operator a.file")).to_contain_text("prices.txt")
    await expect(phone.locator("#thread")).to_contain_text("prices.txt")


async def test_a_reply_quotes_the_message_and_leads_to_it(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    question = inbox.locator(".message.in").first
    await question.hover()
    await question.get_by_label("Reply to this message").click()
    await inbox.locator("#text").fill("Until seven today.")
    await inbox.locator("#text").press("Enter")
    quote = inbox.locator(".message.by-operator .quote")
    await expect(quote).to_contain_text("What are your opening hours?")
    await expect(inbox.locator(".replying")).to_have_count(0)
    await question.evaluate(
        "(one) => { window.led = new Promise((yes) => new MutationObserver("
        "() => one.classList.contains('found') && yes(true)).observe(one, { attributes: true })); }"
    )
    await quote.click()
    assert await inbox.evaluate("window.led")


async def test_what_could_not_be_sent_comes_back_into_the_field(desk: Office) -> None:
    phone = await desk.phone()
    inbox = await opened(desk, phone)
    desk.foreseen += ["Failed to fetch", "ERR_FAILED", "409"]
    (line,) = desk.house.desk.accounts.all()
    await inbox.route(
        "**/inbox/chats/*?*", lambda route: route.abort()
    )  # the screen does not hear that the line is down
    await desk.house.desk.accounts.disconnect(line.row.id)
    await inbox.locator("#text").fill("Are you still there?")
    await inbox.locator("#text").press("Enter")
    await expect(inbox.locator(".toast")).to_contain_text("is down")
    await expect(inbox.locator("#text")).to_have_value("Are you still there?")


async def test_taking_over_while_the_agent_writes_turns_its_answer_into_a_draft(tmp_path: Path) -> None:
    done = asyncio.Event()

    async def think(turn: TurnInput, persona: Persona) -> TurnOutput:
        await done.wait()
        return TurnOutput(Action.REPLY, replies=("We open at nine.",), model="slow:model")

    async with office(tmp_path, think=think) as desk:
        phone = await desk.phone()
        inbox = await desk.open(context=await desk.operator())
        await say(phone, "When do you open?")
        await inbox.locator(".chat-card").first.click()
        writing = inbox.locator(".writing")
        await expect(writing).to_contain_text("The agent is writing")
        await writing.get_by_role("button", name="Take over").click()
        await expect(inbox.locator("#agent-menu summary")).to_contain_text("Paused")
        done.set()
        await expect(inbox.locator(".message.is-draft")).to_contain_text("We open at nine.")
        await expect(writing).to_have_count(0)
        await inbox.get_by_role("button", name="Reject").click()
        await expect(inbox.locator(".message.is-discarded")).to_contain_text("Rejected, never sent")
