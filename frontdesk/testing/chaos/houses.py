"""The houses that troubles are thrown at: their programs, their servers, and a way to look into their databases."""

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg

from frontdesk.testing.chaos import wrong_clock
from frontdesk.testing.chaos.plan import Shape
from frontdesk.testing.chaos.players import LINES, SECRET
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.processes import API_KEY, clean_environment
from frontdesk.testing.redis import Redis
from frontdesk.testing.servers import unused_port

PROJECT = Path(__file__).resolve().parents[3]
START = 180.0  # seconds in which a house must answer
FAILED = 1  # exit code
END = 25.0  # seconds in which a program must have ended when asked
_HOUSE = """
[buffer]
quiet_seconds = 0.3
cap_seconds = 1.5
[[persona]]
name = "Front desk"
match = { account = "*", chats = ["*"] }
model = "openai:instant"
prompt = "You answer for Clinic Aurora."
trusted = true
agent_mode = "auto"
"""
_TARGET = """
[[notify]]
url = "{url}/{number}"
on = ["urgent"]
"""
TARGETS = 3
# A bridge that says whether it was alone with its line, and that outlives whoever started it as long as it can.
_BRIDGE = """
import fcntl, json, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = open("lock", "a")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    open("twice", "a").write("%d\\n" % os.getpid())
open("pids", "a").write("%d of %d at %s\\n" % (os.getpid(), os.getppid(), time.strftime("%H:%M:%S")))
print(json.dumps({"event": "ready", "data": {"phone": "351210000199"}}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        print(json.dumps({"id": asked["id"], "success": True, "data": {"id": "true_x_1"}}), flush=True)
while True:
    time.sleep(1)
"""


