"""The clock that tests move by hand."""

import asyncio

from frontdesk.testing.clock import FrozenClock, until


async def test_who_made_a_condition_true_waits_for_the_clock_before_it_is_moved() -> None:
    clock, told = FrozenClock(), list[str]()

    async def work() -> None:
        told.append("I come back later.")
        await asyncio.create_task(clock.sleep(10))

    working = asyncio.create_task(work())
    await asyncio.sleep(0)  # it was told within this very turn of the loop
    await until(lambda: bool(told))
    clock.advance(10)
    async with asyncio.timeout(10):
        await working


async def test_a_clock_that_is_set_back_keeps_nobody_asleep_for_longer() -> None:
    clock = FrozenClock()
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    clock.advance(-1_000)
    clock.advance(10)
    async with asyncio.timeout(10):
        await sleeping
