"""On the narrowest phones everything in a chat's header is on the screen and can be reached."""

import pytest
from browser_house import Office, say
from playwright.async_api import expect

FITS = """(width) => {
  const parts = [...document.querySelectorAll("#chat-head > :not(.unseen), #chat-head .tools > *")];
  const fits = (one) => one.getBoundingClientRect().right <= innerWidth && one.scrollWidth <= one.clientWidth + 1;
  return parts.length > 0 && parts.every(fits) && document.documentElement.scrollWidth === width;
}"""


@pytest.mark.parametrize("width", [320, 360, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_in_the_header_of_a_chat_is_cut_on_a_narrow_phone(desk: Office, width: int, theme: str) -> None:
    phone = await desk.phone()
    await say(phone, "What are your opening hours?")
    context = await desk.operator()
    await context.add_cookies([{"name": "frontdesk_theme", "value": theme, "url": desk.base}])
    page = await desk.open(context=context)
    await page.set_viewport_size({"width": width, "height": 700})
    await page.locator(".chat-card").first.click()
    await expect(page.locator(".message.by-agent")).to_have_count(1)
    await desk.house.idle()
    for act, then in (("Take over", "Hand back"), ("Hand back", "Take over")):
        button = page.locator("#holding", has_text=act)
        await expect(button).to_be_in_viewport(ratio=1)
        await page.wait_for_function(FITS, arg=width)
        await expect(page.get_by_role("button", name="Contact panel", exact=True)).to_be_in_viewport(ratio=1)
        await page.get_by_role("button", name=act, exact=True).click()
        await expect(page.locator("#holding")).to_have_text(then)
