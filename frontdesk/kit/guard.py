"""Keeps the network, and a second transaction, out of transactions."""

import asyncio
from contextvars import ContextVar, Token

_holder: ContextVar[object] = ContextVar("transaction", default=None)


class TransactionOpen(RuntimeError):
    """Something was about to be done that may not be done while a transaction is open: a fault in our own code."""


def _here() -> object:
    """Who runs now. A task that was started inside a transaction inherits the mark, but not the transaction."""
    try:
        return asyncio.current_task() or "no task"
    except RuntimeError:
        return "no loop"


def enter_transaction() -> Token[object]:
    """Mark that this task holds a transaction open; give the token to `leave_transaction`.

    Raises:
        TransactionOpen: it holds one already, and would wait for itself for ever.
    """
    if _holder.get() is _here():
        raise TransactionOpen("A transaction was begun inside another. Hand the open one in instead.")
    return _holder.set(_here())


def leave_transaction(token: Token[object]) -> None:
    """Take the mark back, also from another context than the one in which it was set."""
    try:
        _holder.reset(token)
    except ValueError:
        _holder.set(None)


def outside_transaction() -> None:
    """Raise when this task holds a transaction open. Every socket calls this before it talks to the network."""
    if _holder.get() is _here():
        raise TransactionOpen("A network call was made inside a transaction. Move it before begin() or after commit.")
