"""What every test may ask for: a database of its own in the newest shape, and what happens without a server."""

import time
from pathlib import Path

import psycopg
import pytest

from frontdesk.store import migrations
from frontdesk.testing import server_fixtures
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.server_fixtures import NEWEST, fresh, installed
from frontdesk.testing.servers import Missing, Server

SENTENCE = "redis-server was not found."


def absent() -> Server:
    """One that is not installed."""
    raise Missing(SENTENCE)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_an_empty_database(postgres_url: str, turn: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE of_one_test (id int)")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_the_database_of_a_test_is_gone_after_it(postgres_url: str, turn: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_%'").fetchall()
    assert [name for (name,) in names] == [postgres_url.rpartition("/")[2]]


async def test_its_database_has_the_newest_shape(postgres_url: str) -> None:
    assert migrations.is_current(postgres_url)


def test_a_database_comes_and_goes_quickly(postgres: Postgres) -> None:
    begun = time.monotonic()
    for turn in range(5):
        postgres.create(f"quick_{turn}", template=NEWEST)
        postgres.drop(f"quick_{turn}")
    assert (time.monotonic() - begun) / 5 < 1


def test_its_database_is_reached_by_way_of_pgbouncer_too(postgres_url: str, pgbouncer_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    with psycopg.connect(pgbouncer_url) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


async def test_a_server_of_its_own_has_the_newest_shape_too_and_keeps_what_was_committed(
    own_postgres: Postgres,
) -> None:
    url = fresh(own_postgres)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    own_postgres.kill()
    own_postgres.start()
    assert migrations.is_current(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


@pytest.mark.parametrize("missing_in", ["continuous integration", "root on Debian"])
def test_a_missing_server_fails_the_test_where_it_should_have_been_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing_in: str
) -> None:
    monkeypatch.setenv("CI", "true" if missing_in == "continuous integration" else "")
    monkeypatch.setattr(server_fixtures, "DEBIAN", tmp_path / "no" if missing_in != "root on Debian" else tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(pytest.fail.Exception, match=f"{SENTENCE} tools/prepare-tests"):
        installed(absent)


def test_a_missing_server_skips_the_test_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(server_fixtures, "DEBIAN", tmp_path / "no")
    with pytest.raises(pytest.skip.Exception, match=SENTENCE):
        installed(absent)
