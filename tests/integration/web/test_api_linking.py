"""Linking a line by the API: codes for those who may link, and for nobody else."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_house import key

from frontdesk.domain.accounts import State
from frontdesk.kit.errors import Rejected
from frontdesk.testing.linking import LASTS, PHONE, LinkedLine, linked_line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[LinkedLine]:
    async with linked_line(tmp_path) as line:
        yield line


async def _scannable(line: LinkedLine) -> None:
    await line.house.http.post(f"{line.path}/connect")
    await line.becomes(State.QR_PENDING)
    await line.next_code("2@second")


async def test_a_line_is_made_by_its_name_alone_and_then_connected(line: LinkedLine) -> None:
    made = await line.house.http.post("/api/v1/accounts", json={"channel": "linkable", "name": "Shop"})
    assert made.status_code == 201, made.text
    connected = await line.house.http.post(f"{made.headers['Location']}/connect")
    assert (connected.status_code, connected.json()["state"]) == (202, "connecting")


async def test_the_status_shows_the_code_as_picture_and_as_text_while_it_holds(line: LinkedLine) -> None:
    await _scannable(line)
    status = await line.status()
    assert base64.b64decode(status["qr"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert status["qr_text"] == "2@second"
    assert status["qr_expires_at"].endswith("Z")
    line.clock.advance(LASTS)
    status = await line.status()
    assert (status["qr"], status["qr_text"], status["qr_expires_at"]) == (None, None, None)


@pytest.mark.parametrize("path", ["/api/v1/accounts/{id}/status", "/sessions/{id}/status"])
async def test_an_answer_with_a_code_is_kept_by_nobody_on_the_way(line: LinkedLine, path: str) -> None:
    await _scannable(line)
    answer = await line.house.http.get(path.replace("{id}", line.path.rpartition("/")[2]))
    assert "data:image/png" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_who_may_not_link_sees_no_code(line: LinkedLine) -> None:
    await _scannable(line)
    await line.house.http.post(f"{line.path}/pair", json={"phone": f"+{PHONE}"})
    status = await line.status(**await key(line.house, "read"))
    assert status["state"] == "qr_pending"
    assert {status[name] for name in ("qr", "qr_text", "qr_expires_at", "pairing_code")} == {None}
    assert (await line.status(**await key(line.house, "write")))["qr_text"] == "2@second"


async def test_the_next_step_and_the_times_are_told_in_each_state(line: LinkedLine) -> None:
    assert (await line.status())["next_step"].startswith("Connect the line for a code")
    await _scannable(line)
    scan = "Open WhatsApp on the phone > Settings > Linked devices > Link a device, and scan."
    assert (await line.status())["next_step"] == scan
    await line.scanned()
    status = await line.status()
    assert (status["next_step"], status["last_disconnected_at"]) == (None, None)
    assert status["last_connected_at"] == status["last_seen_at"] is not None
    await line.house.http.post(f"{line.path}/disconnect")
    assert (await line.status())["last_disconnected_at"] is not None
    await line.house.http.post(f"{line.path}/logout")
    assert "new code" in (await line.status())["next_step"]
    assert (await line.house.http.get(line.path)).json()["next_step"] == (await line.status())["next_step"]


async def test_a_code_to_type_comes_with_the_answer(line: LinkedLine) -> None:
    answer = await line.house.http.post(f"{line.path}/pair", json={"phone": "+351 912 345 678"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["pairing_code"] == "WXYZ-2345"
    assert answer.json()["next_step"].endswith("Link with phone number instead, and type the code.")


async def test_what_stands_in_the_way_of_a_code_is_a_problem_with_a_sentence(line: LinkedLine) -> None:
    line.channel.answers.append(Rejected("This number is not on WhatsApp."))
    for path, phone, status, says in (
        (line.path, "+351912345678", 409, "not on WhatsApp"),
        (line.path, "Ana", 422, "no phone number"),
        ("/api/v1/accounts/acc_none", "+351912345678", 404, "no such account"),
    ):
        answer = await line.house.http.post(f"{path}/pair", json={"phone": phone})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert says in answer.json()["detail"]


async def test_who_may_only_read_gets_no_code(line: LinkedLine) -> None:
    reader = await key(line.house, "read")
    answer = await line.house.http.post(f"{line.path}/pair", json={"phone": f"+{PHONE}"}, headers=reader)
    assert answer.status_code == 403
    assert line.channel.asked == []
