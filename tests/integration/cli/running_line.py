"""A house with one line that runs in the present folder, as commands find it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk.cli.commands import frontdesk
from frontdesk.settings.running import alone, announce
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.local_server import serving

QUIET = """
[[persona]]
name = "Front desk"
agent_mode = "off"
"""


@asynccontextmanager
async def running_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeLine]:
    """Nobody answers there. Its clock stands still."""
    bare_folder(folder, monkeypatch)
    (folder / "data").mkdir()
    with alone(folder / "data"):
        async with fake_line(folder, config=QUIET) as line, serving(line.house.built.web) as url:
            announce(folder / "data", url=url, key=line.desk.operators.keys.local())
            yield line


async def run(*arguments: str) -> Result:
    """Run a command in a thread, while the house goes on."""
    return await asyncio.to_thread(CliRunner().invoke, frontdesk, arguments)
