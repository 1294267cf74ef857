"""Lines that can be deaf are asked every five minutes whether they hear; nothing else is asked, and none waits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest

from frontdesk.desk.watching import EVERY, Watching
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Line, LineState
from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line


class Deaf(FakeChannel):
    """A channel whose lines are looked after."""

    name: ClassVar[str] = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.checked: list[str] = []
        self.fails = False
        self.slow: asyncio.Event | None = None

    async def check(self, line: Line) -> None:
        """Note that it was asked."""
        self.checked.append(line.account_id)
        if self.slow is not None:
            await self.slow.wait()
        if self.fails:
            raise ValueError("boom")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=Deaf()) as line:
        yield line


def _deaf(line: FakeLine) -> Deaf:
    assert isinstance(line.channel, Deaf)
    return line.channel


async def test_every_five_minutes_a_line_is_asked_whether_it_hears(line: FakeLine) -> None:
    watch = asyncio.create_task(Watching(line.clock, line.desk.accounts).watch())
    await asyncio.sleep(0)
    line.clock.advance(EVERY - SECOND)
    await asyncio.sleep(0)
    assert _deaf(line).checked == []

    def asked_again() -> bool:
        line.clock.advance(EVERY)  # again and again: the watch sleeps on the clock only once it has looked
        return len(_deaf(line).checked) >= 3

    await until(asked_again)
    assert set(_deaf(line).checked) == {line.account_id}
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def test_a_line_that_is_down_is_not_asked(line: FakeLine) -> None:
    await line.desk.accounts.disconnect(line.account_id)
    await Watching(line.clock, line.desk.accounts).look()
    assert _deaf(line).checked == []


async def test_a_line_that_is_being_brought_up_is_asked_too(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTING))
    await Watching(line.clock, line.desk.accounts).look()
    assert _deaf(line).checked == [line.account_id]


async def test_a_look_that_fails_stops_no_other_look(line: FakeLine) -> None:
    other = await line.desk.accounts.add("fake", name="Other", options={"number": "999"})
    await line.desk.accounts.report(other, LineState(State.CONNECTING))
    _deaf(line).fails = True
    watching = Watching(line.clock, line.desk.accounts)
    await watching.look()
    await watching.look()
    assert sorted(_deaf(line).checked) == sorted([line.account_id, other] * 2)
