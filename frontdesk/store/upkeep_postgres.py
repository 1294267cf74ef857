"""Looking after a database on PostgreSQL: its shape, a copy of it while it is used, and a copy put back.

Copies are made and put back by PostgreSQL's own `pg_dump` and `pg_restore`, which have to be in the PATH.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.engine import conninfo
from frontdesk.store.upkeep import Shape, standing

ALIVE = 8  # seconds for which a process counts as running after its last sign of life
ASIDE = "before_restore_"
_WAIT = 10  # seconds for a connection, and for tables that somebody else holds
_REVISION = "SELECT version_num FROM alembic_version"
# What is ours and can be moved: tables, views, and sequences that belong to no table, of no extension.
_RELATIONS = """
SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
    AND (deptype = 'e' OR (relkind = 'S' AND deptype IN ('a', 'i'))))
ORDER BY relname"""
_RUNNING = """
SELECT role || ' on ' || host FROM processes
WHERE seen_at > (extract(epoch FROM clock_timestamp()) - %s) * 1000 ORDER BY role, host"""


def place(url: str) -> str:
    """Where the database is, for people: no user, no password."""
    given = _given(url)
    host = given.get("host") or given.get("hostaddr") or "this machine"
    return f"“{given.get('dbname') or given.get('user') or ''}” on {host}"


def shape(url: str) -> Shape:
    """The shape of the database; one without our tables has none.

    Raises:
        FrontdeskError: it does not answer.
    """
    found = revision(url)
    return Shape.NONE if found is None else standing(found)


def revision(url: str) -> str | None:
    """The migration that it was brought to; None where it was to none.

    Raises:
        FrontdeskError: it does not answer.
    """
    with _connected(url) as connection:
        return _scalar(connection, _REVISION) if _has(connection, "alembic_version") else None


def is_empty(url: str) -> bool:
    """Whether it holds no table at all, neither ours nor those of another program.

    Raises:
        FrontdeskError: it does not answer.
    """
    with _connected(url) as connection:
        return not _relations(connection, _schema(connection))


def running(url: str) -> list[str]:
    """The processes of the house that run on it, as `role on host`.

    Raises:
        FrontdeskError: it does not answer.
    """
    with _connected(url) as connection:
        if not _has(connection, "processes"):
            return []
        return [str(row[0]) for row in connection.execute(_RUNNING, [ALIVE])]


def copy(url: str, target: Path) -> None:
    """Write the database as it stands at one moment, also while others write to it, in pg_dump's custom format.

    Raises:
        FrontdeskError: pg_dump is missing, is too old for the server, or failed.
    """
    _run(
        "pg_dump",
        url,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-comments",  # one on an extension would ask for a superuser when it is put back
        f"--exclude-schema={ASIDE}*",
        f"--lock-wait-timeout={_WAIT}s",
        f"--file={target}",
    )


def check(url: str, source: Path) -> None:
    """See that what `copy` wrote can be read, and that what puts it back is there.

    Raises:
        FrontdeskError: it cannot, or it is not.
    """
    _run("pg_restore", url, "--list", str(source), connects=False)


def put_back(url: str, source: Path, *, aside: str) -> bool:
    """Put a copy in the place of what is there, which is moved into the schema `aside`. Whether there was anything.

    All of it, or nothing: a copy that cannot be put back leaves what was there where it was.

    Raises:
        FrontdeskError: it does not answer, pg_restore is missing or too old, or it failed.
    """
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    with _connected(url) as connection:
        here, moved = _schema(connection), make_room(connection, aside)
    try:
        _run("pg_restore", url, *options, str(source))
    except BaseException:
        if moved:
            with _connected(url) as connection:
                _move(connection, aside, here)
                connection.execute(_sql("DROP SCHEMA {}", aside))
        raise
    with _connected(url) as connection:
        connection.execute("ANALYZE")  # else the first questions would be answered as if every table were empty
    return moved


def make_room(connection: psycopg.Connection, aside: str) -> bool:
    """Move what is there into the schema `aside`, within the caller's transaction. Whether there was anything."""
    here = _schema(connection)
    if not _relations(connection, here):
        return False
    connection.execute(_sql("CREATE SCHEMA {}", aside))
    _move(connection, here, aside)
    return True


# The connection


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    """A connection in one transaction."""
    try:
        with psycopg.connect(_conninfo(url), connect_timeout=_WAIT, prepare_threshold=None) as connection:
            connection.execute(f"SET LOCAL lock_timeout = '{_WAIT}s'")
            yield connection
    except psycopg.Error as broken:
        why = str(broken).strip().splitlines()[0] if str(broken).strip() else type(broken).__name__
        raise FrontdeskError(
            f"The database {place(url)} could not be used: {why.rstrip('.')}. See that PostgreSQL runs, and that "
            "DATABASE_URL is right."
        ) from None


def _given(url: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(conninfo(url)).items() if value is not None}


def _conninfo(url: str) -> str:
    return make_conninfo(**{"application_name": "frontdesk upkeep", **_given(url)})


def _sql(statement: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def _scalar(connection: psycopg.Connection, statement: LiteralString, *values: object) -> str | None:
    row = connection.execute(statement, values).fetchone()
    return None if row is None or row[0] is None else str(row[0])


def _has(connection: psycopg.Connection, table: str) -> bool:
    return _scalar(connection, "SELECT to_regclass(%s)", table) is not None


def _schema(connection: psycopg.Connection) -> str:
    return _scalar(connection, "SELECT current_schema()") or "public"


def _relations(connection: psycopg.Connection, schema: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(_RELATIONS, [f'"{schema}"'])]


def _move(connection: psycopg.Connection, source: str, target: str) -> None:
    for name in _relations(connection, source):
        connection.execute(_sql("ALTER TABLE {}.{} SET SCHEMA {}", source, name, target))


# PostgreSQL's own programs


def _run(tool: str, url: str, *options: str, connects: bool = True) -> None:
    """Run one of them; the password goes by the environment, where no list of processes shows it."""
    program, server = _found(tool, url), _server(url)
    given = _given(url)
    password = given.pop("password", None)
    where = [f"--dbname={make_conninfo(**given)}"] if connects else []
    environment = {**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": str(_WAIT)}
    if password is not None:
        environment["PGPASSWORD"] = password
    done = subprocess.run(  # noqa: S603 - one of PostgreSQL's, found in the PATH
        [program, "--no-password", *where, *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise FrontdeskError(f"{_said(tool, done.stderr)} The programs of PostgreSQL {server} itself fit this server.")


def _said(tool: str, errors: str) -> str:
    """What it complained of first."""
    lines = [line.removeprefix(f"{tool}: ").removeprefix("error: ") for line in errors.splitlines() if line.strip()]
    return f"{tool} failed: {lines[0] if lines else 'it did not say why'}."


def _server(url: str) -> int:
    with _connected(url) as connection:
        return int(_scalar(connection, "SHOW server_version_num") or 0) // 10_000


def _found(tool: str, url: str) -> str:
    """The program in the PATH, if it is not older than the server."""
    server = _server(url)
    install = f"Install the client programs of PostgreSQL {server} (Debian, Ubuntu: postgresql-client-{server})"
    program = shutil.which(tool)
    if program is None:
        raise FrontdeskError(f"{tool} was not found. {install} and try again. Nothing was changed.")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.search(r"\) (\d+)", told)
    if version is not None and int(version[1]) < server:
        raise FrontdeskError(
            f"{tool} is of PostgreSQL {version[1]}, too old for the server, which is {server}. {install} so that they "
            "come first in the PATH, and try again. Nothing was changed."
        )
    return program
