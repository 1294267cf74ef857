"""How people type this program."""

from pathlib import Path

import pytest

from frontdesk.kit.command import command


def test_the_command_is_told_as_it_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside, elsewhere = tmp_path / ".venv/bin/frontdesk", tmp_path / "another/bin/frontdesk"
    for program in (inside, elsewhere):
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    nowhere, found, other = str(tmp_path / "empty"), str(inside.parent), str(elsewhere.parent)
    assert command(started_as=str(inside), search=nowhere) == ".venv/bin/frontdesk"
    assert command(started_as=str(inside), search=found) == "frontdesk"
    assert command(started_as=str(inside), search=other) == ".venv/bin/frontdesk"
    assert command(started_as="/usr/bin/pytest", search=nowhere) == "frontdesk"
    python = str(inside.parent / "python")
    assert command(started_as="/x/frontdesk/__main__.py", python=python) == ".venv/bin/python -m frontdesk"
