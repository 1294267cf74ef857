"""A real PostgreSQL for tests, and PgBouncer before it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from frontdesk.testing.servers import HOST, Server, binary

OWNER = "postgres"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",  # in its folder, so that one that was killed leaves nothing elsewhere
    "log_checkpoints": "off",
    "timezone": "UTC",
}
HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "256MB"}
MEMORY, ROOM = Path("/dev/shm"), 2_000_000_000  # a disk in memory, and the bytes that must be free there
SHARED_MEMORY = 6  # the line of `postmaster.pid` with the key and the id of its segment of System V
STATUS = 7  # and that with its state


class Postgres(Server):
    """A PostgreSQL of its own. What was committed survives `kill` only where it is `durable`; else it lives in memory
    where there is room, which makes fresh databases ten times as fast.

    `settings` come after those of the tests, such as `{"max_connections": "500"}`. One that is `like` another begins as
    a copy of it, in a tenth of the time.
    """

    name = "postgres"
    user = OWNER
    ends_by = signal.SIGINT  # does not wait for whoever is connected
    watch_ends_by = "QUIT"

    def __init__(
        self, *, durable: bool = False, settings: Mapping[str, str] | None = None, like: Path | None = None
    ) -> None:
        self.initdb, self.server = binary("initdb"), binary("postgres")
        self.settings = {**SETTINGS, **({} if durable else HASTY), **(settings or {})}
        self.like = like
        super().__init__(within=None if durable else _memory())

    @property
    def databases(self) -> Path:
        """The folder of the cluster."""
        return self.folder / "databases"

    def prepare(self) -> None:
        """Make an empty cluster, or copy one."""
        if self.like:
            self.run("cp", "-r", self.like, self.databases)
            return
        given = ("--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.run(self.initdb, "-D", self.databases, *given)

    def command(self) -> list[str]:
        """The server itself, without `pg_ctl`."""
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        return [str(self.server), "-D", str(self.databases), f"--port={self.port}", *settings]

    def answers(self) -> bool:
        """Whether it says so itself: a connection would cost more."""
        lines = self._own_lines() if self.runs else []
        return len(lines) > STATUS and lines[0] == str(self.pid) and lines[STATUS].strip() == "ready"

    @property
    def copy(self) -> Path:
        """Where its copy is, for another that is `like` it."""
        return self.folder / "copy"

    def keep_copy(self) -> None:
        """Copy all that it holds. It ends meanwhile."""
        self.stop()
        self.run("cp", "-r", self.databases, self.copy)
        self.start()

    def close(self) -> None:
        """End it for good; a segment of memory that it left when it was killed goes too."""
        self.stop()
        lines = self._own_lines()
        if len(lines) > SHARED_MEMORY and (remove := shutil.which("ipcrm")):
            subprocess.run([remove, "-m", lines[SHARED_MEMORY].split()[-1]], capture_output=True, check=False)
        super().close()

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{OWNER}@{HOST}:{self.port}/{database}"

    def create(self, database: str, *, template: str | None = None) -> str:
        """Make a database, as a copy of `template` where that is given; gives its address.

        Raises:
            psycopg.errors.ObjectInUse: somebody is connected to the template.
        """
        source = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(database), source))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it. Nothing happens when there is none."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def _own_lines(self) -> list[str]:
        try:
            return (self.databases / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


class PgBouncer(Server):
    """PgBouncer in transaction mode before a PostgreSQL: any database, at most `pool` connections to each."""

    name = "pgbouncer"
    user = OWNER
    ends_by = signal.SIGKILL  # it keeps nothing, and newer ones wait on SIGTERM until their clients have gone
    watch_ends_by = "KILL"

    def __init__(self, postgres: Postgres, *, pool: int = 20) -> None:
        self.program = binary("pgbouncer")
        self.postgres, self.pool = postgres, pool
        super().__init__()

    def command(self) -> list[str]:
        """The program with its settings."""
        settings = (
            f"[databases]\n* = host={HOST} port={self.postgres.port} user={OWNER}\n"
            f"[pgbouncer]\nlisten_addr = {HOST}\nlisten_port = {self.port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\nmax_client_conn = 1000\ndefault_pool_size = {self.pool}\n"
        )
        return [str(self.program), str(self.write("pgbouncer.ini", settings))]

    def url(self, database: str = "postgres") -> str:
        """The address of a database by way of it."""
        return f"postgresql://{OWNER}@{HOST}:{self.port}/{database}"


def _memory() -> str | None:
    """Where files live in memory; None where there is no such place, or too little of it, as in most containers."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    return str(MEMORY) if shutil.disk_usage(MEMORY).free >= ROOM else None
