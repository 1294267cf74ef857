"""What is wrong, broken or hostile on the way in: refused with the right status and a sentence, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from acceptance_desk import CORPUS, PHONE, Desk, desk, said, signed
from sqlalchemy import text

from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving
from frontdesk.testing.models import FakeModel

pytestmark = pytest.mark.both_shapes

VECTORS = json.loads((CORPUS / "signature_vectors.json").read_text(encoding="utf-8"))["vectors"]
REQUESTS = json.loads((CORPUS / "verification_requests.json").read_text(encoding="utf-8"))
LIMIT = 3 * 1024 * 1024


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Desk, httpx2.AsyncClient]]:
    """A house behind a real server, and a stranger."""
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d, serving(d.house.built.web) as base:
        async with httpx2.AsyncClient(base_url=base, trust_env=False) as stranger:
            yield d, stranger
        d.house.built.bus.close()


async def test_signatures_are_accepted_and_refused_as_the_vectors_say(served: tuple[Desk, httpx2.AsyncClient]) -> None:
    _, stranger = served
    for vector in VECTORS:
        headers = [(name.encode(), value.encode("latin-1")) for name, value in vector["headers"].items()]
        answer = await stranger.post("/webhook", content=bytes.fromhex(vector["body_hex"]), headers=headers)
        accepted = (200, 400) if vector["body_hex"] == "" else (200,)
        assert answer.status_code in (accepted if vector["valid"] else (403,)), vector["name"]
        if answer.status_code == 200:
            assert answer.json() == {"status": "received"}
        else:
            assert answer.headers["content-type"] == "application/problem+json"


async def test_verification_requests_are_answered_as_the_cases_say(served: tuple[Desk, httpx2.AsyncClient]) -> None:
    _, stranger = served
    for case in REQUESTS:
        answer = await stranger.get("/webhook", params=case["query"])
        assert answer.status_code == case["expect_status"], case["name"]
        if case["expect_body"] is not None:
            assert answer.text == case["expect_body"]
            assert answer.headers["content-type"].startswith("text/plain")


async def test_a_body_that_is_too_large_is_413_whether_or_not_its_length_was_told(
    served: tuple[Desk, httpx2.AsyncClient],
) -> None:
    d, stranger = served
    body = b'{"x":"' + b"y" * LIMIT + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]

    assert (await stranger.post("/webhook", content=body, headers=signed(body))).status_code == 413
    assert (await stranger.post("/webhook", content=pieces(), headers=signed(body))).status_code == 413
    whole = b'{"x":"' + b"y" * (LIMIT - 8) + b'"}'
    assert len(whole) == LIMIT
    assert (await stranger.post("/webhook", content=whole, headers=signed(whole))).status_code == 200
    assert (await d.get("/health"))["status"] == "healthy"


async def test_what_is_no_json_document_is_400_and_deep_or_odd_json_is_no_fault(
    served: tuple[Desk, httpx2.AsyncClient],
) -> None:
    _, stranger = served
    for body in (b"", b"{", b"\xff\xfe{}", b"nul", b"[" * 100_000, b'{"a":' * 50_000, b"{}{}", b'{"a":NaN}', b"\x00"):
        answer = await stranger.post("/webhook", content=body, headers=signed(body))
        assert answer.status_code == 400, body[:20]
        assert answer.json()["detail"]
    for body in (b"null", b"[]", b'"x"', b"1e999", b"{}", b' {"entry": 7} ', b'{"entry":[{"changes":[null, 1, []]}]}'):
        answer = await stranger.post("/webhook", content=body, headers=signed(body))
        assert answer.status_code in (200, 400), (body, answer.text)


async def test_wrong_paths_methods_and_keys_are_problems_in_words(served: tuple[Desk, httpx2.AsyncClient]) -> None:
    d, stranger = served
    cases = [
        (await stranger.get("/api/v1/chats"), 401),
        (await stranger.get("/api/v1/chats", headers={"X-Api-Key": "nonsense"}), 401),
        (await stranger.get("/api/v1/chats", headers={"Authorization": "Bearer nonsense"}), 401),
        (await d.http.get("/api/v1/nothing"), 404),
        (await d.http.get("/nowhere/at/all"), 404),
        (await d.http.delete("/api/v1/chats"), 405),
        (await d.http.get("/api/v1/chats/447700900123"), 404),
        (await d.http.get("/api/v1/messages/msg_x/trace"), 404),
        (await d.http.get("/api/v1/accounts/acc_x/status"), 404),
        (await d.http.get("/api/v1/media/med_x"), 404),
        (await d.http.get("/api/v1/chats", params={"limit": "many"}), 422),
        (await d.http.post("/api/v1/takeover", content=b"{", headers={"Content-Type": "application/json"}), 422),
        (await d.http.post("/api/v1/accounts", json={"channel": "pigeon", "name": "x"}), 422),
    ]
    for answer, expected in cases:
        assert answer.status_code in (expected, 400 if expected == 422 else expected), (answer.url, answer.text)
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
        assert len(problem["detail"]) > 10


@pytest.mark.embedded("The disk of PostgreSQL is not ours: the suite of chaos fills it.")
async def test_a_full_disk_is_told_in_the_health_refused_with_503_and_nothing_is_lost(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.hear("Before")
        await d.idle()
        await fill_the_disk(d, full=True)
        bodies = [said("x" * 60_000, wamid=f"wamid.full{number}", at=d.clock.now()) for number in range(8)]
        answers = [await d.http.post("/webhook", content=body, headers=signed(body)) for body in bodies]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert refused
        assert {answer.status_code for answer in refused} == {503}
        health = await d.http.get("/health")
        assert health.status_code == 503
        assert health.json()["checks"]["database"]["status"] == "unhealthy"
        assert "full" in health.json()["checks"]["database"]["sentence"]
        await fill_the_disk(d, full=False)
        for body in bodies:
            await d.post(body)
        await until(lambda: _healthy(d))
        await d.idle()
        assert len([one for one in await d.history() if one["direction"] == "inbound"]) == 9
        await d.balanced()


async def _healthy(d: Desk) -> bool:
    d.clock.advance(1_000)
    return (await d.http.get("/health")).status_code == 200


async def fill_the_disk(d: Desk, *, full: bool) -> None:
    """Let the database grow by no page more, or again as it likes."""
    async with d.house.built.store.begin() as tx:
        pages = int(await tx.scalar(text("PRAGMA page_count")))
        await tx.scalar(text(f"PRAGMA max_page_count = {pages + 2 if full else 2**30}"))


async def test_many_who_write_at_once_are_all_stored_and_answered(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        phones = [f"4477009{number:05}" for number in range(60)]
        await asyncio.gather(*(d.hear("Hi", phone=phone) for phone in phones))
        await d.idle()
        assert len(d.graph.texts) == 60
        assert {call.body["to"].lstrip("+") for call in d.graph.calls} == set(phones)
        assert (await d.balanced())["answered"] == 60
        first = await d.get("/api/v1/chats", limit=25)
        second = await d.get("/api/v1/chats", limit=25, before=first["next"])
        third = await d.get("/api/v1/chats", limit=25, before=second["next"])
        ids = [one["id"] for page in (first, second, third) for one in page["items"]]
        assert (len(ids), len(set(ids)), third["next"]) == (60, 60, None)


async def test_words_of_people_are_text_and_nothing_more(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script> {{7*7}} '; DROP TABLE messages;-- ${x} \u202e %s"
    async with desk(tmp_path, model=FakeModel(answers=["Noted."])) as d:
        await d.hear(nasty)
        await d.idle()
        assert (await d.history())[0]["text"] == nasty
        found = (await d.get("/api/v1/search", q="DROP TABLE messages;--"))["items"]
        assert [one["text"] for one in found] == [nasty]
        assert (await d.get("/api/v1/search", q="%")) is not None
        assert len(await d.history(PHONE)) == 2
