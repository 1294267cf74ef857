"""The real `frontdesk` as a process of its own: started, waited for, ended in order or killed."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from frontdesk.settings.environment import Settings, names
from frontdesk.testing.clock import until
from frontdesk.testing.roles import DEAF, Part, addresses_of, gives_signs, roles_of

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

    In a test that runs scaled it is a process for each role instead, on the servers of the test, with one face.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    launcher: Sequence[str] = ("-m", "frontdesk")
    command: str = "serve"
    port: int = field(default_factory=free_port)
    parts: dict[str, Part] = field(init=False)

    def __post_init__(self) -> None:
        """Know which processes it is."""
        roles = roles_of(self.command, self.arguments, self.environment)
        if roles != (self.command,):
            self.environment = {**self.environment, **addresses_of(self.folder)}
        self.parts = {role: self._part(role) for role in roles}

    def _part(self, role: str) -> Part:
        port = () if role in DEAF else ("--port", str(self.port))
        command = (*self.launcher, role, *port, "--data-dir", str(self.folder), *self.arguments)
        return Part(role, command, self.log, clean_environment(self.environment))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything that it has said so far, over all its runs and processes."""
        return self.folder.parent / f"{self.folder.name}.log"

    def said(self) -> str:
        """The log as text."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def front(self) -> Part:
        """The process that answers."""
        return self.parts.get("web") or self.parts[self.command]

    @property
    def child(self) -> asyncio.subprocess.Process | None:
        """The same, as it runs."""
        return self.front.child

    async def spawn(self) -> asyncio.subprocess.Process:
        """Start what does not run, without waiting until it answers; gives the process that will."""
        for part in self.parts.values():
            if not part.runs:
                await part.spawn()
        assert self.front.child is not None
        return self.front.child

    async def start(self, *, seconds: float = START) -> None:
        """Start what does not run, and wait until `/health` says that it works and every process has begun.

        Raises:
            AssertionError: it ended, or took longer.
        """
        await self.spawn()
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def healthy() -> bool:
                ended = {role: part.child.returncode for role, part in self.parts.items() if part.child}
                assert not any(code is not None for code in ended.values()), f"{ended}\n{self.said()[-3000:]}"
                try:
                    return (await client.get(f"{self.url}/health")).status_code == 200
                except httpx2.HTTPError:
                    return False

            await until(healthy, seconds=seconds, every=SELDOM)
        database = self.environment.get("DATABASE_URL", "")
        await until(lambda: gives_signs(tuple(self.parts.values()), database), seconds=seconds, every=SELDOM)

    async def stop(self, *, seconds: float = 25) -> int:
        """Ask it to end (SIGTERM); gives the exit code, the worst of several.

        Raises:
            TimeoutError: it did not; it was killed.
        """
        for part in self.parts.values():
            part.ask_to_end()
        return await self.ended(seconds=seconds)

    async def ended(self, *, seconds: float = 25) -> int:
        """Wait for its end; gives the exit code (-9: killed), the worst of several."""
        codes = await asyncio.gather(*(part.ended(seconds=seconds) for part in self.parts.values()))
        return max(codes, key=abs)

    async def loses(self, *, seconds: float = 25) -> tuple[str, int]:
        """Wait for the end of any of its processes; gives its role and exit code. The others go on.

        Raises:
            AssertionError: none ended within that time.
        """
        await until(lambda: not all(part.runs for part in self.parts.values()), seconds=seconds)
        role, part = next((role, part) for role, part in self.parts.items() if not part.runs)
        return role, await part.ended(seconds=seconds)

    async def kill(self, *roles: str) -> None:
        """End it at once, as when the power goes; or some of its processes."""
        await asyncio.gather(*(self.parts[role].kill() for role in roles or self.parts))

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
