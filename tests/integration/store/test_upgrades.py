"""A newer version takes over what an older one stored, on both databases: every row, and the shape of a new house."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from first_shape import ROWS, all_rows, engine, make, shape

from frontdesk.store import migrations
from frontdesk.store.tables import metadata
from frontdesk.testing.postgres import Postgres

FIRST = "0003"  # the first that was given to others


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}", f"sqlite:///{tmp_path / 'new.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    names = ("upgrade_old", "upgrade_new")
    yield server.create(names[0]), server.create(names[1])
    for name in names:
        server.drop(name)


def test_the_rows_of_the_first_version_fill_every_table(urls: tuple[str, str]) -> None:
    old, _ = urls
    make(old, revision=FIRST, rows=ROWS)
    assert [name for name, rows in all_rows(old).items() if not rows] == []


def test_an_upgrade_from_the_first_version_keeps_every_row(urls: tuple[str, str]) -> None:
    old, _ = urls
    make(old, revision=FIRST, rows=ROWS)
    before = all_rows(old)
    asyncio.run(migrations.upgrade(old))
    after = all_rows(old)
    kept = {
        name: [{column: row[column] for column in first} for row, first in zip(after[name], rows, strict=True)]
        for name, rows in before.items()
    }
    assert kept == before


@pytest.mark.parametrize("revision", ["0001", "0002", FIRST])
def test_an_upgraded_database_has_the_shape_of_a_new_one(urls: tuple[str, str], revision: str) -> None:
    old, new = urls
    make(old, revision=revision, rows=ROWS if revision == FIRST else None)
    asyncio.run(migrations.upgrade(old))
    metadata.create_all(engine(new))
    assert shape(old) == shape(new)


def test_an_upgrade_that_is_repeated_changes_nothing(urls: tuple[str, str]) -> None:
    old, _ = urls
    make(old, revision=FIRST, rows=ROWS)
    asyncio.run(migrations.upgrade(old))
    before = all_rows(old), shape(old)
    asyncio.run(migrations.upgrade(old))
    assert (all_rows(old), shape(old)) == before


def test_tables_whose_rows_change_all_the_time_have_room_for_it(postgres_url: str) -> None:
    """A new version of a row that fits beside the old one touches no index."""
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(
            "INSERT INTO ledger (account_id, entry, count) "
            "SELECT 'acc_' || n, 'received', 0 FROM generate_series(1, 200) AS n"
        )
        database.execute("UPDATE ledger SET count = count + 1")
        database.execute("SELECT pg_stat_force_next_flush()")
        row = database.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'ledger'"
        ).fetchone()
        kept = database.execute(
            "SELECT relname FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r' ORDER BY 1"
        ).fetchall()
    assert row == (200, 200)
    assert [name for (name,) in kept] == ["accounts", "chats", "jobs", "leases", "ledger", "messages", "processes"]
