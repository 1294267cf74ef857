"""Where the agent could not answer, the inbox shows it by itself, and one click has it try again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_house import Office, executable, office, say
from playwright.async_api import expect

from frontdesk.kit.errors import Rejected
from frontdesk.testing.think import FakeThink


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[Office]:
    """A house whose model refuses the key once, and then answers."""
    if executable() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    refused = Rejected("OpenAI (gpt-4o-mini) does not accept the API key.", code="key")
    async with office(tmp_path, think=FakeThink(refused, "Until six.")) as opened:
        yield opened
        assert opened.complaints == []


async def test_a_failed_turn_is_seen_in_the_list_and_answered_after_one_click(failing: Office) -> None:
    phone = await failing.phone()
    page = await failing.open(context=await failing.operator())
    await say(phone, "How long are you open?")
    card = page.locator(".chat-card").first
    await expect(card).to_contain_text("Agent failed")
    await card.click()
    line = page.locator(".message.in .asks")
    await expect(line).to_contain_text("The agent could not answer")
    reason, again = line.locator("summary"), line.get_by_role("button", name="Try again")
    tops = [box["y"] for box in [await reason.bounding_box(), await again.bounding_box()] if box]
    assert abs(tops[0] - tops[1]) < 12
    await again.click()
    await expect(page.locator(".message.by-agent")).to_contain_text("Until six.")
    await expect(again).to_have_count(0)
    await expect(card).not_to_contain_text("Agent failed")
    await expect(phone.locator("#thread")).to_contain_text("Until six.")
