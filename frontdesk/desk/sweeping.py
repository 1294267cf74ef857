"""The sweep: finds what a crash or a fault left behind, so that nothing waits for ever."""

import logging

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.outages import Outages
from frontdesk.desk.telling import Telling
from frontdesk.domain.accounts import may_send
from frontdesk.domain.work import Deliver, HandBack, RunTurn, Sweep
from frontdesk.jobs import queue
from frontdesk.jobs.queue import Ticket, enqueue_all
from frontdesk.kit.clock import DAY, Clock
from frontdesk.store import chats, messages, operators, receipts, sweeps
from frontdesk.store.store import Store

log = logging.getLogger(__name__)

EARLY = 7 * DAY  # Meta repeats a webhook for that long: what has waited longer for its message waits for nothing


class Sweeping:
    """Runs on a timer. Everything in it is harmless when there is nothing to find."""

    def __init__(self, store: Store, clock: Clock, accounts: Accounts, *, outages: Outages, telling: Telling) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._outages = outages
        self._telling = telling

    async def run(self, job: Sweep, ticket: Ticket) -> None:
        """Look once."""
        lost = await queue.sweep(self._store, self._clock)
        now = self._clock.now()
        up = [account.row.id for account in self._accounts.all() if may_send(account.state)]
        async with self._store.read() as read:
            silent = await sweeps.chats_without_turn(read)
            stuck = await sweeps.chats_without_delivery(read, up)
            over = await chats.held_past(read, now)
        async with self._store.begin() as tx:
            await enqueue_all(tx, [RunTurn(chat) for chat in silent], now=now)
            await enqueue_all(tx, [Deliver(chat) for chat in stuck], now=now)
            await enqueue_all(tx, [HandBack(chat) for chat in over], now=now)
            await receipts.expire(tx, now - EARLY)
            await messages.forget_ahead(tx, now - EARLY)
            await operators.sweep(tx, now)
            await self._outages.look(tx)
            await self._telling.look(tx)
            await ticket.done(tx)
        if lost or silent or stuck:
            found = {"claims": lost, "turns": len(silent), "deliveries": len(stuck)}
            log.warning("found work that was lost", extra=found)
