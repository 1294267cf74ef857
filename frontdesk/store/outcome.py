"""What a transaction touches, and how it went."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from frontdesk.domain.live import Live
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.tally import Tally
from frontdesk.store.tx import Tx

log = logging.getLogger(__name__)


FULL = "The disk is full. Nothing was stored; free some space and it goes on by itself."
FULL_SERVER = "The disk of the database is full. Nothing was stored; free some space and it goes on by itself."


class StoreUnavailable(FrontdeskError):
    """The database did not take the work: nothing was stored, and the same may be tried again."""


class AfterCommit(Protocol):
    """What is told once a transaction is safe on disk."""

    def __call__(self, events: Sequence[Live], *, due: int | None) -> None:
        """Publish the events; `due` is when the earliest work is due that was enqueued, None where none was."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction touches. Where several write at once, those that touch the same go one after the other.

    Without `shared` it has the whole house to itself.
    """

    shared: bool = False
    accounts: tuple[str, ...] = ()  # and all their chats and people
    chats: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # by their ids, and the chats behind them
    lasting: bool = True  # False: it may get lost, as a whole, with a crash of the database
    urgent: bool = False  # it waits for no connection that others use


@dataclass(frozen=True, slots=True)
class Connections:
    """Those of one purpose in this process: how many there are, how many of them are free, and who waits for one."""

    purpose: str
    open: int
    free: int
    waiting: int


class Outcome:
    """What became of transactions: told to the listeners, or in the way."""

    def __init__(self) -> None:
        self.after_commit: AfterCommit = _nobody
        self.trouble: str | None = None  # why the last write failed, until a commit succeeds
        self.tally = Tally()  # what this process has counted and is still to be added to the sums

    @property
    def full(self) -> bool:
        """Whether the last write failed because the database found no room."""
        return self.trouble in (FULL, FULL_SERVER)

    def tell(self, tx: Tx) -> None:
        """It is on disk: a listener that fails cannot change that, and holds nobody up."""
        if not tx.events and tx.due is None:
            return
        try:
            self.after_commit(tx.events, due=tx.due)
        except Exception:
            log.exception("what was stored could not be told")


def _nobody(events: Sequence[Live], *, due: int | None) -> None:
    """Nobody listens yet."""
