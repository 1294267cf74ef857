"""What is installed by `make`: on every machine all that can be had there."""

import runpy
from itertools import takewhile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
fitting = runpy.run_path(str(PROJECT / "tools" / "fitting.py"))["fitting"]
LOCKED = sorted((PROJECT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: file.name)
@pytest.mark.parametrize(
    "platform", ["manylinux2014_x86_64", "manylinux2014_aarch64", "macosx_12_0_arm64", "win_amd64"]
)
def test_where_linked_devices_can_work_nothing_is_left_out(file: Path, platform: str) -> None:
    locked = file.read_text()
    assert fitting(locked, ["linux_x86_64", platform]) == locked


@pytest.mark.parametrize("platform", ["musllinux_1_2_x86_64", "manylinux2014_armv7l", "macosx_11_0_arm64"])
def test_elsewhere_only_their_library_is_left_out(platform: str) -> None:
    locked = (PROJECT / "requirements" / "base.txt").read_text()
    before, after = locked.split("\nneonize==")
    version, *rest = after.splitlines(keepends=True)
    block = [version, *takewhile(lambda line: line.startswith("    "), rest)]
    assert len(block) > 2
    assert fitting(locked, ["any", platform]) == f"{before}\n{after.removeprefix(''.join(block))}"
