"""An appointment is made without a mouse, and the calendar shows what others book without a reload."""

from datetime import UTC, datetime, timedelta

import pytest
from browser_house import Office
from playwright.async_api import expect

FITS = "() => document.documentElement.scrollWidth === innerWidth"


def a_monday() -> str:
    """One in three weeks, on which nobody of the sample is booked."""
    today = datetime.now(UTC).date()
    return str(today + timedelta(days=21 - today.weekday()))


async def test_an_appointment_is_booked_by_keyboard_and_another_appears_by_itself(desk: Office) -> None:
    monday = a_monday()
    page = await desk.open("/calendar", context=await desk.operator())
    await page.get_by_role("link", name="New appointment", exact=True).press("Enter")
    await page.wait_for_url("**/calendar/new?*")
    await page.wait_for_load_state("networkidle")
    await page.get_by_label("Day").fill(monday)
    await page.get_by_label("Day").press("Tab")
    await expect(page.get_by_role("radio")).to_have_count(16)
    await page.get_by_role("radio").first.focus()
    await page.keyboard.press("Space")
    await page.get_by_label("For", exact=True).fill("Zora Lind")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{desk.base}/calendar?day={monday}")
    await expect(page.locator("a.block", has_text="Zora Lind")).to_be_visible()

    services = (await desk.house.http.get("/api/v1/services")).json()["items"]
    body = {"service_id": services[0]["id"], "start": f"{monday}T15:00", "name": "Yann Ode"}
    assert (await desk.house.http.post("/api/v1/appointments", json=body)).status_code == 201
    await expect(page.locator("a.block", has_text="Yann Ode")).to_be_visible()

    await page.locator("a.block", has_text="Yann Ode").press("Enter")
    await page.get_by_role("button", name="Cancel the appointment").press("Enter")
    await expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", ["", "?view=week", "/new", "/services", "/resources", "/exchange"])
async def test_the_calendar_fits_a_phone(desk: Office, path: str) -> None:
    page = await desk.open(f"/calendar{path}", context=await desk.operator())
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.wait_for_function(FITS)
