"""Meta's limits of rate, kept before Meta has to refuse."""

import pytest

from frontdesk.channels.cloud.pace import PAIR_BURST, Grant, Pace, Tries
from frontdesk.kit.clock import HOUR, SECOND
from frontdesk.kit.errors import Retryable
from frontdesk.testing.clock import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def pace(clock: FrozenClock) -> Pace:
    return Pace(clock)


def take(pace: Pace, to: str = "a", *, number: str = "1", per_second: int = 1000) -> Grant:
    return pace.take(number=number, to=to, per_second=per_second)


def refused(pace: Pace, to: str = "a", *, number: str = "1", per_second: int = 1000) -> Retryable:
    with pytest.raises(Retryable) as caught:
        take(pace, to, number=number, per_second=per_second)
    return caught.value


def test_a_person_gets_45_at_once_and_then_one_every_6_seconds(pace: Pace, clock: FrozenClock) -> None:
    for _ in range(PAIR_BURST):
        take(pace)
    late = refused(pace)
    assert late.scope == "chat"
    assert late.after == pytest.approx(6 * SECOND, abs=2)
    clock.advance(late.after or 0)
    take(pace)
    assert refused(pace).scope == "chat"
    take(pace, "another person")
    take(pace, number="2")


def test_a_number_sends_what_it_may_in_a_second(pace: Pace, clock: FrozenClock) -> None:
    for n in range(80):
        take(pace, str(n), per_second=80)
    late = refused(pace, "next", per_second=80)
    assert late.scope == "account"
    assert late.after is not None
    assert 0 < late.after <= 20
    clock.advance(late.after)
    take(pace, "next", per_second=80)


def test_a_message_refused_for_the_number_costs_the_person_nothing(pace: Pace, clock: FrozenClock) -> None:
    take(pace, per_second=1)
    assert refused(pace, per_second=1).scope == "account"
    clock.advance(SECOND)
    for _ in range(PAIR_BURST - 1):
        take(pace, per_second=1)
        clock.advance(SECOND)


def test_leave_that_was_not_used_is_given_back(pace: Pace) -> None:
    for _ in range(100):
        pace.give_back(take(pace))


def test_refusals_of_a_pair_make_it_wait_four_times_longer_each(pace: Pace, clock: FrozenClock) -> None:
    waits = []
    for _ in range(7):
        grant = take(pace)
        waits.append(pace.refused(grant, "chat", after=None, growth=4))
        assert refused(pace).after == waits[-1]
        take(pace, "another person")
        clock.advance(waits[-1] or 0)
    assert waits == [1000, 4000, 16_000, 64_000, 256_000, 600_000, 600_000]


def test_a_taken_message_ends_the_growth(pace: Pace, clock: FrozenClock) -> None:
    grant = take(pace)
    pace.refused(grant, "chat", after=None, growth=4)
    clock.advance(1000)
    pace.accepted(take(pace))
    assert pace.refused(take(pace), "chat", after=None, growth=4) == 1000


def test_refusals_that_come_together_count_once(pace: Pace) -> None:
    first, second = take(pace), take(pace, "b")
    assert pace.refused(first, "account", after=None, growth=2) == 1000
    assert pace.refused(second, "account", after=None, growth=2) == 1000


def test_refusal_of_the_number_holds_everybody_back(pace: Pace, clock: FrozenClock) -> None:
    assert pace.refused(take(pace), "account", after=120_000, growth=None) == 120_000
    held = refused(pace, "b")
    assert (held.scope, held.after) == ("account", 120_000)
    clock.advance(120_000)
    take(pace, "b")


def test_refusal_of_one_message_holds_nobody_back(pace: Pace) -> None:
    assert pace.refused(take(pace), "message", after=None, growth=None) is None
    take(pace)


def test_quiet_people_are_forgotten(clock: FrozenClock) -> None:
    pace = Pace(clock, most_pairs=1000)
    for n in range(5000):
        take(pace, str(n))
        clock.advance(10)
    assert len(pace._pairs) <= 1000


def test_a_person_who_has_written_much_is_not_forgotten_early(clock: FrozenClock) -> None:
    pace = Pace(clock)
    for _ in range(PAIR_BURST):
        take(pace)
    for n in range(100):
        take(pace, f"other {n}")
    assert refused(pace).scope == "chat"


def test_clock_set_back_harms_nothing(pace: Pace, clock: FrozenClock) -> None:
    take(pace)
    clock.advance(-60_000)
    take(pace)


def test_tries_are_counted_per_message_and_bounded() -> None:
    tries = Tries()
    assert [tries.count("a"), tries.count("a"), tries.count("b")] == [1, 2, 1]
    tries.forget("a")
    assert tries.count("a") == 1
    for n in range(5000):
        tries.count(str(n))
    assert len(tries._counts) <= 2000


def test_processes_that_send_share_what_a_number_may_send(pace: Pace, clock: FrozenClock) -> None:
    pace.senders = 4
    for n in range(20):
        take(pace, str(n), per_second=80)
    assert refused(pace, "next", per_second=80).after == pytest.approx(50, abs=2)
    clock.advance(SECOND)
    for n in range(20):
        take(pace, str(n), per_second=80)
    assert refused(pace, "next", per_second=80).scope == "account"


def test_a_rate_below_the_number_of_processes_is_kept_too(pace: Pace, clock: FrozenClock) -> None:
    pace.senders = 4
    take(pace, per_second=1)
    assert refused(pace, per_second=1).after == pytest.approx(4 * SECOND, abs=2)


def test_another_share_leaves_a_number_shut_for_as_long_as_it_was_asked_to_be(pace: Pace, clock: FrozenClock) -> None:
    pace.refused(take(pace, per_second=80), "account", after=60 * SECOND, growth=None)
    pace.senders = 2
    assert refused(pace, per_second=80).after == 60 * SECOND
    clock.advance(60 * SECOND)
    for n in range(40):
        take(pace, str(n), per_second=80)
    assert refused(pace, "next", per_second=80).scope == "account"


def test_a_clock_that_is_set_back_keeps_no_number_silent_for_hours(clock: FrozenClock, pace: Pace) -> None:
    clock.advance(HOUR)
    pace.refused(take(pace), "account", after=15 * SECOND, growth=None)
    clock.advance(-HOUR)
    assert refused(pace).after == 15 * SECOND
    clock.advance(15 * SECOND)
    take(pace)
