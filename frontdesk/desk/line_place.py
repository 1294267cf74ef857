"""Where the lines are: in this process, or in others of the house.

Lines that run a program each live in one process at a time. Where that is another one, what is asked of them is done
there, by the same desk code.
"""

from typing import Any, Protocol

from frontdesk.desk.account import Account
from frontdesk.store.store import Tx


class Place(Protocol):
    """Tells of a line whether it is here."""

    alone: bool  # all lines are here, and come up when the house does

    def has(self, account: Account) -> bool:
        """Whether what is asked of the line is done in this process."""

    def may_tell(self, account: Account) -> bool:
        """Whether what the line says here of how it stands is how it stands."""

    async def still(self, tx: Tx, account: Account) -> bool:
        """The same, as the transaction finds it."""

    async def ask(self, verb: str, account_id: str, **given: Any) -> None:
        """Have something done where the line is.

        Raises:
            DeskError: as it would here, or nobody can do it now; then nothing has changed.
        """


class Here:
    """One process has them all."""

    alone = True

    def has(self, account: Account) -> bool:
        """Every line is here."""
        return True

    def may_tell(self, account: Account) -> bool:
        """There is nobody else."""
        return True

    async def still(self, tx: Tx, account: Account) -> bool:
        """There is nobody else."""
        return True

    async def ask(self, verb: str, account_id: str, **given: Any) -> None:
        """Nobody else can be asked."""
        raise LookupError("every line is here")


def runs(account: Account) -> bool:
    """Whether the line takes a program of its own, or a link that only one process may hold."""
    return not account.channel.capabilities.official
