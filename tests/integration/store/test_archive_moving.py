"""A house moves from SQLite to PostgreSQL with its backup: every row, file and secret, or nothing at all."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from first_shape import ROWS, Rows, all_rows, make, shape

from frontdesk.cli import archive
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import Settings, load_settings
from frontdesk.store import changes, migrations
from frontdesk.store.changes import Kind
from frontdesk.store.store import Store
from frontdesk.store.tables import metadata
from frontdesk.store.upkeep_move import LEFT_BEHIND
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.processes import run

PICTURE = b"a picture"
NEWER = """
INSERT INTO tries (key, count, last_at) VALUES ('hash', 3, 1750000000000);
INSERT INTO outages (account_id, since, last_at, why, given_up) VALUES ('acc_01', 1, 2, 'no way out', 1);
INSERT INTO processes (id, role, host, pid, version, says, started_at, seen_at)
    VALUES ('prc_1', 'serve', 'here', 7, '0.1.0', '{}', 1, 99999999999999);
INSERT INTO leases (name, owner, until) VALUES ('line:acc_02', 'prc_1', 99999999999999);
INSERT INTO changes (number, kind, about) VALUES (41, 'account', 'acc_01');
INSERT INTO model_uses (day, purpose, model, calls, tokens_in, tokens_out)
    VALUES ('2026-03-11', 'importance', 'fake:', 1, 100, 10);
INSERT INTO reminders (id, account_id, chat_id, message_id, place, kind, what, due_at, timed, remind_at, state, touched,
        made_by, said_at, created_at)
    VALUES ('rem_1', 'acc_01', 'cht_01', 'msg_01', 0, 'promise', 'I will call', 2, 1, 2, 'open', 0, 'phone', 1, 1);
INSERT INTO digests (id, name, schedule, language, choice, ways, enabled, covered_to, next_at, created_at)
    VALUES ('dig_1', 'Morning', 'daily', 'en', '{}', '["inbox"]', 1, 1, 99999999999999, 1);
INSERT INTO digest_issues (id, digest_id, due_at, since, until, state, content, text, created_at, made_at)
    VALUES ('iss_1', 'dig_1', 1, 0, 1, 'made', '{}', 'Nothing came in.', 1, 1);
INSERT INTO digest_words (issue_id, target, state, at) VALUES ('iss_1', 'self', 'told', 1);
INSERT INTO owner_words (id, target, matter, key, level, account_id, chat_id, name, said, reason, at, state, created_at)
    VALUES ('wrd_1', 'mark', 'msg_01', 'urgent:cht_01', 5, 'acc_01', 'cht_01', 'Ana', 'Now!', 'Urgent', 1, 'told', 1);
INSERT INTO services (id, name, minutes, price, step, before, after, notice, ahead_days, reminders, language,
    account_id, created_at)
    VALUES ('svc_1', 'Cleaning', 30, '45 €', 15, 0, 10, 120, 60, '[1440]', 'pt_PT', 'acc_01', 1);
INSERT INTO resources (id, name, zone, seats, account_id, created_at)
    VALUES ('res_1', 'Dr Silva', 'Europe/Lisbon', 2, 'acc_01', 1);
INSERT INTO service_resources (service_id, resource_id) VALUES ('svc_1', 'res_1');
INSERT INTO weekly_hours (resource_id, weekday, opens, closes) VALUES ('res_1', 0, 540, 780);
INSERT INTO special_days (id, resource_id, day, open, opens, closes, note)
    VALUES ('day_1', NULL, '2026-12-24', 0, 0, 1440, 'Christmas Eve');
INSERT INTO appointments (id, service_id, resource_id, seat, account_id, contact_id, name, state, start_at, end_at,
    kept_from, kept_to, booked_by, changed_by, sequence, created_at, timed_at, changed_at)
    VALUES ('apt_1', 'svc_1', 'res_1', 1, 'acc_01', 'con_01', 'Ana', 'booked', 1800000000000, 1800001800000,
    1800000000000, 1800002400000, 'agent', 'agent', 3, 1, 1, 1);
