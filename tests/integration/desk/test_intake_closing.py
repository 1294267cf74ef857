"""When the house closes, nothing of what it began is left behind."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from frontdesk.desk.signs import AT_ONCE
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink


class _SlowToLetGo(FakeChannel):
    """Shows typing until it is told to stop, and takes its time then, as one who ends a request does."""

    def __init__(self) -> None:
        super().__init__()
        self.showing = 0
        self.showing_at_the_end: int | None = None

    async def mark_read(self, *given: Any, **more: Any) -> None:
        self.showing += 1
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5_000):
                await asyncio.sleep(0)
            self.showing -= 1

    async def disconnect(self, *given: Any) -> None:
        self.showing_at_the_end = self.showing
        await super().disconnect(*given)


async def test_no_typing_is_left_when_the_lines_go_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.app.house.GRACE", 0)
    channel, think = _SlowToLetGo(), FakeThink()
    think.gate = asyncio.Event()
    async with fake_line(tmp_path, channel=channel, think=think) as line:
        await line.arrive(line.message("Hi"))
        await until(lambda: think.under_way == 1)
        line.clock.advance(AT_ONCE)
        await until(lambda: channel.showing == 1)
    assert channel.showing_at_the_end == 0
    assert [task for task in asyncio.all_tasks() if "Signs" in repr(task)] == []
