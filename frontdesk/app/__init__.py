"""The roof: builds the house from its rooms and runs it."""

from frontdesk.app.house import Frontdesk, build, open_store
from frontdesk.app.serve import hold_lines, serve, web

__all__ = ["Frontdesk", "build", "hold_lines", "open_store", "serve", "web"]
