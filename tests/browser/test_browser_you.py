"""One's own password is changed in the inbox, and other windows are sent out."""

from browser_house import Office
from playwright.async_api import expect

from frontdesk.testing.browser import PASSWORD

ANOTHER = "a grey stone bridge"
PLACE = "Your alerts and password"


async def test_a_password_is_changed_without_a_mouse(desk: Office) -> None:
    desk.foreseen += ["401", "422"]  # the refusals
    page = await desk.open(context=await desk.operator(role="operator"))
    await page.locator("#me").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name=PLACE).focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{desk.base}/you")

    old, new = page.get_by_label("Present password"), page.get_by_label("New password")
    await old.focus()
    await page.keyboard.type("not the one")
    await page.keyboard.press("Tab")
    await page.keyboard.type(ANOTHER)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(new).to_have_attribute("type", "text")
    await new.press("Enter")
    await expect(page.get_by_text("That is not your present password.")).to_be_visible()
    await expect(old).to_be_focused()
    await expect(new).to_have_value(ANOTHER)  # what was right is not typed twice
    await expect(new).to_have_attribute("type", "text")

    await old.fill(PASSWORD)
    await new.fill("short")
    await page.get_by_role("button", name="Change the password").press("Enter")
    await expect(page.get_by_text("A password needs at least 10 characters.")).to_be_visible()
    await expect(new).to_be_focused()
    await expect(page.get_by_text("That is not your present password.")).to_be_hidden()

    await new.fill(ANOTHER)
    await new.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="Your password is changed.")).to_be_focused()
    await expect(old).to_have_value("")
    await expect(new).to_have_attribute("type", "password")


async def test_another_window_is_sent_to_the_sign_in_when_its_sign_in_ends(desk: Office) -> None:
    desk.foreseen.append("401")  # the stream that comes back
    there = await desk.open(context=await desk.operator())
    await expect(there.get_by_role("heading", name="Inbox")).to_be_visible()
    here = await desk.open("/you", context=await desk.operator())
    await expect(here.get_by_text("You are signed in here and in 1 other browser.")).to_be_visible()
    await here.get_by_role("button", name="Sign out everywhere else").click()
    await expect(here.get_by_text("You are signed in only here.")).to_be_visible()
    await expect(there).to_have_url(f"{desk.base}/sign-in")
    await expect(here).to_have_url(f"{desk.base}/you")


async def test_on_a_phone_the_page_is_reached_and_fits(desk: Office) -> None:
    page = await desk.open(context=await desk.operator())
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator("#me").click()
    await page.get_by_role("link", name=PLACE).click()
    await page.wait_for_url("**/you")  # with all that it is drawn with
    await expect(page.get_by_role("button", name="Change the password")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
