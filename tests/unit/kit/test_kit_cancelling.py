"""A cancellation that a library lost still ends whoever was cancelled."""

import asyncio

import pytest

from frontdesk.kit.cancelling import kept


async def _swallowing(begun: asyncio.Event) -> str:
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "went on"
    raise AssertionError


async def test_a_cancellation_that_is_lost_is_raised_afterwards() -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(kept(_swallowing(begun)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_not_cancelled_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert await kept(work()) == 7


async def test_a_cancellation_of_before_does_not_end_what_is_done_on_the_way_out() -> None:
    done: list[int] = []

    async def way_out() -> int:
        return 1

    async def ends() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append(await kept(way_out()))

    task = asyncio.create_task(ends())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert done == [1]
