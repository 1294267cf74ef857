"""Backup and restore of a house on PostgreSQL: a real server, its own programs, real files."""

import asyncio
import hashlib
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from first_shape import ROWS, all_rows, make, shape

from frontdesk.cli import archive
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import Settings, load_settings
from frontdesk.store import migrations
from frontdesk.testing.clock import until
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.processes import run

PICTURE = b"a picture"
_MESSAGE = """
INSERT INTO messages (id, account_id, chat_id, direction, author, kind, status, attempts, media_id, provider_time,
created_at) VALUES (%(message)s, 'acc_01', 'cht_01', 'inbound', 'contact', 'image', 'received', 0, %(media)s, 1, 1)"""
_MEDIA = """
INSERT INTO media (id, account_id, message_id, state, sha256, voice, created_at)
VALUES (%(media)s, 'acc_01', %(message)s, 'stored', %(digest)s, false, 1)"""
_COUNT = "UPDATE ledger SET count = count + 1 WHERE account_id = 'acc_01' AND entry = 'received'"


@pytest.fixture
def database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Makes an empty database; the programs of the server's version come first in the PATH."""
    monkeypatch.setenv("PATH", f"{postgres.server.parent}{os.pathsep}{os.environ['PATH']}")
    made: list[str] = []

    def create(name: str) -> str:
        made.append(f"archive_{name}")
        return postgres.create(made[-1])

    yield create
    for name in made:
        postgres.drop(name)


@pytest.fixture
def settings(database: Callable[[str], str], tmp_path: Path) -> Settings:
    """A house with rows in every table, a file and a key."""
    settings = _house(database("first"), tmp_path / "first")
    settings.make_data_dir()
    settings.vault_key()
    _keep(settings.data_dir, PICTURE)
    make(settings.database_url, revision="0003", rows=ROWS)
    asyncio.run(migrations.upgrade(settings.database_url))
    return settings


@pytest.fixture
def other(database: Callable[[str], str], tmp_path: Path) -> Settings:
    """An empty database and an empty folder."""
    return _house(database("other"), tmp_path / "other")


def _house(url: str, folder: Path) -> Settings:
    return load_settings(env_file=None, data_dir=folder, database=url)


def _keep(data_dir: Path, content: bytes) -> str:
    """Keep a file as the media folder does; gives its hash."""
    digest = hashlib.sha256(content).hexdigest()
    target = data_dir / "media" / digest[:2] / digest
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return digest


def _do(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement.encode())


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "media").rglob("*")
        if path.is_file()
    }


def _backed_up(settings: Settings) -> Path:
    target = settings.data_dir.parent / "backup.tar.gz"
    assert archive.back_up(settings, target, replace=True) == target.stat().st_size
    return target


def _repacked(whole: Path, name: str, content: bytes) -> Path:
    """The archive with another content of one file."""
    folder = whole.parent / "repacked"
    with tarfile.open(whole) as packed:
        packed.extractall(folder, filter="data")
    (folder / name).write_bytes(content)
    with tarfile.open(whole, "w:gz") as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)
    return whole


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_backup_of_postgresql_brings_back_every_row_and_file(settings: Settings, other: Settings) -> None:
    assert archive.restore(other, _backed_up(settings), replace=False) is None
    assert all_rows(other.database_url) == all_rows(settings.database_url)
    assert shape(other.database_url) == shape(settings.database_url)
    assert _files(other.data_dir) == _files(settings.data_dir)
    assert other.vault_key() == settings.vault_key()


async def test_the_commands_back_up_and_restore_postgresql(settings: Settings, other: Settings, tmp_path: Path) -> None:
    target = tmp_path / "kept.tar.gz"
    first, second = (
        {"DATABASE_URL": each.database_url, "FRONTDESK_DATA_DIR": str(each.data_dir)} for each in (settings, other)
    )
    code, out, err = await run(["backup", str(target)], environment=first, folder=tmp_path)
    assert (code, err) == (0, "")
    assert "kept.tar.gz written" in out
    assert target.stat().st_mode & 0o777 == 0o600
    assert await run(["restore", str(target)], environment=second, folder=tmp_path) == (
        0,
        f"Restored from {target}.\n",
        "",
    )
    assert all_rows(other.database_url) == all_rows(settings.database_url)
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []


async def test_a_backup_made_while_messages_come_in_is_of_one_moment(settings: Settings, other: Settings) -> None:
    done, count = threading.Event(), 0

    def receive() -> None:
        nonlocal count
        with psycopg.connect(settings.database_url) as connection:
            while not done.is_set():
                digest = _keep(settings.data_dir, f"picture {count}".encode())
                row = {"message": f"msg_n{count}", "media": f"med_n{count}", "digest": digest}
                connection.execute(_MESSAGE, row)
                connection.execute(_MEDIA, row)
                connection.execute(_COUNT)
                connection.commit()
                count += 1

    receiving = asyncio.create_task(asyncio.to_thread(receive))
    try:
        await until(lambda: count > 20)
        target = await asyncio.to_thread(_backed_up, settings)
        behind = count
        await until(lambda: count > behind)
    finally:
        done.set()
        await receiving
    await asyncio.to_thread(archive.restore, other, target, replace=False)
    rows = await asyncio.to_thread(all_rows, other.database_url)
    received = [row for row in rows["messages"] if row["id"].startswith("msg_n")]
    counted = next(row["count"] for row in rows["ledger"] if row["entry"] == "received")
    assert 20 < len(received) < count
    assert counted == 2 + len(received)
    named = {row["sha256"] for row in rows["media"] if row["id"].startswith("med_n")}
    assert len(named) == len(received)
    assert named <= {Path(name).name for name in _files(other.data_dir)}


