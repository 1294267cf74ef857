"""Accounts, files, knowledge, people, health and numbers by the API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_house import NUMBER_ID, PHONE, SECRET, api_house, ask, hear, said, signed
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from frontdesk.kit.clock import MINUTE
from frontdesk.testing.house import TestHouse, house

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000"
    "000049454e44ae426082"
)
TWO_WAYS = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
"""


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path, config=TWO_WAYS) as h:
        yield h


async def line(h: TestHouse) -> dict[str, Any]:
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    return dict(account)


async def test_a_line_shows_its_options_but_never_its_secrets(h: TestHouse) -> None:
    account = await line(h)
    assert (account["channel"], account["state"], account["line_ref"]) == ("cloud", "connected", NUMBER_ID)
    assert account["options"]["phone_number_id"] == NUMBER_ID
    assert account["options"]["app_secret"] == "set"
    for path in ("", f"/{account['id']}", f"/{account['id']}/status"):
        assert SECRET not in (await h.http.get(f"/api/v1/accounts{path}")).text


async def test_a_line_is_added_changed_taken_down_and_removed(h: TestHouse) -> None:
    options = {"phone_number_id": "440000000000002", "access_token": "t", "app_secret": "s" * 16, "verify_token": "v"}
    made = await h.http.post("/api/v1/accounts", json={"channel": "cloud", "name": "Second", "options": options})
    assert made.status_code == 201, made.text
    url = made.headers["location"]
    assert (await h.http.patch(url, json={"name": "Other"})).json()["name"] == "Other"
    status = (await h.http.post(f"{url}/disconnect")).json()
    assert (status["state"], status["sentence"] != "", status["qr"]) == ("disconnected", True, None)
    assert (await h.http.post(f"{url}/connect")).status_code == 202
    assert (await h.http.post(f"{url}/logout")).json()["state"] == "logged_out"
    assert (await h.http.delete(url)).status_code == 204
    assert (await h.http.get(url)).status_code == 404
    assert len((await ask(h, "/api/v1/accounts"))["items"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"channel": "pigeon", "name": "x"}, 422),
        ({"channel": "cloud", "name": "x", "options": {}}, 422),
        ({"name": "x"}, 422),
        (
            {
                "channel": "cloud",
                "name": "x",
                "options": {
                    "phone_number_id": NUMBER_ID,
                    "access_token": "t",
                    "app_secret": SECRET,
                    "verify_token": "v",
                },
            },
            409,
        ),
    ],
)
async def test_a_line_that_cannot_be_is_refused_in_words(h: TestHouse, body: dict[str, Any], status: int) -> None:
    answer = await h.http.post("/api/v1/accounts", json=body)
    assert (answer.status_code, SECRET in answer.text) == (status, False)


async def upload(h: TestHouse, content: bytes, name: str, mime: str) -> dict[str, Any]:
    form = {"account_id": (await line(h))["id"]}
    answer = await h.http.post("/api/v1/media", files={"file": (name, content, mime)}, data=form)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_file_is_given_out_under_headers_that_let_nothing_run(h: TestHouse) -> None:
    picture = await upload(h, PNG, "photo.png", "image/png")
    answer = await h.http.get(picture["url"])
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-disposition"].startswith("inline")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    download = await h.http.get(picture["url"], params={"download": "true"})
    assert download.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (b"<!doctype html><script>alert(1)</script>", "a.html", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "image/svg+xml"),
    ],
)
async def test_what_a_browser_could_run_is_only_downloaded(h: TestHouse, content: bytes, name: str, mime: str) -> None:
    file = await upload(h, content, name, mime)
    assert (file["mime"], file["name"]) == (mime, name)
    answer = await h.http.get(file["url"])
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_part_of_a_file_can_be_asked_for(h: TestHouse) -> None:
    picture = await upload(h, PNG, "photo.png", "image/png")
    part = await h.http.get(picture["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, PNG[1:4])
    assert (await h.http.get(picture["url"], headers={"Range": "bytes=9999-"})).status_code == 416


@pytest.mark.parametrize("name", ["../../etc/passwd", 'a"b\r\nX-Evil: 1.png', "ünï.png"])
async def test_the_name_of_a_file_is_never_a_path_nor_a_header(h: TestHouse, name: str) -> None:
    file = await upload(h, PNG, "x.png", "image/png")
    assert file["state"] == "stored"
    kept = await upload(h, PNG, name, "image/png")
    assert "/" not in kept["name"]
    answer = await h.http.get(kept["url"])
    assert answer.content == PNG
    assert "x-evil" not in answer.headers


async def test_an_uploaded_file_is_sent_as_a_message(h: TestHouse) -> None:
    await hear(h)
    picture = await upload(h, PNG, "photo.png", "image/png")
    body = {"text": "Here", "media": picture["id"]}
    message = (await h.http.post(f"/api/v1/chats/{PHONE}/messages", json=body)).json()
    assert (message["kind"], message["media"]["mime"], message["media"]["size"]) == ("image", "image/png", len(PNG))
    unknown = await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"media": "med_0"})
    assert unknown.status_code == 404


