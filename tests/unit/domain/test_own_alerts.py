"""From which importance on an operator is told in the browser, and when not."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.own_alerts import NEVER_QUIET, NOTHING, OwnAlerts, is_told, problem, told_from
from frontdesk.domain.urgent import Quiet, Urgent
from frontdesk.kit.clock import SECOND

ZONE = "Europe/Lisbon"
HOUSE = Urgent(threshold=4, quiet=Quiet("22:00", "07:00"), through=5)


def at(hour: int) -> int:
    return int(datetime(2026, 3, 20, hour, tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("own", "level", "hour", "told"),
    [
        (OwnAlerts(), 4, 12, True),
        (OwnAlerts(), 3, 12, False),
        (OwnAlerts(), 4, 23, False),
        (OwnAlerts(), 5, 23, True),
        (OwnAlerts(threshold=2), 2, 12, True),
        (OwnAlerts(threshold=5), 4, 12, False),
        (OwnAlerts(threshold=NOTHING), 5, 12, False),
        (OwnAlerts(quiet=NEVER_QUIET), 4, 23, True),
        (OwnAlerts(quiet="11:00-13:00"), 4, 12, False),
        (OwnAlerts(quiet="11:00-13:00"), 4, 23, True),
        (OwnAlerts(threshold=1, quiet="11:00-13:00"), 5, 12, True),
    ],
)
def test_what_an_operator_has_set_holds_and_else_the_house(
    own: OwnAlerts, level: int, hour: int, *, told: bool
) -> None:
    assert is_told(level, at(hour), own, HOUSE, zone=ZONE) is told


def test_where_nothing_was_set_the_threshold_is_that_of_the_house() -> None:
    assert [told_from(OwnAlerts(one), HOUSE) for one in (None, 2, NOTHING)] == [4, 2, NOTHING]


@pytest.mark.parametrize("quiet", ["22-7", "22:00", "22:00-22:00", "24:00-07:00", "at night"])
def test_quiet_hours_that_are_none_are_refused_with_what_to_write(quiet: str) -> None:
    assert "22:00-07:00" in (problem(OwnAlerts(quiet=quiet)) or "")


@pytest.mark.parametrize("threshold", [0, 7])
def test_an_importance_that_is_none_is_refused(threshold: int) -> None:
    assert "1 to 5" in (problem(OwnAlerts(threshold)) or "")
    assert problem(OwnAlerts(NOTHING, "22:00-07:00")) is None