def test_restore_replaces_no_table_unless_asked(settings: Settings, other: Settings) -> None:
    _do(other, "CREATE TABLE of_another_program (id int)")
    with pytest.raises(FrontdeskError, match=r"is not empty\. Give --yes"):
        archive.restore(other, _backed_up(settings), replace=False)
    assert list(all_rows(other.database_url)) == ["of_another_program"]


def test_restore_moves_what_was_there_into_a_schema_beside(settings: Settings) -> None:
    target, before = _backed_up(settings), all_rows(settings.database_url)
    _do(settings, "UPDATE messages SET text = 'changed'")
    aside = archive.restore(settings, target, replace=True)
    assert all_rows(settings.database_url) == before
    assert aside is not None
    assert str(aside) == f"{aside.folder} and in the schema {aside.schema} of the database"
    assert len(_files(aside.folder)) == 1
    with psycopg.connect(settings.database_url) as connection:
        kept = connection.execute(f"SELECT DISTINCT text FROM {aside.schema}.messages".encode()).fetchall()
    assert kept == [("changed",)]
    assert archive.restore(settings, _backed_up(settings), replace=True) is not None  # what is aside is in no backup
    assert all_rows(settings.database_url) == before


def test_a_copy_that_cannot_be_put_back_leaves_what_was_there(settings: Settings) -> None:
    target, before = _backed_up(settings), all_rows(settings.database_url)
    with tarfile.open(target) as packed:
        dump = packed.extractfile("frontdesk.dump")
        assert dump is not None
        whole = dump.read()
    _repacked(target, "frontdesk.dump", whole[: len(whole) - 2_000])
    with pytest.raises(FrontdeskError, match="pg_restore failed"):
        archive.restore(settings, target, replace=True)
    assert all_rows(settings.database_url) == before
    assert len(_files(settings.data_dir)) == 1
    with psycopg.connect(settings.database_url) as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'").fetchall()
    assert schemas == []


def test_restore_refuses_while_processes_run_on_the_database(settings: Settings) -> None:
    target = _backed_up(settings)
    sign = (
        "INSERT INTO processes (id, role, host, pid, version, started_at, seen_at) VALUES ('prc_{0}', 'worker', 'm{0}',"
    )
    now = "extract(epoch FROM clock_timestamp()) * 1000"
    _do(settings, f"{sign.format(1)} 7, '0.1.0', 1, {now} - 60000)")
    archive.restore(settings, target, replace=True)
    _do(settings, f"{sign.format(2)} 7, '0.1.0', 1, {now} + 60000)")
    with pytest.raises(SettingsError, match=r"runs on the database .*\(worker on m2\)\. Stop it first"):
        archive.restore(settings, target, replace=True)


def test_a_backup_of_a_newer_version_changes_nothing(settings: Settings, other: Settings) -> None:
    target = _backed_up(settings)
    note = {"format": 1, "database": "postgresql", "revision": "9999"}
    _repacked(target, "manifest.json", json.dumps(note).encode())
    with pytest.raises(FrontdeskError, match=r"newer Frontdesk.*Nothing was changed"):
        archive.restore(other, target, replace=False)
    assert all_rows(other.database_url) == {}


def test_a_backup_of_postgresql_goes_back_into_no_sqlite(settings: Settings, tmp_path: Path) -> None:
    target, lite = _backed_up(settings), load_settings(env_file=None, data_dir=tmp_path / "lite")
    with pytest.raises(FrontdeskError, match=r"moves to PostgreSQL, and not back: .*Nothing was changed"):
        archive.restore(lite, target, replace=False)
    assert not (lite.data_dir / "frontdesk.db").exists()


def test_without_tables_there_is_nothing_to_back_up_on_postgresql(other: Settings, tmp_path: Path) -> None:
    with pytest.raises(FrontdeskError, match="no tables of Frontdesk yet, so there is nothing to back up"):
        archive.back_up(other, tmp_path / "backup.tar.gz", replace=False)


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path, postgres: Postgres) -> None:
    settings = _house(f"postgresql://ana:s3cret@127.0.0.1:{postgres.port}/nowhere", tmp_path / "data")
    with pytest.raises(FrontdeskError, match=r"“nowhere” on 127\.0\.0\.1 could not be used: .*DATABASE_URL") as told:
        archive.back_up(settings, tmp_path / "backup.tar.gz", replace=False)
    assert "s3cret" not in told.value.sentence


def test_a_missing_pg_dump_is_told(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FrontdeskError, match=r"pg_dump was not found\. Install .*postgresql-client-\d+\)"):
        archive.back_up(settings, tmp_path / "backup.tar.gz", replace=False)


def test_a_pg_dump_that_is_too_old_for_the_server_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "old", "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(FrontdeskError, match=r"pg_dump is of PostgreSQL 9, too old for the server"):
        archive.back_up(settings, tmp_path / "backup.tar.gz", replace=False)


def test_no_list_of_processes_shows_the_password(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
    spy += f'echo "$@ / $PGPASSWORD" > {tmp_path}/seen; echo "pg_dump: error: it hurts" >&2; exit 1'
    _program(tmp_path / "spy", "pg_dump", spy)
    monkeypatch.setenv("PATH", f"{tmp_path / 'spy'}{os.pathsep}{os.environ['PATH']}")
    guarded = _house(settings.database_url.replace("postgres@", "postgres:s3cret@"), settings.data_dir)
    with pytest.raises(FrontdeskError, match="pg_dump failed: it hurts"):
        archive.back_up(guarded, tmp_path / "backup.tar.gz", replace=False)
    shown, _, password = (tmp_path / "seen").read_text().strip().partition(" / ")
    assert ("s3cret" in shown, password) == (False, "s3cret")
