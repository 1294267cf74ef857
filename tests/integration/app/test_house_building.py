"""A house that cannot be built: what it had opened is closed, so that its program can end."""

from pathlib import Path

import psycopg
import pytest

from frontdesk.app.house import build
from frontdesk.app.scaled import Web
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import load_settings
from frontdesk.testing.clock import until


async def test_a_house_that_cannot_be_built_leaves_no_connection_open(tmp_path: Path, postgres_url: str) -> None:
    """A pool that is left while it connects would hold up the end of the program for ever."""
    settings = load_settings(env_file=None, data_dir=tmp_path, database_url=postgres_url)
    with pytest.raises(SettingsError, match="REDIS_URL"):
        await build(settings, shape=Web)
    await until(lambda: connected(postgres_url) == 0)


def connected(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as watcher:
        asked = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        """
        found = watcher.execute(asked).fetchone()
    return int(found[0]) if found else -1
