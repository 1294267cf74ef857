"""The phone page's routes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from frontdesk.channels.simulator.behaviour import CALM, LIVELY
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Bubble, Thread
from frontdesk.kit.clock import DAY, SECOND
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.local_server import serving
from frontdesk.web.phone import phone_router
from frontdesk.web.phone_view import Settings, file_word, runs

OURS, ANA = "330000000000451", "c447700900123"
BASE = f"/phone/{OURS}/{ANA}"


class Page:
    """The page, seen from this machine."""

    def __init__(self, standin: StandIn, clock: FrozenClock, program: FastAPI) -> None:
        self.standin = standin
        self.clock = clock
        self.program = program
        self.client = self.seen_from("127.0.0.1")

    def seen_from(self, host: str, name: str = "127.0.0.1:8000") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.program, client=(host, 5000))
        return httpx2.AsyncClient(transport=transport, base_url=f"http://{name}")

    @property
    def thread(self) -> Thread:
        return self.standin.thread(ANA)

    def receives(self, kind: str = "text", **part: Any) -> Bubble:
        number = self.standin.threads.number(OURS)
        body = {"messaging_product": "whatsapp", "to": "+447700900123", "type": kind, kind: part or {"body": "Yes"}}
        wamid = self.standin.graph.post(number, body).content["messages"][0]["id"]
        return self.thread.bubbles[wamid]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    clock = FrozenClock()
    standin = StandIn(clock, behaviour=CALM)
    standin.add_number(Number(OURS, "351210000100", "http://127.0.0.1:9/webhook", name="Clinic <Aurora>"))
    standin.add_customer(make_customer("Ana & Co", "+447700900123"))
    program = FastAPI()
    program.include_router(phone_router(standin, Settings(suggestions=("Open on Sunday?",)), key="the key"))
    page = Page(standin, clock, program)
    standin.write(page.thread, "Hello *you* <script>")
    yield page
    await page.client.aclose()
    await standin.stop()


async def test_page_shows_the_thread_the_people_and_the_label(page: Page) -> None:
    page.receives(body="At *nine*: https://clinic.example/hours")
    answer = await page.client.get("/phone", follow_redirects=True)
    assert answer.status_code == 200
    assert "Simulator: nothing leaves this machine" in answer.text
    assert "Ana &amp; Co" in answer.text
    assert "Clinic &lt;Aurora&gt;" in answer.text
    assert "Hello <strong>you</strong> &lt;script&gt;" in answer.text
    assert '<a href="https://clinic.example/hours"' in answer.text
    assert "Open on Sunday?" in answer.text
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert "<script>" not in answer.text


async def test_empty_simulator_asks_for_a_first_person() -> None:
    standin = StandIn(FrozenClock(), behaviour=CALM)
    program = FastAPI()
    program.include_router(phone_router(standin))
    client = Page(standin, FrozenClock(), program).client
    assert "no simulated number yet" in (await client.get("/phone")).text
    standin.add_number(Number(OURS, "351210000100", "http://127.0.0.1:9/webhook"))
    assert "Add a first person" in (await client.get("/phone")).text
    await client.aclose()


async def test_text_is_sent_with_its_quote(page: Page) -> None:
    answer = await page.client.post(f"{BASE}/send", data={"text": "And on Sunday?", "quote": "wamid.x"})
    assert answer.status_code == 200
    last = page.thread.last
    assert last is not None
    assert (last.content["body"], last.quote, last.mine) == ("And on Sunday?", "wamid.x", True)
    assert f'data-wamid="{last.wamid}"' in answer.text


async def test_file_is_sent_and_can_be_seen(page: Page) -> None:
    files = {"file": ("a.png", b"\x89PNG", "image/png")}
    await page.client.post(f"{BASE}/send", data={"text": "Look"}, files=files)
    last = page.thread.last
    assert last is not None
    assert (last.kind, last.content["caption"]) == ("image", "Look")
    shown = await page.client.get(f"/phone/media/{last.content['id']}")
    assert (shown.content, shown.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert "content-disposition" not in shown.headers


async def test_file_that_a_browser_might_run_is_only_downloaded(page: Page) -> None:
    files = {"file": ("a.html", b"<script>alert(1)</script>", "text/html")}
    await page.client.post(f"{BASE}/send", files=files)
    last = page.thread.last
    assert last is not None
    shown = await page.client.get(f"/phone/media/{last.content['id']}")
    assert shown.headers["content-disposition"] == "attachment"
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_nothing_and_too_much_are_answered_with_a_sentence(page: Page) -> None:
    empty = await page.client.post(f"{BASE}/send", data={"text": "  "})
    assert (empty.status_code, empty.text) == (422, "There is nothing to send.")
    large = await page.client.post(f"{BASE}/send", content=b"", headers={"content-length": str(30 * 1024 * 1024)})
    assert large.status_code == 413
    assert "25 MB" in large.text


async def test_person_is_added(page: Page) -> None:
    added = await page.client.post(f"/phone/{OURS}/people", data={"name": "Tom", "phone": "+1 555 000 1111"})
    assert (added.status_code, added.text) == (201, f"/phone/{OURS}/c15550001111")
    assert "Tom" in (await page.client.get(added.text)).text
    wrong = await page.client.post(f"/phone/{OURS}/people", data={"name": "Tom", "phone": "12"})
    assert wrong.status_code == 422
    assert "country code" in wrong.text


async def test_buttons_lists_and_files_are_drawn(page: Page) -> None:
    reply = {"type": "reply", "reply": {"id": "yes", "title": "Yes, please"}}
    asked = page.receives("interactive", type="button", body={"text": "Shall we?"}, action={"buttons": [reply]})
    rows = [{"id": "a", "title": "Ten o'clock", "description": "with Dr. Silva"}]
    action = {"button": "See times", "sections": [{"title": "Thursday", "rows": rows}]}
    page.receives("interactive", type="list", body={"text": "Which?"}, action=action)
    page.receives("location", latitude=38.7, longitude=-9.1, name="The clinic")
    page.receives("document", link="https://clinic.example/a.pdf", filename="a.pdf")
    text = (await page.client.get(BASE)).text
    for words in ("Yes, please", "See times", "Thursday", "with Dr. Silva", "The clinic", "a.pdf"):
        assert words in text
    tapped = await page.client.post(f"{BASE}/tap", data={"wamid": asked.wamid, "choice": "yes"})
    assert tapped.status_code == 200
    last = page.thread.last
    assert last is not None
    assert last.content["button_reply"] == {"id": "yes", "title": "Yes, please"}
    again = await page.client.post(f"{BASE}/tap", data={"wamid": asked.wamid, "choice": "other"})
    assert again.status_code == 422


async def test_looking_reports_what_was_read(page: Page) -> None:
    bubble = page.receives()
    page.clock.advance(2 * SECOND)
    await until(lambda: bubble.status == "delivered")
    assert page.thread.unread == 1
    assert (await page.client.post(f"{BASE}/look")).status_code == 204
    assert (bubble.status, page.thread.unread) == ("read", 0)


async def test_curtain_pulls_its_levers(page: Page) -> None:
    async def pull(act: str, **fields: str) -> int:
        return (await page.client.post(f"{BASE}/curtain/{act}", data=fields)).status_code

    assert await pull("fault", fault="error:131056", times="3") == 204
    assert await pull("fault", fault="html", times="always") == 204
    assert [fault.times for fault in page.standin.graph.faults.waiting] == [3, None]
    assert "Pair rate limit hit" in (await page.client.get(BASE)).text
    assert await pull("forget", index="0") == 204
    assert len(page.standin.graph.faults.waiting) == 1
    assert await pull("pause") == 204
    assert page.standin.reports.paused
    assert await pull("pace", pace="lively") == 204
    assert page.standin.behaviour == LIVELY
    assert await pull("window") == 204
    assert not page.thread.open_at(page.clock.now())
    assert await pull("owner", text="Marta here") == 204
    assert page.thread.last is not None
    assert page.thread.last.by_owner
    assert await pull("unlink") == 204
    assert await pull("repeat") == 422
    assert await pull("fault", fault="nonsense") == 422
    assert await pull("nonsense") == 422


async def test_other_machines_need_the_key(page: Page) -> None:
    async with page.seen_from("203.0.113.5") as far:
        assert (await far.get(BASE)).status_code == 403
        assert (await far.post(f"{BASE}/send", data={"text": "x"})).status_code == 403
        assert (await far.get("/phone?key=wrong")).status_code == 403
        let_in = await far.get("/phone?key=the+key")
        assert let_in.status_code == 303
        assert "HttpOnly" in let_in.headers["set-cookie"]
        assert (await far.get(BASE)).status_code == 200
        assert "the key" not in (await far.get(BASE)).text


async def test_without_a_key_other_machines_stay_outside() -> None:
    standin = StandIn(FrozenClock(), behaviour=CALM)
    program = FastAPI()
    program.include_router(phone_router(standin))
    async with Page(standin, FrozenClock(), program).seen_from("203.0.113.5") as far:
        assert (await far.get("/phone?key=")).status_code == 403


async def test_proxied_and_foreign_names_do_not_count_as_this_machine(page: Page) -> None:
    assert (await page.client.get(BASE, headers={"x-forwarded-for": "203.0.113.5"})).status_code == 403
    async with page.seen_from("127.0.0.1", "evil.example") as renamed:
        assert (await renamed.get(BASE)).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}]
)
async def test_page_of_another_site_cannot_write(page: Page, headers: dict[str, str]) -> None:
    assert (await page.client.post(f"{BASE}/send", data={"text": "x"}, headers=headers)).status_code == 403


async def test_unknown_thread_leads_back_to_a_known_one(page: Page) -> None:
    assert (await page.client.get(f"/phone/{OURS}/c1")).headers["location"] == "/phone"
    assert (await page.client.get(f"/phone/{OURS}/c1/bubbles")).status_code == 404


async def test_changes_are_pushed_and_match_the_page(page: Page) -> None:
    async with serving(page.program) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        async with client.stream("GET", f"{BASE}/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 1500"
            page.receives(body="Pushed")
            events: dict[str, Any] = {}
            async with asyncio.timeout(10):
                while "bubbles" not in events or "Pushed" not in events["people"]:
                    line = await anext(lines)
                    if line.startswith("event: "):
                        events[line[7:]] = json.loads((await anext(lines)).removeprefix("data: "))
        assert "Pushed" in events["bubbles"]
        assert events["bubbles"].strip() in (await client.get(f"{BASE}/bubbles")).text
        assert "curtain" in events


async def test_page_that_begins_to_listen_is_told_all_that_stands_there(page: Page) -> None:
    page.receives(body="Written before")
    async with serving(page.program) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        async with client.stream("GET", f"{BASE}/events") as stream, asyncio.timeout(10):
            told = [line async for line in _until_bubbles(stream.aiter_lines())]
    events = [line.removeprefix("event: ") for line in told if line.startswith("event: ")]
    assert events == ["typing", "people", "curtain", "bubbles"]
    assert "Written before" in told[-1]


async def _until_bubbles(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line == "event: bubbles":
            yield await anext(lines)
            return


async def test_pages_share_one_head(page: Page) -> None:
    async with page.seen_from("203.0.113.5") as far:
        closed = (await far.get(BASE)).text
    heads = [text.partition("</head>")[0] for text in ((await page.client.get(BASE)).text, closed)]
    for head in heads:
        assert head.startswith("<!doctype html>")
        assert "/static/phone.css" in head
        assert "/static/mark.svg" in head
    assert ["phone.js" in head for head in heads] == [True, False]


@pytest.mark.parametrize(
    ("mime", "name", "word"),
    [
        ("application/pdf", "a.pdf", "PDF"),
        ("text/plain; charset=utf-8", "a.txt", "Text"),
        ("application/x-ms-dos-executable", "a.exe", "Program"),
        ("application/octet-stream", "SETUP.EXE", "Program"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None, "Word"),
        ("application/vnd.ms-excel", None, "Excel"),
        ("image/tiff", "scan.tiff", "Picture"),
        ("application/x-strange", None, "File"),
        (None, None, "File"),
    ],
)
def test_file_types_are_words_that_people_know(mime: str | None, name: str | None, word: str) -> None:
    assert file_word({"mime_type": mime, "filename": name}) == word


async def test_days_are_named(page: Page) -> None:
    page.clock.advance(DAY)
    page.standin.write(page.thread, "Next day")
    text = (await page.client.get(BASE)).text
    assert 'data-day="Yesterday"' in text
    assert 'data-day="Today"' in text


@pytest.mark.parametrize(
    ("text", "styles"),
    [
        ("a *b* c", ["text", "bold", "text"]),
        ("2*3*4 and snake_case_name", ["text"]),
        ("_i_ ~s~ `c` ```b\nb```", ["italic", "text", "strike", "text", "code", "text", "block"]),
        ("* item\n* item", ["text"]),
        ("see https://a.example/x_y_z.", ["text", "link", "text"]),
        ("", []),
    ],
)
def test_marks_become_styles(text: str, styles: list[str]) -> None:
    assert [run.style for run in runs(text)] == styles
