"""Free times follow the wall clock of the resource, through every change of the clocks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.appointments import (
    Opening,
    Resource,
    Service,
    SpecialDay,
    Taken,
    cells,
    due_reminders,
    kept,
    openings_problem,
    service_problem,
)
from frontdesk.domain.slots import is_open, moments, open_spans, slots
from frontdesk.kit.clock import DAY, HOUR, MINUTE

ALWAYS = tuple(Opening(weekday, 0, 1440) for weekday in range(7))
LISBON, YORK, PAULO = "Europe/Lisbon", "America/New_York", "America/Sao_Paulo"


def at(zone: str, *when: int, fold: int = 0) -> int:
    year, month, day, hour, minute = when
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).timestamp()) * 1_000


def service(minutes: int = 60, **more: object) -> Service:
    given: dict[str, object] = {"step": 30, "notice": 0, "ahead_days": 700, **more}
    return Service("svc", "Cleaning", minutes, **given)  # type: ignore[arg-type]


def resource(zone: str = LISBON, *openings: Opening, **more: object) -> Resource:
    return Resource("res", "Dr Silva", zone, openings=openings or ALWAYS, **more)  # type: ignore[arg-type]


def starts(
    made: Service, who: Resource, day: date, *, taken: Sequence[Taken] = (), now: int = 0, last: date | None = None
) -> list[str]:
    """The free times of a day by the wall clock, with the offset where it matters."""
    now = now or at(who.zone, day.year, day.month, day.day, 0, 0) - DAY
    found = slots(made, who, first=day, last=last or day, taken=taken, now=now)
    zone = ZoneInfo(who.zone)
    return [f"{datetime.fromtimestamp(slot.start / 1_000, UTC).astimezone(zone):%H:%M%z}" for slot in found]


def clocks(found: list[str]) -> list[str]:
    return [each[:5] for each in found]


TUESDAY = date(2026, 11, 24)


def test_times_lie_on_the_grid_from_the_opening_on_and_end_before_the_closing() -> None:
    who = resource(LISBON, Opening(1, 9 * 60, 11 * 60))
    assert clocks(starts(service(60), who, TUESDAY)) == ["09:00", "09:30", "10:00"]


def test_a_day_without_hours_offers_nothing() -> None:
    assert starts(service(), resource(LISBON, Opening(2, 540, 660)), TUESDAY) == []


def test_what_is_taken_with_its_buffers_is_not_offered() -> None:
    who, wanted = resource(LISBON, Opening(1, 540, 780)), service(30, before=15, after=15)
    begins, ends = kept(wanted, at(LISBON, 2026, 11, 24, 10, 30))
    free = clocks(starts(wanted, who, TUESDAY, taken=[Taken("res", 0, begins, ends)]))
    assert free == ["09:00", "09:30", "11:30", "12:00", "12:30"]


def test_what_ends_when_the_next_begins_is_offered() -> None:
    who, wanted = resource(LISBON, Opening(1, 540, 720)), service(60)
    taken = [Taken("res", 0, at(LISBON, 2026, 11, 24, 10, 0), at(LISBON, 2026, 11, 24, 11, 0))]
    assert clocks(starts(wanted, who, TUESDAY, taken=taken)) == ["09:00", "11:00"]


def test_with_two_seats_a_time_is_offered_until_both_are_taken() -> None:
    who, hour = resource(LISBON, Opening(1, 540, 600), seats=2), at(LISBON, 2026, 11, 24, 9, 0)
    first, second = (Taken("res", seat, hour, hour + HOUR) for seat in (0, 1))
    assert clocks(starts(service(60), who, TUESDAY, taken=[first])) == ["09:00"]
    assert starts(service(60), who, TUESDAY, taken=[first, second]) == []


def test_what_is_sooner_than_the_notice_or_later_than_the_horizon_is_not_offered() -> None:
    who = resource(LISBON, *(Opening(weekday, 540, 600) for weekday in range(7)))
    wanted = service(60, notice=120, ahead_days=3)
    now = at(LISBON, 2026, 11, 24, 7, 30)
    found = starts(wanted, who, TUESDAY, now=now, last=date(2026, 12, 10))
    assert clocks(found) == ["09:00"] * 3  # the 25th to the 27th


def test_a_closed_day_a_closed_part_and_extra_hours_change_the_week() -> None:
    openings = (Opening(1, 540, 780),)
    closed = SpecialDay("d", TUESDAY, open=False)
    lunch = SpecialDay("d", TUESDAY, open=False, opens=600, closes=720)
    extra = SpecialDay("d", TUESDAY, open=True, opens=1200, closes=1260)
    assert starts(service(60), resource(LISBON, *openings, special=(closed,)), TUESDAY) == []
    assert clocks(starts(service(60), resource(LISBON, *openings, special=(lunch,)), TUESDAY)) == ["09:00", "12:00"]
    assert clocks(starts(service(60), resource(LISBON, *openings, special=(closed, extra)), TUESDAY)) == ["20:00"]


@pytest.mark.parametrize(
    ("zone", "day", "gap"),
    [
        (LISBON, date(2026, 3, 29), "01:"),
        (YORK, date(2026, 3, 8), "02:"),
        ("Australia/Lord_Howe", date(2026, 10, 4), ""),
    ],
)
def test_the_hour_that_does_not_exist_offers_nothing(zone: str, day: date, gap: str) -> None:
    found = starts(service(30), resource(zone), day)
    assert len(found) == (46 if gap else 47)
    assert len(set(found)) == len(found)
    if gap:
        assert not [each for each in found if each.startswith(gap)]


@pytest.mark.parametrize(
    ("zone", "day", "twice"), [(LISBON, date(2026, 10, 25), "01:"), (YORK, date(2026, 11, 1), "01:")]
)
def test_an_hour_that_comes_twice_offers_each_moment_once(zone: str, day: date, twice: str) -> None:
    found = starts(service(30), resource(zone), day)
    assert len(found) == len(set(found)) == 50
    assert len([each for each in found if each.startswith(twice)]) == 4


def test_a_zone_without_summer_time_has_48_half_hours_on_every_day() -> None:
    for day in (date(2026, 2, 15), date(2026, 3, 29), date(2026, 10, 18), date(2026, 11, 1)):
        assert len(starts(service(30), resource(PAULO), day)) == 48


def test_a_midnight_that_does_not_exist_begins_the_day_an_hour_later() -> None:
    found = starts(service(30), resource("Africa/Cairo"), date(2026, 4, 24))
    assert (found[0][:5], len(found)) == ("01:00", 46)


def test_hours_keep_to_the_wall_clock_on_both_sides_of_a_change() -> None:
    who = resource(LISBON, *(Opening(weekday, 540, 600) for weekday in range(7)))
    found = starts(service(60), who, date(2026, 10, 24), last=date(2026, 10, 26))
    assert found == ["09:00+0100", "09:00+0000", "09:00+0000"]


def test_hours_over_the_change_are_as_long_as_they_really_are() -> None:
    who = resource(YORK, Opening(6, 0, 180))
    (spring,) = open_spans(who, date(2026, 3, 8))
    (autumn,) = open_spans(who, date(2026, 11, 1))
    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (2 * HOUR, 4 * HOUR)


def test_hours_within_the_repeated_hour_are_two_spans() -> None:
    who = resource(YORK, Opening(6, 75, 105))
    assert [ends - begins for begins, ends in open_spans(who, date(2026, 11, 1))] == [30 * MINUTE, 30 * MINUTE]


def test_a_minute_of_the_wall_clock_comes_never_once_or_twice() -> None:
    assert moments(date(2026, 3, 29), 90, LISBON) == ()
    assert len(moments(date(2026, 3, 30), 90, LISBON)) == 1
    once, again = moments(date(2026, 10, 25), 90, LISBON)
    assert again - once == HOUR


def test_every_time_that_is_offered_is_open() -> None:
    for zone, day in ((LISBON, date(2026, 3, 29)), (YORK, date(2026, 11, 1)), (PAULO, TUESDAY)):
        who, wanted = resource(zone, *(Opening(weekday, 0, 300) for weekday in range(7))), service(45)
        found = list(slots(wanted, who, first=day, last=day, taken=(), now=0))
        assert not found  # beyond the horizon
        near = at(zone, day.year, day.month, day.day, 0, 0) - HOUR
        found = list(slots(wanted, who, first=day, last=day, taken=(), now=near))
        assert found
        assert all(is_open(wanted, who, slot.start) for slot in found)


def test_cells_cover_the_whole_time() -> None:
    assert len(cells(0, HOUR)) == 12
    assert set(cells(0, HOUR)).isdisjoint(cells(HOUR, 2 * HOUR))


# Reminders


def test_a_reminder_is_due_from_its_moment_until_the_start() -> None:
    reminded, start = service(reminders=(1440, 120)), 10 * DAY
    assert due_reminders(reminded, start, 0, start - DAY - 1) == ()
    assert due_reminders(reminded, start, 0, start - DAY) == (1440,)
    assert due_reminders(reminded, start, 0, start - HOUR) == (120,)
    assert due_reminders(reminded, start, 0, start) == ()


def test_no_reminder_is_due_that_would_have_been_before_the_booking() -> None:
    assert due_reminders(service(reminders=(1440,)), 10 * DAY, 10 * DAY - HOUR, 10 * DAY - MINUTE) == ()


# What cannot be


@pytest.mark.parametrize(
    "wrong",
    [
        service(7),
        service(0),
        service(1440, after=5),
        service(step=0),
        service(before=-5),
        service(ahead_days=0),
        service(notice=-1),
        service(reminders=(1,)),
        service(reminders=(5, 10, 15, 20, 25, 30)),
        Service("s", " ", 30),
    ],
)
def test_a_service_that_cannot_be_is_told_why(wrong: Service) -> None:
    assert service_problem(wrong)


def test_a_service_as_people_have_it_is_fine() -> None:
    assert service_problem(service(30, before=5, after=10, reminders=(1440, 120))) is None


@pytest.mark.parametrize(
    "wrong",
    [
        (Opening(7, 0, 60),),
        (Opening(0, 60, 60),),
        (Opening(0, 540, 1445),),
        (Opening(0, 541, 600),),
        (Opening(0, 540, 660), Opening(0, 600, 720)),
    ],
)
def test_hours_that_cannot_be_are_told_why(wrong: tuple[Opening, ...]) -> None:
    assert openings_problem(wrong)


def test_hours_of_two_parts_are_fine() -> None:
    assert openings_problem((Opening(0, 540, 780), Opening(0, 840, 1080), Opening(1, 540, 780))) is None
