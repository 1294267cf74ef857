"""The calendar pages: what stands in them, booking by form, setting up, feeds."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from api_house import api_house
from appointment_house import V1, posted, set_up
from inbox_visit import browser, visit

from frontdesk.testing.house import TestHouse

DAY = "2026-11-24"


@dataclass(slots=True)
class Page:
    """An admin in front of a calendar with one dentist."""

    h: TestHouse
    client: httpx2.AsyncClient
    service: str
    dentist: str

    async def form(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form."""
        return await self.client.post(path, data=fields)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with api_house(tmp_path) as h:
        service, dentist = await set_up(h)
        async with visit(h) as client:
            yield Page(h, client, service, dentist)


async def test_an_empty_calendar_says_where_to_begin(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        answer = await client.get("/calendar")
        assert "Nothing can be booked yet" in answer.text
        assert "/calendar/resources" in answer.text


async def test_day_and_week_show_what_is_booked_where_it_stands(page: Page) -> None:
    made = await posted(page.h, "/appointments", service_id=page.service, start=f"{DAY}T10:30", name="Ana")
    day = (await page.client.get(f"/calendar?day={DAY}")).text
    week = (await page.client.get(f"/calendar?view=week&day={DAY}")).text
    for text in (day, week):
        (block,) = re.findall(rf'<a class="([^"]+)" href="/calendar/appointments/{made["id"]}"', text)
        assert {"r31", "n6"} <= set(block.split())  # half past ten, in rows of five minutes from eight on
    assert "Tuesday 24 November 2026" in day
    assert "23 – 29 November 2026" in week


async def test_today_is_marked(page: Page) -> None:
    assert "Today</span>" in (await page.client.get("/calendar")).text
    week = (await page.client.get("/calendar?view=week")).text
    assert week.count('class="cal-col today"') == 1


async def test_an_appointment_is_booked_by_form_once(page: Page) -> None:
    form = (await page.client.get(f"/calendar/new?day={DAY}")).text
    slots = re.findall(r'name="slot" value="(\d+ res_\w+)"', form)
    (key,) = re.findall(r'name="key" value="(key_\w+)"', form)
    assert len(slots) == 16
    fields = {"service": page.service, "day": DAY, "slot": slots[3], "name": "Ana <b>", "key": key}
    for _ in range(2):
        answer = await page.form("/calendar/new", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/calendar?day={DAY}")
    assert "Ana &lt;b&gt;" in (await page.client.get(f"/calendar?day={DAY}")).text
    assert len((await page.h.http.get(f"{V1}/appointments")).json()["items"]) == 1
    taken = await page.form("/calendar/new", **fields | {"key": "other", "name": "Ben"})
    assert taken.status_code == 409
    assert "That time has just been taken." in taken.text
    assert 'value="Ben"' in taken.text


async def test_who_writes_from_the_number_is_the_one_who_is_booked(page: Page) -> None:
    chat = (await page.h.http.get(f"{V1}/chats")).json()["items"]
    fields = {"service": page.service, "day": DAY, "time": "11:00", "name": "Ana", "phone": "+447700900123"}
    await page.form("/calendar/new", **fields)
    (made,) = (await page.h.http.get(f"{V1}/appointments")).json()["items"]
    assert made["contact_id"] == (chat[0]["contact_id"] if chat else None)
    assert made["start"] == f"{DAY}T11:00:00.000Z"


async def test_an_appointment_is_moved_and_cancelled_by_form(page: Page) -> None:
    made = await posted(page.h, "/appointments", service_id=page.service, start=f"{DAY}T10:30", name="Ana")
    place = f"/calendar/appointments/{made['id']}"
    slots = re.findall(r'name="slot" value="(\d+ res_\w+)"', (await page.client.get(place)).text)
    assert (await page.form(place, what="move", slot=slots[-1])).status_code == 303
    assert "17:30" in (await page.client.get(place)).text
    refused = await page.form(place, what="move", day=DAY, time="20:00")
    assert refused.status_code == 409
    assert "outside the opening hours" in refused.text
    assert (await page.form(place, what="cancel")).status_code == 303
    assert "Cancelled" in (await page.client.get(place)).text


async def test_what_came_of_it_is_noted_by_form(page: Page) -> None:
    made = await posted(page.h, "/appointments", service_id=page.service, start=f"{DAY}T10:30", name="Ana")
    page.h.clock.advance(7 * 24 * 3_600_000)
    place = f"/calendar/appointments/{made['id']}"
    assert (await page.form(place, what="no_show")).status_code == 303
    assert "Nobody came" in (await page.client.get(place)).text


async def test_services_and_people_are_set_up_by_form(page: Page) -> None:
    hours = {"hours": ["09:00-12:00", "", "", "", "", "", ""]}
    saved = await page.client.post("/calendar/resources", data={"name": "Flat 7", "seats": "3", **hours})
    assert "Saved." in saved.text
    assert "Mon 09:00-12:00" in saved.text
    flat = next(each for each in (await page.h.http.get(f"{V1}/resources")).json()["items"] if each["name"] == "Flat 7")
    saved = await page.form(
        "/calendar/services", name="Viewing", minutes="20", step="20", reminders="24, 2", resources=flat["id"]
    )
    assert "Saved." in saved.text
    (made,) = [each for each in (await page.h.http.get(f"{V1}/services")).json()["items"] if each["name"] == "Viewing"]
    assert (made["reminders"], made["resources"], made["notice"]) == ([1440, 120], [flat["id"]], 120)
    wrong = await page.form("/calendar/services", name="Viewing", minutes="7")
    assert (wrong.status_code, "multiples of 5" in wrong.text) == (422, True)
    wrong = await page.client.post("/calendar/resources", data={"name": "X", "hours": ["nine to five"]})
    assert (wrong.status_code, "are no hours" in wrong.text) == (422, True)


async def test_days_that_differ_are_added_and_forgotten(page: Page) -> None:
    saved = await page.form("/calendar/special-days", day="2026-12-24", note="Christmas Eve")
    assert "Thursday 24 December 2026" in saved.text
    (place,) = re.findall(r"/calendar/special-days/day_\w+/drop", saved.text)
    assert "Thursday 24 December 2026" not in (await page.form(place)).text


async def test_setting_up_is_for_admins(page: Page) -> None:
    async with visit(page.h, role="operator", login="olga") as client:
        for path in ("services", "resources", "exchange"):
            assert (await client.get(f"/calendar/{path}")).status_code == 403
        assert (await client.get("/calendar")).status_code == 200
    async with visit(page.h, role="viewer", login="vera") as client:
        assert (await client.get("/calendar/new")).status_code == 403


# Feeds


def events(text: str) -> list[dict[str, str]]:
    """The events of a calendar, unfolded."""
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name != "END":
            found[-1][name] = value
    return found


async def test_a_feed_is_read_with_its_address_alone_and_grows_with_each_change(page: Page) -> None:
    made = await posted(
        page.h, "/appointments", service_id=page.service, start=f"{DAY}T10:30", name="Ana; Maria, the " + "é" * 60
    )
    told = await page.form("/calendar/feeds", name="Phone")
    (address,) = re.findall(r"http://frontdesk.test(/calendar/[\w.]+\.ics)<", told.text)
    async with browser(page.h) as stranger:
        answer = await stranger.get(address)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        (event,) = events(answer.text)
        assert event["UID"] == f"{made['id']}@frontdesk"
        assert (event["DTSTART"], event["SEQUENCE"], event["STATUS"]) == ("20261124T103000Z", "0", "CONFIRMED")
        assert "Ana\\; Maria\\, the" in event["SUMMARY"]
        await page.h.http.delete(f"{V1}/appointments/{made['id']}")
        (event,) = events((await stranger.get(address)).text)
        assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (f"{made['id']}@frontdesk", "1", "CANCELLED")
        assert (await stranger.get(address.replace(".ics", "0.ics"))).status_code == 404
        (revoke,) = re.findall(r"/calendar/feeds/cal_\w+/revoke", told.text)
        await page.form(revoke)
        assert (await stranger.get(address)).status_code == 404


async def test_a_feed_of_one_person_holds_no_other(page: Page) -> None:
    other = await posted(page.h, "/resources", name="Dr Costa", zone="Europe/Lisbon", hours={"tue": ["09:00-17:00"]})
    await posted(page.h, "/appointments", service_id=page.service, start=f"{DAY}T10:30", name="Ana")
    told = await page.form("/calendar/feeds", name="Costa", resource_id=other["id"])
    (address,) = re.findall(r"http://frontdesk.test(/calendar/[\w.]+\.ics)<", told.text)
    assert events((await page.client.get(address)).text) == []


async def test_a_table_is_taken_in_by_form_and_wrong_rows_are_told(page: Page) -> None:
    table = f"start;service;name\n{DAY} 10:30;Cleaning;Ana\nnever;Cleaning;Ben\n"
    answer = await page.client.post("/calendar/import", files={"file": ("a.csv", table.encode(), "text/csv")})
    assert "1 booked, 1 refused." in answer.text
    assert '<td class="numbers">3</td>' in answer.text
    wrong = await page.client.post("/calendar/import", files={"file": ("a.csv", b"\xff\xfe", "text/csv")})
    assert (wrong.status_code, "UTF-8" in wrong.text) == (422, True)
