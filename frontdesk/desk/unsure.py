"""What is told once more where nobody knows whether it got there: that a line is down, that something is urgent.

To read it twice is the lesser evil there. A digest, and a sign of life, are not told again.
"""

from frontdesk.jobs.queue import Ticket
from frontdesk.kit.errors import Retryable

_ONCE = "It is told once more. "


def once_more(ticket: Ticket, unsure: str | None) -> None:
    """Nothing where it was told, and where this try was the one more already.

    Raises:
        Retryable: nobody knows whether it was told.
    """
    if unsure is not None and not (ticket.row.error or "").startswith(_ONCE):
        raise Retryable(_ONCE + unsure)
