"""A whole scaled house for a measurement: PostgreSQL, Redis, and the roles, each a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench import programs
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.redis import Redis

COMMAND = "python -m bench.scaled"
START = 60  # seconds in which a role must give its first sign of life
SELDOM = 0.05  # seconds between two looks
# As on a server of this size; what was committed is on disk before the answer, as everywhere.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "2GB"}


@dataclass
class House:
    """The processes of a house that runs. Roles can be started, and killed, meanwhile."""

    desk: programs.Desk
    postgres: Postgres
    redis: Redis
    database: str
    stack: ExitStack
    webs: list[programs.Program] = field(default_factory=list)
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that all roles share."""
        shared = {"DATABASE_URL": self.database, "REDIS_URL": self.redis.url()}
        return {**programs.environment(self.desk), **shared, "FRONTDESK_DATA_DIR": str(self.desk.data)}

    def web(self) -> programs.Program:
        """One more web process, which answers."""
        port = programs.free_port()
        command = self._command("web", "--host", "127.0.0.1", "--port", str(port))
        log = self.desk.data / f"web{len(self.webs)}.txt"
        program = programs.start(command, port=port, log=log, environment=self.environment, wait=START)
        self.stack.callback(programs.stop, program.process)
        self.webs.append(program)
        return program

    def worker(self) -> "subprocess.Popen[bytes]":
        """One more worker, which has given its first sign of life."""
        process = self._role("worker", f"worker{len(self.workers)}")
        self.workers.append(process)
        self._until_alive(process, "worker")
        return process

    def beat(self) -> None:
        """Keep the timetable."""
        self._role("beat", "beat")

    def lines(self) -> None:
        """Hold lines that need a program."""
        self._until_alive(self._role("lines", "lines"), "lines")

    def ask(self, query: str) -> list[Any]:
        """What the database says."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def _role(self, role: str, name: str) -> "subprocess.Popen[bytes]":
        log = self.desk.data / f"{name}.txt"
        process = programs.process(self._command(role), log=log, environment=self.environment)
        self.stack.callback(programs.stop, process)
        return process

    def _command(self, role: str, *given: str) -> list[str]:
        program = [str(programs.BESIDE / "frontdesk")]
        if self.desk.model.startswith("bench:"):
            program = [sys.executable, "-m", "bench.within"]
        return [*program, role, *given]

    def _until_alive(self, process: "subprocess.Popen[bytes]", role: str) -> None:
        until = time.perf_counter() + START
        while not any(pid == process.pid for (pid,) in self.ask("SELECT pid FROM processes")):
            if process.poll() is not None or time.perf_counter() > until:
                raise programs.DidNotStart(f"A {role} did not start; its log is in {self.desk.data}.")
            time.sleep(SELDOM)


@contextmanager
def house(desk: programs.Desk, *, webs: int = 1, workers: int = 1, rest: bool = True) -> Iterator[House]:
    """PostgreSQL and Redis of its own, and so many processes; with `rest` the beat and a process for lines too."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(durable=True, settings=SETTINGS))
        redis = stack.enter_context(Redis())
        made = House(desk, postgres, redis, postgres.create("house"), stack)
        for _ in range(webs):
            made.web()
        for _ in range(workers):
            made.worker()
        if rest:
            made.beat()
            made.lines()
        yield made