@dataclass
class Member:
    """One program of a house, over all its runs."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: Path
    child: "subprocess.Popen[bytes] | None" = None
    ends: list[int] = field(default_factory=list)  # exit codes

    @property
    def log(self) -> Path:
        """All that it said."""
        return self.folder / f"{self.name}.log"

    @property
    def clock(self) -> Path:
        """By how much its clock is wrong."""
        return self.folder / f"{self.name}.clock"

    @property
    def gave_up(self) -> list[int]:
        """The exit codes with which it ended though nobody had killed it.

        One that says that it failed does not count: whoever keeps it up in earnest starts it again, as a run does.
        """
        return [code for code in self.ends if code not in (-signal.SIGKILL, FAILED)]

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Start it, where it does not run."""
        if self.runs:
            return
        if self.child is not None:
            self.ends.append(self.child.returncode)
        if not self.clock.exists():
            self.clock.write_text("0")
        command = [sys.executable, "-m", "frontdesk", *self.arguments]
        environment = {**self.environment, wrong_clock.VARIABLE: str(self.clock)}
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log, cwd=PROJECT, env=environment)

    def send(self, what: signal.Signals) -> None:
        """Send it a signal, where it runs."""
        if self.child is not None and self.runs:
            self.child.send_signal(what)

    def kill(self) -> None:
        """End it as when the power goes. What it started lives on as it can."""
        self.send(signal.SIGKILL)
        if self.child is not None:
            self.child.wait()

    def stop(self) -> bool:
        """Ask it to end; False when it had to be killed."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.child is None:
            return True
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(END)
            return True
        self.kill()
        return False


def limit_files(pids: Sequence[int], most: str, user: str | None) -> None:
    """Let programs write nothing beyond so many bytes of any file, as on a full disk. Asked for by their own user."""
    each = 'most=$1; shift; for pid; do prlimit --pid "$pid" "--fsize=$most:"; done'
    command = ["/bin/sh", "-c", each, "limit", most, *map(str, pids)]
    subprocess.run(command, user=user, stderr=subprocess.DEVNULL, check=False)  # some may have ended meanwhile


class House:
    """A house. Everything blocks; call it beside the loop."""

    shape: Shape
    roles: Sequence[tuple[str, str]]  # name of the member, its role

    def __init__(self, folder: Path, graph_url: str, model_url: str, owner_url: str) -> None:
        self.folder = folder
        self.stack = ExitStack()
        self.shared = folder / "shared"
        self.shared.mkdir(parents=True)
        url = owner_url.replace("http", "json")
        targets = [_TARGET.format(url=url, number=number) for number in range(TARGETS)]
        (self.shared / "frontdesk.toml").write_text("".join([_HOUSE, *targets]))
        self._python = folder / "python"
        self._python.mkdir()
        shutil.copy(wrong_clock.__file__, self._python / "sitecustomize.py")
        self._outside = {"GRAPH_API_URL": graph_url, "OPENAI_BASE_URL": f"{model_url}/v1"}
        self.members: dict[str, Member] = {}
        self.urls: list[str] = []

    def open(self) -> None:
        """Start its servers and its programs."""
        environment = clean_environment(self._settings() | self.servers())
        for name, role in self.roles:
            arguments = [role, "--data-dir", str(self.shared)]
            if role in ("web", "serve"):
                port = unused_port()
                self.urls.append(f"http://127.0.0.1:{port}")
                arguments += ["--port", str(port)]
            self.members[name] = Member(name, arguments, environment, self.folder)
        for member in self.members.values():
            member.start()

    def servers(self) -> dict[str, str]:
        """Start what it needs beside its programs; gives the settings that name it."""
        return {}

    def close(self) -> list[str]:
        """End it; gives the programs that did not end by themselves."""
        for member in self.members.values():
            member.send(signal.SIGCONT)
            member.send(signal.SIGTERM)
        late = [member.name for member in self.members.values() if not member.stop()]
        self.stack.close()
        return late

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        raise NotImplementedError

    @property
    def client(self) -> httpx2.AsyncClient:
        """Who asks its first web process as an admin."""
        return httpx2.AsyncClient(
            base_url=self.urls[0], headers={"X-Api-Key": API_KEY}, trust_env=False, timeout=httpx2.Timeout(15)
        )

    async def healthy(self) -> None:
        """Wait until every web process answers.

        Raises:
            AssertionError: one did not.
        """
        until = asyncio.get_running_loop().time() + START
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
            for url in self.urls:
                while not await _answers(client, url):
                    ended = [member.name for member in self.members.values() if not member.runs]
                    assert not ended, f"these ended instead of starting: {ended}"
                    assert asyncio.get_running_loop().time() < until, f"{url} does not get healthy"
                    await asyncio.sleep(0.1)

    async def furnish(self) -> None:
        """Add the second line."""
        options = {
            "phone_number_id": LINES[1],
            "access_token": "chaos-token-2",
            "app_secret": SECRET,
            "graph_url": self._outside["GRAPH_API_URL"],
        }
        async with self.client as client:
            asked = {"channel": "cloud", "name": "Second", "options": options}
            (await client.post("/api/v1/accounts", json=asked)).raise_for_status()
            accounts = (await client.get("/api/v1/accounts")).json()["items"]
            for one in accounts:
                await client.post(f"/api/v1/accounts/{one['id']}/connect")

    def pids(self) -> list[int]:
        """The numbers of its programs that run."""
        return [member.child.pid for member in self.members.values() if member.child and member.runs]

    def _settings(self) -> dict[str, str]:
        return {
            "ENVIRONMENT": "production",
            "LOG_LEVEL": "info",
            "FRONTDESK_CONFIG": str(self.shared / "frontdesk.toml"),
            "FRONTDESK_SECRET_KEY": "chaos-secret-key-0123456789abcdef",
            "FRONTDESK_MODEL": "openai:instant",
            "FRONTDESK_ALLOW_BRIDGE_COMMANDS": "true",
            "WHATSAPP_ACCESS_TOKEN": "chaos-token",
            "WHATSAPP_PHONE_NUMBER_ID": LINES[0],
            "WHATSAPP_APP_SECRET": SECRET,
            "VERIFY_TOKEN": "chaos-verify-token",
            "OPENAI_API_KEY": "chaos-key",
            "PYTHONFAULTHANDLER": "1",
            "PYTHONPATH": str(self._python),
            **self._outside,
        }


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health")).status_code == 200
    except httpx2.HTTPError:
        return False


class Embedded(House):
    """One process on SQLite."""

    shape = Shape.EMBEDDED
    roles = (("serve", "serve"),)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with closing(sqlite3.connect(f"file:{self.shared}/frontdesk.db?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(statement).fetchall()


class Scaled(House):
    """Two of each role on PostgreSQL and Redis of its own, and a line behind a bridge."""

    shape = Shape.SCALED
    roles = (
        ("web1", "web"), ("web2", "web"), ("worker1", "worker"), ("worker2", "worker"),
        ("beat", "beat"), ("lines1", "lines"), ("lines2", "lines"),
    )  # fmt: skip

    postgres: Postgres
    redis: Redis

    def servers(self) -> dict[str, str]:
        """PostgreSQL and Redis."""
        self.postgres = self.stack.enter_context(Postgres(durable=True))
        self.redis = self.stack.enter_context(Redis())
        self._database = self.postgres.create("house")
        return {"DATABASE_URL": self._database, "REDIS_URL": self.redis.url()}

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with psycopg.connect(self._database, autocommit=True, connect_timeout=10) as connection:
            return connection.execute(statement.encode()).fetchall()

    async def furnish(self) -> None:
        """Add the second line, and the bridge."""
        await super().furnish()
        self.bridge.mkdir()
        (self.bridge / "bridge.py").write_text(_BRIDGE)
        options = {"command": f"{sys.executable} bridge.py", "folder": str(self.bridge)}
        async with self.client as client:
            asked = {"channel": "bridge", "name": "Bridge", "options": options}
            answer = (await client.post("/api/v1/accounts", json=asked)).raise_for_status()
            (await client.post(f"/api/v1/accounts/{answer.json()['id']}/connect")).raise_for_status()

    @property
    def bridge(self) -> Path:
        """The folder of the bridge."""
        return self.folder / "bridge"

    def bridges(self, name: str) -> list[str]:
        """What the bridge wrote into a file, over all its runs."""
        file = self.bridge / name
        return file.read_text().splitlines() if file.exists() else []

    def backends(self) -> list[int]:
        """The numbers of the processes that serve the house's connections."""
        try:
            family = psutil.Process(self.postgres.pid).children()
        except (RuntimeError, psutil.NoSuchProcess):
            return []
        return [one.pid for one in family if "house" in _title(one)]


def _title(one: psutil.Process) -> str:
    try:
        return " ".join(one.cmdline())
    except psutil.NoSuchProcess:
        return ""
