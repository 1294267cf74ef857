"""Looking after the database file: its shape, its health, and a copy of it while it is used."""

import sqlite3
from contextlib import closing
from enum import StrEnum
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from frontdesk.store import migrations


class Shape(StrEnum):
    """How the tables of a database stand to this version."""

    NONE = "none"
    OLDER = "older"
    CURRENT = "current"
    UNKNOWN = "unknown"  # of a newer version, or of another program


def shape(path: Path) -> Shape:
    """The shape of a database file; a file that does not exist, or is empty, has none."""
    if not path.is_file() or not path.stat().st_size:
        return Shape.NONE
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return standing(present)


def standing(present: str | None) -> Shape:
    """How a database that was brought to a migration stands to this version."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    if present == scripts.get_current_head():
        return Shape.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Shape.OLDER if present in known else Shape.UNKNOWN


def damage(path: Path) -> str | None:
    """What SQLite's own quick check finds wrong in the file, in its words; None when all is well."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as broken:
        return str(broken)
    return None if found == ["ok"] else "; ".join(found)


def copy(path: Path, target: Path) -> None:
    """Copy the database as it stands at one moment, also while others write to it.

    Raises:
        OSError: it could not be read or written.
    """
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(target)) as made,
        ):
            source.backup(made)  # in one step: in several, each write by others would begin it anew
            made.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
    except sqlite3.Error as broken:
        raise OSError(f"the database could not be copied: {broken}") from broken