INSERT INTO appointment_cells (resource_id, seat, cell, appointment_id) VALUES ('res_1', 1, 6000000, 'apt_1');
INSERT INTO appointment_reminders (appointment_id, start_at, minutes, at) VALUES ('apt_1', 1800000000000, 1440, 7);
INSERT INTO calendar_feeds (id, name, resource_id, made_by, created_at) VALUES ('cal_1', 'Phone', 'res_1', 'opr_1', 1)
"""  # in the tables that came after the first version


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """A house on SQLite with rows in every table, a file and a key."""
    settings = load_settings(env_file=None, data_dir=tmp_path / "old")
    settings.make_data_dir()
    settings.vault_key()
    digest = hashlib.sha256(PICTURE).hexdigest()
    (settings.data_dir / "media" / digest[:2]).mkdir(parents=True)
    (settings.data_dir / "media" / digest[:2] / digest).write_bytes(PICTURE)
    make(settings.database_url, revision="0003", rows=ROWS)
    asyncio.run(migrations.upgrade(settings.database_url))
    _do(settings, NEWER)
    return settings


@pytest.fixture
def new(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """An empty database of PostgreSQL and an empty folder."""
    url = postgres.create("moving")
    yield load_settings(env_file=None, data_dir=tmp_path / "new", database=url)
    postgres.drop("moving")


def _do(settings: Settings, *statements: str) -> None:
    with closing(sqlite3.connect(settings.data_dir / "frontdesk.db")) as database:
        for statement in statements:
            database.executescript(statement)
        database.commit()


def _backed_up(settings: Settings) -> Path:
    target = settings.data_dir.parent / "backup.tar.gz"
    archive.back_up(settings, target, replace=True)
    return target


def _moved(rows: Rows) -> Rows:
    """What has to be there after the move."""
    return {name: [] if name in LEFT_BEHIND else kept for name, kept in rows.items()}


def test_every_table_of_these_tests_has_rows(old: Settings) -> None:
    rows = all_rows(old.database_url)
    assert [name for name, found in rows.items() if not found] == []
    assert set(rows) == set(metadata.tables)


def test_a_house_moves_to_postgresql_with_every_row_and_file(old: Settings, new: Settings) -> None:
    assert archive.restore(new, _backed_up(old), replace=False) is None
    assert all_rows(new.database_url) == _moved(all_rows(old.database_url))
    assert new.vault_key() == old.vault_key()
    assert [path.read_bytes() for path in (new.data_dir / "media").rglob("*") if path.is_file()] == [PICTURE]
    assert not (new.data_dir / "frontdesk.db").exists()


def test_a_house_that_moved_has_the_shape_of_a_new_one(old: Settings, new: Settings, postgres_url: str) -> None:
    archive.restore(new, _backed_up(old), replace=False)
    assert shape(new.database_url) == shape(postgres_url)
    asyncio.run(migrations.upgrade(new.database_url))
    assert all_rows(new.database_url) == _moved(all_rows(old.database_url))


def test_a_house_of_an_older_version_moves_into_the_present_shape(
    old: Settings, new: Settings, tmp_path: Path, postgres_url: str
) -> None:
    older = load_settings(env_file=None, data_dir=tmp_path / "older")
    older.make_data_dir()
    make(older.database_url, revision="0003", rows=ROWS)
    archive.restore(new, _backed_up(older), replace=False)
    assert shape(new.database_url) == shape(postgres_url)
    first = all_rows(old.database_url)
    assert all_rows(new.database_url)["messages"] == first["messages"]


def test_what_only_sqlite_can_keep_is_made_to_fit(old: Settings, new: Settings) -> None:
    """A NUL within a text, bytes that are no text, and a number that is too large for the column."""
    _do(
        old,
        "UPDATE messages SET text = 'a' || char(0) || 'b'",
        "UPDATE contacts SET name = CAST(x'41ff42' AS TEXT)",
        "UPDATE chats SET expires_after = 3000000000, name = 'back\\slash\ttab\nline \\N'",
        "UPDATE accounts SET created_at = 9007199254740993",
    )
    archive.restore(new, _backed_up(old), replace=False)
    rows = all_rows(new.database_url)
    assert {row["text"] for row in rows["messages"]} == {"ab"}
    assert {row["name"] for row in rows["contacts"]} == {"A\ufffdB"}
    assert {(row["expires_after"], row["name"]) for row in rows["chats"]} == {(2**31 - 1, "back\\slash\ttab\nline \\N")}
    assert {row["created_at"] for row in rows["accounts"]} == {9007199254740993}


@pytest.fixture
async def store(old: Settings, new: Settings) -> AsyncIterator[Store]:
    await asyncio.to_thread(archive.restore, new, await asyncio.to_thread(_backed_up, old), replace=False)
    store = Store(new.database_url)
    yield store
    await store.close()


async def test_a_house_that_moved_goes_on_to_count_its_changes(store: Store) -> None:
    for _ in range(2):
        async with store.begin() as tx:
            await changes.note(tx, Kind.RIGHTS)
    async with store.read() as read:
        assert await changes.stand(read, 0) == (2, 2)


def test_no_table_that_moves_counts_its_rows_by_a_sequence(postgres_url: str) -> None:
    """One that did would have to be told where to go on."""
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'S'").fetchall()
    assert found == [("changes_number_seq",)]


def test_a_house_moves_into_no_database_that_holds_something(old: Settings, new: Settings) -> None:
    with psycopg.connect(new.database_url) as connection:
        connection.execute("CREATE TABLE of_another_program (id int)")
    with pytest.raises(FrontdeskError, match=r"is not empty\. Give --yes"):
        archive.restore(new, _backed_up(old), replace=False)
    assert list(all_rows(new.database_url)) == ["of_another_program"]
    aside = archive.restore(new, _backed_up(old), replace=True)
    assert aside is not None
    assert aside.schema is not None
    assert all_rows(new.database_url) == _moved(all_rows(old.database_url))


def test_a_house_does_not_move_under_processes_that_run(old: Settings, new: Settings, postgres_url: str) -> None:
    running = load_settings(env_file=None, data_dir=new.data_dir, database=postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "INSERT INTO processes (id, role, host, pid, version, started_at, seen_at) VALUES "
            "('prc_2', 'web', 'm2', 7, '0.1.0', 1, extract(epoch FROM clock_timestamp()) * 1000 + 60000)"
        )
    with pytest.raises(SettingsError, match=r"web on m2"):
        archive.restore(running, _backed_up(old), replace=True)


def _without_owner(old: Settings) -> None:
    _do(old, "PRAGMA foreign_keys = OFF; UPDATE chats SET account_id = 'acc_none'")


def _with_a_word_for_a_number(old: Settings) -> None:
    _do(old, "UPDATE messages SET attempts = 'often'")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without_owner, r"could not be moved to the database “moving” .*Nothing was changed"),
        (_with_a_word_for_a_number, r"“messages” holds words where a number belongs\. Nothing was changed"),
    ],
)
def test_a_row_that_postgresql_does_not_take_leaves_all_as_it_was(
    old: Settings, new: Settings, spoil: Callable[[Settings], None], words: str
) -> None:
    with psycopg.connect(new.database_url) as connection:
        connection.execute("CREATE TABLE before (id int)")
    spoil(old)
    with pytest.raises(FrontdeskError, match=words) as told:
        archive.restore(new, _backed_up(old), replace=True)
    assert list(all_rows(new.database_url)) == ["before"]
    assert not (new.data_dir / "media").exists()
    assert "acc_none" not in told.value.sentence


async def test_the_command_moves_a_house(old: Settings, new: Settings, tmp_path: Path) -> None:
    target = await asyncio.to_thread(_backed_up, old)
    environment = {"DATABASE_URL": new.database_url, "FRONTDESK_DATA_DIR": str(new.data_dir)}
    code, out, err = await run(["restore", str(target)], environment=environment, folder=tmp_path)
    assert (code, out, err) == (0, f"Restored from {target}.\n", "")
    assert all_rows(new.database_url) == _moved(all_rows(old.database_url))


def test_a_move_is_the_same_through_a_pooler(old: Settings, new: Settings, pgbouncer: Any) -> None:
    url = pgbouncer.url(new.database_url.rpartition("/")[2])
    by_way = load_settings(env_file=None, data_dir=new.data_dir, database=url)
    archive.restore(by_way, _backed_up(old), replace=False)
    assert all_rows(new.database_url) == _moved(all_rows(old.database_url))
