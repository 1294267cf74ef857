"""Forward migrations, run on start."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from frontdesk.store.engine import sqlite_path, usable


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["url"] = f"sqlite:///{sqlite_path(url)}"
    return config


async def upgrade(url: str) -> None:
    """Bring the database to the newest shape; makes it when there is none."""
    with usable(url):
        await asyncio.to_thread(_upgrade_when_behind, url)


def _upgrade_when_behind(url: str) -> None:
    if not is_current(url):
        command.upgrade(_config(url), "head")


def is_current(url: str) -> bool:
    """Whether the database has the newest shape."""
    engine = create_engine(f"sqlite:///{sqlite_path(url)}")
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return present == ScriptDirectory.from_config(_config(url)).get_current_head()
