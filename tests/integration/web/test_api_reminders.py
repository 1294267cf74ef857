"""Reminders by the API: listed, made, changed, snoozed, settled."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_house import PHONE, QUIET, api_house, ask, hear

from frontdesk.testing.house import TestHouse

LISBON = f'timezone = "Europe/Lisbon"\n{QUIET}'


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path, config=LISBON) as h:
        await hear(h)
        yield h


async def make(h: TestHouse, **given: Any) -> dict[str, Any]:
    answer = await h.http.post("/api/v1/reminders", json={"chat": PHONE, "what": "Call", "when": "tomorrow", **given})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_reminder_is_made_with_words_or_with_a_time(h: TestHouse) -> None:
    first = await make(h, when="tomorrow at 9")
    assert (first["what"], first["due_at"], first["kind"]) == ("Call", "2026-11-19T09:00:00.000Z", "own")
    assert (first["state"], first["made_by"], first["operator_id"]) == ("open", "person", "api")
    second = await make(h, when=None, due_at="2026-11-19T08:00:00+01:00")
    assert second["due_at"] == "2026-11-19T07:00:00.000Z"
    assert [one["id"] for one in (await ask(h, "/api/v1/reminders"))["items"]] == [second["id"], first["id"]]
    assert await ask(h, f"/api/v1/reminders/{first['id']}") == first


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({"when": None}, 422, "Say when"),
        ({"when": "some day"}, 422, "names no moment"),
        ({"due_at": "2026-11-19T08:00:00Z"}, 422, "not both"),
        ({"when": None, "due_at": "2020-01-01T00:00:00Z"}, 422, "has passed"),
        ({"when": None, "due_at": "2026-11-19T08:00:00"}, 422, "due_at"),
        ({"what": " "}, 422, "Say what"),
        ({"chat": "447700900999"}, 404, "no chat"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(h: TestHouse, given: Any, status: int, says: str) -> None:
    answer = await h.http.post("/api/v1/reminders", json={"chat": PHONE, "what": "Call", "when": "tomorrow", **given})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text


async def test_a_reminder_is_changed_snoozed_done_and_reopened(h: TestHouse) -> None:
    made = await make(h)
    url = f"/api/v1/reminders/{made['id']}"
    changed = (await h.http.patch(url, json={"what": "Call Ana", "when": "on Friday"})).json()
    assert (changed["what"], changed["due_at"]) == ("Call Ana", "2026-11-20T10:00:00.000Z")
    later = (await h.http.patch(url, json={"snooze_until": "2026-11-21T10:00:00Z"})).json()
    assert (later["due_at"], later["snoozed_until"]) == (changed["due_at"], "2026-11-21T10:00:00.000Z")
    both = {"snooze": "in 3 days", "snooze_until": "2026-11-21T10:00:00Z"}
    assert "not both" in (await h.http.patch(url, json=both)).text
    in_words = (await h.http.patch(url, json={"snooze": "on Saturday at 9"})).json()
    assert in_words["snoozed_until"] == "2026-11-21T09:00:00.000Z"
    done = (await h.http.patch(url, json={"state": "done"})).json()
    assert (done["state"], done["settled_at"] is not None) == ("done", True)
    assert (await h.http.patch(url, json={"what": "x"})).status_code == 409
    assert (await h.http.patch(url, json={"what": None})).status_code == 422
    assert (await ask(h, "/api/v1/reminders"))["items"] == []
    assert [one["id"] for one in (await ask(h, "/api/v1/reminders", state="done"))["items"]] == [made["id"]]
    assert (await h.http.patch(url, json={"state": "open"})).json()["state"] == "open"
    assert (await h.http.delete(url)).status_code == 204
    assert [one["id"] for one in (await ask(h, "/api/v1/reminders", state="dismissed"))["items"]] == [made["id"]]
    assert (await h.http.delete("/api/v1/reminders/rem_0")).status_code == 404
    assert (await h.http.get("/api/v1/reminders/rem_0")).status_code == 404


@pytest.mark.parametrize("state", ["open", "done", "dismissed"])
async def test_pages_meet_without_gap_or_double(h: TestHouse, state: str) -> None:
    made = [(await make(h, when=f"in {number // 2 + 1} hours"))["id"] for number in range(7)]
    for one in made:
        await h.http.patch(f"/api/v1/reminders/{one}", json={"state": state})
    found: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = await ask(h, "/api/v1/reminders", state=state, limit=3, chat=PHONE, **before)
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert found == (made if state == "open" else sorted(made, reverse=True))
    assert (await h.http.get("/api/v1/reminders", params={"before": "x"})).status_code == 422