async def test_the_knowledge_base_is_filled_listed_and_emptied(h: TestHouse) -> None:
    known = "## When are you open?\nFrom nine to five.\n\n## Where are you?\nIn Lisbon."
    added = await h.http.post("/api/v1/knowledge", json={"source": "hours.md", "text": known})
    assert (added.status_code, added.json()["passages"]) == (201, 2)
    listed = (await ask(h, "/api/v1/knowledge"))["items"]
    assert {passage["source"] for passage in listed} == {"hours"}
    assert len((await ask(h, "/api/v1/knowledge", limit=1))["items"]) == 1
    assert (await h.http.delete("/api/v1/knowledge", params={"source": "hours"})).status_code == 204
    assert (await h.http.delete("/api/v1/knowledge", params={"source": "hours"})).status_code == 404
    assert (await ask(h, "/api/v1/knowledge"))["items"] == []


async def test_personas_are_shown_as_the_file_has_them(h: TestHouse) -> None:
    shown = await ask(h, "/api/v1/personas")
    assert ([persona["name"] for persona in shown["items"]], shown["problem"]) == (["Front desk"], None)


async def test_operators_are_added_changed_and_kept_in_order(h: TestHouse) -> None:
    made = (await h.http.post("/api/v1/users", json={"login": "Bo", "name": "Bo", "role": "admin"})).json()
    assert (made["login"], made["has_password"], made["link"].startswith("/welcome?token=")) == ("bo", False, True)
    assert (await h.http.post("/api/v1/users", json={"login": "bo"})).status_code == 409
    url = f"/api/v1/users/{made['id']}"
    assert (await h.http.patch(url, json={"disabled": True})).status_code == 409  # the only admin
    await h.http.post("/api/v1/users", json={"login": "ana", "role": "admin"})
    assert (await h.http.patch(url, json={"role": "viewer", "disabled": True})).json()["disabled"] is True
    assert [user["login"] for user in (await ask(h, "/api/v1/users"))["items"]] == ["bo", "ana"]


async def test_the_ledger_balances_over_doubles_and_dead_letters(h: TestHouse) -> None:
    body = said("Hi", wamid="wamid.1")
    other = said("Hi").replace(NUMBER_ID.encode(), b"999999999999999")
    for each in (body, body, other):
        await h.http.post("/webhook", content=each, headers=signed(each))
    await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "Hello"})
    await h.idle()
    found = await ask(h, "/api/v1/ledger")
    assert (found["received"], found["stored"], found["duplicate"], found["dead_letter"]) == (3, 1, 1, 1)
    assert (found["out"], found["sent"]) == (1, 1)
    assert found["balanced"] is True


async def test_a_trace_names_the_condition_that_failed(h: TestHouse) -> None:
    await hear(h, "Are you there?")
    await h.idle()
    [message] = (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"]
    assert (message["gate"]["allowed"], message["gate"]["reason"]) == (False, "agent_off")
    story = await ask(h, f"/api/v1/messages/{message['id']}/trace")
    passed = {step["reason"]: step["passed"] for step in story["gates"]}
    assert (passed["not_trusted"], passed["agent_off"], passed["held"]) == (True, False, None)
    assert story["sentence"] == "The agent is off in this chat."
    assert (story["turn"], story["sends"]) == (None, [])


async def test_a_trace_of_our_own_message_tells_how_far_it_came(h: TestHouse) -> None:
    await hear(h)
    message = (await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "Hello"})).json()
    await h.idle()
    story = await ask(h, f"/api/v1/messages/{message['id']}/trace")
    assert story["sentence"] == "A person at the desk wrote it; it is sent."
    assert [report["status"] for report in story["receipts"]] == ["sent"]


