"""Where the agent could not answer, the inbox shows it by itself, and one click has it try again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_house import Office, office, say
from playwright.async_api import expect

from frontdesk.kit.errors import Rejected
from frontdesk.testing.think import FakeThink

ON_ONE_LINE = """() => {
  const parts = [...document.querySelectorAll(".message.in .asks :is(summary, button)")];
  const tops = parts.map((one) => one.getBoundingClientRect().top);
  return tops.length === 2 && Math.abs(tops[0] - tops[1]) < 12;
}"""


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[Office]:
    """A house whose model refuses the key once, and then answers."""
    refused = Rejected("OpenAI (gpt-4o-mini) does not accept the API key.", code="key")
    async with office(tmp_path, think=FakeThink(refused, "Until six.")) as opened:
        yield opened


async def test_a_failed_turn_is_seen_in_the_list_and_answered_after_one_click(failing: Office) -> None:
    phone = await failing.phone()
    page = await failing.open(context=await failing.operator())
    await say(phone, "How long are you open?")
    card = page.locator(".chat-card").first
    await expect(card).to_contain_text("Agent failed")
    await card.click()
    line = page.locator(".message.in .asks")
    await expect(line).to_contain_text("The agent could not answer")
    again = line.get_by_role("button", name="Try again")
    await again.click()
    await expect(page.locator(".message.by-agent")).to_contain_text("Until six.")
    await expect(again).to_have_count(0)
    await expect(card).not_to_contain_text("Agent failed")
    await expect(phone.locator("#thread")).to_contain_text("Until six.")


async def test_the_reason_and_the_button_stand_on_one_line(failing: Office) -> None:
    phone = await failing.phone()
    page = await failing.open(context=await failing.operator())
    await say(phone, "How long are you open?")
    await page.locator(".chat-card").first.click()
    await page.wait_for_function(ON_ONE_LINE)
