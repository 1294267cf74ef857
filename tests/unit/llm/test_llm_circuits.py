"""A vendor is left alone for a while, and not for longer because a clock was wrong."""

import pytest

from frontdesk.kit.clock import HOUR, SECOND
from frontdesk.kit.errors import Retryable
from frontdesk.llm.circuits import COOL_DOWN, FAILURES, Circuit
from frontdesk.llm.errors import Asked
from frontdesk.testing.clock import FrozenClock

ASKED = Asked(title="OpenAI", model="m", base_url="", key_setting="", url_setting="", seconds=30)


def _failing(clock: FrozenClock) -> Circuit:
    circuit = Circuit(clock)
    for _ in range(FAILURES):
        circuit.note(Retryable("It has a fault of its own.", code="server"))
    return circuit


def test_a_vendor_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    clock = FrozenClock()
    circuit = _failing(clock)
    with pytest.raises(Retryable):
        circuit.check(ASKED)
    clock.advance(COOL_DOWN)
    circuit.check(ASKED)


def test_a_clock_that_is_set_back_leaves_no_vendor_alone_for_hours() -> None:
    clock = FrozenClock()
    clock.advance(HOUR)
    circuit = _failing(clock)
    clock.advance(-HOUR)
    circuit.check(ASKED)
    circuit.note(Retryable("It asks to wait.", after=5 * SECOND))
    with pytest.raises(Retryable) as left:
        circuit.check(ASKED)
    assert left.value.after == 5 * SECOND
