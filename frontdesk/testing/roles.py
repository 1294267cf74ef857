"""The processes of one installation: a single one that does everything, or one for each role."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from frontdesk.testing.in_use import servers

SERVE = "serve"
ROLES = ("web", "worker", "beat")  # `lines` too, where a line runs a program
DEAF = ("worker", "beat", "lines")  # which listen on no port: that they have begun shows in the database alone


@dataclass
class Part:
    """One process, over all its runs."""

    role: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    child: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        """Whether it does now."""
        return self.child is not None and self.child.returncode is None

    async def spawn(self) -> asyncio.subprocess.Process:
        """Start it without waiting for anything."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, *self.command, stdout=log, stderr=log, env=dict(self.environment)
            )
        return self.child

    def ask_to_end(self) -> None:
        """Send it SIGTERM, where it runs."""
        if self.child is not None and self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)

    async def ended(self, *, seconds: float) -> int:
        """Wait for its end; gives the exit code (-9: killed).

        Raises:
            TimeoutError: it did not end; it was killed.
        """
        assert self.child is not None
        try:
            async with asyncio.timeout(seconds):
                return await self.child.wait()
        finally:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as when the power goes."""
        if self.child is not None:
            if self.child.returncode is None:
                self.child.kill()
            await self.child.wait()


def roles_of(command: str, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """What to run where a test says `command`. Only `serve` has a demo, and a database that is named stays as it is."""
    may = servers() is not None and command == SERVE and not arguments and "DATABASE_URL" not in environment
    return ROLES if may else (command,)


def addresses_of(folder: Path) -> dict[str, str]:
    """The settings with which the processes of a data folder find its database and its Redis; none embedded."""
    here = servers()
    return {} if here is None else {"DATABASE_URL": here.database_of(folder), "REDIS_URL": here.redis_of(folder)}


def front_of(folder: Path) -> tuple[str, dict[str, str]]:
    """The command of the process that answers, with the settings that it needs in the shape of the test."""
    return (SERVE, {}) if servers() is None else (ROLES[0], addresses_of(folder))


def gives_signs(parts: Sequence[Part], url: str) -> bool:
    """Whether the database knows of each process that shows nowhere else when it has begun."""
    wanted = {part.child.pid for part in parts if part.child is not None and part.role in DEAF}
    if not wanted:
        return True
    with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        return wanted <= {pid for (pid,) in connection.execute("SELECT pid FROM processes")}
    return False
