"""Real processes for lines that are killed and stopped: a line never runs twice, and goes on elsewhere."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Outbound
from frontdesk.kit.clock import SystemClock
from frontdesk.store import leases
from frontdesk.testing.clock import until
from frontdesk.testing.lines import Around, WebProcess, web_process

# A bridge that does not care whether anybody still speaks with it. It says who runs it, and whether it was alone.
STUBBORN = """
import fcntl, json, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = open("lock", "a")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    open("twice", "a").write("%d\\n" % os.getpid())
open("pids", "a").write("%d\\n" % os.getpid())
print(json.dumps({"event": "ready", "data": {"phone": "351210000100"}}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("action", "").startswith("send"):
        open("sent", "a").write(json.dumps(asked) + "\\n")
        print(json.dumps({"id": asked["id"], "success": True, "data": {"id": "true_x_1"}}), flush=True)
while True:
    time.sleep(1)
"""


@dataclass
class Scene:
    """A line behind a stubborn bridge, and processes that may hold it."""

    around: Around
    web: WebProcess
    account_id: str
    folder: Path
    stack: AsyncExitStack

    async def process(self, name: str) -> asyncio.subprocess.Process:
        """One more process for lines."""
        around = self.around
        log = self.stack.enter_context((self.folder / f"{name}.log").open("ab"))
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "frontdesk.testing.lines_program",
            around.database,
            around.redis,
            str(around.folder),
            name,
            stderr=log,
        )
        self.stack.push_async_callback(_gone, child)
        await until(lambda: self._takes_lines(name))
        return child

    async def _takes_lines(self, name: str) -> bool:
        async with self.web.store.read() as read:
            return await leases.owner_of(read, f"lines:{name}") is not None

    def pids(self) -> list[int]:
        """Of the bridge, run by run."""
        return [int(line) for line in self._lines("pids")]

    def sent(self) -> list[str]:
        """What was handed to the bridge."""
        return self._lines("sent")

    def twice(self) -> list[str]:
        """Runs that were not alone."""
        return self._lines("twice")

    def _lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    async def send(self, text: str) -> str | None:
        """Send by the way of web and worker processes."""
        outbound = Outbound("msg_1", (parse("447700900123"),), "text", text=text)
        line = self.web.of(self.account_id).line
        return (await self.web.channel.send(line, outbound)).external_id  # type: ignore[no-any-return]


async def _gone(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _says(scene: Scene, name: str, *words: str) -> bool:
    """Whether the process has written one of these into its log."""
    told = (scene.folder / f"{name}.log").read_text(errors="replace")
    return any(one in told for one in words)


@asynccontextmanager
async def _scene(postgres_url: str, redis_url: str, folder: Path) -> AsyncIterator[Scene]:
    around = Around(postgres_url, redis_url, folder)
    near = BridgeChannel(SystemClock(), folder=folder / "lines" / "bridge")
    place = folder / "stubborn"
    place.mkdir()
    (place / "bridge.py").write_text(STUBBORN)
    async with web_process(around, near) as web, AsyncExitStack() as stack:
        command = shlex.join([sys.executable, "bridge.py"])
        options = {"command": command, "folder": str(place)}
        account_id = await web.desk.accounts.add("bridge", name="Bridge", options=options)
        yield Scene(around, web, account_id, place, stack)


@pytest.fixture
async def scene(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with _scene(postgres_url, redis_url, tmp_path) as scene:
        yield scene
    try:
        await until(lambda: not any(_runs(pid) for pid in scene.pids()))
    finally:
        for pid in filter(_runs, scene.pids()):
            os.kill(pid, signal.SIGKILL)
    assert scene.twice() == []


async def _up(scene: Scene) -> None:
    await scene.web.desk.accounts.connect(scene.account_id)
    await scene.web.becomes(scene.account_id, State.CONNECTED)


async def test_a_line_of_a_process_that_is_killed_goes_on_in_another_and_never_runs_twice(scene: Scene) -> None:
    first = await scene.process("prc_first")
    await _up(scene)
    assert await scene.send("One") == "true_x_1"
    await scene.process("prc_second")
    first.kill()
    await first.wait()
    await until(lambda: len(scene.pids()) == 2)
    assert not _runs(scene.pids()[0])
    await scene.web.becomes(scene.account_id, State.CONNECTED)
    assert await scene.send("Two") == "true_x_1"
    assert len(scene.sent()) == 2


async def test_a_line_of_a_process_that_stands_still_ends_there_before_it_goes_on_elsewhere(scene: Scene) -> None:
    first = await scene.process("prc_first")
    await _up(scene)
    await scene.process("prc_second")
    first.send_signal(signal.SIGSTOP)
    await until(lambda: not _runs(scene.pids()[0]))  # ended by the process beside the one that stands still
    await until(lambda: len(scene.pids()) == 2)
    first.send_signal(signal.SIGCONT)
    await until(lambda: _says(scene, "prc_first", "was lost", "are let go of"))
    await scene.web.becomes(scene.account_id, State.CONNECTED)
    assert await scene.send("After") == "true_x_1"
    assert len(scene.pids()) == 2
    assert _runs(scene.pids()[1])


async def test_a_process_that_stood_still_alone_brings_its_line_up_again(scene: Scene) -> None:
    only = await scene.process("prc_only")
    await _up(scene)
    only.send_signal(signal.SIGSTOP)
    await until(lambda: not _runs(scene.pids()[0]))
    only.send_signal(signal.SIGCONT)
    await until(lambda: len(scene.pids()) >= 2 and _runs(scene.pids()[-1]))
    await scene.web.becomes(scene.account_id, State.CONNECTED)


async def test_a_process_that_ends_in_order_gives_its_lines_away_at_once(scene: Scene) -> None:
    first = await scene.process("prc_first")
    await _up(scene)
    await scene.process("prc_second")
    first.terminate()
    assert await first.wait() == 0
    await until(lambda: len(scene.pids()) == 2)
    await scene.web.becomes(scene.account_id, State.CONNECTED)


async def test_programs_end_when_the_process_that_ends_them_is_killed_first(scene: Scene) -> None:
    first = await scene.process("prc_first")
    await _up(scene)
    beside = [one for one in psutil.Process(first.pid).children() if "fence_program.py" in " ".join(one.cmdline())]
    os.kill(beside[0].pid, signal.SIGKILL)

    def another() -> bool:
        found = [one for one in psutil.Process(first.pid).children() if one.status() != psutil.STATUS_ZOMBIE]
        return any("fence_program.py" in " ".join(one.cmdline()) and one.pid != beside[0].pid for one in found)

    await until(another)
    first.kill()
    await first.wait()
    await until(lambda: not _runs(scene.pids()[0]))
