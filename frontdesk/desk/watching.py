"""The watch over lines that can say they are up and yet be deaf."""

import asyncio
import logging

from frontdesk.channels.base import Watched
from frontdesk.desk.account import Account
from frontdesk.desk.accounts import Accounts
from frontdesk.domain.accounts import State
from frontdesk.kit.clock import MINUTE, Clock

log = logging.getLogger(__name__)

EVERY = 5 * MINUTE
AT_ONCE = 4  # lines that are asked at the same time


class Watching:
    """Runs beside the lines, in the process that holds them."""

    def __init__(self, clock: Clock, accounts: Accounts) -> None:
        self._clock = clock
        self._accounts = accounts
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def watch(self) -> None:
        """Look at every line again and again, until it is cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Look at every line that is up or on its way up; one that fails the look holds up no other."""
        up = (State.CONNECTED, State.CONNECTING)
        await asyncio.gather(*(self._look_at(account) for account in self._accounts.all() if account.state in up))

    async def _look_at(self, account: Account) -> None:
        channel = account.channel
        if not isinstance(channel, Watched) or account.sealed is not None or not self._accounts.is_here(account):
            return
        async with self._asking:
            try:
                await channel.check(account.line)
            except Exception:
                log.exception("a look at a line failed", extra={"account": account.row.id})
