"""The servers on which the test that runs now has its houses, where it runs scaled."""

from pathlib import Path
from typing import Protocol


class Servers(Protocol):
    """Each folder has a database and a part of Redis of its own, the same ones for whoever comes back to it."""

    def database_of(self, folder: Path, /) -> str:
        """The address of the folder's database."""

    def redis_of(self, folder: Path, /) -> str:
        """The address of the folder's part of Redis."""


_in_use: Servers | None = None  # one test runs at a time


def servers() -> Servers | None:
    """Those of the test that runs now; None where it runs embedded."""
    return _in_use


def use(those: Servers | None) -> None:
    """From now on these are used."""
    global _in_use  # noqa: PLW0603 - see there
    _in_use = those
