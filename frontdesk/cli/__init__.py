"""The command `frontdesk`."""

from frontdesk.cli.commands import main

__all__ = ["main"]
