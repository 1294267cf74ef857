"""Workers as real programs: one that is killed loses nothing, one that is asked to end does so in order."""

import asyncio
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from frontdesk.domain.live import LiveType
from frontdesk.domain.work import RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import SystemClock
from frontdesk.store import jobs, processes
from frontdesk.store.store import Store
from frontdesk.testing.clock import until
from frontdesk.testing.stores import Told

PROGRAM = Path(__file__).with_name("worker_program.py")
Begin = Callable[[], Awaitable[Process]]


class Scene:
    """A database, a broker, and workers of which each writes to the same file."""

    def __init__(self, url: str, broker: str, file: Path) -> None:
        self.store = Store(url)
        self.file = file
        self._command = (sys.executable, PROGRAM, url, broker, file)
        self.workers: list[Process] = []

    async def begin(self) -> Process:
        worker = await asyncio.create_subprocess_exec(*self._command, stdout=PIPE, stderr=PIPE)
        self.workers.append(worker)
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"
        return worker

    async def add(self, *chats: str) -> None:
        async with self.store.begin(shared=True) as tx:
            await queue.enqueue_all(tx, [RunTurn(chat) for chat in chats], now=SystemClock().now())

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def go(self) -> None:
        Path(f"{self.file}.go").touch()

    async def empty(self) -> bool:
        async with self.store.read() as read:
            return await jobs.counts(read, now=0) == {}

    async def running(self) -> int:
        async with self.store.read() as read:
            return len(await processes.running(read))


@pytest.fixture
async def scene(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    scene = Scene(postgres_url, redis_url, tmp_path / "turns")
    yield scene
    for worker in scene.workers:
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()
    await scene.store.close()


async def test_a_worker_is_called_after_its_process_and_its_machine(scene: Scene) -> None:
    worker = await scene.begin()
    worker.send_signal(signal.SIGTERM)
    said = b"".join(await worker.communicate()).decode()
    assert f"worker-{worker.pid}@{socket.gethostname()} ready" in said


async def test_the_turns_of_a_killed_worker_are_resumed_by_another_within_15_seconds(scene: Scene) -> None:
    victim = await scene.begin()
    await scene.add("a", "b", "c")
    await until(lambda: len(scene.lines()) == 3)
    await scene.begin()
    victim.kill()
    killed = time.monotonic()
    await until(lambda: len(scene.lines()) == 6)
    assert time.monotonic() - killed < 15
    assert sorted(scene.lines()[3:]) == ["begun a", "begun b", "begun c"]
    scene.go()
    await until(scene.empty)
    assert sorted(scene.lines()[6:]) == ["done a", "done b", "done c"]
    assert await scene.running() == 1


async def test_two_workers_share_the_work_and_none_is_done_twice(scene: Scene) -> None:
    await asyncio.gather(scene.begin(), scene.begin())
    scene.go()
    for tens in range(10):
        await scene.add(*(f"{tens}{ones}" for ones in range(10)))
    await until(scene.empty)
    assert sorted(scene.lines()) == sorted(f"{what} {n:02}" for n in range(100) for what in ("begun", "done"))


async def test_a_worker_that_is_asked_to_end_puts_back_what_does_not_finish(scene: Scene) -> None:
    worker = await scene.begin()
    await scene.add("a")
    await until(lambda: scene.lines() == ["begun a"])
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    _, said = await worker.communicate()
    assert worker.returncode == 0, said.decode()
    assert time.monotonic() - asked < 20
    async with scene.store.read() as read:
        assert await jobs.running(read) == []
        assert await jobs.keys_of(read, "turn") == {"turn:a"}
    assert await scene.running() == 0


async def test_a_second_signal_ends_a_worker_at_once(scene: Scene) -> None:
    worker = await scene.begin()
    await scene.add("a")
    await until(lambda: scene.lines() == ["begun a"])
    worker.send_signal(signal.SIGTERM)
    while worker.returncode is None:
        await asyncio.sleep(0.05)
        try:
            worker.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            break
    assert await worker.wait() == 1


async def test_a_dead_process_is_noticed_and_everybody_is_told_to_look_anew(scene: Scene) -> None:
    victim = await scene.begin()
    scene.store.after_commit = told = Told()
    signs = Signs(scene.store, SystemClock(), Role("web", "1.0", looks=True))
    await signs.start()
    victim.kill()
    await until(lambda: [event.type for event in told.events] == [LiveType.RELOAD])
    assert await scene.running() == 1
    await signs.close()
