"""The contract of a notifier, and how it is asked: outside any transaction, and for a limited time."""

import asyncio
import logging
from collections.abc import Sequence
from typing import ClassVar, Protocol

from frontdesk.domain.telling import Alert
from frontdesk.kit import guard
from frontdesk.kit.errors import PluginError, Rejected, Retryable

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds in which a target has to take what it is told
SELF = "whatsapp://self"  # the owner's own number: not a path of its own


class Notifier(Protocol):
    """One target. It is made from its address, which may hold secrets and is never shown."""

    title: str  # the service, for people: Telegram

    async def notify(self, alert: Alert) -> str | None:
        """Tell the owner. Where nobody knows whether it got there, this gives a sentence that says why.

        Raises:
            Retryable: the target is away for now, and was surely told nothing.
            Rejected: it refuses, and would again.
        """


class Makes(Protocol):
    """Makes notifiers of one kind: usually the class itself."""

    name: ClassVar[str]
    schemes: ClassVar[Sequence[str]]  # what stands before :// in its addresses; empty: whatever nobody else takes

    def __call__(self, url: str) -> Notifier:
        """The target of that address; nobody is asked.

        Raises:
            Rejected: it cannot be. The sentence says why, to stand behind the name of the key, without the address.
        """


async def tell(notifier: Notifier, alert: Alert) -> str | None:
    """Hand the alert over. Whatever a notifier does, this ends within seconds.

    It gives a sentence where nobody knows whether the owner was told. As of messages, doubt is a value: what may be
    told twice is for the caller to say.

    Raises:
        Retryable: surely not done, and worth another try.
        Rejected: refused for good.
    """
    guard.outside_transaction()
    try:
        async with asyncio.timeout(PATIENCE):
            return await notifier.notify(alert)
    except (Retryable, Rejected):
        raise
    except TimeoutError:
        return f"{notifier.title} gave no answer within {PATIENCE:.0f} seconds: it may have got there all the same."
    except PluginError as other:
        raise Rejected(other.sentence) from None
    except Exception as broken:
        log.error("a notifier broke its contract: %s", type(broken).__name__, extra={"notifier": notifier.title})
        return f"The part for {notifier.title} failed; that is a fault in the program. It may have got there."
