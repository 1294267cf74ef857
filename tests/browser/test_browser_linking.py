"""A phone is linked from the page with the code, which renews itself, runs out, and may be typed instead."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import segno
from browser_house import Office, office
from PIL import Image
from playwright.async_api import Locator, Page, expect

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import HOUR, MINUTE, SystemClock
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import until
from frontdesk.testing.linking import PHONE
from frontdesk.web.inbox import linking

FIRST, SECOND_CODE = ("2@" + letter * 150 + ",key,key,key" for letter in "ab")
QUIET = 4


@pytest.fixture
def fake() -> LinkedFake:
    """The other side, which tells what a test tells it to."""
    channel = LinkedFake()
    channel.states = ()
    return channel


@pytest.fixture
async def desk(tmp_path: Path, fake: LinkedFake) -> AsyncIterator[Office]:
    """The house with the sample business and that channel."""
    async with office(tmp_path, channels=(fake,)) as opened:
        yield opened


async def _line(desk: Office, fake: LinkedFake) -> str:
    """A line that is coming up; gives its id."""
    accounts = desk.house.desk.accounts
    account_id = await accounts.add("linkable", name="Reception", options={})
    await accounts.connect(account_id)
    await until(lambda: account_id in fake.connected)
    return account_id


def _code(text: str, lasts: int = MINUTE) -> LineState:
    return LineState(State.QR_PENDING, qr=text, expires_at=SystemClock().now() + lasts)


async def _read(code: Locator) -> list[list[bool]]:
    """The dark modules of a code as they are seen on the screen."""
    image = Image.open(io.BytesIO(await code.screenshot(animations="disabled"))).convert("L")
    modules = int((await code.get_attribute("viewBox") or "").split()[-1])
    wide, high = image.width / modules, image.height / modules
    inner, seen = range(QUIET, modules - QUIET), image.tobytes()
    return [[seen[int((y + 0.5) * high) * image.width + int((x + 0.5) * wide)] < 128 for x in inner] for y in inner]


def _matrix(text: str) -> list[list[bool]]:
    return [[bool(dark) for dark in row] for row in segno.make_qr(text, error="l", boost_error=False).matrix]


async def _phase(page: Page, phase: str) -> None:
    await expect(page.locator(f'.link-card[data-phase="{phase}"]')).to_be_visible()


async def test_a_line_is_added_after_the_warning_and_linked_by_its_code(desk: Office, fake: LinkedFake) -> None:
    page = await desk.open("/lines", context=await desk.operator())
    await page.locator("#new-link > summary").click()
    await expect(page.locator("#link-warning")).to_contain_text("WhatsApp may ban the number")
    await page.locator("#link-name").fill("Reception")
    await page.get_by_label("Kind").select_option("linkable")
    add = page.get_by_role("button", name="Add and show the code")
    await add.click()
    assert [account.row.channel for account in desk.house.desk.accounts.all()] == ["simulator"]  # the box is not ticked
    await page.get_by_label("I understand").check()
    await add.click()
    await page.wait_for_url("**/lines/acc_*/link")
    await _phase(page, "starting")
    await until(lambda: len(fake.connected) == 1)
    (account_id,) = fake.connected
    fake.say(account_id, _code(FIRST))
    await _phase(page, "scan")
    assert await _read(page.locator("#qr")) == _matrix(FIRST)
    await expect(page.locator(".steps li")).to_have_count(4)
    fake.say(account_id, LineState(State.CONNECTED, phone=PHONE))
    await expect(page.get_by_role("heading", name=f"Connected as +{PHONE}")).to_be_visible()
    await expect(page.locator("#linking [role=status]")).to_have_text(f"Connected as +{PHONE}.")


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390), ("dark", 390)])
async def test_the_code_can_be_scanned_from_every_screen(
    desk: Office, fake: LinkedFake, theme: str, width: int
) -> None:
    account_id = await _line(desk, fake)
    context = await desk.operator()
    await context.add_cookies([{"name": "frontdesk_theme", "value": theme, "url": desk.base}])
    page = await desk.open(f"/lines/{account_id}/link", context=context)
    await page.set_viewport_size({"width": width, "height": 844})
    fake.say(account_id, _code(FIRST))
    await _phase(page, "scan")
    assert await _read(page.locator("#qr")) == _matrix(FIRST)
    box = await page.locator("#qr").bounding_box()
    assert box is not None
    assert box["width"] >= 264
    assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_the_code_counts_down_and_the_next_one_comes_by_itself(desk: Office, fake: LinkedFake) -> None:
    account_id = await _line(desk, fake)
    page = await desk.open(f"/lines/{account_id}/link", context=await desk.operator())
    fake.say(account_id, _code(FIRST))
    await expect(page.locator("#until")).to_contain_text(re.compile("A new code in 0:([0-4]|5[0-8])"))
    fake.say(account_id, _code(SECOND_CODE, lasts=2 * MINUTE))  # any moment will do: the browser may be slow to look
    await expect(page.locator("#until")).to_contain_text(re.compile("A new code in (2:00|1:)"))
    assert await _read(page.locator("#qr")) == _matrix(SECOND_CODE)


async def test_a_code_that_ran_out_says_so_and_another_is_a_key_away(
    desk: Office, fake: LinkedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = await _line(desk, fake)
    page = await desk.open(f"/lines/{account_id}/link", context=await desk.operator())
    with monkeypatch.context() as patched:
        patched.setattr(linking, "GRACE", HOUR)  # however slow the browser is, it finds the code within it
        fake.say(account_id, _code(FIRST, lasts=0))
        await expect(page.locator("#until")).to_contain_text("One moment")
        fake.say(account_id, _code(SECOND_CODE, lasts=0))
        await until(lambda: getattr(desk.house.desk.accounts.qr(account_id), "qr", None) == SECOND_CODE)
    await expect(page.get_by_text("The code has run out.").last).to_be_visible()
    fake.states = (_code(FIRST),)
    await page.get_by_role("button", name="Show a new one").press("Enter")
    await _phase(page, "scan")
    assert await _read(page.locator("#qr")) == _matrix(FIRST)
    await page.wait_for_function("document.activeElement.dataset.focus !== undefined")


async def test_a_code_to_type_comes_in_two_groups_of_four_with_steps_of_its_own(desk: Office, fake: LinkedFake) -> None:
    account_id = await _line(desk, fake)
    fake.say(account_id, _code(FIRST))
    page = await desk.open(f"/lines/{account_id}/link", context=await desk.operator())
    await page.get_by_role("link", name="Use a code instead").first.click()
    number = page.get_by_label("The number to link")
    await number.fill("912")
    await number.press("Enter")
    await expect(page.locator("#pair-fault")).to_contain_text("with the country code")
    fake.say(account_id, _code(SECOND_CODE))  # what can be scanned goes on beside it
    drawn_anew = page.locator("#pair-fault:not([role])")
    await expect(drawn_anew).to_contain_text("with the country code")
    await expect(number).to_have_value("912")
    await number.fill("+351 912 345 678")
    await number.press("Enter")
    await expect(page.locator("#pairing-code .group")).to_have_text(["WXYZ", "2345"])
    await expect(page.locator(".steps")).to_contain_text("Link with phone number instead")
    assert fake.asked == [(account_id, PHONE)]
    await expect(page.locator("#pairing-number")).to_contain_text(f"+{PHONE}")
    await page.get_by_text("Another number").click()
    fake.answers.append(LineState(State.QR_PENDING, pairing_code="ABCD-6789"))
    await number.fill("+351 210 000 100")
    await number.press("Enter")
    await expect(page.locator("#pairing-code .group")).to_have_text(["ABCD", "6789"])
    await expect(page.locator("#pairing-number")).to_contain_text("+351210000100")
    await expect(number).to_be_hidden()
    fake.say(account_id, _code(FIRST))
    fake.say(account_id, LineState(State.CONNECTED, phone=PHONE))
    await expect(page.get_by_role("heading", name=f"Connected as +{PHONE}")).to_be_visible()


async def test_a_line_that_cannot_be_linked_says_why_and_what_to_do(desk: Office, fake: LinkedFake) -> None:
    account_id = await _line(desk, fake)
    fake.say(account_id, _code(FIRST))
    page = await desk.open(f"/lines/{account_id}/link", context=await desk.operator())
    await _phase(page, "scan")
    fake.say(account_id, LineState(State.ACTION_REQUIRED, "WhatsApp asks for a passkey."))
    await expect(page.locator("#link-fault")).to_contain_text("WhatsApp asks for a passkey.")
    await expect(page.locator("#link-fault")).to_contain_text("connect the line again")
    await page.get_by_role("button", name="Show a new code").click()
    await _phase(page, "starting")


async def test_the_card_of_a_line_leads_to_its_code(desk: Office, fake: LinkedFake) -> None:
    account_id = await _line(desk, fake)
    fake.say(account_id, _code(FIRST))
    page = await desk.open("/lines", context=await desk.operator())
    card = page.locator(f"#line-{account_id}")
    await expect(card).to_contain_text("Linked devices > Link a device")
    await card.get_by_role("link", name="Show the code").click()
    await _phase(page, "scan")


async def test_a_code_that_was_scanned_is_no_longer_shown_and_what_happens_is_said(
    desk: Office, fake: LinkedFake
) -> None:
    account_id = await _line(desk, fake)
    fake.say(account_id, _code(FIRST))
    for way in ("", "?by=code"):
        page = await desk.open(f"/lines/{account_id}/link{way}", context=await desk.operator())
        fake.say(account_id, LineState(State.CONNECTING, "The code was scanned. Signing in."))
        await expect(page.locator(".link-code")).to_have_text("The code was scanned. Signing in.")
