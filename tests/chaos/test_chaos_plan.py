"""Which troubles are thrown follows from the seed alone."""

import pytest

from frontdesk.testing.chaos.plan import KINDS, Shape, Trouble, put_off, troubles


@pytest.mark.parametrize("shape", list(Shape))
def test_the_same_seed_throws_the_same_troubles_and_another_seed_others(shape: Shape) -> None:
    assert troubles(shape, 7) == troubles(shape, 7)
    assert troubles(shape, 7) != troubles(shape, 8)


@pytest.mark.parametrize("shape", list(Shape))
def test_a_round_throws_each_kind_of_trouble_within_its_time(shape: Shape) -> None:
    thrown = troubles(shape, 7, seconds=20)
    assert sorted(one.verb for one in thrown) == sorted(kind.verb for kind in KINDS[shape])
    assert all(0 <= one.at <= 20 for one in thrown)
    for kind in KINDS[shape]:
        fitting = [one for one in thrown if one.verb == kind.verb and one.target in kind.targets]
        assert any(kind.lasts[0] <= one.lasts <= kind.lasts[1] and one.value in kind.values for one in fitting)


@pytest.mark.parametrize(("values", "seconds"), [(("90", "-3600"), 90), (("3600",), 0), (("-90",), 0), ((), 0)])
def test_a_house_gets_longer_to_rest_by_what_a_clock_ahead_put_off_and_no_sweep_takes_up(
    values: tuple[str, ...], seconds: float
) -> None:
    clocks = [Trouble(1, "clock", "serve", 2, value) for value in values]
    assert put_off([Trouble(1, "kill", "serve", 0), *clocks]) == seconds
