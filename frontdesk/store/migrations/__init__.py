"""Forward migrations, run on start."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from frontdesk.store.engine import plain_url, usable


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["url"] = plain_url(url)
    return config


async def upgrade(url: str) -> None:
    """Bring the database to the newest shape; makes it when there is none."""
    with usable(url):
        await asyncio.to_thread(_upgrade_when_behind, url)


def _upgrade_when_behind(url: str) -> None:
    if not is_current(url):
        command.upgrade(_config(url), "head")


def upgrade_file(path: Path) -> None:
    """Bring a database file that nobody uses to the newest shape; returns when that is done."""
    _upgrade_when_behind(f"sqlite:///{path}")


def build(connection: Connection) -> None:
    """Make every table in its newest shape, within the transaction of an open connection."""
    config = _config(connection.engine.url.render_as_string(hide_password=False))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_current(url: str) -> bool:
    """Whether the database has the newest shape."""
    engine = create_engine(plain_url(url))
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return present == ScriptDirectory.from_config(_config(url)).get_current_head()
