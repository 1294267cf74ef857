"""How long things are kept, and the quiet moment of the night."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from frontdesk.domain.disk import MB, Room, floor, is_full
from frontdesk.domain.retention import Bounds, bounds, last_quiet, next_quiet
from frontdesk.kit.clock import DAY, HOUR, SECOND


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def test_no_days_keep_for_ever() -> None:
    found = bounds(100 * DAY, days=0, media_days=0)
    assert found.keeps_all
    assert found == Bounds(None, None, 93 * DAY)


def test_files_have_a_bound_of_their_own() -> None:
    assert bounds(100 * DAY, days=90, media_days=30) == Bounds(10 * DAY, 70 * DAY, 93 * DAY)


def test_the_quiet_moment_is_of_the_clock_of_the_house() -> None:
    noon = _at("2026-07-01T12:00")
    assert last_quiet(noon, "Europe/Lisbon") == _at("2026-07-01T02:30")
    assert next_quiet(noon, "Europe/Lisbon") == _at("2026-07-02T02:30")
    assert last_quiet(noon, "America/New_York") == _at("2026-07-01T07:30")


def test_before_half_past_three_the_last_quiet_moment_was_yesterday() -> None:
    assert last_quiet(_at("2026-01-05T03:29"), "UTC") == _at("2026-01-04T03:30")
    assert last_quiet(_at("2026-01-05T03:30"), "UTC") == _at("2026-01-05T03:30")
    assert next_quiet(_at("2026-01-05T03:30"), "UTC") == _at("2026-01-06T03:30")


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_each_night_has_one_quiet_moment_when_the_clocks_change(day: str) -> None:
    start, found = _at(f"{day}T12:00") - 2 * DAY, set()
    for hour in range(72):
        found.add(last_quiet(start + hour * HOUR, "Europe/Athens"))
    assert len(found) == 4
    assert all(23 * HOUR <= later - sooner <= 25 * HOUR for sooner, later in pairwise(sorted(found)))


def test_a_large_disk_needs_200_mb_and_a_small_one_a_fiftieth() -> None:
    assert floor(1_000_000 * MB, None) == 200 * MB
    assert floor(1_000 * MB, None) == 20 * MB
    assert floor(1_000 * MB, 500) == 500 * MB


def test_a_full_disk_is_full_until_there_is_a_tenth_more_than_needed() -> None:
    def full(free: int, *, was: bool) -> bool:
        return is_full(Room(free * MB, 1_000_000 * MB), least_mb=None, was=was)

    assert full(199, was=False)
    assert not full(200, was=False)
    assert full(219, was=True)
    assert not full(220, was=True)


def test_zero_asks_for_no_room() -> None:
    assert not is_full(Room(0, 100 * MB), least_mb=0, was=True)
