"""Who may come in, what errors look like, and what lies around every answer."""

import asyncio
import json
import re
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_house import PHONE, api_house, ask, key, said, signed

from frontdesk.testing.house import API_KEY, TestHouse, house
from frontdesk.testing.local_server import serving
from frontdesk.web.auth import BURST, COOKIE, CSRF_HEADER


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with house(tmp_path) as h:
        yield h


def stranger(h: TestHouse, **more: Any) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=h.built.web, **more)
    return httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test")


async def test_a_key_opens_by_either_header_and_never_by_the_address(h: TestHouse) -> None:
    async with stranger(h) as http:
        assert (await http.get("/api/v1/chats", headers={"X-Api-Key": API_KEY})).status_code == 200
        assert (await http.get("/api/v1/chats", headers={"Authorization": f"Bearer {API_KEY}"})).status_code == 200
        assert (await http.get("/api/v1/chats", params={"api_key": API_KEY})).status_code == 401


@pytest.mark.parametrize(
    "headers", [{}, {"X-Api-Key": "wrong"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}]
)
async def test_without_a_good_key_nobody_comes_in(h: TestHouse, headers: dict[str, str]) -> None:
    async with stranger(h) as http:
        answer = await http.get("/api/v1/chats", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Unauthorized"


async def test_every_route_of_the_api_asks_who_calls(h: TestHouse) -> None:
    paths = (await h.http.get("/openapi.json")).json()["paths"]
    async with stranger(h) as http:
        for path, methods in paths.items():
            for method in methods:
                if path.startswith("/api/"):
                    url = re.sub(r"\{\w+\}", "x", path)
                    assert (await http.request(method, url)).status_code == 401, (method, path)


async def test_a_key_may_do_what_its_scopes_say(h: TestHouse) -> None:
    reads, writes = await key(h, "read"), await key(h, "write")
    body = {"source": "hours.md", "text": "# Hours\nNine to five."}
    assert (await h.http.get("/api/v1/chats", headers=reads)).status_code == 200
    refused = await h.http.post("/api/v1/knowledge", json=body, headers=reads)
    assert (refused.status_code, "write" in refused.json()["detail"]) == (403, True)
    assert (await h.http.post("/api/v1/knowledge", json=body, headers=writes)).status_code == 201
    assert (await h.http.get("/api/v1/api-keys", headers=writes)).status_code == 403


async def test_a_revoked_key_opens_nothing(h: TestHouse) -> None:
    made = (await h.http.post("/api/v1/api-keys", json={"name": "Shop", "scopes": ["read"]})).json()
    headers = {"X-Api-Key": made["key"]}
    assert (await h.http.get("/api/v1/chats", headers=headers)).status_code == 200
    assert (await h.http.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 204
    assert (await h.http.get("/api/v1/chats", headers=headers)).status_code == 401
    listed = (await ask(h, "/api/v1/api-keys"))["items"]
    assert "key" not in listed[0]
    assert made["key"] not in str(listed)


async def sign_in(h: TestHouse, role: str) -> tuple[dict[str, str], str]:
    operators = h.desk.operators
    await operators.add("ana", name="Ana", role="admin", password="a long password")
    if role != "admin":
        await operators.add("bo", name="Bo", role=role, password="a long password")
    token = (await operators.sign_in("ana" if role == "admin" else "bo", "a long password", address="x")).token
    return {"Cookie": f"{COOKIE}={token}"}, operators.csrf(token)


async def test_the_inboxs_cookie_reads_but_writes_only_with_the_word_of_the_page(h: TestHouse) -> None:
    cookie, word = await sign_in(h, "admin")
    body = {"name": "Shop", "scopes": ["read"]}
    async with stranger(h) as http:
        assert (await http.get("/api/v1/users", headers=cookie)).status_code == 200
        for more in ({}, {CSRF_HEADER: "guess"}, {CSRF_HEADER: word, "Origin": "http://evil.test"}):
            assert (await http.post("/api/v1/api-keys", json=body, headers={**cookie, **more})).status_code == 403
        for more in ({CSRF_HEADER: word}, {CSRF_HEADER: word, "Origin": "http://frontdesk.test"}):
            assert (await http.post("/api/v1/api-keys", json=body, headers={**cookie, **more})).status_code == 201
        cross = {**cookie, CSRF_HEADER: word, "Sec-Fetch-Site": "cross-site"}
        assert (await http.post("/api/v1/api-keys", json=body, headers=cross)).status_code == 403


async def test_a_viewer_reads_and_writes_nothing(h: TestHouse) -> None:
    cookie, word = await sign_in(h, "viewer")
    async with stranger(h) as http:
        headers = {**cookie, CSRF_HEADER: word}
        assert (await http.get("/api/v1/chats", headers=headers)).status_code == 200
        assert (await http.post("/api/v1/takeover", json={"phone": PHONE}, headers=headers)).status_code == 403


async def test_a_key_that_asks_too_often_waits(h: TestHouse) -> None:
    for _ in range(int(BURST)):
        assert (await h.http.get("/api/v1/notices")).status_code == 200
    answer = await h.http.get("/api/v1/notices")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    h.clock.advance(1_000)
    assert (await h.http.get("/api/v1/notices")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/chats", 405),
        ("GET", "/api/v1/messages/msg_0", 404),
        ("GET", "/api/v1/messages/msg_0/trace", 404),
        ("GET", "/api/v1/accounts/acc_0", 404),
        ("GET", "/api/v1/accounts/acc_0/status", 404),
        ("POST", "/api/v1/accounts/acc_0/connect", 404),
        ("GET", "/api/v1/media/med_0", 404),
        ("GET", "/api/v1/media/..%2f..%2fsecret.key", 404),
        ("DELETE", "/api/v1/knowledge/pas_0", 404),
        ("POST", "/api/v1/alerts/alr_0/acknowledge", 404),
        ("DELETE", "/api/v1/api-keys/key_0", 404),
        ("GET", "/api/v1/chats?limit=x", 422),
        ("POST", "/api/v1/takeover", 422),
    ],
)
async def test_every_error_is_a_problem_in_words(h: TestHouse, method: str, path: str, status: int) -> None:
    answer = await h.http.request(method, path)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "instance"} <= set(told)
    assert (told["status"], len(told["detail"]) > 10) == (status, True)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("PUT", "/webhook", "GET, POST"),
        ("PUT", "/api/v1/accounts", "GET, POST"),
        ("PUT", "/api/v1/accounts/x", "DELETE, GET, PATCH"),
        ("PUT", "/api/v1/chats/x", "GET, PATCH"),
        ("PUT", "/api/v1/chats/x/messages", "GET, POST"),
        ("PUT", "/api/v1/knowledge", "DELETE, GET, POST"),
        ("PUT", "/api/v1/takeover", "POST"),
        ("PUT", "/health", "GET, HEAD"),
        ("POST", "/static/nothing.css", "GET, HEAD"),
    ],
)
async def test_an_address_names_every_method_that_it_takes(h: TestHouse, method: str, path: str, methods: str) -> None:
    answer = await h.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


