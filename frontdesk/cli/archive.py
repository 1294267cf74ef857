"""Backups: the database, the media and the secret key in one archive, and back again."""

import json
import os
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from frontdesk import __version__
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings
from frontdesk.settings.running import alone
from frontdesk.store import upkeep
from frontdesk.store.engine import sqlite_path
from frontdesk.store.upkeep import Shape

DATABASE, MANIFEST, KEY, MEDIA = "frontdesk.db", "manifest.json", "secret.key", "media"
FORMAT = 1


def back_up(settings: Settings, target: Path, *, replace: bool) -> int:
    """Write the archive; gives its size in bytes. What runs may go on running.

    Raises:
        FrontdeskError: there is nothing to keep, or the file cannot be written.
    """
    database = sqlite_path(settings.database_url)
    if upkeep.shape(database) is Shape.NONE:
        raise FrontdeskError(f"There is no database at {database} yet, so there is nothing to back up.")
    if target.exists() and not replace:
        raise FrontdeskError(f"{target} exists already. Give another name, or --yes to replace it.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as work:
            made = Path(work) / "archive"
            copied = Path(work) / DATABASE
            upkeep.copy(database, copied)
            _write(made, copied, settings.data_dir)
            made.replace(target)
    except OSError as refused:
        raise FrontdeskError(f"The backup could not be written to {target}: {_why(refused)}.") from refused
    return target.stat().st_size


def _write(made: Path, database: Path, data_dir: Path) -> None:
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    note = {"format": FORMAT, "version": __version__, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    manifest = database.with_name(MANIFEST)
    manifest.write_text(json.dumps(note))
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=5) as archive:
        archive.add(manifest, MANIFEST)
        archive.add(database, DATABASE)
        if (data_dir / KEY).is_file():
            archive.add(data_dir / KEY, KEY)
        # After the database: whatever it speaks of is there, unless it was deleted meanwhile.
        for each in sorted((data_dir / MEDIA).rglob("*")):
            if each.is_file() and not each.is_symlink():
                _add(archive, each, each.relative_to(data_dir).as_posix())


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        archive.add(path, name, recursive=False)
    except FileNotFoundError:
        return  # retention or a finished download took it away meanwhile


def restore(settings: Settings, source: Path, *, replace: bool) -> Path | None:
    """Put an archive back in place. What was there is moved aside; gives where to.

    Raises:
        FrontdeskError: it is no backup, or something is there already.
        SettingsError: a Frontdesk runs on the data folder.
    """
    if not source.is_file():
        raise FrontdeskError(f"There is no file {source}.")
    data_dir, database = settings.make_data_dir(), sqlite_path(settings.database_url)
    with alone(data_dir):
        if database.exists() and not replace:
            raise FrontdeskError(f"{database} exists already. Give --yes to put the backup in its place.")
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as work:
                _unpack(source, Path(work))
                aside = _move_aside(data_dir, database)
                _move_in(Path(work), data_dir, database)
        except OSError as refused:
            raise FrontdeskError(f"{source} could not be restored: {_why(refused)}.") from refused
    return aside


def _unpack(source: Path, work: Path) -> None:
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _extract(archive, member, work)
        note = json.loads((work / MANIFEST).read_text())
        known = isinstance(note, dict) and note.get("format") == FORMAT
    except (tarfile.TarError, EOFError, ValueError, FileNotFoundError) as broken:
        raise FrontdeskError(
            f"{source} is no whole backup of Frontdesk ({_why(broken)}). Nothing was changed."
        ) from broken
    if not known:
        raise FrontdeskError(f"{source} was made by a newer Frontdesk. Update this one first. Nothing was changed.")
    if found := upkeep.damage(work / DATABASE):
        raise FrontdeskError(f"The database in {source} is damaged ({found}). Nothing was changed.")
    if upkeep.shape(work / DATABASE) not in (Shape.CURRENT, Shape.OLDER):
        raise FrontdeskError(f"The database in {source} is of a newer Frontdesk. Update this one first.")


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    """Write one file of the archive, if it is one that a backup holds; no name of it leads out of the folder."""
    parts = PurePosixPath(member.name).parts
    known = member.name in (DATABASE, MANIFEST, KEY) or (parts[:1] == (MEDIA,) and ".." not in parts)
    content = archive.extractfile(member) if known and member.isfile() else None
    if content is None:
        return
    target = work.joinpath(*parts)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with content, target.open("xb") as file:
        shutil.copyfileobj(content, file)


def _move_aside(data_dir: Path, database: Path) -> Path | None:
    beside = [database.with_name(database.name + ending) for ending in ("", "-wal", "-shm")]
    found = [path for path in (*beside, data_dir / KEY, data_dir / MEDIA) if path.exists()]
    if not found:
        return None
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    aside.mkdir(mode=0o700)
    for path in found:
        shutil.move(path, aside / path.name)
    return aside


def _move_in(work: Path, data_dir: Path, database: Path) -> None:
    database.parent.mkdir(parents=True, exist_ok=True)
    for name, target in ((KEY, data_dir / KEY), (MEDIA, data_dir / MEDIA), (DATABASE, database)):
        if (work / name).exists():
            shutil.move(work / name, target)
    if (data_dir / KEY).exists():
        (data_dir / KEY).chmod(0o600)


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
