"""Whole houses of real processes, with every kind of trouble while people write. `make chaos` does it for longer."""

import pytest

from frontdesk.testing.chaos.ordeal import Order, run
from frontdesk.testing.chaos.plan import Shape
from frontdesk.testing.server_fixtures import may_not_be_missing
from frontdesk.testing.servers import Missing, binary

ORDERS = (
    Order(Shape.EMBEDDED, 3, seconds=12),
    Order(Shape.EMBEDDED, 12, seconds=12),
    Order(Shape.SCALED, 2, seconds=18),
)


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_after_every_trouble_nothing_is_lost_and_nothing_is_answered_twice(order: Order) -> None:
    if order.shape is Shape.SCALED:
        _there("initdb", "redis-server")
    outcome = await run(order)
    assert not outcome.faults, outcome.told()
    assert outcome.counts["sent"] > 0


def _there(*programs: str) -> None:
    for program in programs:
        try:
            binary(program)
        except Missing as missing:
            if may_not_be_missing():
                pytest.fail(str(missing))
            pytest.skip(str(missing))
