"""Backup and restore, on real files."""

import asyncio
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from bare_folder import bare_folder
from sqlalchemy import text

from frontdesk.cli import archive
from frontdesk.desk.knowledge import Knowledge
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import alone
from frontdesk.store import migrations, upkeep
from frontdesk.store.store import Store
from frontdesk.store.upkeep import Shape


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder with a database, a file and a key."""
    bare_folder(tmp_path, monkeypatch)
    settings = load_settings(env_file=None, data_dir=tmp_path / "data")
    settings.make_data_dir()
    settings.vault_key()
    (settings.data_dir / "media" / "ab").mkdir(parents=True)
    (settings.data_dir / "media" / "ab" / "abcd").write_bytes(b"a picture")
    asyncio.run(migrations.upgrade(settings.database_url))
    _learn(settings, "first")
    return settings


def _learn(settings: Settings, *names: str) -> None:
    async def learn() -> None:
        store = Store(settings.database_url)
        for name in names:
            await Knowledge(store, SystemClock()).add(f"{name}.md", f"What {name} is.")
        await store.close()

    asyncio.run(learn())


def _known(settings: Settings) -> list[str]:
    async def look() -> list[str]:
        store = Store(settings.database_url)
        found = await Knowledge(store, SystemClock()).sources()
        await store.close()
        return [name for name, _ in found]

    return asyncio.run(look())


def _pack(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def _files(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as made:
        return {member.name: (made.extractfile(member) or io.BytesIO()).read() for member in made}


def test_a_backup_brings_everything_back(settings: Settings, tmp_path: Path) -> None:
    target, key = tmp_path / "backup.tar.gz", settings.vault_key()
    assert archive.back_up(settings, target, replace=False) == target.stat().st_size
    other = load_settings(env_file=None, data_dir=tmp_path / "other")
    assert archive.restore(other, target, replace=False) is None
    assert _known(other) == ["first"]
    assert other.vault_key() == key
    assert (other.data_dir / "media" / "ab" / "abcd").read_bytes() == b"a picture"
    assert (other.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    assert upkeep.shape(other.data_dir / "frontdesk.db") is Shape.CURRENT


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_else_behind(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "kept" / "backup.tar.gz"
    target.parent.mkdir()
    archive.back_up(settings, target, replace=False)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["backup.tar.gz"]


def test_a_backup_made_while_others_write_is_whole(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"

    async def both() -> None:
        store, done = Store(settings.database_url), asyncio.Event()
        knowledge = Knowledge(store, SystemClock())

        async def write() -> int:
            count = 0
            while not done.is_set():
                await knowledge.add(f"n{count}.md", "text")
                count += 1
            return count

        writing = asyncio.create_task(write())
        await knowledge.search("text")
        await asyncio.to_thread(archive.back_up, settings, target, replace=False)
        done.set()
        assert await writing > 0
        await store.close()

    asyncio.run(both())
    other = load_settings(env_file=None, data_dir=tmp_path / "other")
    archive.restore(other, target, replace=False)
    assert upkeep.damage(other.data_dir / "frontdesk.db") is None
    assert set(_known(other)) <= set(_known(settings))


def test_a_backup_replaces_no_file_unless_asked(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    target.write_text("precious")
    with pytest.raises(FrontdeskError, match="exists already"):
        archive.back_up(settings, target, replace=False)
    assert target.read_text() == "precious"
    archive.back_up(settings, target, replace=True)
    assert "frontdesk.db" in _files(target)


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    settings = load_settings(env_file=None, data_dir=tmp_path / "none")
    with pytest.raises(FrontdeskError, match="nothing to back up"):
        archive.back_up(settings, tmp_path / "backup.tar.gz", replace=False)
    assert not settings.data_dir.exists()


def test_a_folder_that_does_not_exist_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FrontdeskError, match="could not be written"):
        archive.back_up(settings, tmp_path / "none" / "backup.tar.gz", replace=False)


def test_restore_keeps_what_was_there(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    archive.back_up(settings, target, replace=False)
    _learn(settings, "second")
    with pytest.raises(FrontdeskError, match="--yes"):
        archive.restore(settings, target, replace=False)
    assert _known(settings) == ["first", "second"]
    aside = archive.restore(settings, target, replace=True)
    assert _known(settings) == ["first"]
    assert aside is not None
    moved = load_settings(env_file=None, data_dir=aside.folder)
    assert _known(moved) == ["first", "second"]
    assert (aside.folder / "media" / "ab" / "abcd").exists()


def test_restore_refuses_while_a_frontdesk_runs(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    archive.back_up(settings, target, replace=False)
    with alone(settings.data_dir), pytest.raises(SettingsError, match="runs on"):
        archive.restore(settings, target, replace=True)
    assert _known(settings) == ["first"]


def _cut(whole: Path) -> None:
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def _damaged(whole: Path) -> None:
    files = _files(whole)
    files["frontdesk.db"] = files["frontdesk.db"][:5_000] + b"\xa5" * 20_000 + files["frontdesk.db"][25_000:]
    _pack(whole, files)


def _newer(whole: Path) -> None:
    _pack(whole, {**_files(whole), "manifest.json": json.dumps({"format": 2}).encode()})


def _nothing_in_it(whole: Path) -> None:
    _pack(whole, {"readme.txt": b"hello"})


def _no_archive(whole: Path) -> None:
    whole.write_bytes(b"hello")


@pytest.mark.parametrize("spoil", [_cut, _damaged, _newer, _nothing_in_it, _no_archive])
def test_a_backup_that_is_not_whole_changes_nothing(
    settings: Settings, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    target = tmp_path / "backup.tar.gz"
    archive.back_up(settings, target, replace=False)
    spoil(target)
    with pytest.raises(FrontdeskError, match="Nothing was changed"):
        archive.restore(settings, target, replace=True)
    assert _known(settings) == ["first"]
    assert [path.name for path in settings.data_dir.iterdir() if path.name.startswith((".", "before"))] == []


def test_no_name_in_an_archive_leads_out_of_the_data_folder(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    archive.back_up(settings, target, replace=False)
    evil = {
        "media/../../evil": b"x",
        "../evil": b"x",
        f"{tmp_path}/evil": b"x",
        "media/ab/fine": b"y",
        "bin/evil": b"x",
    }
    _pack(target, {**_files(target), **evil})
    archive.restore(settings, target, replace=True)
    assert list(tmp_path.rglob("evil")) == []
    assert (settings.data_dir / "media" / "ab" / "fine").read_bytes() == b"y"


def test_a_database_of_a_newer_version_has_an_unknown_shape(settings: Settings, tmp_path: Path) -> None:
    async def age() -> None:
        store = Store(settings.database_url)
        async with store.begin() as tx:
            await tx.run(text("UPDATE alembic_version SET version_num = '9999'"))
        await store.close()

    asyncio.run(age())
    assert upkeep.shape(settings.data_dir / "frontdesk.db") is Shape.UNKNOWN
    target = tmp_path / "backup.tar.gz"
    archive.back_up(settings, target, replace=False)
    with pytest.raises(FrontdeskError, match="newer Frontdesk"):
        archive.restore(settings, target, replace=True)
