"""A clock that a server tells, and that a wrong clock of the machine does not mislead."""

import time

import pytest

from frontdesk.kit.clock import HOUR, SECOND, SharedClock


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The milliseconds of the steady clock, to be moved by the test."""
    moment = [5_000]
    monkeypatch.setattr(time, "monotonic_ns", lambda: moment[0] * 1_000_000)
    return moment


def _wall(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: at * 1_000_000)


def test_it_tells_the_servers_time_whatever_the_machine_says(
    steady: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _wall(monkeypatch, 10 * HOUR)
    clock = SharedClock()
    assert clock.now() == 10 * HOUR
    clock.read(9 * HOUR, asked=clock.steady())
    _wall(monkeypatch, 12 * HOUR)
    steady[0] += 3 * SECOND
    assert clock.now() == 9 * HOUR + 3 * SECOND


def test_an_answer_that_was_long_under_way_sets_nothing_wrong(steady: list[int]) -> None:
    clock = SharedClock()
    clock.read(9 * HOUR, asked=clock.steady())
    asked = clock.steady()
    steady[0] += 10 * SECOND
    clock.read(9 * HOUR + SECOND, asked=asked)
    assert clock.now() == 9 * HOUR + 10 * SECOND


def test_the_first_answer_is_taken_for_the_middle_of_its_way(steady: list[int]) -> None:
    clock = SharedClock()
    asked = clock.steady()
    steady[0] += 200
    clock.read(9 * HOUR, asked=asked)
    assert clock.now() == 9 * HOUR + 100


@pytest.mark.parametrize("by", [-2 * SECOND, 2 * SECOND])
def test_it_follows_a_server_whose_clock_is_set(steady: list[int], by: int) -> None:
    clock = SharedClock()
    clock.read(9 * HOUR, asked=clock.steady())
    clock.read(9 * HOUR + by, asked=clock.steady())
    assert clock.now() == 9 * HOUR + by
