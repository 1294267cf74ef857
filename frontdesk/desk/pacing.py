"""The pace of what goes out on a channel that WhatsApp does not support.

What the agent wrote waits for as long as somebody would need to type it, and typing is shown meanwhile. Besides, at
least `GAP` lies between the last message of the chat that came in and ours: the library counts the two in one place,
and a message that goes out in the very moment in which one comes in can be lost.

Nothing sleeps here: the delivery is due again at the end of the wait. So no other chat is held up, a shutdown waits for
nobody, and who starts next goes on where this one left off.
"""

import asyncio
import logging
from dataclasses import dataclass

from frontdesk.channels.base import Types
from frontdesk.desk.accounts import Account
from frontdesk.desk.care import needs_care
from frontdesk.domain.addresses import Address
from frontdesk.domain.messages import Author
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import PluginError
from frontdesk.store import outgoing
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import Read

log = logging.getLogger(__name__)

GAP = 100  # milliseconds
PER_CHARACTER = 30
SHORTEST, LONGEST = 600, 6 * SECOND


@dataclass(frozen=True, slots=True)
class Pause:
    """A message waits until `due` (Unix ms); where it is `typed`, that is shown in the chat."""

    account: Account
    to: tuple[Address, ...]
    due: int
    typed: bool


class Pacing:
    """Says how long messages wait, and shows that they are typed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @staticmethod
    async def pause(
        read: Read, row: MessageRow, account: Account, *, to: tuple[Address, ...], now: int
    ) -> Pause | None:
        """The wait of a message that could go out now; None where it needs none, or has had it."""
        if account.channel.capabilities.official:
            return None
        heard_at, handed_at = await outgoing.last_moments(read, row.chat_id)
        length = _length(row, account)
        begun = max(row.created_at, row.provider_time, handed_at or 0)
        due = max((heard_at or 0) + GAP, begun + length if length else 0)
        return Pause(account, to, due, typed=length > 0) if due > now else None

    def show(self, pause: Pause) -> None:
        """Show the typing of a pause, beside the work and never in its way."""
        if pause.typed and isinstance(pause.account.channel, Types):
            task = asyncio.create_task(self._show(pause.account.channel, pause))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let go of what is still on its way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @staticmethod
    async def _show(channel: Types, pause: Pause) -> None:
        account = pause.account
        try:
            await channel.show_typing(account.line, pause.to)
        except PluginError as failure:
            log.info("typing could not be shown: %s", failure, extra={"account": account.row.id})
        except Exception:
            log.exception("a channel broke its contract while showing typing", extra={"account": account.row.id})


def _length(row: MessageRow, account: Account) -> int:
    """Milliseconds for which somebody would type this; 0 for what a person did type."""
    if row.author != Author.AGENT or row.operator_id is not None or not needs_care(account):
        return 0
    pace = max(0.0, float(getattr(account.line.options, "pace", 1.0)))
    return int(pace * min(max(len(row.text or "") * PER_CHARACTER, SHORTEST), LONGEST))
