"""Waiting for a database that is not there yet, as when a machine starts its programs in any order."""

import asyncio
import logging
import re

import psycopg
from sqlalchemy.exc import DBAPIError

from frontdesk.kit.backoff import exponential
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.store.engine import conninfo, is_postgres, where
from frontdesk.store.outcome import StoreUnavailable
from frontdesk.store.postgres import Postgres

log = logging.getLogger(__name__)

ANSWER = 5  # seconds within which the server has to answer
LONGEST = 10.0  # seconds between two tries

# What libpq says of a connection that was refused for good has no code, only words.
_WRONG = {
    r"password authentication failed|no password supplied": "its user or password is wrong",
    r"role \"?[^\"]*\"? does not exist": "it has no such user",
    r"database \"?[^\"]*\"? does not exist": "it has no such database. Make one with createdb",
    r"no pg_hba\.conf entry": "it does not let this machine in: see its pg_hba.conf",
    r"permission denied for database": "its user may not use that database",
}


def wrong(url: str, refused: Exception) -> SettingsError | None:
    """What its owner has to change, where waiting would not help."""
    for words, why in _WRONG.items():
        if re.search(words, str(refused)):
            return SettingsError(f"PostgreSQL at {where(url)} refuses DATABASE_URL: {why}.")
    return None


def went_away(broken: BaseException) -> bool:
    """Whether this is PostgreSQL that went away again while it was asked."""
    cause = broken.orig if isinstance(broken, DBAPIError) else broken
    return isinstance(cause, psycopg.Error) and isinstance(Postgres.unavailable(cause), StoreUnavailable)


async def reached(url: str, *, patient: bool = True) -> None:
    """Return once the database answers. A file is there, or is made.

    Raises:
        SettingsError: it answers that it will never let us in.
        FrontdeskError: it does not answer, and nobody wanted to wait.
    """
    tries = 0
    while is_postgres(url):
        try:
            async with await psycopg.AsyncConnection.connect(conninfo(url), connect_timeout=ANSWER):
                break
        except psycopg.Error as refused:
            if fault := wrong(url, refused):
                raise fault from None
            if not patient:
                raise FrontdeskError(f"PostgreSQL at {where(url)} does not answer. Start it, and try again.") from None
            tries += 1
            if tries == 1:
                log.warning("PostgreSQL at %s does not answer. Start it; it is tried until it does.", where(url))
            await asyncio.sleep(min(LONGEST, exponential(tries) / 1000))
    if tries:
        log.warning("PostgreSQL at %s answers now.", where(url))
