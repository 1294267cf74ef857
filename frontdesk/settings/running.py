"""Whether a Frontdesk runs on a data folder, and how commands on the same machine reach it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from frontdesk.kit.errors import SettingsError

LOCK = "frontdesk.lock"
BESIDE = "frontdesk.web.lock"  # shared by the web processes of a scaled installation
NOTE = "running.json"
LOOKS = 1_000  # a hundredth of a second each: for so long a start waits for commands that only look


@dataclass(frozen=True, slots=True)
class Running:
    """A Frontdesk that runs. `url` is None while it is still starting. The key never shows in a repr."""

    url: str | None
    key: str | None
    demo: bool = False

    def __repr__(self) -> str:
        return f"Running(url={self.url!r})"


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: two processes on one would each believe to be the only one. The note goes at the end.

    Raises:
        SettingsError: another process holds it.
    """
    with (data_dir / LOCK).open("a") as file:
        if not _locked(file):
            raise SettingsError(
                f"Another Frontdesk runs on {data_dir} already. Stop it, or give another folder with --data-dir."
            )
        (data_dir / NOTE).unlink(missing_ok=True)  # of one that was killed
        try:
            yield
        finally:
            (data_dir / NOTE).unlink(missing_ok=True)


@contextmanager
def together(data_dir: Path) -> Iterator[None]:
    """Hold the data folder together with others that answer there, so that commands find one of them."""
    with (data_dir / BESIDE).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _locked(file: IO[str]) -> bool:
    """Whether it is ours now. One that runs shares it with nobody; commands that only look do, and are waited for."""
    for _ in range(LOOKS):
        if _got(file, fcntl.LOCK_EX):
            return True
        if not _got(file, fcntl.LOCK_SH):
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
        time.sleep(0.01)
    return False


def _got(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def announce(data_dir: Path, *, url: str, key: str, demo: bool = False) -> None:
    """Leave a note for commands on this machine: where we listen, and a key that lives as long as we do."""
    descriptor = os.open(data_dir / NOTE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"url": url, "key": key, "demo": demo}, file)


def running(data_dir: Path) -> Running | None:
    """The Frontdesk that runs on the data folder, or the last web to start there; None when none does."""
    held = _held(data_dir / LOCK, fcntl.LOCK_SH) or _held(data_dir / BESIDE, fcntl.LOCK_EX)
    return _noted(data_dir / NOTE) if held else None


def _held(lock: Path, kind: int) -> bool:
    """Whether somebody holds it so that we cannot."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False


def _noted(path: Path) -> Running:
    try:
        note = json.loads(path.read_text())
        return Running(str(note["url"]), str(note["key"]), demo=note.get("demo") is True)
    except (OSError, ValueError, KeyError):
        return Running(None, None)
