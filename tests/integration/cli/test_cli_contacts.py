"""One person on the command line, on real files and a real database."""

import asyncio
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from bare_folder import bare_folder
from running_line import run as typed, running_line

from frontdesk.cli import main
from frontdesk.testing.desk import ANA, fake_line

CONFIG = '[[persona]]\nname = "Desk"\n'


class Came(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Came]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    bare_folder(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "argv", ["frontdesk"])

    async def live_through() -> None:
        async with fake_line(tmp_path, config=CONFIG) as line:
            await line.arrive(line.message("Zebrafish at noon"))
            await line.idle()

    asyncio.run(live_through())
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Came:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Came(left.value.code, said.out, said.err)

    return run


def test_a_person_is_exported_by_their_number(run: Run, tmp_path: Path) -> None:
    came = run("contact", "export", f"+{ANA}", "ana.zip")
    assert (came.code, "“Ana”" in came.out) == (0, True), came
    assert b"Zebrafish" in zipfile.ZipFile(tmp_path / "ana.zip").read("messages.json")
    assert (tmp_path / "ana.zip").stat().st_mode & 0o777 == 0o600
    assert "exists already" in run("contact", "export", ANA, "ana.zip").err
    assert run("contact", "export", ANA, "ana.zip", "--yes").code == 0


def test_an_erased_person_is_in_no_file_any_more(run: Run, tmp_path: Path) -> None:
    def found() -> list[Path]:
        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        return [path for path in files if b"Zebrafish" in path.read_bytes()]

    assert found()
    came = run("contact", "erase", ANA, "--yes")
    assert (came.code, came.out) == (0, "“Ana” is erased. The database file was rewritten.\n")
    assert not found()
    assert run("contact", "erase", ANA, "--yes").code == 1


def test_nobody_is_erased_without_a_yes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert run("contact", "erase", ANA).code == 1
    assert run("contact", "export", ANA, "still.zip").code == 0


def test_the_file_is_made_small_on_demand(run: Run) -> None:
    came = run("compact")
    assert (came.code, came.out.startswith("The database had")) == (0, True), came


async def test_a_person_is_erased_while_frontdesk_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_line(tmp_path, monkeypatch) as line:
        await line.arrive(line.message("Zebrafish at noon"))
        came = await typed("contact", "erase", ANA, "--yes")
        assert (came.exit_code, came.stdout.startswith("“Ana” is erased.")) == (0, True), came
        assert (await line.house.http.get("/api/v1/chats")).json()["items"] == []
