"""The database in a backup: copied, looked at, and put back, for each kind of database that there is."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import Settings
from frontdesk.store import upkeep, upkeep_move, upkeep_postgres
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.upkeep import Shape

_NEWER = "The database in {} is of a newer Frontdesk. Update this one first. Nothing was changed."


@dataclass
class Aside:
    """Where what is in the way of a restore is moved to: a folder, made when it is needed, and a schema."""

    data_dir: Path
    stamp: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
    used: bool = False
    schema: str | None = None

    @property
    def folder(self) -> Path:
        """In the data folder."""
        return self.data_dir / f"before-restore-{self.stamp}"

    @property
    def free_schema(self) -> str:
        """A name that no schema has."""
        return upkeep_postgres.ASIDE + self.stamp.replace("-", "_")

    def take(self, path: Path) -> None:
        """Move a file or a folder there, if it exists."""
        if path.exists():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            shutil.move(path, self.folder / path.name)
            self.used = True

    def __bool__(self) -> bool:
        return self.used or self.schema is not None

    def __str__(self) -> str:
        places = [str(self.folder)] * self.used
        places += [f"the schema {self.schema} of the database"] * (self.schema is not None)
        return " and in ".join(places)


class Database(Protocol):
    """What a backup asks of a database. `file` is its name in the archive, `kind` what the manifest calls it."""

    file: str
    kind: str

    def missing(self) -> str | None:
        """Why there is nothing to back up; None where there is something."""

    def revision(self) -> str | None:
        """The migration that it was brought to, where it has to be told beside the copy."""

    def copy(self, target: Path) -> None:
        """Copy it as it stands at one moment, also while others write to it."""

    def in_the_way(self) -> str | None:
        """Whom or what a restore would replace; None where there is nothing.

        Raises:
            SettingsError: a Frontdesk runs on it.
        """

    def check(self, file: Path, revision: str | None, source: Path) -> None:
        """See that a copy is whole and of a shape that this version knows.

        Raises:
            FrontdeskError: it is not.
        """

    def put_back(self, file: Path, aside: Aside) -> None:
        """Put a copy in the place of what is there."""

    def out_of(self, kind: str) -> "Database | None":
        """What takes a copy of a database of that kind; None where nothing does."""


def database_of(settings: Settings) -> Database:
    """The database of an installation."""
    url = settings.database_url
    return Postgres(url) if is_postgres(url) else Sqlite(sqlite_path(url))


class Sqlite:
    """One file."""

    file, kind = "frontdesk.db", "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path

    def missing(self) -> str | None:
        """A file that is not there."""
        there = upkeep.shape(self._path) is not Shape.NONE
        return None if there else f"There is no database at {self._path} yet, so there is nothing to back up."

    def revision(self) -> str | None:
        """It is read in the copy itself."""
        return None

    def copy(self, target: Path) -> None:
        """By SQLite's own copying."""
        upkeep.copy(self._path, target)

    def in_the_way(self) -> str | None:
        """Any file of that name."""
        return f"{self._path} exists already" if self._path.exists() else None

    def check(self, file: Path, revision: str | None, source: Path) -> None:
        """By SQLite's own check."""
        _check_file(file, source)

    def put_back(self, file: Path, aside: Aside) -> None:
        """With what stands beside it."""
        for ending in ("", "-wal", "-shm"):
            aside.take(self._path.with_name(self._path.name + ending))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, self._path)

    def out_of(self, kind: str) -> Database | None:
        """Of its own alone."""
        return self if kind == self.kind else None


def _check_file(file: Path, source: Path) -> None:
    if found := upkeep.damage(file):
        raise FrontdeskError(f"The database in {source} is damaged ({found}). Nothing was changed.")
    if upkeep.shape(file) not in (Shape.CURRENT, Shape.OLDER):
        raise FrontdeskError(_NEWER.format(source))


class Postgres:
    """A database of a server, copied by its own programs."""

    file, kind = "frontdesk.dump", "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url

    def missing(self) -> str | None:
        """Tables that are not there."""
        there = upkeep_postgres.shape(self._url) is not Shape.NONE
        where = upkeep_postgres.place(self._url)
        return (
            None if there else f"The database {where} has no tables of Frontdesk yet, so there is nothing to back up."
        )

    def revision(self) -> str | None:
        """It cannot be read in the copy without putting that back."""
        return upkeep_postgres.revision(self._url)

    def copy(self, target: Path) -> None:
        """By pg_dump."""
        upkeep_postgres.copy(self._url, target)

    def in_the_way(self) -> str | None:
        """Any table."""
        where = upkeep_postgres.place(self._url)
        if found := upkeep_postgres.running(self._url):
            raise SettingsError(f"A Frontdesk runs on the database {where} ({', '.join(found)}). Stop it first.")
        return None if upkeep_postgres.is_empty(self._url) else f"The database {where} is not empty"

    def check(self, file: Path, revision: str | None, source: Path) -> None:
        """By pg_restore, and by what the manifest says."""
        upkeep_postgres.check(self._url, file)
        if upkeep.standing(revision) not in (Shape.CURRENT, Shape.OLDER):
            raise FrontdeskError(_NEWER.format(source))

    def put_back(self, file: Path, aside: Aside) -> None:
        """By pg_restore, in one transaction."""
        if upkeep_postgres.put_back(self._url, file, aside=aside.free_schema):
            aside.schema = aside.free_schema

    def out_of(self, kind: str) -> Database | None:
        """Of its own, and of SQLite: a house may move here."""
        return self if kind == self.kind else Moved(self._url) if kind == Sqlite.kind else None


class Moved(Postgres):
    """The same, given the file of a house that was on SQLite until now."""

    file = Sqlite.file

    def check(self, file: Path, revision: str | None, source: Path) -> None:
        """As a file that stays one."""
        _check_file(file, source)

    def put_back(self, file: Path, aside: Aside) -> None:
        """Row by row, in one transaction."""
        if upkeep_move.move(file, self._url, aside=aside.free_schema):
            aside.schema = aside.free_schema