async def test_a_waiting_message_says_when_the_agent_looks_at_it(tmp_path: Path) -> None:
    waiting = TWO_WAYS.replace("quiet_seconds = 0", "quiet_seconds = 30").replace("cap_seconds = 0", "cap_seconds = 60")
    async with api_house(tmp_path, config=waiting) as h:
        await hear(h)
        [message] = (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"]
        story = await ask(h, f"/api/v1/messages/{message['id']}/trace")
        assert (story["buffer"]["state"], story["gates"]) == ("queued", [])
        assert story["buffer"]["due_at"] in story["sentence"]
        assert (await ask(h, "/stats"))["buffer"]["active_buffers"] == 1


async def test_health_tells_of_each_part(h: TestHouse) -> None:
    health = await ask(h, "/health")
    assert health["status"] == "healthy"
    assert set(health["checks"]) == {"database", "bus", "workers", "lines"}
    for path in ("/health/live", "/health/ready"):
        assert (await ask(h, path))["status"] == "healthy"
        assert (await h.http.head(path)).status_code == 200


async def test_a_line_that_is_down_degrades_the_health(h: TestHouse) -> None:
    await h.http.post(f"/api/v1/accounts/{(await line(h))['id']}/disconnect")
    health = await ask(h, "/health")
    assert (health["status"], health["checks"]["lines"]["status"]) == ("degraded", "degraded")


async def test_a_database_that_cannot_be_read_is_unhealthy_with_503(tmp_path: Path) -> None:
    async with house(tmp_path, start=False) as h:
        async with h.built.store.begin() as tx:
            await tx.run(text("ALTER TABLE accounts RENAME TO gone"))
        answer = await h.http.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
        assert "log" in answer.json()["checks"]["database"]["sentence"]


@pytest.mark.embedded("A house of which nothing was started lacks a worker at once.")
async def test_work_that_nobody_does_degrades_the_health(tmp_path: Path) -> None:
    async with house(tmp_path, start=False) as h:
        await h.desk.accounts.load()
        account = await h.desk.accounts.add(
            "cloud", name="x", options={"phone_number_id": NUMBER_ID, "access_token": "t", "app_secret": SECRET}
        )
        assert account
        await hear(h)
        assert (await ask(h, "/health"))["checks"]["workers"]["status"] == "healthy"
        h.clock.advance(2 * MINUTE)
        assert (await ask(h, "/health"))["checks"]["workers"]["status"] == "degraded"


async def test_health_needs_no_key_and_numbers_only_from_elsewhere(h: TestHouse) -> None:
    for client, status in (("127.0.0.1", 200), ("203.0.113.9", 401)):
        transport = httpx2.ASGITransport(app=h.built.web, client=(client, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            assert (await http.get("/health")).status_code == 200
            assert [(await http.get(path)).status_code for path in ("/stats", "/metrics")] == [status, status]
            forwarded = {"X-Forwarded-For": "203.0.113.9"}
            assert (await http.get("/stats", headers=forwarded)).status_code == 401


async def test_stats_tell_of_the_buffer_doubles_and_the_database(h: TestHouse) -> None:
    body = said("Hi", wamid="wamid.1")
    for _ in range(3):
        await h.http.post("/webhook", content=body, headers=signed(body))
    await h.idle()
    stats = await ask(h, "/stats")
    assert stats["environment"] == "development"
    assert stats["deduplication"] == {"received": 3, "duplicates": 2}
    assert stats["database"]["rows"]["messages"] == 1
    assert stats["database"]["bytes"] > 0


async def test_metrics_count_webhooks_lines_and_the_ledger(h: TestHouse) -> None:
    await hear(h)
    await h.http.post("/webhook", content=b"{}", headers={"X-Hub-Signature-256": "sha256=0"})
    await h.idle()
    numbers = (await h.http.get("/metrics")).text
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(numbers)
        for sample in family.samples
    }
    assert found["frontdesk_webhooks_total", "ok"] == 1
    assert found["frontdesk_webhooks_total", "refused"] == 1
    assert found["frontdesk_webhooks_total", "failed"] == 0
    assert found["frontdesk_lines", "connected"] == 1
    assert found["frontdesk_ledger", "received"] == 1
    assert found["frontdesk_received_to_stored_seconds_count",] == 1
    assert found["frontdesk_live_connections",] == 0