async def test_a_problem_names_its_place_as_a_uri_reference(h: TestHouse) -> None:
    for path in ("/api/v1/accounts/b%C3%BCro%20%7Bx%7D", "/api/v1/accounts/a%2Fb", "/api/v1/accounts/a:b@c"):
        assert (await h.http.get(path)).json()["instance"] == path


@pytest.mark.parametrize(
    ("path", "instance"), [(b"/nowhere/<x>|", "/nowhere/%3Cx%3E%7C"), (b"/nowhere/%zz", "/nowhere/%25zz")]
)
async def test_a_path_that_was_sent_raw_is_escaped_in_the_problem(h: TestHouse, path: bytes, instance: str) -> None:
    async with serving(h.built.web) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["instance"] == instance


async def test_a_body_that_is_no_json_is_told_so(h: TestHouse) -> None:
    post = h.http.post
    json = {"Content-Type": "application/json"}
    assert (await post("/api/v1/takeover", content=b"{", headers=json)).status_code == 400
    assert (
        await post("/api/v1/takeover", content=b"phone=1", headers={"Content-Type": "text/plain"})
    ).status_code == 415
    assert (await post("/api/v1/takeover", content=b"[]", headers=json)).status_code == 422
    assert (await post("/api/v1/takeover", content=b'{"phone":"\\ud800"}', headers=json)).status_code in (400, 422)


async def test_a_refusal_does_not_repeat_what_was_given(h: TestHouse) -> None:
    body = {"login": "bo", "role": "king", "password": "my secret password"}
    answer = await h.http.post("/api/v1/users", json=body)
    assert answer.status_code == 422
    assert "secret" not in answer.text


async def test_a_body_over_1_mb_is_too_large(h: TestHouse) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    json = {"Content-Type": "application/json"}
    for content in (b" " * (1024 * 1024 + 1), pieces()):
        answer = await h.http.post("/api/v1/takeover", content=content, headers=json)
        assert (answer.status_code, answer.json()["status"]) == (413, 413)


@contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """No file of this process can grow beyond that many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.embedded("The disk of PostgreSQL is not ours.")
async def test_while_the_disk_is_full_a_webhook_is_sent_back_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        body = said("Hello")
        with full_disk(1):
            answer = await h.http.post("/webhook", content=body, headers=signed(body))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["title"] == "Service Unavailable"
        assert (await ask(h, "/api/v1/chats"))["items"] == []
        assert (await h.http.post("/webhook", content=body, headers=signed(body))).status_code == 200
        assert len((await ask(h, "/api/v1/chats"))["items"]) == 1


async def test_an_unexpected_fault_is_500_with_a_reference_and_nothing_else(
    h: TestHouse, caplog: pytest.LogCaptureFixture
) -> None:
    @h.built.web.get("/api/v1/fault")
    async def fault() -> None:
        raise RuntimeError("the secret of the house")

    answer = await h.http.get("/api/v1/fault")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    reference = re.search(r"err_[0-9a-f]+", answer.json()["detail"])
    assert reference is not None
    assert [record for record in caplog.records if getattr(record, "reference", "") == reference[0]]


@pytest.mark.parametrize("path", ["/health", "/api/v1/chats", "/nowhere", "/openapi.json", "/webhook"])
async def test_every_answer_carries_safe_headers(h: TestHouse, path: str) -> None:
    headers = (await h.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "upgrade-insecure-requests" not in headers["content-security-policy"]
    assert headers["referrer-policy"]


async def test_only_the_origins_of_the_settings_may_call_from_a_browser(tmp_path: Path) -> None:
    async with house(tmp_path, cors_origins="https://app.example.com") as h:
        ours = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
        theirs = {**ours, "Origin": "https://evil.example.com"}
        allowed = "access-control-allow-origin"
        assert (await h.http.options("/api/v1/chats", headers=ours)).headers[allowed] == ours["Origin"]
        assert allowed not in (await h.http.options("/api/v1/chats", headers=theirs)).headers
        assert (await h.http.get("/nowhere", headers=ours)).headers[allowed] == ours["Origin"]


async def test_the_documentation_names_every_route_with_its_problems(h: TestHouse) -> None:
    document = (await h.http.get("/openapi.json")).json()
    assert "Problem" in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            assert operation.get("tags"), (method, path)
            if path.startswith("/api/"):
                assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)
    assert "requestBody" in document["paths"]["/webhook"]["post"]
    assert (await h.http.get("/docs")).status_code == 404
