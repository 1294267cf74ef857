"""Replaces the clock of a process by one that somebody else sets.

A run copies this file into its folder as `sitecustomize.py`, so that Python itself loads it before any program whose
PYTHONPATH names the folder. The file that CHAOS_CLOCK names holds by how many seconds the clock is ahead (or, below
nought, behind). Nothing of this is in the program: what Python tells of the time is replaced before it is loaded.
"""

import os
import threading
import time
from pathlib import Path

VARIABLE = "CHAOS_CLOCK"
LOOK = 0.05  # seconds between two looks into the file


class Offset:
    """By how much the clock is wrong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.seconds = 0.0
        self.read()

    def read(self) -> None:
        """Look into the file. One that is just being written says nothing."""
        try:
            self.seconds = float(self._file.read_text())
        except (OSError, ValueError):
            return

    def follow(self) -> None:
        """Look again and again."""
        while True:
            time.sleep(LOOK)
            self.read()


def lay(file: Path) -> None:
    """Replace the clock of this process."""
    offset, seconds, nanoseconds = Offset(file), time.time, time.time_ns

    def told() -> float:
        return seconds() + offset.seconds

    def told_ns() -> int:
        return nanoseconds() + int(offset.seconds * 1e9)

    time.time, time.time_ns = told, told_ns
    threading.Thread(target=offset.follow, daemon=True, name="clock").start()


if VARIABLE in os.environ:
    lay(Path(os.environ[VARIABLE]))
