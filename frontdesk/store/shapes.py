"""How the tables of a database stand to this version, whichever database it is."""

from frontdesk.store import upkeep, upkeep_postgres
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.upkeep import Shape

__all__ = ["Shape", "shape_of"]


def shape_of(url: str) -> Shape:
    """The shape of the database behind a URL; one that does not exist, or is empty, has none."""
    return upkeep_postgres.shape(url) if is_postgres(url) else upkeep.shape(sqlite_path(url))
