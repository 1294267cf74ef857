"""Who holds a linked device: one program at a time, for as long as it runs."""

import time
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows, where nothing of the kind is there
    fcntl = None  # type: ignore[assignment]

NAME = "owner"
_AGAIN = 0.05  # seconds


def take(folder: Path, *, patience: float = 0.0) -> IO[bytes] | None:
    """Hold the device alone, until the file is closed or the process ends, however it does.

    None when another program holds it, and still does after `patience` seconds.
    """
    lock = (folder / NAME).open("ab")
    given_up = time.monotonic() + patience
    while fcntl is not None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= given_up:
                lock.close()
                return None
            time.sleep(_AGAIN)
        else:
            break
    return lock


def is_taken(folder: Path) -> bool:
    """Whether a program holds the device now."""
    if not (folder / NAME).exists():
        return False
    lock = take(folder)
    if lock is None:
        return True
    lock.close()
    return False
