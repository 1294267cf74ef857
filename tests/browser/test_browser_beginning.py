"""A chat is begun with somebody who has none yet, from the keyboard and on a phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_house import Office, office
from playwright.async_api import expect

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import until
from frontdesk.testing.linking import PHONE

TOO_WIDE = """() => [...document.querySelectorAll(".chats > header *, main *")].filter(
  (one) => !one.closest(".unseen, svg") && one.getBoundingClientRect().right > innerWidth + 0.5
).map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture
def fake() -> LinkedFake:
    """A line that WhatsApp does not support, and which is up."""
    channel = LinkedFake()
    channel.states = (LineState(State.CONNECTED, phone=PHONE),)
    return channel


@pytest.fixture
async def desk(tmp_path: Path, fake: LinkedFake) -> AsyncIterator[Office]:
    """The house with the sample business, and that line."""
    async with office(tmp_path, channels=(fake,)) as opened:
        accounts = opened.house.desk.accounts
        account_id = await accounts.add("linkable", name="Reception", options={})
        await accounts.connect(account_id)
        await until(lambda: accounts.get(account_id).state is State.CONNECTED)
        yield opened


async def test_a_chat_is_begun_without_a_mouse(desk: Office, fake: LinkedFake) -> None:
    page = await desk.open(context=await desk.operator(role="operator"))
    await page.locator("#new-chat").wait_for()
    await page.keyboard.press("Alt+n")
    number, words = page.get_by_label("Phone number"), page.get_by_label("First message")
    await expect(number).to_be_focused()
    await expect(page.get_by_label("Line", exact=True)).to_have_value(desk.house.desk.accounts.all()[1].row.id)
    await expect(page.locator("#note-care")).to_contain_text("10 of 10 first messages left.")
    await page.keyboard.type("912 345 678")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Good morning")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("Your glasses are ready.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("with the country code and a plus")
    await expect(number).to_be_focused()
    await expect(words).to_have_value("Good morning\nYour glasses are ready.")
    await number.fill("+44 7700 900456")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/chats/cht_*")
    await expect(page.locator(".message")).to_contain_text("Your glasses are ready.")
    await until(lambda: fake.texts == ["Good morning\nYour glasses are ready."])
    await page.goto(f"{desk.base}/new")
    await expect(page.locator("#note-care")).to_contain_text("9 of 10 first messages left.")


async def test_another_line_is_told_of_as_soon_as_it_is_chosen(desk: Office) -> None:
    page = await desk.open("/new", context=await desk.operator())
    await page.get_by_label("First message").fill("Good morning")
    await page.get_by_label("Line", exact=True).select_option(index=0)
    await expect(page.locator("#note-window")).to_contain_text("a template that Meta has approved")
    await expect(page.locator("#note-care")).to_have_count(0)
    await expect(page.get_by_label("First message")).to_have_value("Good morning")
    await page.get_by_label("Phone number").fill("+44 7700 900456")
    await page.get_by_role("button", name="Send and open the chat").click()
    await expect(page.get_by_role("alert")).to_contain_text("only with an approved template")


@pytest.mark.parametrize("width", [320, 390])
async def test_it_fits_on_a_phone(desk: Office, width: int) -> None:
    page = await desk.open(context=await desk.operator(), width=width)
    await page.set_viewport_size({"width": width, "height": 844})
    await expect(page.locator("#new-chat")).to_be_in_viewport(ratio=1)
    assert await page.evaluate(TOO_WIDE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    await page.locator("#new-chat").click()
    await page.wait_for_url("**/new")  # with all that it is drawn with
    await expect(page.get_by_role("button", name="Send and open the chat")).to_be_visible()
    assert await page.evaluate(TOO_WIDE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width
