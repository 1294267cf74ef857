"""What other packages bring along, by entry points."""

from functools import cache
from importlib import metadata


@cache
def entry_points(*, group: str) -> metadata.EntryPoints:
    """The entry points of one group. Looked for once: every package is opened, and none comes while a program runs."""
    return metadata.entry_points(group=group)
