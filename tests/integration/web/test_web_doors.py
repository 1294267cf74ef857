"""Every door of the web has a keeper: which routes strangers may use, and what a stranger's body costs."""

import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from inbox_visit import PASSWORD

from frontdesk.testing.house import TestHouse, house
from frontdesk.web.auth import COOKIE
from frontdesk.web.frame import LIMIT

OPEN = {  # for anyone: verified by other means, or without anything to tell
    "GET /health",
    "HEAD /health",
    "GET /health/live",
    "HEAD /health/live",
    "GET /health/ready",
    "HEAD /health/ready",
    "GET /openapi.json",
    "GET /ws",  # says that it is a WebSocket
    "HEAD /openapi.json",
    "GET /welcome",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-out",
    "GET /webhook",
    "POST /webhook",
    "GET /calendar/{token}.ics",  # its address is the secret
    "GET /appointment/{token}.ics",
    "GET /link/{token}",
    "GET /link/{token}/now",
    "POST /link/{token}",
    "POST /link/{token}/pair",
}
ELSEWHERE = ("203.0.113.9", 40_000)


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with house(tmp_path, demo_at="http://127.0.0.1:9", start=False) as h:
        yield h


def stranger(h: TestHouse, client: tuple[str, int] = ELSEWHERE, host: str = "frontdesk.test") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=h.built.web, client=client)
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{host}")


def doors(h: TestHouse) -> set[str]:
    """Each method and path of the application, the static files and the WebSocket left out."""
    contexts = iter_route_contexts(h.built.web.routes)
    return {f"{method} {each.path}" for each in contexts for method in each.methods or ()}


async def test_a_stranger_gets_past_no_door_that_is_not_named_here(h: TestHouse) -> None:
    everything = doors(h)
    assert everything > OPEN
    assert len(everything) > 100
    async with stranger(h) as http:
        for door in sorted(everything - OPEN):
            method, path = door.split(" ")
            answer = await http.request(method, re.sub(r"\{\w+\}", "x", path))
            turned_away = answer.status_code in (401, 403)
            sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            assert turned_away or sent_away, (door, answer.status_code)


@pytest.mark.parametrize("path", ["/phone", "/simulator/graph/v26.0/1"])
@pytest.mark.parametrize(
    ("client", "host", "forwarded"),
    [
        (ELSEWHERE, "127.0.0.1", {}),
        (("127.0.0.1", 1), "rebound.example", {}),
        (("127.0.0.1", 1), "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
    ],
)
async def test_the_simulator_is_for_this_machine_alone(
    h: TestHouse, path: str, client: tuple[str, int], host: str, forwarded: dict[str, str]
) -> None:
    async with stranger(h, client, host) as http:
        assert (await http.get(path, headers=forwarded)).status_code == 403


async def test_numbers_are_not_told_to_a_page_whose_name_was_made_to_lead_here(h: TestHouse) -> None:
    async with stranger(h, ("127.0.0.1", 1), "127.0.0.1:8000") as http:
        assert (await http.get("/stats")).status_code == 200
    async with stranger(h, ("127.0.0.1", 1), "rebound.example") as http:
        assert (await http.get("/stats")).status_code == 401


async def test_without_the_demo_there_is_no_simulator(tmp_path: Path) -> None:
    async with house(tmp_path, start=False) as h:
        assert not [door for door in doors(h) if "/phone" in door or "/simulator" in door]


async def test_a_strangers_file_is_refused_unread(h: TestHouse) -> None:
    read: list[int] = []

    async def content() -> AsyncIterator[bytes]:
        for _ in range(8):
            read.append(1)
            yield b"x" * 65_536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with stranger(h) as http:
        answer = await http.post("/api/v1/media", content=content(), headers=headers)
    assert answer.status_code == 401
    assert read == []


@pytest.mark.parametrize("path", ["/sign-in", "/inbox/chats/x/labels", "/lines"])
async def test_only_where_files_are_taken_may_a_body_be_large(h: TestHouse, path: str) -> None:
    async with stranger(h) as http:
        assert (await http.post(path, data={"name": "x" * LIMIT})).status_code == 413


@pytest.mark.parametrize(("public_url", "secure"), [("https://desk.example.com", True), (None, False)])
async def test_the_cookie_demands_https_where_the_desk_is_reached_by_it(
    tmp_path: Path, public_url: str | None, secure: bool
) -> None:
    async with house(tmp_path, start=False, public_url=public_url) as h, stranger(h) as http:
        await h.desk.operators.add("rita", name="Rita", role="admin", password=PASSWORD)
        answer = await http.post("/sign-in", data={"login": "rita", "password": PASSWORD})
        assert answer.status_code == 303
        assert bool(SimpleCookie(answer.headers["set-cookie"])[COOKIE]["secure"]) is secure
