"""A house with a calendar, made through the API as its owner would."""

from typing import Any

from frontdesk.testing.house import TestHouse

V1 = "/api/v1"
WEEK = {day: ["09:00-13:00", "14:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


async def posted(h: TestHouse, path: str, **body: Any) -> Any:
    """What was made."""
    answer = await h.http.post(f"{V1}{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def set_up(h: TestHouse) -> tuple[str, str]:
    """A dentist and a cleaning; gives their ids, the service first."""
    dentist = await posted(h, "/resources", name="Dr Silva", zone="Europe/Lisbon", hours=WEEK)
    service = await posted(
        h, "/services", name="Cleaning", minutes=30, price="45 €", step=30, notice=60, resources=[dentist["id"]]
    )
    return str(service["id"]), str(dentist["id"])
