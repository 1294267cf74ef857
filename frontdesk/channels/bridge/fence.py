"""Ends the programs of lines for sure when this process cannot do so itself any more: stopped, stuck or killed.

A small process beside this one knows which programs run and until when they may. It is told a later time again and
again; when that stops, or when this process ends, it ends them all.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("fence_program.py")
MARGIN = 1.0  # seconds between the moment at which they should have been ended here, and the one at which they are


class Leave(Protocol):
    """Whether the program of a line may run here, and who is to know that it does."""

    def may_run(self, account_id: str) -> bool:
        """Whether the line is held by this process at this very moment."""

    def began(self, pid: int) -> None:
        """A program was started; it leads a group of its own."""

    def ended(self, pid: int) -> None:
        """It has ended."""


class Free:
    """This process holds every line there is, for as long as it lives."""

    def may_run(self, account_id: str) -> bool:
        """Always."""
        return True

    def began(self, pid: int) -> None:
        """Nobody has to know."""

    def ended(self, pid: int) -> None:
        """Nobody has to know."""


class Fence:
    """`holds` tells whether a line is held here now. `start()` before any line comes up, `close()` after the last."""

    def __init__(self, holds: Callable[[str], bool], *, margin: float = MARGIN) -> None:
        self._holds = holds
        self._margin = margin
        self._pids: set[int] = set()
        self._until: float | None = None
        self._beside: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    def may_run(self, account_id: str) -> bool:
        """Whether the line is held, and somebody would end its program in our place."""
        return self._holds(account_id) and self._beside is not None and self._beside.returncode is None

    def began(self, pid: int) -> None:
        """End this group of processes too."""
        self._pids.add(pid)
        self._say(f"+ {pid}")

    def ended(self, pid: int) -> None:
        """It is not there any more."""
        self._pids.discard(pid)
        self._say(f"- {pid}")

    def hold_until(self, until: float) -> None:
        """Programs may run until then, by the clock that never stops, unless a later time is told before."""
        self._until = until + self._margin
        self._say(f"until {self._until}")

    async def start(self) -> None:
        """Start the process beside.

        Raises:
            OSError: it cannot be started.
        """
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Let the process beside end; whatever still runs is ended by it."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._beside is not None and self._beside.stdin is not None:
            self._beside.stdin.close()
            await self._beside.wait()

    async def _start(self) -> None:
        known = frozenset(self._pids)
        words = (str(self._until), *map(str, known)) if self._until is not None else ()
        self._beside = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(PROGRAM), *words, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        for pid in known - self._pids:
            self._say(f"- {pid}")
        for pid in self._pids - known:
            self._say(f"+ {pid}")
        if self._until is not None:
            self._say(f"until {self._until}")

    async def _keep(self) -> None:
        """There is always one."""
        while True:
            assert self._beside is not None
            code = await self._beside.wait()
            log.error("the process that ends lines in our place has ended (code %s); another is started", code)
            await asyncio.sleep(MARGIN)
            with suppress(OSError):
                await self._start()

    def _say(self, line: str) -> None:
        beside = self._beside
        if beside is not None and beside.stdin is not None and not beside.stdin.is_closing():
            with suppress(ConnectionError, RuntimeError):
                beside.stdin.write(f"{line}\n".encode())
