"""Backups: the database, the media and the secret key in one archive, and back again."""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from frontdesk import __version__
from frontdesk.cli.archive_databases import Aside, Database, database_of
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings
from frontdesk.settings.running import alone

MANIFEST, KEY, MEDIA = "manifest.json", "secret.key", "media"
DATABASES = {
    "sqlite": "frontdesk.db",
    "postgresql": "frontdesk.dump",
}  # by what the manifest says; SQLite without a word
FORMAT = 1


def back_up(settings: Settings, target: Path, *, replace: bool) -> int:
    """Write the archive; gives its size in bytes. What runs may go on running.

    Raises:
        FrontdeskError: there is nothing to keep, or the file cannot be written.
    """
    database = database_of(settings)
    if missing := database.missing():
        raise FrontdeskError(missing)
    if target.exists() and not replace:
        raise FrontdeskError(f"{target} exists already. Give another name, or --yes to replace it.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as work:
            made = Path(work) / "archive"
            _write(made, database, settings.data_dir)
            made.replace(target)
    except OSError as refused:
        raise FrontdeskError(f"The backup could not be written to {target}: {_why(refused)}.") from refused
    return target.stat().st_size


def _write(made: Path, database: Database, data_dir: Path) -> None:
    copied, manifest = made.with_name(database.file), made.with_name(MANIFEST)
    manifest.write_text(json.dumps(_note(database)))
    database.copy(copied)
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=5) as archive:
        archive.add(manifest, MANIFEST)
        archive.add(copied, database.file)
        if (data_dir / KEY).is_file():
            archive.add(data_dir / KEY, KEY)
        # After the database: whatever it speaks of is there, unless it was deleted meanwhile.
        for each in sorted((data_dir / MEDIA).rglob("*")):
            if each.is_file() and not each.is_symlink():
                _add(archive, each, each.relative_to(data_dir).as_posix())


def _note(database: Database) -> dict[str, object]:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    note = {"format": FORMAT, "version": __version__, "made_at": made_at, "database": database.kind}
    return note if (revision := database.revision()) is None else {**note, "revision": revision}


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        archive.add(path, name, recursive=False)
    except FileNotFoundError:
        return  # retention or a finished download took it away meanwhile


def restore(settings: Settings, source: Path, *, replace: bool) -> Aside | None:
    """Put an archive back in place. What was there is moved aside; gives where to.

    Raises:
        FrontdeskError: it is no backup, or something is there already.
        SettingsError: a Frontdesk runs on the data folder, or on the database.
    """
    if not source.is_file():
        raise FrontdeskError(f"There is no file {source}.")
    data_dir, database = settings.make_data_dir(), database_of(settings)
    with alone(data_dir):
        if (found := database.in_the_way()) and not replace:
            raise FrontdeskError(f"{found}. Give --yes to put the backup in its place.")
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as work:
                database, aside = _unpack(source, Path(work), database), Aside(data_dir)
                database.put_back(Path(work) / database.file, aside)
                _put_back_files(Path(work), data_dir, aside)
        except OSError as refused:
            raise FrontdeskError(f"{source} could not be restored: {_why(refused)}.") from refused
    return aside or None


def _unpack(source: Path, work: Path, database: Database) -> Database:
    """Look at the whole of it; gives what takes its copy of the database.

    Raises:
        FrontdeskError: it is no backup, or none for this database.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _extract(archive, member, work)
        note = json.loads((work / MANIFEST).read_text())
        known = isinstance(note, dict) and note.get("format") == FORMAT
    except (tarfile.TarError, EOFError, ValueError, FileNotFoundError) as broken:
        raise _no_backup(source, _why(broken)) from broken
    if not known or note.get("database", "sqlite") not in DATABASES:
        raise FrontdeskError(f"{source} was made by a newer Frontdesk. Update this one first. Nothing was changed.")
    taker = _taker(note, source, database)
    if not (work / taker.file).is_file():
        raise _no_backup(source, f"it holds no {taker.file}")
    revision = note.get("revision")
    taker.check(work / taker.file, None if revision is None else str(revision), source)
    return taker


def _no_backup(source: Path, why: str) -> FrontdeskError:
    return FrontdeskError(f"{source} is no whole backup of Frontdesk ({why}). Nothing was changed.")


def _taker(note: Mapping[str, Any], source: Path, database: Database) -> Database:
    """A backup goes back into the kind of database that it was made of; one of SQLite into PostgreSQL as well.

    Raises:
        FrontdeskError: it was made of PostgreSQL, and this is SQLite.
    """
    taker = database.out_of(note.get("database", "sqlite"))
    if taker is None:
        raise FrontdeskError(
            f"{source} was made of PostgreSQL, and DATABASE_URL names SQLite. A house moves to PostgreSQL, and not "
            "back: set DATABASE_URL to a database there. Nothing was changed."
        )
    return taker


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    """Write one file of the archive, if it is one that a backup holds; no name of it leads out of the folder."""
    parts = PurePosixPath(member.name).parts
    known = member.name in (*DATABASES.values(), MANIFEST, KEY) or (parts[:1] == (MEDIA,) and ".." not in parts)
    content = archive.extractfile(member) if known and member.isfile() else None
    if content is None:
        return
    target = work.joinpath(*parts)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with content, target.open("xb") as file:
        shutil.copyfileobj(content, file)


def _put_back_files(work: Path, data_dir: Path, aside: Aside) -> None:
    for name in (KEY, MEDIA):
        aside.take(data_dir / name)
        if (work / name).exists():
            shutil.move(work / name, data_dir / name)
    if (data_dir / KEY).exists():
        (data_dir / KEY).chmod(0o600)


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
