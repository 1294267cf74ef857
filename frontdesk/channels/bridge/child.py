"""One run of a bridge's process: spoken with over its standard input and output, and ended for sure."""

import asyncio
import logging
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from frontdesk.channels.bridge import protocol
from frontdesk.channels.bridge.fence import Free, Leave
from frontdesk.channels.bridge.protocol import Answer, Garbage, Told
from frontdesk.kit import guard
from frontdesk.kit.errors import FrontdeskError

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
GARBAGE_ALLOWED = 20  # lines in a row; a bridge that greets in words on its standard output is forgiven
GRACE = 8.0  # seconds that a process gets to end by itself
TERM_GRACE = 2.0  # and after it was asked by a signal
DIARY = 512 * 1024  # bytes that are kept of what a process says on its standard error


class CommandFailed(FrontdeskError):
    """The bridge answered that it could not."""

    def __init__(self, sentence: str, code: str | None) -> None:
        super().__init__(sentence)
        self.code = code


class NoAnswer(FrontdeskError):
    """The bridge took the command, and then ended or said nothing in time: what became of it is not known."""


class NotRunning(FrontdeskError):
    """The process is not there, so nothing was asked."""


@dataclass(frozen=True, slots=True)
class Program:
    """How the process is started: in `folder`, where one is given, else where this program is.

    `diary` is the file that keeps the end of what it says on its standard error. `inherits` are the variables that it
    gets of ours, without it all of them.
    """

    command: Sequence[str]
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  # beside what it inherits
    diary: Path | None = None
    inherits: re.Pattern[str] | None = None

    def variables(self) -> dict[str, str]:
        """The whole environment of the process."""
        own = {name: value for name, value in os.environ.items() if not self.inherits or self.inherits.fullmatch(name)}
        return {**own, **self.environment}


class Child:
    """Start it once; what it tells goes to `heard`, in order, on the loop. `leave` knows of it while it runs."""

    def __init__(self, program: Program, heard: Callable[[Told], None], leave: Leave | None = None) -> None:
        self._program = program
        self._leave = leave or Free()
        self._heard = heard
        self._started: asyncio.subprocess.Process | None = None
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        self._numbers = count(1)
        self._reading: asyncio.Task[None] | None = None
        self.garbage = 0  # lines in a row that cannot be read
        self.ended = asyncio.Event()
        self.babbled = False  # it was ended because it spoke garbage

    @property
    def pid(self) -> int | None:
        """The id of the process while it runs."""
        running = self._started is not None and not self.ended.is_set()
        return self._started.pid if running and self._started is not None else None

    @property
    def code(self) -> int | None:
        """With what the process ended; below zero it is the signal."""
        return self._started.returncode if self._started is not None else None

    async def start(self) -> None:
        """Start the process.

        Raises:
            OSError: it cannot be started.
        """
        guard.outside_transaction()
        with _diary(self._program.diary) as errors:
            self._started = await asyncio.create_subprocess_exec(
                *self._program.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors.fileno(),
                cwd=self._program.folder,
                env=self._program.variables(),
                start_new_session=True,  # Ctrl+C in a terminal is for us: the child is ended in order
                limit=CHUNK,
            )
        self._leave.began(self._started.pid)
        self._reading = asyncio.create_task(self._read())

    async def ask(self, action: str, given: Mapping[str, Any], *, within: float) -> Mapping[str, Any]:
        """Have the bridge do something; gives what it answers. `within` is in seconds.

        Raises:
            NotRunning: nothing was asked.
            CommandFailed: it says that it could not.
            NoAnswer: what became of it is not known.
        """
        guard.outside_transaction()
        started = self._started
        if started is None or started.stdin is None or self.ended.is_set():
            raise NotRunning("The process of this line does not run.")
        command_id = f"cmd_{next(self._numbers)}"
        answered = self._answers[command_id] = asyncio.get_running_loop().create_future()
        try:
            started.stdin.write(protocol.command(action, given, command_id))
            async with asyncio.timeout(within):
                await started.stdin.drain()
                answer: Answer = await answered
        except TimeoutError:
            raise NoAnswer(f"The process of this line did not answer within {within:g} seconds.") from None
        except (ConnectionError, RuntimeError) as broken:
            raise NoAnswer("The process of this line ended before it answered.") from broken
        finally:
            del self._answers[command_id]
        if not answer.success:
            raise CommandFailed(answer.error or "The bridge could not do it, and did not say why.", answer.code)
        return answer.given

    def is_understood(self) -> None:
        """It has told something in another way: what it prints may be meant for people."""
        self.garbage = min(self.garbage, 1)

    def ack(self, seq: int) -> None:
        """Tell that everything up to `seq` is stored."""
        started = self._started
        if started is not None and started.stdin is not None and not started.stdin.is_closing():
            with suppress(ConnectionError, RuntimeError):
                started.stdin.write(protocol.ack(seq))

    async def stop(self, grace: float = GRACE) -> None:
        """End it: by closing its input, then by asking, then by force. All that it told before is heard."""
        started = self._started
        if started is None:
            return
        if started.stdin is not None:
            started.stdin.close()
        for patience, force in ((grace, signal.SIGTERM), (TERM_GRACE, signal.SIGKILL)):
            if await self._ended_within(patience):
                break
            _signal(started.pid, force)
        await self.ended.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    def kill(self) -> None:
        """End it at once."""
        if self._started is not None and not self.ended.is_set():
            _signal(self._started.pid, signal.SIGKILL)

    def memory(self) -> int | None:
        """Bytes of memory that are its own, or its share of what several use; None where that cannot be told."""
        pid = self.pid
        if pid is None:
            return None
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            return None
        return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), None)

    async def _ended_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended.wait()
        return self.ended.is_set()

    async def _read(self) -> None:
        """Take up what it says until its output ends and it is gone."""
        started = self._started
        assert started is not None
        assert started.stdout is not None
        pending, skipping = bytearray(), False
        while chunk := await started.stdout.read(CHUNK):
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                pending += line
                if skipping:
                    self._is_garbage("It is too long.")
                elif pending.strip():
                    self._take_up(bytes(pending))
                pending.clear()
                skipping = False
            pending += rest
            if len(pending) > protocol.LONGEST:
                pending.clear()
                skipping = True
        _signal(started.pid, signal.SIGKILL)  # an output that is closed can tell nothing any more
        await started.wait()
        self._leave.ended(started.pid)
        self.ended.set()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(NoAnswer("The process of this line ended before it answered."))

    def _take_up(self, line: bytes) -> None:
        said = protocol.read(line)
        if isinstance(said, Garbage):
            self._is_garbage(said.why)
            return
        self.is_understood()
        if isinstance(said, Answer):
            waiting = self._answers.get(said.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)
            return
        try:
            self._heard(said)
        except Exception:
            log.exception("an event of a bridge could not be taken up", extra={"event": said.event[:40]})

    def _is_garbage(self, why: str) -> None:
        self.garbage += 1
        if self.garbage == 1:
            log.warning("a bridge said a line that cannot be read: %s", why, extra={"pid": self.pid})
        if self.garbage > GARBAGE_ALLOWED:
            self.babbled = True
            self.kill()


def _diary(path: Path | None) -> Any:
    """Where its standard error goes: a file that is begun anew once it is large."""
    if path is None:
        return open(os.devnull, "wb")  # noqa: PTH123 - the caller closes it
    if path.exists() and path.stat().st_size > DIARY:
        path.replace(path.with_suffix(".old"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def _signal(pid: int, number: signal.Signals) -> None:
    """To the process and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
