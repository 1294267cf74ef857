"""Reminders are made, settled and taken back from the terminal, beside a Frontdesk that runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk.cli.commands import frontdesk
from frontdesk.settings.running import alone, announce
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.local_server import serving


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeLine]:
    """A house that runs in the present folder, to which Ana has written."""
    bare_folder(tmp_path, monkeypatch)
    async with fake_line(tmp_path) as line:
        folder = line.house.built.settings.data_dir
        with alone(folder):
            async with serving(line.house.built.web) as url:
                announce(folder, url=url, key=line.desk.operators.keys.local())
                await line.arrive(line.message())
                await line.idle()
                yield line


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, frontdesk, ["reminders", *words])


async def test_one_is_made_listed_done_and_taken_back(line: FakeLine) -> None:
    made = await run("add", f"+{ANA}", "Send her the contract", "--when", "tomorrow at 9")
    assert made.exit_code == 0, made.exception or made.output
    reminder = made.stdout.partition(" ")[0]
    assert "Ana  Send her the contract" in made.stdout
    assert made.stdout == (await run("list")).stdout
    assert (await run("done", reminder)).stdout == "Send her the contract: done.\n"
    assert (await run("list")).stdout == "There is nothing to remember.\n"
    assert (await run("reopen", reminder)).stdout == "Send her the contract: open.\n"
    assert (await run("dismiss", reminder)).stdout == "Send her the contract: dismissed.\n"


async def test_a_moment_that_is_none_is_told(line: FakeLine) -> None:
    refused = await run("add", f"+{ANA}", "Send it", "--when", "whenever")
    assert refused.exit_code != 0
    assert "“whenever”" in str(refused.exception)
