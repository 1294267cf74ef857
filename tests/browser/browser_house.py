"""The whole house with its sample business behind a real server, and real browsers in front of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from frontdesk.channels.base import Channel
from frontdesk.desk.turns import Think
from frontdesk.testing.browser import ARGUMENTS, demonstration, executable, signed_in
from frontdesk.testing.house import TestHouse
from frontdesk.web.auth import COOKIE

expect.set_options(timeout=15_000)


@dataclass
class Office:
    """A house that people reach with browsers. `complaints` holds what any page said on its console."""

    house: TestHouse
    base: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    foreseen: list[str] = field(default_factory=list)  # words of complaints that a test causes on purpose

    async def open(self, path: str = "/", *, context: BrowserContext | None = None, width: int = 1440) -> Page:
        """A page in a window of its own, unless a context is given."""
        context = context or await self.browser.new_context(viewport={"width": width, "height": 900})
        page = await new_page(context)
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._refuse)
        await page.goto(f"{self.base}{path}")
        return page

    async def operator(self, login: str = "rita", *, name: str = "Rita Marques", role: str = "admin") -> BrowserContext:
        """A browser in which an operator is signed in."""
        token = await signed_in(self.house, login, name=name, role=role)
        context = await self.browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": COOKIE, "value": token, "url": self.base}])
        return context

    async def phone(self) -> Page:
        """The phone page of the first person."""
        return await self.open("/phone")

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(words in text for words in self.foreseen):
            self.complaints.append(f"{kind}: {text}")

    async def _refuse(self, dialog: object) -> None:
        self.complaints.append("a script of a customer ran")
        await dialog.dismiss()  # type: ignore[attr-defined]


async def new_page(context: BrowserContext) -> Page:
    """A page whose requests can be held up.

    Chromium asks for leave from the first request on. Where it begins to with a `route` on a page that stands already,
    the page learns of it a moment later, and what it asks for until then goes through.
    """
    page = await context.new_page()
    await page.route("**/asked-for-by-none", lambda route: route.abort())
    return page


async def say(phone: Page, text: str) -> None:
    """Write on the phone as the customer."""
    await phone.locator("#say").fill(text)
    await phone.locator("#send").click()
    await expect(phone.locator("#thread")).to_contain_text(text.splitlines()[0])


async def two_asked(phone: Page) -> None:
    """Two people ask, one after the other, and each has the answer: the order of their chats is not changed by it."""
    await say(phone, "What are your opening hours?")
    await expect(phone.locator("#thread .theirs")).to_have_count(1)
    first = phone.url
    await phone.locator("#people a").nth(1).click()
    await expect(phone).not_to_have_url(first)
    await say(phone, "How much is a cleaning?")
    await expect(phone.locator("#thread .theirs")).to_have_count(1)


@asynccontextmanager
async def office(
    folder: Path, *, think: Think | None = None, channels: tuple[Channel, ...] = (), public: bool = False
) -> AsyncIterator[Office]:
    """Build, serve, start; and close again. `think` takes the agent's place; `channels` are there beside the others.

    Errors and policy violations on a console fail the test. Without a browser it is skipped.
    """
    if executable() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    made = demonstration(folder, think=think, channels=channels, public=public)
    async with made as (house, base), chromium() as browser:
        opened = Office(house, base, browser)
        yield opened
        assert not opened.complaints, opened.complaints


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
