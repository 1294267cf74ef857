"""The phone page in a real browser, in front of a stand-in alone."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser_house import chromium, new_page
from fastapi import FastAPI, Response
from playwright.async_api import Browser, BrowserContext, Page, Route, expect
from starlette.staticfiles import StaticFiles

import frontdesk.web
from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Thread
from frontdesk.kit.clock import SystemClock
from frontdesk.testing.browser import executable
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving
from frontdesk.web.phone import phone_router
from frontdesk.web.phone_view import Settings

pytestmark = pytest.mark.skipif(executable() is None, reason="no Chromium on this machine")
OURS, ANA = "330000000000451", "c447700900123"
ASKED = (
    "What are your opening hours?",
    "Do you sell gift vouchers?",
    "How much is a cleaning?",
    "¿Dónde están?",
    "Do you take insurance?",
    "My tooth broke, what do I do?",
)
_DOT = (  # a picture of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAAB4iG8MwAAAABJRU5ErkJggg=="
)
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass
class Street:
    """A phone that people hold, and its browser."""

    standin: StandIn
    base: str
    browser: Browser

    @property
    def thread(self) -> Thread:
        return self.standin.thread(ANA)

    @property
    def path(self) -> str:
        return f"{self.base}/phone/{OURS}/{ANA}"

    @property
    def status(self) -> str:
        """How far the newest message has come."""
        newest = self.thread.last
        return newest.status if newest else ""

    async def context(self, width: int = 1440) -> BrowserContext:
        return await self.browser.new_context(viewport={"width": width, "height": 900})

    async def open(self, width: int = 1440) -> Page:
        page = await new_page(await self.context(width))
        await page.goto(self.path)
        return page

    def receives(self, text: str) -> None:
        """The business writes."""
        self.thread.wrote_at = SystemClock().now()
        body = {"messaging_product": "whatsapp", "to": "+447700900123", "type": "text", "text": {"body": text}}
        self.standin.graph.post(self.standin.threads.number(OURS), body)


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    program = FastAPI()
    standin = StandIn(SystemClock(), behaviour=CALM)
    program.include_router(phone_router(standin, Settings(suggestions=ASKED)))
    program.mount("/static", StaticFiles(directory=Path(frontdesk.web.__file__).with_name("static")))

    @program.post("/webhook")
    async def taken() -> Response:
        return Response()

    async with serving(program) as base, chromium() as browser:
        standin.add_number(Number(OURS, "351210000100", f"{base}/webhook", name="Clinic Aurora"))
        standin.add_customer(make_customer("Ana Ferreira", "+447700900123"))
        await standin.start()
        yield Street(standin, base, browser)
        await standin.stop()


async def test_refused_message_says_so_above_the_field(street: Street) -> None:
    page = await street.open()
    await page.route("**/send", lambda route: route.fulfill(status=422, body="This cannot be sent."))
    await page.locator("#say").fill("Hello")
    await page.locator("#send").click()
    await expect(page.locator("#wrong")).to_be_visible()
    await expect(page.locator("#wrong")).to_have_text("This cannot be sent.")
    await expect(page.locator("#say")).to_have_value("Hello")


async def test_empty_file_is_refused_with_a_sentence_and_kept(street: Street) -> None:
    page = await street.open()
    nothing: Any = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}
    await page.locator("#file").set_input_files(nothing)
    await page.locator("#send").click()
    await expect(page.locator("#wrong")).to_contain_text("empty")
    await expect(page.locator("#picked")).to_contain_text("empty.txt")
    full: Any = {"name": "full.txt", "mimeType": "text/plain", "buffer": b"Hello"}
    await page.locator("#file").set_input_files(full)
    await expect(page.locator("#wrong")).to_be_hidden()


async def test_answer_that_was_overtaken_does_not_take_a_tick_away(street: Street) -> None:
    page = await street.open()
    delivered = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace('data-status="delivered"', 'data-status="waiting"')
        body = body.replace("tick delivered", "tick waiting")
        await delivered.wait()
        await route.fulfill(response=answer, body=body)

    await page.route("**/send", late)
    await page.locator("#say").fill("Hello")
    async with page.expect_response("**/send"):
        await page.locator("#send").click()
        await expect(page.locator(".mine .tick.delivered")).to_be_visible()
        delivered.set()
    await page.locator("#say").fill("Again")
    async with page.expect_response("**/send"):
        await page.locator("#send").click()
    await expect(page.locator(".mine")).to_have_count(2)
    await expect(page.locator(".mine .tick.delivered").first).to_be_visible()
    await expect(page.locator(".mine .tick.waiting")).to_have_count(0)


async def test_who_presses_a_person_as_the_list_changes_opens_that_person(street: Street) -> None:
    street.standin.add_customer(make_customer("Bo Lindqvist", "+12025550143"))
    page = await street.open()
    other = page.locator("#people a").nth(1)
    await other.hover()
    await page.mouse.down()
    for text in ("first", "second"):  # when the second is there, the list has been told of the first
        street.receives(text)
        await expect(page.locator("#thread")).to_contain_text(text)
    await page.mouse.up()
    await expect(page).to_have_url(f"{street.base}/phone/{OURS}/c12025550143")


async def test_the_list_of_people_follows_once_nothing_of_it_is_pressed(street: Street) -> None:
    page = await street.open()
    await page.locator("#people").hover(position={"x": 20, "y": 20})
    await page.mouse.down()
    street.receives("Good morning")
    await expect(page.locator("#thread")).to_contain_text("Good morning")
    await page.mouse.move(700, 400)
    await page.mouse.up()
    await expect(page.locator("#people a").first).to_contain_text("Good morning")


async def test_message_that_came_before_the_page_listened_is_shown(street: Street) -> None:
    page = await (await street.context()).new_page()
    came = asyncio.Event()

    async def late(route: Route) -> None:
        await came.wait()
        await route.continue_()

    await page.route("**/events", late)
    await page.goto(street.path)
    street.receives("Written meanwhile")
    await until(lambda: street.status == "delivered")  # nothing more is told of it by itself
    came.set()
    await expect(page.locator("#thread")).to_contain_text("Written meanwhile")


async def test_hidden_pages_leave_their_connection_to_others_and_catch_up_when_shown(street: Street) -> None:
    context = await street.context()
    await context.clock.install()
    pages = []
    for _ in range(7):  # a browser has six connections for all pages of a site
        page = await context.new_page()
        await page.goto(street.path)
        await page.evaluate(HIDE, True)
        await page.clock.fast_forward(21_000)
        pages.append(page)
    street.receives("Written meanwhile")
    await pages[0].evaluate(HIDE, False)
    await expect(pages[0].locator("#thread")).to_contain_text("Written meanwhile")
    await expect(pages[0].locator("#people")).to_contain_text("Written meanwhile")
    street.receives("Written afterwards")
    await expect(pages[0].locator("#thread")).to_contain_text("Written afterwards")
    await expect(pages[1].locator("#thread")).not_to_contain_text("Written")


@pytest.mark.parametrize("width", [390, 1440])
async def test_suggestions_are_dropped_once_asked_and_the_next_ones_stay_in_sight(street: Street, width: int) -> None:
    page = await street.open(width)
    await page.get_by_role("button", name=ASKED[0]).click()
    await expect(page.locator("#thread")).to_contain_text(ASKED[0])
    await expect(page.locator(".chip")).to_have_text(list(ASKED[1:]))
    await expect(page.locator(".chip").first).to_be_in_viewport(ratio=1)
    chips = await page.locator(".chips").evaluate("row => [row.clientWidth, row.scrollWidth, row.clientHeight]")
    assert chips[1] <= chips[0]
    assert chips[2] < 90
    await page.reload()
    await expect(page.locator(".chip")).to_have_text(list(ASKED[1:]))


async def test_reaction_leaves_the_time_readable(street: Street) -> None:
    page = await street.open()
    street.receives("Ok")
    bubble = page.locator(".theirs:not(#typing)")
    await bubble.hover()
    await bubble.get_by_label("React with thumbs up").click()
    reaction, time = await _boxes(page, ".theirs .reactions", ".theirs time")
    assert reaction["top"] >= time["bottom"] - 1


async def test_file_that_is_no_picture_is_not_called_lost(street: Street) -> None:
    page = await street.open()
    fake: Any = {"name": "fake.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    await page.locator("#file").set_input_files(fake)
    await page.locator("#send").click()
    why = page.locator(".picture.gone")
    await expect(why).to_have_attribute("data-why", "This file cannot be shown as a photo")


async def test_wide_picture_is_shown_whole(street: Street) -> None:
    page = await street.open(390)
    wide = await page.evaluate("""() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 1800, height: 200 });
      return canvas.toDataURL("image/png").split(",")[1];
    }""")
    await page.locator("#file").set_input_files(_picture(wide))
    await page.locator("#send").click()
    picture = page.locator(".picture img")
    await expect(picture).to_have_js_property("naturalWidth", 1800)
    [shown] = await _boxes(page, ".picture img")
    assert shown["width"] / shown["height"] == pytest.approx(9, rel=0.05)
    await expect(picture).to_have_css("object-fit", "contain")


async def test_picture_that_is_shown_stays_when_its_line_is_drawn_anew(street: Street) -> None:
    page = await street.open()
    await page.locator("#file").set_input_files(_picture(_DOT))
    await page.locator("#send").click()
    await expect(page.locator(".mine .tick.delivered")).to_be_visible()
    await expect(page.locator(".picture img")).to_have_js_property("naturalWidth", 1)
    await page.evaluate("window.shown = document.querySelector('.picture img')")
    sent = street.thread.last
    assert sent
    sent.reactions["business"] = "👍"
    street.standin.threads.changed(street.thread, sent)
    await expect(page.locator(".mine .reactions")).to_be_visible()
    assert await page.evaluate("window.shown.isConnected && window.shown.naturalWidth") == 1


def _picture(encoded: str) -> Any:
    return {"name": "wide.png", "mimeType": "image/png", "buffer": base64.b64decode(encoded)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_small_words_have_enough_contrast(street: Street, scheme: Any) -> None:
    page = await (await street.browser.new_context(color_scheme=scheme)).new_page()
    await page.goto(street.path)
    await page.locator("#file").set_input_files(_file("a.pdf", "application/pdf"))
    await page.locator("#send").click()
    size = await _colours(page, ".mine .card small", ".mine .paper")
    hint = await _colours(page, ".people .hint", "body")
    assert min(_contrast(*size), _contrast(*hint)) >= 4.5


def _file(name: str, mime: str) -> Any:
    return {"name": name, "mimeType": mime, "buffer": b"%PDF-1.4"}


async def _boxes(page: Page, *places: str) -> list[dict[str, float]]:
    """Where these stand, asked for in one breath until they are all there: what is drawn anew stands nowhere."""
    seen = await page.wait_for_function(_BOXES, arg=places)
    boxes: list[dict[str, float]] = await seen.json_value()
    return boxes


_BOXES = """(places) => {
    const parts = places.map((one) => document.querySelector(one));
    return parts.every(Boolean) ? parts.map((one) => one.getBoundingClientRect().toJSON()) : null;
}"""


async def _colours(page: Page, words: str, ground: str) -> tuple[list[int], list[int]]:
    """The colour of the words, and of what they stand on: red, green, blue from 0 to 255.

    Both are asked for in one breath until they are there: the page draws a line anew when its status comes in,
    and what was just taken out of a page has no colour.
    """
    seen = await page.wait_for_function(_COLOURS, arg=[words, ground])
    ink, paper = await seen.json_value()
    return [int(one) for one in re.findall(r"\d+", ink)], [int(one) for one in re.findall(r"\d+", paper)]


_COLOURS = """([words, ground]) => {
    const parts = [words, ground].map((one) => document.querySelector(one));
    if (!parts.every(Boolean)) return null;
    return [getComputedStyle(parts[0]).color, getComputedStyle(parts[1]).backgroundColor];
}"""


def _contrast(one: list[int], other: list[int]) -> float:
    """The ratio of WCAG 2: from 1 to 21."""
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: list[int]) -> float:
    shares = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
