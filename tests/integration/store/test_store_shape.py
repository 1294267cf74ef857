"""The migrations make the very tables that the code speaks of."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from frontdesk.store.migrations import _config, upgrade
from frontdesk.store.tables import metadata

OLDER = (
    "INSERT INTO accounts (id, channel, name, options, state, from_settings, created_at)"
    " VALUES ('acc_1', 'cloud', 'Clinic', '{}', 'connected', 0, 1)",
    "INSERT INTO contacts (id, account_id, created_at) VALUES ('con_1', 'acc_1', 1)",
    "INSERT INTO chats (id, account_id, contact_id, name, trusted, agent_mode, switched_by_hand, state, labels,"
    " last_message_at, unread, created_at)"
    " VALUES ('cht_1', 'acc_1', 'con_1', 'Ana', 1, 'auto', 0, 'open', '[]', 1, 0, 1)",
    "INSERT INTO messages (id, account_id, chat_id, direction, author, kind, text, status, attempts, provider_time,"
    " created_at)"
    " VALUES ('msg_1', 'acc_1', 'cht_1', 'inbound', 'contact', 'text', 'Good morning', 'received', 0, 1, 1)",
)
_PARTIAL = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")


async def test_what_the_migrations_make_is_what_the_tables_say(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.db"
    await upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        here = MigrationContext.configure(connection, opts={"include_object": lambda thing, *_: not thing.info})
        differences = compare_metadata(here, metadata)
        made = {name: sql.partition(" WHERE ")[2] for name, sql in connection.execute(_PARTIAL)}
    engine.dispose()
    assert differences == []
    assert made == _conditions()


async def test_a_newer_version_keeps_what_an_older_one_stored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    command.upgrade(_config(url), "0002")
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in OLDER:
            connection.execute(text(statement))
    await upgrade(url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT text, vanishes_at FROM messages JOIN chats ON chats.id = chat_id")).all()
    engine.dispose()
    assert kept == [("Good morning", None)]


def _conditions() -> dict[str | None, str]:
    """The conditions of partial indexes, which the comparison does not look at."""
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    found = {index.name: index.dialect_options["sqlite"]["where"] for index in indexes}
    return {name: str(condition) for name, condition in found.items() if condition is not None}
