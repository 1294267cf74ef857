"""Each message has a menu: reply, react, edit, delete; it offers what its line can do, and live changes leave it be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_house import Office, office, say
from playwright.async_api import Locator, Page, expect

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Delivery, Inbound, Sender
from frontdesk.kit.clock import whole_second
from frontdesk.kit.errors import Rejected
from frontdesk.testing.channels import UnofficialFake

ANA = "447700900123"


@dataclass
class Line:
    """A line that can edit and delete, with the chat of Ana open on a screen."""

    desk: Office
    fake: UnofficialFake
    page: Page

    async def hear(self, text: str, external_id: str, *, history: bool = False) -> None:
        """Ana writes, or has written."""
        (account,) = [one for one in self.desk.house.desk.accounts.all() if one.row.channel == "unofficial"]
        at = whole_second(self.desk.house.clock.now())
        told = Inbound(external_id, "text", Sender((parse(ANA),), "Ana"), text=text, history=history, at=at)
        await self.desk.house.desk.intake.deliver(account, Delivery(account.row.line_ref, (told,)))

    async def write(self, text: str) -> Locator:
        """The desk writes; its message, when it has gone out."""
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")
        ours = self.page.locator(".message.out").filter(has_text=text)
        await expect(ours.locator("[data-acts]")).to_have_count(1)
        return ours


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    fake = UnofficialFake()
    async with office(tmp_path, channels=(fake,)) as desk:
        accounts = desk.house.desk.accounts
        await accounts.connect(await accounts.add("unofficial", name="Reception", options={"number": "1", "pace": 0}))
        page = await desk.open(context=await desk.operator())
        made = Line(desk, fake, page)
        await made.hear("Are you open?", "in-1", history=True)  # the agent leaves the past alone
        await page.locator(".chat-card").filter(has_text="Ana").click()
        await page.get_by_role("button", name="Take over").click()
        await expect(page.get_by_role("button", name="Hand back")).to_be_visible()
        await expect(page.locator(".message.in")).to_have_count(1)
        yield made


async def menu(of: Locator) -> Locator:
    """The open menu of a message."""
    await of.hover()
    await of.get_by_role("button", name="What to do with this message").click()
    opened = of.page.get_by_role("dialog", name="What to do with this message")
    await expect(opened).to_be_visible()
    return opened


async def test_a_reaction_is_given_changed_and_taken_back(line: Line) -> None:
    theirs = line.page.locator(".message.in")
    await (await menu(theirs)).get_by_role("button", name="Thumbs up").click()
    await expect(theirs.locator(".reactions")).to_contain_text("👍")
    await (await menu(theirs)).get_by_role("button", name="Heart").click()
    await expect(theirs.locator(".reactions > span")).to_have_count(1)
    await expect(theirs.locator(".reactions")).to_contain_text("❤️")
    opened = await menu(theirs)
    await expect(opened.get_by_role("button", name="Heart")).to_have_attribute("aria-pressed", "true")
    await opened.get_by_role("button", name="Remove the reaction").click()
    await expect(theirs.locator(".reactions")).to_have_count(0)
    await line.desk.house.idle()
    assert [one.content["emoji"] for one in line.fake.sent] == ["👍", "❤️", None]


async def test_a_text_of_ours_is_edited_and_then_deleted_after_a_question(line: Line) -> None:
    ours = await line.write("Until sixx")
    await (await menu(ours)).get_by_role("button", name="Edit").click()
    field = line.page.get_by_label("The new text")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Until sixx")
    await field.fill("Until six")
    await line.page.get_by_role("button", name="Save", exact=True).click()
    ours = line.page.locator(".message.out")
    await expect(ours).to_contain_text("Until six")
    await expect(ours.locator(".foot-line")).to_contain_text("edited")
    await expect(line.page.locator("#change")).to_be_hidden()
    await (await menu(ours)).get_by_role("button", name="Delete for everyone").click()
    question = line.page.locator("#change")
    await expect(question).to_contain_text("Until six")
    await question.get_by_role("button", name="Cancel").click()
    await expect(question).to_be_hidden()
    assert [one.kind for one in line.fake.sent] == ["text", "edit"]
    await (await menu(ours)).get_by_role("button", name="Delete for everyone").click()
    await question.get_by_role("button", name="Delete for everyone").click()
    await expect(ours).to_contain_text("This message was deleted")
    await expect(ours.locator("[data-acts]")).to_have_count(0)


async def test_what_comes_from_them_is_only_reacted_to_and_answered(line: Line) -> None:
    opened = await menu(line.page.locator(".message.in"))
    await expect(opened.locator(".choice")).to_have_text(["Reply"])
    await opened.get_by_role("button", name="Reply").click()
    await expect(line.page.locator("#text")).to_be_focused()
    await expect(line.page.locator(".replying")).to_contain_text("Ana: Are you open?")
    await line.page.get_by_role("button", name="Do not quote").click()
    await expect(line.page.locator(".replying")).to_have_count(0)


async def test_what_comes_meanwhile_closes_no_menu_and_loses_no_reply(line: Line) -> None:
    theirs = line.page.locator(".message.in").first
    await (await menu(theirs)).get_by_role("button", name="Reply").click()
    await line.page.keyboard.type("We are")
    opened = await menu(theirs)
    await line.hear("Hello?", "in-2")
    await expect(line.page.locator(".message.in")).to_have_count(2)
    await expect(opened).to_be_visible()
    await line.page.keyboard.press("Escape")
    await expect(line.page.locator(".replying")).to_contain_text("Are you open?")
    await expect(line.page.locator("#text")).to_have_value("We are")
    await line.page.locator("#text").press("Enter")
    await expect(line.page.locator(".message.out .quote")).to_contain_text("Are you open?")
    await line.desk.house.idle()
    assert [(one.text, one.reply_to) for one in line.fake.sent] == [("We are", "in-1")]


async def test_a_half_written_edit_stays_when_it_is_refused(line: Line) -> None:
    ours = await line.write("Until sixx")
    await (await menu(ours)).get_by_role("button", name="Edit").click()
    await line.hear("Hello?", "in-2")
    await expect(line.page.locator(".message.in")).to_have_count(2)
    field = line.page.get_by_label("The new text")
    await field.fill(" ")
    line.desk.foreseen.append("422")
    await line.page.get_by_role("button", name="Save", exact=True).click()
    await expect(line.page.locator("[data-toast]")).to_contain_text("Write the new text first")
    await expect(field).to_be_visible()


async def test_the_keyboard_alone_is_enough(line: Line) -> None:
    page = line.page
    button = page.locator(".message.in [data-acts]")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Thumbs up")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("button", name="Heart")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#acts")).to_be_hidden()
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Thumbs up")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.in .reactions")).to_contain_text("👍")


async def test_a_deletion_that_did_not_get_through_says_so(line: Line) -> None:
    ours = await line.write("Oops")
    line.fake.script.append(Rejected("WhatsApp did not take it.", code="9"))
    await (await menu(ours)).get_by_role("button", name="Delete for everyone").click()
    await line.page.locator("#change").get_by_role("button", name="Delete for everyone").click()
    lost = line.page.locator(".message.mid")
    await expect(lost).to_contain_text("Your deletion of a message")
    await expect(lost).to_contain_text("WhatsApp did not take it.")
    await lost.get_by_role("button", name="Retry").click()
    await expect(line.page.locator(".message.out")).to_contain_text("This message was deleted")
    await expect(lost).to_have_count(0)


async def test_what_the_line_cannot_do_is_not_offered(line: Line) -> None:
    phone = await line.desk.phone()
    await say(phone, "What are your opening hours?")
    page = await line.desk.open(context=await line.desk.operator())
    await page.locator(".chat-card").first.click()
    answered = page.locator(".message.by-agent")
    opened = await menu(answered)
    await expect(opened.locator(".choice")).to_have_text(["Reply"])
    await opened.get_by_role("button", name="Thanks").click()
    await expect(answered.locator(".reactions")).to_contain_text("🙏")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_on_a_phone_it_lies_at_the_foot_of_the_screen(line: Line, theme: str) -> None:
    context = line.page.context
    await context.add_cookies([{"name": "frontdesk_theme", "value": theme, "url": line.desk.base}])
    await line.write("Until six")
    await line.page.set_viewport_size({"width": 390, "height": 800})
    await line.page.reload()
    opened = await menu(line.page.locator(".message.out"))
    box = await opened.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 800)
    for choice in await opened.get_by_role("button").all():
        size = await choice.bounding_box()
        assert size is not None
        assert size["height"] >= 40
    assert await line.page.evaluate("document.documentElement.scrollWidth") == 390
