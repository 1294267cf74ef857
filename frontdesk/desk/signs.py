"""Signs of life: the person sees that an answer is being written."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.channels.base import MarksRead
from frontdesk.desk.accounts import Account
from frontdesk.domain.accounts import may_send
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Seen
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import PluginError
from frontdesk.store.rows import ChatRow, MessageRow

log = logging.getLogger(__name__)

MOST = 4  # shown at the same time; in a rush answers come before signs
AT_ONCE = 300  # milliseconds in which nobody expects to see somebody typing


def seen_of(row: MessageRow | None, chat: ChatRow | None, known: tuple[Address, ...]) -> Seen | None:
    """A message as a channel is told that it was read; None where there is none. `known` leads to its chat."""
    if row is None or chat is None or row.external_id is None:
        return None
    sender = known if chat.group_ref is None else ()
    return Seen(row.external_id, known, sender, voice=row.kind == "audio")


class Signs:
    """Shown beside the work and never in its way: a sign that fails is missed by nobody."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._showing = 0

    @contextmanager
    def typing(self, account: Account, seen: Seen | None) -> Iterator[None]:
        """While the block lasts, show in the chat of that message that an answer is being written.

        An answer that comes at once needs no sign, and the channel is spared a request.
        """
        channel = account.channel
        if not isinstance(channel, MarksRead) or seen is None or not may_send(account.state):
            yield
            return
        task = asyncio.create_task(self._show(channel, account, seen))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield
        finally:
            task.cancel()

    async def close(self) -> None:
        """Let go of those that are still on their way."""
        for task in tuple(self._tasks):
            if not task.cancelling():  # one that is on its way out would be cut off in its tidying up
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _show(self, channel: MarksRead, account: Account, seen: Seen) -> None:
        await self._clock.sleep(AT_ONCE)
        if self._showing >= MOST:
            return
        self._showing += 1
        try:
            await channel.mark_read(account.line, seen, typing=True)
        except PluginError as failure:
            log.info("typing could not be shown: %s", failure, extra={"account": account.row.id})
        except Exception:
            log.exception("a channel broke its contract while showing typing", extra={"account": account.row.id})
        finally:
            self._showing -= 1
