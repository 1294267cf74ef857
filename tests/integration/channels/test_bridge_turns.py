"""A line is taken down and brought up at the same time: its bridge never runs twice, and keeps what it needs."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from bridge_line import BridgeLine

from frontdesk.channels.bridge.child import Child
from frontdesk.domain.accounts import State
from frontdesk.testing.clock import until

# Says in a file when another one of its kind runs, and ends only once it may.
_SLOW = """
import json, os, sys, time
from pathlib import Path
mine = Path("runs-%d" % os.getpid())
mine.touch()
if len(list(Path().glob("runs-*"))) > 1: Path("twice").touch()
print(json.dumps({"event": "ready"}), flush=True)
for line in sys.stdin: print(json.dumps({"id": json.loads(line)["id"], "success": True}), flush=True)
Path("ending").touch()
while not Path("may_end").exists(): time.sleep(0.01)
mine.unlink()
"""
HELD = 30  # turns of the loop in which what is wrong would have begun


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BridgeLine]:
    monkeypatch.setattr(Child.stop, "__defaults__", (600.0,))  # however slow this machine is
    place = tmp_path / "bridge"
    place.mkdir()
    line = BridgeLine(tmp_path, command=shlex.join([sys.executable, "-c", _SLOW]), folder=str(place))
    yield line
    (place / "may_end").touch()
    await line.channel.close()


async def _at_its_end(line: BridgeLine, ends: asyncio.Task[Any]) -> None:
    """Its process has been told to end and has not yet, and whatever else was asked for has had its time."""
    await until((Path(line.line.options.folder) / "ending").exists)
    for _ in range(HELD):
        await asyncio.sleep(0)
    assert not ends.done()


async def test_connect_waits_until_the_process_before_has_ended(line: BridgeLine, tmp_path: Path) -> None:
    place = tmp_path / "bridge"
    await line.connect()
    ends = asyncio.create_task(line.channel.disconnect(line.line))
    await _at_its_end(line, ends)
    line.states.clear()
    begins = asyncio.create_task(line.channel.connect(line.line, line.emit))
    await _at_its_end(line, ends)
    assert not begins.done()
    (place / "may_end").touch()
    await asyncio.gather(ends, begins)
    await line.stands(State.CONNECTED)
    assert not (place / "twice").exists()


async def test_connect_keeps_its_folder_while_the_line_is_logged_out(line: BridgeLine, tmp_path: Path) -> None:
    await line.connect()
    ends = asyncio.create_task(line.channel.log_out(line.line, line.emit))
    begins = asyncio.create_task(_connect_at_its_end(line, ends))
    await begins
    await ends
    await line.stands(State.CONNECTED)
    assert (line.folder / "acc_1" / "diary.log").exists()
    assert not (tmp_path / "bridge" / "twice").exists()


async def _connect_at_its_end(line: BridgeLine, ends: asyncio.Task[Any]) -> None:
    await _at_its_end(line, ends)
    line.states.clear()
    (Path(line.line.options.folder) / "may_end").touch()
    await line.channel.connect(line.line, line.emit)


async def test_two_who_connect_with_other_options_leave_one_process(line: BridgeLine, tmp_path: Path) -> None:
    await line.connect()
    (tmp_path / "bridge" / "may_end").touch()
    other = BridgeLine(tmp_path, **{**line.line.options.model_dump(), "label": "other"})
    both = [line.channel.connect(other.line, line.emit) for _ in range(2)]
    line.states.clear()
    await asyncio.gather(*both)
    await line.stands(State.CONNECTED)
    await line.channel.disconnect(line.line)
    children = [child.as_dict(["cwd"])["cwd"] for child in psutil.Process().children()]
    assert str(tmp_path / "bridge") not in children, "a process is left that nobody knows of"
