"""The whole house with its sample business behind a real server, and real browsers in front of it."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from frontdesk.desk.turns import Think
from frontdesk.kit.clock import SystemClock
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse, house
from frontdesk.web.auth import COOKIE

FINDER = Path(__file__).resolve().parents[2] / "tools" / "find-chromium"
PASSWORD = "a calm short sentence"
expect.set_options(timeout=15_000)


@cache
def executable() -> str | None:
    """The browser of this machine, by the same search as `make test`; None when there is none.

    Raises:
        RuntimeError: CHROMIUM names one that does not run.
    """
    found = subprocess.run([FINDER, sys.executable], capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(found.stderr.strip())
    return found.stdout.strip() or None


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
        page = await context.new_page()
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._refuse)
        await page.goto(f"{self.base}{path}")
        return page

    async def operator(self, login: str = "rita", *, name: str = "Rita Marques", role: str = "admin") -> BrowserContext:
        """A browser in which an operator is signed in."""
        operators = self.house.desk.operators
        if login not in {row.login for row in await operators.all()}:
            await operators.add(login, name=name, role=role, password=PASSWORD)
        sign_in = await operators.sign_in(login, PASSWORD, address="127.0.0.1")
        context = await self.browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": COOKIE, "value": sign_in.token, "url": self.base}])
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


async def say(phone: Page, text: str) -> None:
    """Write on the phone as the customer."""
    await phone.locator("#say").fill(text)
    await phone.locator("#send").click()
    await expect(phone.locator("#thread")).to_contain_text(text.splitlines()[0])


@asynccontextmanager
async def office(folder: Path, *, think: Think | None = None) -> AsyncIterator[Office]:
    """Build, serve, start; and close again. `think` takes the agent's place."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with house(folder, clock=SystemClock(), think=think, demo_at=base, start=False) as built:
        config = uvicorn.Config(built.built.web, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await until(lambda: server.started)
            await built.built.start()
            await until(lambda: all(account.row.state == "connected" for account in built.desk.accounts.all()))
            async with _browser() as browser:
                yield Office(built, base, browser)
        finally:
            built.built.bus.close()
            server.should_exit = True
            await running
            listener.close()


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=executable(), args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
