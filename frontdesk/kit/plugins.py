"""What other packages bring along, by entry points."""

from functools import cache
from importlib import metadata


@cache
def _of_all_packages() -> metadata.EntryPoints:
    """Read once: every installed package is looked at, and none comes while a program runs."""
    return metadata.entry_points()


def entry_points(*, group: str) -> metadata.EntryPoints:
    """The entry points of one group."""
    return _of_all_packages().select(group=group)
