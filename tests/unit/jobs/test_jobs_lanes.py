"""Lanes: a number of places, given to who came first."""

import asyncio
from contextlib import suppress

from frontdesk.domain.work import KINDS
from frontdesk.jobs.lanes import Lane, by_kind, urgent_first


async def waiting(lane: Lane, names: str, order: list[str]) -> list[asyncio.Task[None]]:
    async def wait(name: str) -> None:
        await lane.wait()
        order.append(name)

    tasks = [asyncio.create_task(wait(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_came_first_gets_the_next_place() -> None:
    lane, order = Lane(("turn",), 1), list[str]()
    lane.enter()
    tasks = await waiting(lane, "abc", order)
    for expected in ("a", "ab", "abc"):
        lane.leave()
        await turns()
        assert "".join(order) == expected
    assert lane.free == 0
    await asyncio.gather(*tasks)


async def test_nobody_takes_a_place_before_who_was_called_to_it() -> None:
    lane, order = Lane(("turn",), 1), list[str]()
    lane.enter()
    (task,) = await waiting(lane, "a", order)
    lane.leave()
    assert not lane.has_place()
    await turns()
    assert order == ["a"]
    await task


async def test_a_place_is_not_lost_with_who_was_called_and_left() -> None:
    lane, order = Lane(("turn",), 1), list[str]()
    lane.enter()
    first, second = await waiting(lane, "ab", order)
    lane.leave()
    first.cancel()  # it was called and has not heard it yet
    with suppress(asyncio.CancelledError):
        await first
    await turns()
    assert order == ["b"]
    assert lane.taken == 1
    await second


async def test_who_holds_a_claim_enters_a_full_lane_and_others_wait_for_both() -> None:
    lane, order = Lane(("turn",), 1), list[str]()
    lane.enter()
    lane.enter()
    (task,) = await waiting(lane, "a", order)
    lane.leave()
    await turns()
    assert order == []
    lane.leave()
    await turns()
    assert order == ["a"]
    await task


def test_every_kind_has_its_lane_and_the_most_urgent_goes_first() -> None:
    state, rest = Lane(("hand_back",), 1), Lane(tuple(kind for kind in KINDS if kind != "hand_back"), 1)
    assert set(by_kind((state, rest))) == set(KINDS)
    assert urgent_first(["read_up", "turn", "hand_back", "deliver"]) == ["hand_back", "deliver", "turn", "read_up"]
