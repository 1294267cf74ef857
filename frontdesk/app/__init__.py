"""The roof: builds the house from its rooms and runs it."""

from frontdesk.app.house import Frontdesk, build, open_store
from frontdesk.app.serve import serve

__all__ = ["Frontdesk", "build", "open_store", "serve"]
