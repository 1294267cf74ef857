"""The migrations make the very tables that the code speaks of."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from frontdesk.store.migrations import upgrade
from frontdesk.store.tables import metadata

_PARTIAL = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")


async def test_what_the_migrations_make_is_what_the_tables_say(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.db"
    await upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        made = {name: sql.partition(" WHERE ")[2] for name, sql in connection.execute(_PARTIAL)}
    engine.dispose()
    assert differences == []
    assert made == _conditions()


def _conditions() -> dict[str | None, str]:
    """The conditions of partial indexes, which the comparison does not look at."""
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    found = {index.name: index.dialect_options["sqlite"]["where"] for index in indexes}
    return {name: str(condition) for name, condition in found.items() if condition is not None}
