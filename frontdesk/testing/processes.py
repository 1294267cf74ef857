"""The real `frontdesk` as a process of its own: started, waited for, ended in order or killed."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from frontdesk.settings.environment import Settings, names
from frontdesk.testing.clock import until

API_KEY = "fd_test_of_the_processes_0123456789"
START = 60  # seconds in which one that starts must answer: where much else runs, it has taken more than half of them
SELDOM = 50  # milliseconds between two looks at a program that starts: each takes from it the time that it needs
_NAMES = frozenset(name for field in Settings.model_fields.values() for name in names(field))
_OURS = ("WHATSAPP_", "FRONTDESK_", "GRAPH_",
         "OPENAI_", "GOOGLE_", "GEMINI_", "ANTHROPIC_", "PERPLEXITY_", "OLLAMA_")  # fmt: skip


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Program:
    """One way to run `frontdesk`, again and again on the same data folder.

    `environment` is added to that of the tests, out of which our own settings are taken. `launcher` stands before the
    arguments, such as the one that crashes at a chosen place. `command` is `serve` or `lab`.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    launcher: Sequence[str] = ("-m", "frontdesk")
    command: str = "serve"
    port: int = field(default_factory=free_port)
    child: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything that it has said so far, over all its runs."""
        return self.folder.parent / f"{self.folder.name}.log"

    def said(self) -> str:
        """The log as text."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    async def spawn(self) -> asyncio.subprocess.Process:
        """Start it without waiting until it answers."""
        given = ("--port", str(self.port), "--data-dir", str(self.folder))
        command = [*self.launcher, self.command, *given, *self.arguments]
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, *command, stdout=log, stderr=log, env=clean_environment(self.environment)
            )
        return self.child

    async def start(self, *, seconds: float = START) -> None:
        """Start it and wait until `/health` says that it works.

        Raises:
            AssertionError: it ended, or took longer.
        """
        child = await self.spawn()
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def healthy() -> bool:
                assert child.returncode is None, f"It ended with {child.returncode}.\n{self.said()[-3000:]}"
                try:
                    return (await client.get(f"{self.url}/health")).status_code == 200
                except httpx2.HTTPError:
                    return False

            await until(healthy, seconds=seconds, every=SELDOM)

    async def stop(self, *, seconds: float = 25) -> int:
        """Ask it to end (SIGTERM); gives the exit code.

        Raises:
            TimeoutError: it did not; it was killed.
        """
        assert self.child is not None
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)
        return await self.ended(seconds=seconds)

    async def ended(self, *, seconds: float = 25) -> int:
        """Wait for its end; gives the exit code (-9: killed)."""
        assert self.child is not None
        try:
            async with asyncio.timeout(seconds):
                return await self.child.wait()
        finally:
            if self.child.returncode is None:
                self.child.kill()
                await self.child.wait()

    async def kill(self) -> None:
        """End it at once, as when the power goes."""
        assert self.child is not None
        if self.child.returncode is None:
            self.child.kill()
        await self.child.wait()

    def client(self) -> httpx2.AsyncClient:
        """A client with an admin's key."""
        return httpx2.AsyncClient(base_url=self.url, headers={"X-Api-Key": API_KEY}, trust_env=False, timeout=15)


@asynccontextmanager
async def running(program: Program, *, seconds: float = START) -> AsyncIterator[Program]:
    """The program from healthy to its end."""
    await program.start(seconds=seconds)
    try:
        yield program
    finally:
        await program.kill()


async def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 30,
) -> tuple[int, str, str]:
    """Run a command to its end, in `folder`; gives the exit code and what it wrote to stdout and stderr."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "frontdesk",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(environment or {}),
        cwd=folder,
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode or 0, out.decode(), err.decode()


def is_ours(name: str) -> bool:
    """Whether a variable of the environment is a setting of Frontdesk, or called like one."""
    return name in _NAMES or name.startswith(_OURS)


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process without settings of Frontdesk, and with what is given."""
    kept = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return {**kept, "FRONTDESK_API_KEY": API_KEY, **more}
