"""Lines that need no program, such as those of the Cloud API, are checked by one process of the house.

It is the first of those that try: a process for lines or a web process. When it ends, another one checks them.
"""

import asyncio
import logging

from frontdesk.desk.accounts import Accounts, should_be_up
from frontdesk.desk.leasing import Leases
from frontdesk.desk.line_place import runs
from frontdesk.kit.errors import FrontdeskError

log = logging.getLogger(__name__)

CHECKS = "checks"  # the name of the lease


class LineChecks:
    """`take()` again and again by whoever renews the leases; `watch()` where nobody else does."""

    def __init__(self, accounts: Accounts, leases: Leases) -> None:
        self._accounts = accounts
        self._leases = leases

    async def take(self) -> None:
        """Check these lines, where nobody else does and it was not done here yet. The leases were just looked at."""
        if CHECKS in self._leases.held or not await self._leases.take(CHECKS):
            return
        await self._accounts.bring_up(one for one in self._accounts.all() if not runs(one) and should_be_up(one))

    async def watch(self) -> None:
        """Try, and hold on to it, until it is cancelled; then others may."""
        try:
            while True:
                await self._try()
                await asyncio.sleep(self._leases.times.renewed)
        finally:
            await self._let_go()

    async def _try(self) -> None:
        try:
            await self._leases.renew()
            if self._leases.late:
                self._leases.forget(self._leases.held)
            await self._leases.look()
            await self.take()
        except FrontdeskError as away:
            log.warning("lines cannot be checked now: %s", away)
        except Exception:
            log.exception("lines could not be checked")

    async def _let_go(self) -> None:
        try:
            await self._leases.give_back(self._leases.held)
        except FrontdeskError as away:
            log.warning("a lease could not be given back, and runs out: %s", away)
