"""Files in the media folder that may be looked after: what was just put there may still get its row."""

import time
from collections.abc import Iterable
from pathlib import Path

YOUNG = 10 * 60  # seconds of the file system's clock
CUT_OFF = 24 * 60 * 60  # a download that takes longer than that was cut off
INCOMING = "incoming"


def place_of(root: Path, digest: str) -> Path:
    """Where the file of that hash lies."""
    return root / digest[:2] / digest


def folders(root: Path) -> list[Path]:
    """The folders in which files lie by their hashes."""
    return sorted(each for each in root.iterdir() if len(each.name) == 2) if root.is_dir() else []


def old_names(folder: Path) -> list[str]:
    """The hashes of the files in such a folder, without the young ones."""
    now = time.time()
    return [each.name for each in folder.iterdir() if now - each.stat().st_mtime > YOUNG]


def without_young(paths: Iterable[Path]) -> list[Path]:
    """Those of the files that are there and not young."""
    now = time.time()
    return [path for path in paths if path.exists() and now - path.stat().st_mtime > YOUNG]


def clear_incoming(root: Path) -> None:
    """Remove what downloads and uploads left that were cut off."""
    now = time.time()
    for each in (root / INCOMING).glob("*"):
        if now - each.stat().st_mtime > CUT_OFF:
            each.unlink(missing_ok=True)
