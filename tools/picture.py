"""Takes the pictures of docs/images anew: .venv/bin/python tools/picture.py [inbox|linking]

`inbox` is the demonstration after an hour's work, `linking` the page on which a phone is linked.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from frontdesk import samples
from frontdesk.channels.simulator.people import make_customer
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SystemClock
from frontdesk.testing.browser import ARGUMENTS, demonstration, executable, signed_in
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse
from frontdesk.web.auth import COOKIE

PROJECT = Path(__file__).resolve().parents[1]
SAMPLE = samples.HOUSE_FILE.read_text(encoding="utf-8")
IMAGES = PROJECT / "docs" / "images"
ANA, BO, CAI = "c447700900123", "c12025550143", "c61491570156"  # the people of the demonstration
DINA, ELIAS = make_customer("Dina Okafor", "+44 7700 900456"), make_customer("Elias Brandt", "+1 202 555 0178")


class Slow(SystemClock):
    """The machine's clock, some minutes slow, so that an hour's work takes a minute. At the end it is right."""

    minutes = 0

    def now(self) -> int:
        """What the house takes for the present moment."""
        return super().now() - self.minutes * MINUTE


async def says(desk: TestHouse, minutes: int, customer: str, text: str, *, answered: bool = True) -> None:
    """A customer writes, so many minutes ago, reads the agent's answer where one comes, and the house comes to rest."""
    standin = desk.built.standin
    assert standin is not None
    desk.clock.minutes = minutes
    desk.built.runner.wake(0)  # it sleeps by the clock as it was
    thread = standin.thread(customer)
    standin.write(thread, text)
    if answered:
        await until(lambda: thread.last is not None and not thread.last.mine)
    await asyncio.sleep(2)
    standin.look(thread)
    await asyncio.sleep(1)
    await desk.idle()


async def an_hour(desk: TestHouse, page: Page) -> None:
    """What happened at the sample business, the newest last."""
    standin = desk.built.standin
    assert standin is not None
    for customer in (DINA, ELIAS):
        standin.add_customer(customer)
    await says(desk, 52, DINA.customer_id, "Hi, how soon can I get an appointment?")
    await says(desk, 41, ELIAS.customer_id, "My tooth broke, what do I do?")
    await page.locator(".chat-card", has_text=ELIAS.name).click()
    await page.locator("#text").fill("Good morning Elias, Rita here. We keep 11:30 free for you.")
    await page.locator("#text").press("Enter")
    await page.locator(".message.by-operator").wait_for()
    await says(desk, 38, ELIAS.customer_id, "I will be there, thank you!", answered=False)
    await says(desk, 23, BO, "¿Dónde están?")
    await says(desk, 9, CAI, "Do you sell gift vouchers?")
    await says(desk, 4, ANA, "Do you take insurance?")
    await says(desk, 1, ANA, "How much is a cleaning?")
    desk.clock.minutes = 0
    for alert in (await desk.http.get("/api/v1/alerts", params={"open": True})).json()["items"]:
        (await desk.http.post(f"/api/v1/alerts/{alert['id']}/acknowledge")).raise_for_status()


async def take(desk: TestHouse, base: str, browser: str) -> None:
    """Sign in, live through the hour, and take the picture."""
    token = await signed_in(desk)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        context = await launched.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        await context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        page = await context.new_page()
        await page.goto(base)
        await an_hour(desk, page)
        await page.goto(base)
        await page.locator(".chat-card", has_text="Ana Ferreira").click()
        await page.locator(".message.by-agent .why summary").last.click()
        await page.locator(".gates").wait_for()
        await page.mouse.move(720, 5)
        await asyncio.sleep(1)
        await page.screenshot(path=IMAGES / "inbox.png")
        await launched.close()


async def take_linking(desk: TestHouse, base: str, browser: str, fake: LinkedFake) -> None:
    """Link a phone as far as the code, and take the picture of its page."""
    token = await signed_in(desk)
    account_id = await desk.desk.accounts.add(fake.name, name="Front desk", options={})
    await desk.desk.accounts.connect(account_id)
    await until(lambda: account_id in fake.connected)
    code = "2@" + ",".join(letter * 44 for letter in "abcd")
    fake.say(account_id, LineState(State.QR_PENDING, qr=code, expires_at=desk.clock.now() + MINUTE // 3))
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        context = await launched.new_context(viewport={"width": 1100, "height": 680}, color_scheme="light")
        await context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        page = await context.new_page()
        await page.goto(f"{base}/lines/{account_id}/link")
        await page.locator("#qr").wait_for()
        await asyncio.sleep(6)
        await page.screenshot(path=IMAGES / "linking.png")
        await launched.close()


async def main(which: str) -> None:
    """Build the demonstration in a folder of its own, and take the picture."""
    browser = executable()
    if browser is None:
        sys.exit("There is no Chromium. Install it (apt install chromium), or name one with CHROMIUM.")
    with tempfile.TemporaryDirectory() as folder:
        if which == "linking":
            fake = LinkedFake()
            fake.states = ()
            async with demonstration(Path(folder), channels=(fake,)) as (desk, base):
                await take_linking(desk, base, browser, fake)
        else:
            async with demonstration(Path(folder), config=SAMPLE, clock=Slow()) as (desk, base):
                await take(desk, base, browser)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "inbox"))
