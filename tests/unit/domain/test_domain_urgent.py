"""When the owner is told at once, and in which words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.telling import Target
from frontdesk.domain.urgent import SHOWN, Pressing, Quiet, Urgent, alert_of, quiet_until, wanted_by
from frontdesk.kit.clock import SECOND, to_datetime

ZONE = "Europe/Lisbon"
NIGHT = Quiet("22:00", "07:00")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-20T23:30", "2026-03-21T07:00"),
        ("2026-03-21T06:59", "2026-03-21T07:00"),
        ("2026-03-21T22:00", "2026-03-22T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # the clocks go forward in that night
        ("2026-03-21T07:00", None),
        ("2026-03-21T21:59", None),
    ],
)
def test_it_is_quiet_between_the_two_times_also_over_midnight(now: str, until: str | None) -> None:
    found = quiet_until(at(now), ZONE, NIGHT)
    assert (None if found is None else f"{to_datetime(found, ZONE):%Y-%m-%dT%H:%M}") == until


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until(at("2026-03-20T23:30"), ZONE, None) is None


def test_a_target_may_have_a_threshold_of_its_own() -> None:
    assert wanted_by(Target("json://a", threshold=3), Urgent()) == 3
    assert wanted_by(Target("json://a"), Urgent(threshold=4)) == 4


def pressing(name: str, level: int = 5, minute: int = 0) -> Pressing:
    return Pressing(
        name, f"It is {name}", "Says that it is urgent", level, at("2026-03-20T14:00") + minute * 60_000, "cht_1"
    )


def test_one_message_is_told_with_who_when_why_what_and_where() -> None:
    alert = alert_of([pressing("Ana")], zone=ZONE, public_url="https://desk.example.com/")
    assert alert.title == "Ana: Says that it is urgent"
    assert alert.text == "14:00: “It is Ana”\nhttps://desk.example.com/chats/cht_1"


def test_several_are_one_word_with_what_matters_most_first_and_the_rest_counted() -> None:
    alert = alert_of(
        [pressing(f"P{n}", 4, n) for n in range(SHOWN + 2)] + [pressing("Ana", 5, 30)], zone=ZONE, public_url=None
    )
    assert alert.title == f"{SHOWN + 3} things need you"
    assert alert.text.startswith("Ana, 14:30 (Says that it is urgent): “It is Ana”\n\nP0, 14:00")
    assert alert.text.endswith("and 3 more")
