"""The healthcheck of the roles that listen nowhere: their signs of life in a real PostgreSQL, those of this host."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from frontdesk.testing.processes import clean_environment

PROJECT = Path(__file__).resolve().parents[3]
SIGN = """
INSERT INTO processes (id, role, host, pid, version, started_at, seen_at)
VALUES (%s, %s, %s, 7, '0.1.0', 1, (extract(epoch FROM clock_timestamp()) + %s) * 1000)"""


def looked(url: str, *arguments: str) -> tuple[int, str]:
    """The exit code, and what it said."""
    environment = clean_environment({"DATABASE_URL": url, "PYTHONPATH": str(PROJECT)})
    command = [sys.executable, str(PROJECT / "deploy" / "healthcheck.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=os.sep)
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    ("role", "host", "heard", "well"),
    [
        ("worker", socket.gethostname(), 60, True),
        ("worker", socket.gethostname(), -60, False),  # it was silent for a minute
        ("worker", "another-host", 60, False),
        ("lines", socket.gethostname(), 60, False),
    ],
)
def test_a_worker_is_well_while_its_signs_on_this_host_are_new(
    postgres_url: str, role: str, host: str, heard: int, well: bool
) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(SIGN, ["prc_1", role, host, heard])
    silent = f"Nothing was heard of a worker on {socket.gethostname()} for some seconds."
    assert looked(postgres_url, "worker") == ((0, "") if well else (1, silent))


def test_a_database_that_is_away_is_told_without_its_password() -> None:
    code, said = looked("postgresql://ana:s3cret@127.0.0.1:1/frontdesk", "beat")
    assert (code, "could not be used" in said, "s3cret" in said) == (1, True, False)
