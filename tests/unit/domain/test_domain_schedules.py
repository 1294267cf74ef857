"""Schedules as people write them, and when they are due."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.schedules import WrongSchedule, read
from frontdesk.kit.clock import SECOND, to_datetime


@pytest.mark.parametrize(
    ("text", "crons"),
    [
        ("every day at 8:00", ("0 8 * * *",)),
        ("daily 08:00", ("0 8 * * *",)),
        ("daily", ("0 8 * * *",)),
        ("7am", ("0 7 * * *",)),
        ("every day at 12 am", ("0 0 * * *",)),
        ("every day at noon", ("0 12 * * *",)),
        ("weekdays at 8:30 and 18:00", ("0 18 * * 1-5", "30 8 * * 1-5")),
        ("weekdays at 8 and 18", ("0 8,18 * * 1-5",)),
        ("Mondays at 9", ("0 9 * * 1",)),
        ("on Monday and Thursday at 7 pm", ("0 19 * * 1,4",)),
        ("Mon,Thu 09:00", ("0 9 * * 1,4",)),
        ("Mon-Fri 09:15", ("15 9 * * 1,2,3,4,5",)),
        ("Friday to Sunday at 10", ("0 10 * * 5,6,0",)),
        ("weekends at 10", ("0 10 * * 0,6",)),
        ("every week", ("0 8 * * 1",)),
        ("the first of the month at 9:00", ("0 9 1 * *",)),
        ("on the 15th at 10:30", ("30 10 15 * *",)),
        ("every hour", ("0 */1 * * *",)),
        ("every 4 hours", ("0 */4 * * *",)),
        ("todos los días a las 8:00", ("0 8 * * *",)),
        ("cada día a las 8 y a las 20:30", ("0 8 * * *", "30 20 * * *")),
        ("de lunes a viernes a las 9", ("0 9 * * 1,2,3,4,5",)),
        ("cada lunes a las 9h", ("0 9 * * 1",)),
        ("entre semana a las 8:30", ("30 8 * * 1-5",)),
        ("el primer día del mes a las 9", ("0 9 1 * *",)),
        ("el 15 a las 10:00", ("0 10 15 * *",)),
        ("cada 6 horas", ("0 */6 * * *",)),
        ("todos os dias às 8h30", ("30 8 * * *",)),
        ("segunda a sexta às 18h", ("0 18 * * 1,2,3,4,5",)),
        ("sextas-feiras às 17h", ("0 17 * * 5",)),
        ("dias úteis às 7:45", ("45 7 * * 1-5",)),
        ("fins de semana ao meio-dia", ("0 12 * * 0,6",)),
        ("dia 1 às 9:00", ("0 9 1 * *",)),
        ("a cada 3 horas", ("0 */3 * * *",)),
        ("30 8 * * 1-5", ("30 8 * * 1-5",)),
        ("0 9 L * *", ("0 9 L * *",)),
    ],
)
def test_a_schedule_is_read_as_people_write_it(text: str, crons: tuple[str, ...]) -> None:
    assert read(text).crons == crons


@pytest.mark.parametrize(
    "text",
    ["", "soon", "every day at 25:00", "every day at 13 pm", "every 40 hours", "0 0 31 2 *", "at lunch", "8:75"],
)
def test_what_is_no_schedule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WrongSchedule, match="every day at 8:00"):
        read(text)


@pytest.mark.parametrize("text", ["* * * * *", "*/5 * * * *", "0,5 9 * * *", "at 9:00 and 9:10"])
def test_nothing_is_due_more_often_than_every_quarter_of_an_hour(text: str) -> None:
    with pytest.raises(WrongSchedule, match="more often"):
        read(text)


def at(text: str, zone: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) * SECOND


def local(text: str, zone: str, start: str, count: int) -> list[str]:
    schedule, moment, found = read(text), at(start, zone), []
    for _ in range(count):
        moment = schedule.after(moment, zone)
        found.append(f"{to_datetime(moment, zone):%m-%d %H:%M %z}")
    return found


def test_a_daily_time_stays_at_its_hour_when_the_clocks_go_forward() -> None:
    assert local("daily 08:00", "Europe/Lisbon", "2026-03-27T09:00", 3) == [
        "03-28 08:00 +0000",
        "03-29 08:00 +0100",
        "03-30 08:00 +0100",
    ]


def test_a_time_that_the_clocks_skip_comes_right_after_it_and_once() -> None:
    assert local("daily 01:30", "Europe/Lisbon", "2026-03-28T02:00", 2) == ["03-29 02:00 +0100", "03-30 01:30 +0100"]


@pytest.mark.parametrize(("zone", "day"), [("Europe/Lisbon", "10-25"), ("America/New_York", "11-01")])
def test_a_time_that_comes_twice_when_the_clocks_go_back_is_due_once(zone: str, day: str) -> None:
    found = local("daily 01:30", zone, f"2026-{day}T00:00", 3)
    assert [each[:5] for each in found].count(day) == 1
    assert len({each[:5] for each in found}) == 3


def test_a_year_of_days_has_each_day_once_in_a_zone_with_two_changes() -> None:
    found = [each[:5] for each in local("daily 02:30", "America/New_York", "2026-01-01T12:00", 365)]
    assert len(set(found)) == 365


def test_times_go_forward_only() -> None:
    schedule = read("weekdays at 8:30 and 18:00")
    moment = at("2026-03-27T00:00", "Europe/Lisbon")
    times = [moment := schedule.after(moment, "Europe/Lisbon") for _ in range(40)]
    assert all(sooner < later for sooner, later in pairwise(times))
