"""Signs of life: the person sees that an answer is being written."""

import asyncio
import logging

from frontdesk.channels.base import MarksRead
from frontdesk.desk.accounts import Account
from frontdesk.domain.accounts import may_send
from frontdesk.kit.errors import PluginError

log = logging.getLogger(__name__)


class Signs:
    """Shown beside the work and never in its way: a sign that fails is missed by nobody."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def typing(self, account: Account, external_id: str | None) -> None:
        """Show in the chat of that message that an answer is being written, where the channel can."""
        channel = account.channel
        if isinstance(channel, MarksRead) and external_id and may_send(account.state):
            task = asyncio.create_task(self._show(channel, account, external_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let go of those that are still on their way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @staticmethod
    async def _show(channel: MarksRead, account: Account, external_id: str) -> None:
        try:
            await channel.mark_read(account.line, external_id, typing=True)
        except PluginError as failure:
            log.info("typing could not be shown: %s", failure, extra={"account": account.row.id})
        except Exception:
            log.exception("a channel broke its contract while showing typing", extra={"account": account.row.id})
