"""`frontdesk lab` in a browser: a line is added, scanned on the owner's phone, and a customer is answered."""

import re
from pathlib import Path

import pytest
from browser_house import chromium, say
from playwright.async_api import BrowserContext, Page, expect

from frontdesk.samples import HOUSE_FILE
from frontdesk.testing.browser import executable
from frontdesk.testing.clock import until
from frontdesk.testing.lab.__main__ import HOUSE, MARK, for_every_line
from frontdesk.testing.processes import Program, running

ANNA = "/lab/447700900123/351210000100"
# What is shown for a moment is noted in the page: who looks from outside may look too late.
NOTE_PRESENCE = """() => {
  const presence = document.querySelector("#presence");
  const note = () => { document.body.dataset.was = `${document.body.dataset.was ?? ""}|${presence.textContent}`; };
  new MutationObserver(note).observe(presence, { childList: true, characterData: true, subtree: true });
}"""


async def _signed_in(context: BrowserContext, program: Program) -> Page:
    """The inbox, by the link that the lab printed: it answers a moment before it says so."""
    page = await context.new_page()
    await until(lambda: "Stop with Ctrl+C." in program.said())
    link = re.search(r"http\S+/welcome\?token=\S+", program.said())
    assert link is not None
    await page.goto(link[0])
    for field, value in (("Your name", "Rita Marques"), ("Login", "rita"), ("Password", "a calm short sentence")):
        await page.get_by_label(field).fill(value)
    await page.get_by_role("button", name="Open the inbox").click()
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    return page


def _quick(folder: Path) -> Path:
    """A folder of the lab in which the agent waits for no second message."""
    folder.mkdir()
    (folder / MARK).touch()
    house = for_every_line(HOUSE_FILE.read_text()).replace("quiet_seconds = 1.5", "quiet_seconds = 0.1")
    (folder / HOUSE).write_text(house)
    return folder


async def test_a_line_is_scanned_on_a_phone_of_the_lab_and_a_customer_is_answered(tmp_path: Path) -> None:
    if executable() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    program = Program(_quick(tmp_path / "data"), command="lab")
    async with running(program), chromium() as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        complaints: list[str] = []
        context.on("weberror", lambda wrong: complaints.append(str(wrong.error)))
        context.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        inbox = await _signed_in(context, program)
        await inbox.goto(f"{program.url}/lines")
        await inbox.locator("#new-link > summary").click()
        await inbox.locator("#link-name").fill("Front desk")
        await inbox.get_by_label("I understand").check()
        await inbox.get_by_role("button", name="Add and show the code").click()
        await inbox.wait_for_url("**/lines/acc_*/link")
        phones = await context.new_page()
        await phones.goto(f"{program.url}/lab")
        await phones.get_by_role("button", name="Scan the code").click()
        await expect(phones.locator("#curtain-state")).to_contain_text("Connected now")
        await expect(inbox.get_by_role("heading", name="Connected as +351210000100")).to_be_visible()
        await phones.goto(f"{program.url}{ANNA}")
        await phones.evaluate(NOTE_PRESENCE)
        await say(phones, "¿Dónde están?")
        await expect(phones.locator("body")).to_have_attribute("data-was", re.compile("writing …"))
        await expect(phones.locator("#thread .theirs").first).to_contain_text("Rua das Camélias")
        await expect(phones.locator("#thread .mine .tick.delivered, #thread .mine .tick.read").first).to_be_visible()
        await phones.get_by_role("button", name="WhatsApp is out of reach").click()
        await expect(phones.locator("#curtain-state [role=status]")).to_contain_text("WhatsApp is out of reach:")
        await phones.set_viewport_size({"width": 390, "height": 844})
        assert await phones.evaluate("document.documentElement.scrollWidth") == 390
        assert complaints == []
        assert await program.stop() == 0
