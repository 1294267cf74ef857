"""Appointments by the API: set up, listed, booked once, moved, cancelled, as a table, as a calendar."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_house import api_house
from appointment_house import V1, posted, set_up

from frontdesk.testing.house import TestHouse

pytestmark = pytest.mark.both_shapes
TUESDAY = "2026-11-24"


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as built:
        yield built


async def test_free_times_are_listed_and_one_of_them_is_booked(h: TestHouse) -> None:
    service, dentist = await set_up(h)
    asked = {"service": service, "from": TUESDAY, "to": TUESDAY}
    free = (await h.http.get(f"{V1}/appointments/slots", params=asked)).json()["items"]
    assert len(free) == 16
    assert free[0] == {
        "start": "2026-11-24T09:00:00.000Z",
        "end": "2026-11-24T09:30:00.000Z",
        "resource_id": dentist,
        "resource": "Dr Silva",
        "zone": "Europe/Lisbon",
    }
    made = await posted(h, "/appointments", service_id=service, start=free[3]["start"], name="Ana", note="First visit")
    assert (made["start"], made["state"], made["booked_by"], made["price"]) == (
        "2026-11-24T10:30:00.000Z",
        "booked",
        "api",
        "45 €",
    )
    after = (await h.http.get(f"{V1}/appointments/slots", params=asked)).json()["items"]
    assert len(after) == 15
    listed = (await h.http.get(f"{V1}/appointments", params={"from": TUESDAY + "T00:00", "resource": dentist})).json()
    assert [each["id"] for each in listed["items"]] == [made["id"]]
    assert (await h.http.get(f"{V1}/appointments/{made['id']}")).json() == made


async def test_a_conflict_is_told_with_409_and_a_sentence(h: TestHouse) -> None:
    service, _ = await set_up(h)
    await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T10:30", name="Ana")
    for start, sentence in (
        (f"{TUESDAY}T10:30", "That time has just been taken."),
        (f"{TUESDAY}T13:00", "That time is outside the opening hours."),
        ("2026-11-18T09:00", "That time is over."),
    ):
        answer = await h.http.post(f"{V1}/appointments", json={"service_id": service, "start": start, "name": "Ben"})
        assert (answer.status_code, answer.json()["detail"]) == (409, sentence)


async def test_the_same_key_books_once_from_the_header_too(h: TestHouse) -> None:
    service, _ = await set_up(h)
    body = {"service_id": service, "start": f"{TUESDAY}T10:30", "name": "Ana"}
    first = await h.http.post(f"{V1}/appointments", json={**body, "idempotency_key": "k1"})
    again = await h.http.post(f"{V1}/appointments", json=body, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_an_appointment_is_moved_noted_and_cancelled(h: TestHouse) -> None:
    service, _ = await set_up(h)
    made = await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T10:30", name="Ana")
    place = f"{V1}/appointments/{made['id']}"
    moved = (await h.http.patch(place, json={"start": f"{TUESDAY}T15:00"})).json()
    assert (moved["start"], moved["sequence"]) == ("2026-11-24T15:00:00.000Z", 1)
    refused = await h.http.patch(place, json={"state": "done"})
    assert (refused.status_code, refused.json()["detail"]) == (409, "This appointment has not begun yet.")
    gone = await h.http.delete(place)
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert (await h.http.delete(place)).json()["sequence"] == 2


async def test_pages_of_appointments_follow_each_other(h: TestHouse) -> None:
    service, _ = await set_up(h)
    for hour in (9, 10, 11, 12):
        await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T{hour:02}:00", name=f"P{hour}")
    first = (await h.http.get(f"{V1}/appointments", params={"limit": 3})).json()
    second = (await h.http.get(f"{V1}/appointments", params={"limit": 3, "before": first["next"]})).json()
    assert [each["name"] for each in (*first["items"], *second["items"])] == ["P9", "P10", "P11", "P12"]
    assert second["next"] is None


async def test_services_resources_and_days_are_set_up_changed_and_retired(h: TestHouse) -> None:
    service, dentist = await set_up(h)
    body = {"name": "Dr Silva", "zone": "Europe/Lisbon", "hours": {"tue": ["09:00-10:00"]}}
    changed = (await h.http.put(f"{V1}/resources/{dentist}", json=body)).json()
    assert changed["hours"] == {"tue": ["09:00-10:00"]}
    day = await posted(h, "/special-days", day=TUESDAY, note="Holiday")
    asked = {"service": service, "from": TUESDAY, "to": TUESDAY}
    assert (await h.http.get(f"{V1}/appointments/slots", params=asked)).json()["items"] == []
    assert (await h.http.delete(f"{V1}/special-days/{day['id']}")).status_code == 204
    assert len((await h.http.get(f"{V1}/appointments/slots", params=asked)).json()["items"]) == 2
    assert (await h.http.delete(f"{V1}/services/{service}")).status_code == 204
    assert [each["retired"] for each in (await h.http.get(f"{V1}/services")).json()["items"]] == [True]
    assert (await h.http.get(f"{V1}/resources")).json()["items"][0]["id"] == dentist


async def test_a_feed_is_added_read_by_its_address_and_revoked(h: TestHouse) -> None:
    _, dentist = await set_up(h)
    made = await posted(h, "/calendar-feeds", name="Dr Silva's phone", resource_id=dentist)
    assert (await h.http.get(f"{V1}/calendar-feeds")).json()["items"] == [made]
    read = await h.http.get(made["url"], headers={"X-Api-Key": ""})
    assert (read.status_code, read.text.startswith("BEGIN:VCALENDAR")) == (200, True)
    assert (await h.http.delete(f"{V1}/calendar-feeds/{made['id']}")).status_code == 204
    assert (await h.http.get(made["url"])).status_code == 404
    assert (await h.http.get(f"{V1}/calendar-feeds")).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/services", {"name": "X", "minutes": 7}, "multiples of 5"),
        ("/services", {"name": "X", "minutes": 30, "resources": ["res_0"]}, "no such resource"),
        ("/services", {"name": "X", "minutes": 30, "account_id": "acc_0"}, "no such account"),
        ("/resources", {"name": "X", "zone": "Europe/Nowhere"}, "no time zone"),
        ("/resources", {"name": "X", "hours": {"tue": ["9-10"]}}, "are no hours"),
        ("/resources", {"name": "X", "hours": {"tue": ["10:00-09:00"]}}, "earlier to a later"),
        ("/resources", {"name": "X", "hours": {"someday": ["09:00-10:00"]}}, "is no day"),
        ("/special-days", {"day": TUESDAY, "resource_id": "res_0"}, "no such resource"),
    ],
)
async def test_what_cannot_be_set_up_is_told_why(
    h: TestHouse, path: str, body: dict[str, object], sentence: str
) -> None:
    answer = await h.http.post(f"{V1}{path}", json=body)
    assert answer.status_code in (404, 422)
    assert sentence in answer.json()["detail"]


async def test_setting_up_is_for_admins_and_booking_for_writers(h: TestHouse) -> None:
    service, _ = await set_up(h)
    _, text = await h.desk.api_keys.create("writer", ["read", "write"])
    with_key = {"X-Api-Key": text}
    body = {"name": "X", "minutes": 30}
    assert (await h.http.post(f"{V1}/services", json=body, headers=with_key)).status_code == 403
    booking = {"service_id": service, "start": f"{TUESDAY}T10:30", "name": "Ana"}
    assert (await h.http.post(f"{V1}/appointments", json=booking, headers=with_key)).status_code == 201


# Tables


async def test_the_table_has_a_header_and_no_formulas(h: TestHouse) -> None:
    service, _ = await set_up(h)
    await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T10:30", name="=1+1", phone="+351912345678")
    answer = await h.http.get(f"{V1}/appointments/export.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["start"], row["zone"], row["service"]) == ("2026-11-24 10:30", "Europe/Lisbon", "Cleaning")
    assert (row["name"], row["phone"]) == ("'=1+1", "'+351912345678")


async def test_a_table_is_taken_in_row_by_row_and_each_wrong_one_told(h: TestHouse) -> None:
    await set_up(h)
    text = (
        "start,service,resource,name,phone\n"
        "2026-11-24 10:30,Cleaning,Dr Silva,Ana,+351912345678\n"
        "2026-11-24 10:45,cleaning,,Ben,\n"
        "someday,Cleaning,,Cleo,\n"
        "2026-11-24 11:00,Massage,,Dan,\n"
        "2026-11-24 12:00,Cleaning,Dr Who,Eve,\n"
        "2026-11-24 12:00,Cleaning,,,\n"
        "24/11/2026 12:00,Cleaning,,Fay,\n"
    )
    told = await posted(h, "/appointments/import", csv=text)
    assert (told["booked"], told["known"]) == (2, 0)
    assert [(each["row"], each["reason"][:20]) for each in told["wrong"]] == [
        (3, "That time has just b"),
        (4, "“someday” is no date"),
        (5, "There is no service "),
        (6, "“Dr Who” is nobody w"),
        (7, "Say for whom: give a"),
    ]
    again = await posted(h, "/appointments/import", csv=text)
    assert (again["booked"], again["known"], len(again["wrong"])) == (0, 2, 5)


async def test_what_was_written_out_can_be_taken_in_elsewhere(h: TestHouse, tmp_path: Path) -> None:
    service, _ = await set_up(h)
    await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T10:30", name="Ana", phone="+351912345678")
    text = (await h.http.get(f"{V1}/appointments/export.csv")).text
    (tmp_path / "other").mkdir()
    async with api_house(tmp_path / "other") as other:
        await set_up(other)
        told = await posted(other, "/appointments/import", csv=text)
        assert (told["booked"], told["wrong"]) == (1, [])
        (made,) = (await other.http.get(f"{V1}/appointments")).json()["items"]
        assert (made["name"], made["phone"], made["start"]) == ("Ana", "+351912345678", "2026-11-24T10:30:00.000Z")


@pytest.mark.parametrize("text", ["", "name,phone\nAna,1", '"start,service,name'])
async def test_what_is_no_table_is_told_so(h: TestHouse, text: str) -> None:
    answer = await h.http.post(f"{V1}/appointments/import", json={"csv": text})
    assert answer.status_code == 422


# Calendars


async def test_an_appointment_has_a_calendar_file(h: TestHouse) -> None:
    service, _ = await set_up(h)
    made = await posted(h, "/appointments", service_id=service, start=f"{TUESDAY}T10:30", name="Ana")
    answer = await h.http.get(f"{V1}/appointments/{made['id']}/invitation.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert f"UID:{made['id']}@frontdesk\r\n" in answer.text
    assert "DTSTART:20261124T103000Z\r\n" in answer.text
