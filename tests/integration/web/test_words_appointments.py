"""Appointments in other systems' words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_house import api_house
from appointment_house import set_up

from frontdesk.testing.house import TestHouse

PLACE = "/api/appointments"


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as built:
        yield built


async def test_appointments_are_listed(h: TestHouse) -> None:
    assert (await h.http.get(PLACE)).json() == {"success": True, "appointments": []}


async def test_an_appointment_is_booked_once(h: TestHouse) -> None:
    service, _ = await set_up(h)
    body = {"serviceId": service, "startTime": "2026-11-24T10:30", "name": "Ana", "notes": "x"}
    made = (await h.http.post(PLACE, json=body)).json()["appointment"]
    assert (made["startTime"], made["status"], made["notes"]) == ("2026-11-24T10:30:00.000Z", "booked", "x")
    refused = await h.http.post(PLACE, json=body)
    assert (refused.status_code, refused.json()) == (409, {"success": False, "error": "That time has just been taken."})


async def test_an_appointment_is_cancelled(h: TestHouse) -> None:
    service, _ = await set_up(h)
    body = {"service_id": service, "start": "2026-11-24T10:30", "name": "Ana"}
    made = (await h.http.post(PLACE, json=body)).json()["appointment"]
    assert (await h.http.delete(f"{PLACE}/{made['id']}")).json()["appointment"]["status"] == "cancelled"
    assert (await h.http.delete(f"{PLACE}/apt_none")).json() == {
        "success": False,
        "error": "There is no such appointment.",
    }
