"""The owner opens the link of an alert on a phone, without a sign-in, and the line is linked again."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from browser_house import Office, office
from playwright.async_api import Page, expect

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SystemClock
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import until
from frontdesk.testing.linking import PHONE

Theme = Literal["light", "dark"]
FIRST, SECOND_CODE = ("2@" + letter * 150 + ",key,key,key" for letter in "ab")


@pytest.fixture
def fake() -> LinkedFake:
    """The other side, which tells what a test tells it to."""
    channel = LinkedFake()
    channel.states = ()
    return channel


@pytest.fixture
async def desk(tmp_path: Path, fake: LinkedFake) -> AsyncIterator[Office]:
    """The house with the sample business and that channel, which others reach."""
    async with office(tmp_path, channels=(fake,), public=True) as opened:
        yield opened


def _code(text: str, lasts: int = MINUTE) -> LineState:
    return LineState(State.QR_PENDING, qr=text, expires_at=SystemClock().now() + lasts)


async def _fallen(desk: Office, fake: LinkedFake) -> str:
    """A line that was up, and was taken off on its phone; gives its id."""
    accounts = desk.house.desk.accounts
    account_id = await accounts.add("linkable", name="Clinic Aurora", options={})
    await accounts.connect(account_id)
    await until(lambda: account_id in fake.connected)
    fake.say(account_id, LineState(State.CONNECTED, phone=PHONE))
    fake.say(account_id, LineState(State.LOGGED_OUT, "The device was taken off on the phone."))
    await until(lambda: accounts.get(account_id).state is State.LOGGED_OUT)
    await accounts.load()
    return account_id


async def _phone(desk: Office, account_id: str, *, theme: Theme = "light", by: str = "") -> Page:
    """The page on a phone in which nobody is signed in."""
    context = await desk.browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=theme, is_mobile=True, has_touch=True
    )
    url = desk.house.desk.link_pages.make(account_id).url
    return await desk.open(url.removeprefix(desk.base) + by, context=context)


async def _phase(page: Page, phase: str) -> None:
    await expect(page.locator(f'.link-card[data-phase="{phase}"]')).to_be_visible()


async def _fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_line_is_linked_again_from_the_link_alone(desk: Office, fake: LinkedFake, theme: Theme) -> None:
    account_id = await _fallen(desk, fake)
    page = await _phone(desk, account_id, theme=theme)
    await _phase(page, "stopped")
    await expect(page.locator(".link-code")).to_contain_text("The device was taken off on the phone.")
    await _fits(page)
    fake.states = (_code(FIRST),)
    await page.get_by_role("button", name="Show a new code").tap()
    await _phase(page, "scan")
    await expect(page.locator("#until")).to_contain_text("A new code in")
    drawn = await page.locator("#qr path").get_attribute("d")
    await _fits(page)
    fake.say(account_id, _code(SECOND_CODE))  # it renews itself
    await expect(page.locator("#qr path")).not_to_have_attribute("d", drawn or "")
    fake.say(account_id, LineState(State.CONNECTED, phone=PHONE))
    await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    await expect(page.get_by_text("You can close this page.")).to_be_visible()
    assert PHONE not in await page.content()
    desk.foreseen.append("410")  # what the browser says of a page that is gone
    await page.reload()
    await expect(page.get_by_role("heading", name="This line is connected")).to_be_visible()


async def test_on_the_phone_of_the_number_a_code_is_typed_instead(desk: Office, fake: LinkedFake) -> None:
    account_id = await _fallen(desk, fake)
    page = await _phone(desk, account_id)
    await page.get_by_role("link", name="Use a code instead").first.tap()
    await expect(page.locator("#pair-known")).to_contain_text(f"ends in {PHONE[-2:]}")
    fake.states = (_code(FIRST),)
    await page.get_by_role("button", name="Show the code").tap()
    await expect(page.locator("#pairing-code .group")).to_have_text(["WXYZ", "2345"])
    await expect(page.locator(".steps")).to_contain_text("Link with phone number instead")
    await expect(page.locator("#pairing-number")).to_contain_text(f"ends in {PHONE[-2:]}")
    assert fake.asked == [(account_id, PHONE)]
    await _fits(page)
    fake.say(account_id, LineState(State.CONNECTED, phone=PHONE))
    await expect(page.get_by_role("heading", name="Connected")).to_be_visible()


async def test_a_page_that_is_open_says_when_its_link_is_over(desk: Office, fake: LinkedFake) -> None:
    account_id = await _fallen(desk, fake)
    page = await _phone(desk, account_id)
    await _phase(page, "stopped")
    await desk.house.desk.accounts.log_out(account_id)
    await expect(page.locator("[data-over]")).to_contain_text("has taken the line down")
    await expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


async def test_a_number_that_is_wrong_stays_told_while_the_page_looks_again(desk: Office, fake: LinkedFake) -> None:
    accounts = desk.house.desk.accounts
    account_id = await accounts.add("linkable", name="New", options={})
    page = await _phone(desk, account_id, by="?by=code")
    number = page.get_by_label("The number to link")
    await number.fill("912")
    await number.press("Enter")
    await expect(page.locator("#pair-fault")).to_contain_text("country code")
    await expect(page.locator("#pair-fault:not([role])")).to_contain_text("country code")  # it has looked again
    await expect(number).to_have_value("912")


async def test_an_admin_copies_the_link_from_the_page_with_the_code(desk: Office, fake: LinkedFake) -> None:
    account_id = await _fallen(desk, fake)
    context = await desk.operator()
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.base)
    page = await desk.open(f"/lines/{account_id}/link", context=context)
    await page.locator("#send-link > summary").click()
    await page.get_by_role("button", name="Copy a link for a phone").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"{desk.base}/link/[\w-]+", copied)
    await page.set_viewport_size({"width": 390, "height": 844})
    await _fits(page)
