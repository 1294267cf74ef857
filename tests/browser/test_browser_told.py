"""The browser tells an operator at once of what matters enough to them, on whichever page they are."""

from browser_house import Office, say
from playwright.async_api import expect

URGENT = "This is urgent, please call me back immediately!"


async def test_what_is_urgent_is_told_on_every_page_and_leads_to_its_chat(desk: Office) -> None:
    page = await desk.open("/settings", context=await desk.operator())
    other = await desk.open("/you", context=await desk.operator("bo", name="Bo"))
    await other.get_by_label("Tell me of messages").select_option("none")
    await other.get_by_role("button", name="Save").click()
    await expect(
        other.get_by_role("status").filter(has_text="Saved. The browser tells you of no message.")
    ).to_be_focused()
    await expect(page.locator("#told")).to_have_attribute("data-from", "5")
    phone = await desk.phone()
    await say(phone, URGENT)
    told = page.get_by_role("alert").filter(has_text=URGENT)
    await expect(told).to_be_visible()
    await told.get_by_role("link").click()
    await expect(page.locator("#desk")).to_contain_text(URGENT)
    await expect(other.get_by_role("alert")).to_have_count(0)


async def test_a_browser_that_may_call_does_so_while_nobody_looks_at_it(desk: Office) -> None:
    context = await desk.operator()
    await context.grant_permissions(["notifications"], origin=desk.base)
    page = await desk.open("/you", context=context)
    await expect(page.get_by_text("This browser also calls you while you look elsewhere")).to_be_visible()
    await page.evaluate(
        """() => {
          window.calls = [];
          window.Notification = class {
            static permission = "granted";
            constructor(title, more) { window.calls.push([title, more.body]); }
          };
          Object.defineProperty(document, "hidden", { get: () => true });
        }"""
    )
    await say(await desk.phone(), URGENT)
    await expect(page.locator("[data-told][data-called]")).to_have_count(1)
    ((title, text),) = await page.evaluate("window.calls")
    assert URGENT in text
    assert title
