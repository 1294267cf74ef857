"""The sweep: finds what a crash or a fault left behind, so that nothing waits for ever."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.guesses import REMEMBERED
from frontdesk.desk.outages import Outages
from frontdesk.domain.accounts import may_send
from frontdesk.domain.work import Deliver, HandBack, Job, RunTurn, Sweep
from frontdesk.jobs import queue
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import DAY, MINUTE, Clock
from frontdesk.store import changes, chats, jobs, messages, operators, outages as outage_rows, receipts, sweeps, tries
from frontdesk.store.store import Read, Store

log = logging.getLogger(__name__)

# Finds what waits and has no job: each job with its moment.
Missing = Callable[[Read], Awaitable[Sequence[tuple[Job, int]]]]

PAGE = 200
FAR = 15 * MINUTE  # turns and deliveries wait for less, but where a line asks for more: else a clock was ahead
EARLY = 7 * DAY  # Meta repeats a webhook for that long: what has waited longer for its message waits for nothing


class Sweeping:
    """Runs on a timer. Everything in it is harmless when there is nothing to find."""

    def __init__(
        self, store: Store, clock: Clock, accounts: Accounts, *, outages: Outages, missing: Sequence[Missing]
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._outages = outages
        self._missing = missing

    async def run(self, job: Sweep, ticket: Ticket) -> None:
        """Look once."""
        lost = await queue.sweep(self._store, self._clock)
        now = self._clock.now()
        async with self._store.begin(shared=True) as tx:
            ahead = await jobs.bring_forward(tx, now=now, latest=now + FAR)
        up = [account.row.id for account in self._accounts.all() if may_send(account.state)]
        async with self._store.read() as read:
            silent = await sweeps.chats_without_turn(read)
            stuck = await sweeps.chats_without_delivery(read, up)
            turns, deliveries = await sweeps.chats_that_wait_too_long(read, latest=now + FAR)
            over = await chats.held_past(read, now)
            others = [found for missing in self._missing for found in await missing(read)]
            failing = await outage_rows.all_(read)
        silent, stuck = [*silent, *turns], [*stuck, *deliveries]
        work = [RunTurn(chat) for chat in silent], [Deliver(chat) for chat in stuck], [HandBack(chat) for chat in over]
        await self._add([*((job, now) for job in chain(*work)), *others], now)
        await self._forget(now)
        for outage in failing:
            async with self._store.begin(accounts=[outage.account_id]) as tx:
                await self._outages.look(tx, outage.account_id)
        if lost or silent or stuck or ahead:
            found = {"claims": lost, "turns": len(silent), "deliveries": len(stuck), "ahead": ahead}
            log.warning("found work that was lost", extra=found)

    async def _add(self, found: Sequence[tuple[Job, int]], now: int) -> None:
        """A page at a time, in the order of everybody: nobody waits long for a row of it, nor for ever."""
        for first in range(0, len(found), PAGE):
            async with self._store.begin(shared=True) as tx:
                for job, due in sorted(found[first : first + PAGE], key=lambda one: one[0].key or ""):
                    await enqueue(tx, job, now=now, due=due)

    async def _forget(self, now: int) -> None:
        """Drop what has had its time. Nobody decides anything by these rows any more."""
        async with self._store.begin(shared=True) as tx:
            await receipts.expire(tx, now - EARLY)
            await messages.forget_ahead(tx, now - EARLY)
            await operators.sweep(tx, now)
            await tries.sweep(tx, now - REMEMBERED)
            await changes.forget(tx)
