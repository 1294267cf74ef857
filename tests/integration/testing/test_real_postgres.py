"""PostgreSQL and PgBouncer of the tests: databases, copies of them, and what survives."""

from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from frontdesk.testing.postgres import SHARED_MEMORY, PgBouncer, Postgres
from frontdesk.testing.server_fixtures import installed

COMMITTED = 50
SEGMENTS = Path("/proc/sysvipc/shm")


def words(url: str) -> int:
    """How many rows are in the table of these tests."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM words").fetchone()
    assert row is not None
    return int(row[0])


def keep(url: str, count: int = 1) -> None:
    """Put rows into that table, each in a transaction of its own; makes it when there is none."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (text text)")
        for _ in range(count):
            connection.execute("INSERT INTO words VALUES ('kept')")


def backend(connection: psycopg.Connection) -> int:
    """Which of the server's own connections serves this one now."""
    with connection.transaction():
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_committed_is_there_after_the_end_of_a_durable_one(own_postgres: Postgres, end: str) -> None:
    url = own_postgres.create("shop")
    keep(url, COMMITTED)
    getattr(own_postgres, end)()
    own_postgres.start()
    assert words(url) == COMMITTED


def test_a_durable_one_waits_for_its_disk_and_the_one_of_a_run_does_not(
    own_postgres: Postgres, postgres: Postgres
) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        asked = []
        for server in (own_postgres, postgres):
            with psycopg.connect(server.url()) as connection:
                asked.append(connection.execute(f"SHOW {name}".encode()).fetchone())
        assert asked == [("on",), ("off",)]


def test_stopping_does_not_wait_for_whoever_is_connected(own_postgres: Postgres) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        own_postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_what_is_at_work_for_somebody_is_killed_with_it(own_postgres: Postgres) -> None:
    with closing(psycopg.connect(own_postgres.url(), autocommit=True)) as connection:
        busy = psutil.Process(connection.info.backend_pid)
        connection.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        own_postgres.kill()
    assert not busy.is_running() or busy.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(not SEGMENTS.exists(), reason="only Linux lists segments of memory there")
def test_one_that_was_killed_leaves_no_memory_behind_when_it_is_closed() -> None:
    with installed(Postgres) as server:
        segment = (server.databases / "postmaster.pid").read_text().splitlines()[SHARED_MEMORY].split()
        assert segment in [line.split()[:2] for line in SEGMENTS.read_text().splitlines()]
        server.kill()
    assert segment not in [line.split()[:2] for line in SEGMENTS.read_text().splitlines()]


def test_a_copy_of_a_database_holds_what_it_held_and_no_more(postgres: Postgres) -> None:
    keep(postgres.create("pattern"), 3)
    copy = postgres.create("copy", template="pattern")
    keep(copy)
    assert words(copy) == 4
    assert words(postgres.url("pattern")) == 3
    postgres.drop("copy")
    postgres.drop("pattern")


def test_a_database_goes_whoever_is_connected_to_it(postgres: Postgres) -> None:
    with psycopg.connect(postgres.create("gone"), autocommit=True) as connection:
        postgres.drop("gone")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres.drop("gone")
    with pytest.raises(psycopg.OperationalError, match='"gone" does not exist'):
        psycopg.connect(postgres.url("gone"))


def test_texts_of_every_language_are_kept_and_two_hundred_may_connect(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        for name, expected in (("server_encoding", "UTF8"), ("lc_collate", "C.UTF-8"), ("max_connections", "200")):
            assert connection.execute(f"SHOW {name}".encode()).fetchone() == (expected,)


def test_a_setting_of_a_test_comes_after_those_of_all() -> None:
    with installed(lambda: Postgres(settings={"max_connections": "7"})) as server:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("7",)


def test_pgbouncer_lends_one_connection_to_several_for_a_transaction_each(postgres: Postgres) -> None:
    with installed(lambda: PgBouncer(postgres, pool=1)) as bouncer:
        with psycopg.connect(bouncer.url()) as first, psycopg.connect(bouncer.url()) as second:
            assert backend(first) == backend(second)
