"""A line's process is kept up: started again ever later, parked when that helps nothing, and left when told so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_programs import ENDS, GARBAGE, GOOD, program

from frontdesk.channels.bridge.child import Program
from frontdesk.channels.bridge.keeper import Duties, Keeper, Patience, Unready
from frontdesk.channels.bridge.protocol import Told
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.testing.clock import FrozenClock, until

THREE = Patience(base=2 * SECOND, cap=MINUTE, tries=3, parked=15 * MINUTE)


class Line:
    """A keeper with a program that a test chooses, and all that it told."""

    def __init__(self, folder: Path, clock: FrozenClock) -> None:
        self.folder = folder
        self.clock = clock
        self.source = GOOD
        self.unready: LineState | None = None
        self.told: list[Told] = []
        self.states: list[LineState] = []
        self.ends = 0
        self.begins = 0
        self.readying, self.ending = asyncio.Event(), asyncio.Event()  # cleared: that step takes its time
        self.readying.set()
        self.ending.set()
        duties = Duties(program=self._program, heard=self.told.append, tell=self.states.append, over=self._over)
        self.keeper = Keeper("acc_1", duties, clock, THREE)

    async def _program(self) -> Program:
        self.begins += 1
        await self.readying.wait()
        if self.unready is not None:
            raise Unready(self.unready)
        return program(self.source, self.folder)

    async def _over(self) -> None:
        await self.ending.wait()
        self.ends += 1

    async def heard(self, count: int) -> None:
        """Wait until so many runs have told that they are ready."""
        await until(lambda: sum(told.event == "ready" for told in self.told) >= count)

    async def said(self, count: int) -> str:
        """The reason of the newest state, once so many states were told."""
        await until(lambda: len(self.states) >= count)
        return self.states[-1].reason or ""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    line = Line(tmp_path, FrozenClock())
    yield line
    await line.keeper.down()


async def test_a_process_that_ends_is_started_again_ever_later(line: Line) -> None:
    line.source = ENDS
    line.keeper.up()
    why = await line.said(1)
    assert line.states[0].state is State.CONNECTING
    assert "ended unexpectedly (code 3)" in why
    assert "Next try in" in why
    line.clock.advance(SECOND)
    assert line.keeper.starts == 1
    line.clock.advance(2 * SECOND)  # the base with its jitter has passed
    await line.heard(2)
    assert await line.said(2)
    line.clock.advance(2 * SECOND)
    assert line.keeper.starts == 2
    line.clock.advance(4 * SECOND)
    await line.heard(3)


async def test_a_line_that_fails_again_and_again_is_parked_and_still_tried_now_and_then(line: Line) -> None:
    line.source = ENDS
    line.keeper.up()
    for count in (1, 2):
        await line.said(count)
        line.clock.advance(MINUTE)
    why = await line.said(3)
    assert line.states[-1].state is State.ACTION_REQUIRED
    assert "3 tries in a row failed. Press Connect to try now; otherwise the next try is in 15 minutes." in why
    line.source = GOOD
    line.clock.advance(15 * MINUTE)
    await line.heard(4)
    assert line.states[-1] == LineState(State.CONNECTING)


async def test_a_hand_on_connect_does_not_wait(line: Line) -> None:
    line.source = ENDS
    line.keeper.up()
    await line.said(1)
    line.source = GOOD
    line.keeper.up()
    await line.heard(2)
    assert line.keeper.running


async def test_a_line_that_stood_well_begins_with_short_waits_again(line: Line) -> None:
    line.source = ENDS
    line.keeper.up()
    await line.said(1)
    line.clock.advance(MINUTE)
    await line.said(2)
    line.source = GOOD
    line.clock.advance(MINUTE)
    await line.heard(3)
    line.keeper.stands()
    line.clock.advance(MINUTE)
    line.keeper.kill()
    why = await line.said(3)
    assert line.states[-1].state is State.CONNECTING, "one bad end after a good run parks nothing"
    assert any(f"Next try in {seconds} seconds" in why for seconds in (1, 2, 3))


async def test_an_end_for_good_starts_nothing_again(line: Line) -> None:
    line.keeper.up()
    await line.heard(1)
    line.keeper.ends_for_good(LineState(State.LOGGED_OUT, "Taken off on the phone."))
    assert await line.said(1) == "Taken off on the phone."
    line.clock.advance(60 * MINUTE)
    assert (line.keeper.starts, line.keeper.running) == (1, False)


async def test_after_an_end_for_good_a_hand_on_connect_starts_it(line: Line) -> None:
    line.keeper.up()
    await line.heard(1)
    line.keeper.ends_for_good(LineState(State.LOGGED_OUT))
    await line.said(1)
    line.keeper.up()
    await line.heard(2)


async def test_a_run_that_is_to_begin_anew_does_so_at_once(line: Line) -> None:
    line.keeper.up()
    await line.heard(1)
    line.keeper.again()
    await line.heard(2)
    assert line.states == [LineState(State.CONNECTING)]


async def test_a_line_that_is_not_ready_is_not_started(line: Line) -> None:
    line.unready = LineState(State.LOGGED_OUT, "The credentials are damaged.")
    line.keeper.up()
    assert await line.said(1) == "The credentials are damaged."
    assert line.keeper.starts == 0


async def test_taken_down_its_process_ends_in_order_and_stays_ended(line: Line) -> None:
    line.keeper.up()
    await line.heard(1)
    await line.keeper.down()
    assert [told.event for told in line.told] == ["ready", "bye"]
    assert line.ends == 1
    line.clock.advance(60 * MINUTE)
    assert (line.keeper.starts, line.states) == (1, [])


async def test_taken_down_at_its_end_it_is_down_only_once_the_end_is_through(line: Line) -> None:
    line.keeper.up()
    await line.heard(1)
    line.ending.clear()
    line.keeper.kill()
    await until(lambda: not line.keeper.running)
    going = asyncio.create_task(line.keeper.down())
    await asyncio.sleep(0.05)
    assert not going.done()
    line.ending.set()
    await going
    assert line.ends == 1


async def test_taken_down_at_its_beginning_what_was_made_ready_is_given_back(line: Line) -> None:
    line.readying.clear()
    line.keeper.up()
    await until(lambda: line.begins == 1)
    going = asyncio.create_task(line.keeper.down())
    await asyncio.sleep(0.05)
    assert not going.done()
    line.readying.set()
    await going
    assert (line.ends, line.keeper.starts) == (1, 0)


async def test_garbage_ends_a_run_and_the_line_says_so(line: Line) -> None:
    line.source = GARBAGE
    line.keeper.up()
    assert "spoke what cannot be understood" in await line.said(1)


async def test_restarts_and_memory_of_a_line_are_told(line: Line) -> None:
    assert (line.keeper.vitals().restarts, line.keeper.vitals().memory) == (0, None)
    line.keeper.up()
    await line.heard(1)
    assert (line.keeper.vitals().memory or 0) > 1_000_000
    line.keeper.again()
    await line.heard(2)
    assert line.keeper.vitals().restarts == 1


@pytest.mark.parametrize("turns", range(6))
async def test_taken_down_at_the_very_moment_of_its_next_try_it_stays_down(line: Line, turns: int) -> None:
    line.source = ENDS
    line.keeper.up()
    await line.said(1)
    line.source = GOOD
    line.keeper.up()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await line.keeper.down()
    assert not line.keeper.running
