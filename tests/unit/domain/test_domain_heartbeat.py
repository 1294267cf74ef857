"""When a sign of life is due, and what it says."""

from datetime import UTC, datetime

from frontdesk.domain.heartbeat import Due, Pulse, Told, alive, as_message, due, started
from frontdesk.kit.clock import DAY, HOUR, MINUTE

LISBON = "Europe/Lisbon"
NINE = int(datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()) * 1_000
YESTERDAY, TODAY = Told("2026-11-23", "09:00", LISBON), Told("2026-11-24", "09:00", LISBON)
WELL = Pulse(
    [("Shop", "connected.")], came_in=12, by_agent=9, by_people=1, disk_free=12_300_000_000, disk_size=40_000_000_000
)


def test_it_is_due_at_its_time_and_not_before() -> None:
    assert due(NINE - 1, "09:00", LISBON, YESTERDAY) is None
    assert due(NINE, "09:00", LISBON, YESTERDAY) == Due(TODAY, NINE)
    assert due(NINE, "09:00", LISBON, TODAY) is None


def test_the_first_day_begins_with_the_next_one() -> None:
    assert due(NINE + 6 * HOUR, "09:00", LISBON, None) == Due(TODAY)
    assert due(NINE + DAY, "09:00", LISBON, TODAY) == Due(Told("2026-11-25", "09:00", LISBON), NINE + DAY)


def test_after_a_downtime_it_comes_late_and_once_and_not_when_the_next_one_is_nearer() -> None:
    assert due(NINE + 12 * HOUR, "09:00", LISBON, Told("2026-11-20", "09:00", LISBON)) == Due(TODAY, NINE)
    assert due(NINE + 12 * HOUR + 1, "09:00", LISBON, Told("2026-11-20", "09:00", LISBON)) == Due(TODAY)


def test_another_time_begins_with_the_next_one_and_gives_no_second_one_on_a_day() -> None:
    noon = NINE + 3 * HOUR
    assert due(noon, "10:00", LISBON, TODAY) == Due(Told("2026-11-24", "10:00", LISBON))
    assert due(noon, "18:00", LISBON, TODAY) == Due(Told("2026-11-24", "18:00", LISBON))
    assert due(NINE + 9 * HOUR, "18:00", LISBON, Told("2026-11-24", "18:00", LISBON)) is None
    assert due(noon, "18:00", LISBON, YESTERDAY) == Due(Told("2026-11-23", "18:00", LISBON))


def test_it_says_how_the_house_is_doing() -> None:
    told = alive(WELL, due_at=NINE, now=NINE + MINUTE, zone=LISBON)
    assert (told.title, told.good) == ("Frontdesk is alive", True)
    assert told.text.splitlines() == [
        "Shop: connected.",
        "12 messages came in; 9 went out from the agent and 1 from people.",
        "Nobody waits for an answer.",
        "Disk: 12.3 GB of 40.0 GB free.",
    ]
    assert as_message(told).startswith("*Frontdesk is alive*\nShop")


def test_it_says_what_is_wrong_and_that_it_is_late() -> None:
    ill = Pulse([], came_in=1, waiting=2, longest="3 h", paused="Paused.", wrong=[f"Wrong {n}." for n in range(7)])
    told = alive(ill, due_at=NINE, now=NINE + 2 * HOUR, zone=LISBON)
    assert not told.good
    assert told.text.splitlines() == [
        "This is late: it was due at 09:00 on 24 November.",
        "No line is set up.",
        "1 message came in; 0 went out from the agent and 0 from people.",
        "2 chats wait for an answer, the longest for 3 h.",
        "Paused.",
        "Needs you:",
        *(f"- Wrong {n}." for n in range(5)),
        "- and 2 more",
    ]


def test_a_start_says_when_the_house_was_last_alive() -> None:
    told = started(WELL, at=NINE, last=NINE - HOUR, zone=LISBON)
    assert told.title == "Frontdesk started at 09:00 on 24 November"
    assert told.text.splitlines()[0] == "It was last alive at 08:00 on 24 November."
    assert "last alive" not in started(WELL, at=NINE, last=None, zone=LISBON).text
