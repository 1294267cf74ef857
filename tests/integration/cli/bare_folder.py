"""Where the commands are tried: in a folder of their own, without settings from outside."""

import os
from pathlib import Path

import pytest

from frontdesk.testing.processes import is_ours


def bare_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in `folder` until the test ends, and know no setting of whoever runs it."""
    monkeypatch.chdir(folder)
    for name in filter(is_ours, list(os.environ)):
        monkeypatch.delenv(name)
