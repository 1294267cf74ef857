"""Keeps the network out of transactions."""

from contextvars import ContextVar

_transaction: ContextVar[bool] = ContextVar("transaction", default=False)


class TransactionOpen(RuntimeError):
    """A network call was about to be made while a transaction was held open: a fault in our own code."""


def enter_transaction() -> object:
    """Mark that a transaction is open in this task; give the token to `leave_transaction`."""
    return _transaction.set(True)


def leave_transaction(token: object) -> None:
    """Take the mark back."""
    _transaction.reset(token)  # type: ignore[arg-type]


def outside_transaction() -> None:
    """Raise when a transaction is open here. Every socket calls this before it talks to the network."""
    if _transaction.get():
        raise TransactionOpen("A network call was made inside a transaction. Move it before begin() or after commit.")
