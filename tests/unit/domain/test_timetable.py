"""A time of the day comes once on each day, whatever the clocks do."""

from datetime import UTC, datetime

import pytest

from frontdesk.domain.timetable import last_daily, local_day, moment_on, next_daily
from frontdesk.kit.clock import DAY, HOUR, MINUTE

LISBON, NEW_YORK = "Europe/Lisbon", "America/New_York"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000


def run(start: str, days: int, at: str, zone: str) -> list[str]:
    """Every moment at which it comes, from a start on, looked for every ten minutes."""
    found, now = list[int](), utc(start)
    due = next_daily(now, at, zone)
    for _ in range(days * 24 * 6):
        now += 10 * MINUTE
        while due <= now:
            found.append(due)
            due = next_daily(due, at, zone)
    return [datetime.fromtimestamp(one / 1_000, UTC).strftime("%m-%d %H:%M") for one in found]


@pytest.mark.parametrize(
    ("start", "at", "zone", "moments"),
    [
        ("2026-03-27T12:00", "09:00", LISBON, ["03-28 09:00", "03-29 08:00", "03-30 08:00"]),
        ("2026-10-23T12:00", "09:00", LISBON, ["10-24 08:00", "10-25 09:00", "10-26 09:00"]),
        ("2026-03-06T15:00", "09:00", NEW_YORK, ["03-07 14:00", "03-08 13:00", "03-09 13:00"]),
        ("2026-10-30T15:00", "09:00", NEW_YORK, ["10-31 13:00", "11-01 14:00", "11-02 14:00"]),
    ],
)
def test_it_keeps_to_the_clock_on_the_wall_over_both_changes(
    start: str, at: str, zone: str, moments: list[str]
) -> None:
    assert run(start, 3, at, zone) == moments


@pytest.mark.parametrize(
    ("start", "at", "zone", "moments"),
    [
        ("2026-03-28T12:00", "01:30", LISBON, ["03-29 01:30", "03-30 00:30"]),
        ("2026-03-07T12:00", "02:30", NEW_YORK, ["03-08 07:30", "03-09 06:30"]),
    ],
)
def test_a_time_that_the_clocks_leap_over_comes_once(start: str, at: str, zone: str, moments: list[str]) -> None:
    assert run(start, 2, at, zone) == moments


@pytest.mark.parametrize(
    ("start", "at", "zone", "moments"),
    [
        ("2026-10-24T12:00", "01:30", LISBON, ["10-25 00:30", "10-26 01:30"]),
        ("2026-10-31T12:00", "01:30", NEW_YORK, ["11-01 05:30", "11-02 06:30"]),
    ],
)
def test_a_time_that_the_clocks_show_twice_comes_once(start: str, at: str, zone: str, moments: list[str]) -> None:
    assert run(start, 2, at, zone) == moments


def test_each_day_of_a_year_has_one() -> None:
    now, days = utc("2026-01-01T00:00"), list[str]()
    for _ in range(365):
        now = next_daily(now, "01:30", NEW_YORK)
        days.append(local_day(now, NEW_YORK))
    assert len(set(days)) == 365


def test_the_moment_itself_is_past() -> None:
    nine = moment_on(datetime(2026, 11, 24, tzinfo=UTC).date(), "09:00", LISBON)
    assert next_daily(nine, "09:00", LISBON) == nine + DAY
    assert next_daily(nine - 1, "09:00", LISBON) == nine
    assert last_daily(nine, "09:00", LISBON) == nine
    assert last_daily(nine - 1, "09:00", LISBON) == nine - DAY
    assert last_daily(nine + HOUR, "09:00", LISBON) == nine
