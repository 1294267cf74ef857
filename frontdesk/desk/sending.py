"""Sending what waits in the outbox, chat by chat in order. A send that was cut off is never repeated blindly."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from frontdesk.desk import doubts, groups, later_changes, receipts
from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.composing import FileOf, outbound_of
from frontdesk.desk.outages import Outages
from frontdesk.desk.pacing import Pacing, Pause
from frontdesk.domain.accounts import State, may_send
from frontdesk.domain.addresses import AddressKind
from frontdesk.domain.chats import SENTENCES, Reason, window_open
from frontdesk.domain.delivery import GIVEN_UP, decide
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import LineState, Outbound, Sent
from frontdesk.domain.work import Deliver, SettleReceipts
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.store import accounts, alerts, chats, merging, messages, scenes
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.store import Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

SEEN = 5 * SECOND  # a shorter wait is over before anybody could read of it
WAITS = "waits"  # the code of a message that only waits for its line or its person


class Sending:
    """`sending` is written before the network is asked; what a crash leaves there becomes `unknown`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        accounts: Accounts,
        *,
        file_of: FileOf,
        outages: Outages,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._file_of = file_of
        self._outages = outages
        self._pacing = Pacing()
        self.results: dict[str, int] = {}

    async def deliver(self, job: Deliver, ticket: Ticket) -> None:
        """Send what waits in one chat, in order, until nothing is left or the channel asks to wait."""
        while True:
            async with self._store.begin(chat=job.chat_id) as tx:
                found = await self._take(tx, job.chat_id, ticket)
            if isinstance(found, Pause):
                self._pacing.show(found)
            if found is None or isinstance(found, Pause):
                return
            row, account, outbound = found
            result = await self._send(account, outbound)
            await self._surely_settled(row, account, result=result, ticket=ticket)
            if isinstance(result, LoggedOut):
                await self._accounts.report(account.row.id, LineState(State.ACTION_REQUIRED, result.sentence))
            if ticket.ended:
                return

    async def _surely_settled(
        self, row: MessageRow, account: Account, *, result: Sent | PluginError, ticket: Ticket
    ) -> None:
        """What became of a send is known only here: while the store is away, this waits for it."""
        while True:
            try:
                async with self._store.begin(chat=row.chat_id) as tx:
                    await self._settle(tx, row, account, result=result, ticket=ticket)
            except StoreUnavailable as away:
                ticket.ended = False
                self._outages.taken_back()
                log.error("the result of a send waits for the store: %s", away, extra={"account": account.row.id})
                await self._clock.sleep(SECOND)
            else:
                return

    async def settle_early(self, job: SettleReceipts, ticket: Ticket) -> None:
        """Look again at receipts that came before their message was known, or that prove a cut-off send."""
        async with self._store.begin(accounts=[job.account_id]) as tx:
            for row in await messages.with_early_receipts(tx, job.account_id):
                await receipts.catch_up(tx, row, await receipts.early(tx, row))
            again = await doubts.settle_by_receipts(tx, job.account_id, now=self._clock.now())
            await (ticket.done(tx) if again is None else ticket.later(tx, again, counts=False))

    async def close(self) -> None:
        """Let go of what is still shown."""
        await self._pacing.close()

    async def _take(self, tx: Tx, chat_id: str, ticket: Ticket) -> tuple[MessageRow, Account, Outbound] | Pause | None:
        """The next message to send, marked as being sent; None when there is none or it has to wait."""
        found = await scenes.to_send(tx, chat_id, ticket.row)
        if found.lost:
            return None  # one at a time keeps the order
        chat = found.chat
        account = self._accounts.find(chat.account_id) if chat is not None else None
        now = self._clock.now()
        for row in found.outbox:
            if row.status == Status.SENDING:
                await self._doubt(tx, row, "The program ended while this message was being sent.")
                continue
            assert chat is not None
            if account is None:
                await messages.move(tx, row, Status.FAILED.value, error="The line was removed.", error_code="line")
                continue
            if not may_send(account.state):
                break  # the line's next connect wakes what waits
            wait = max(filter(None, (row.send_after, chat.blocked_until, account.row.blocked_until)), default=0)
            if wait > now and (row.handed_at or 0) > now:
                await self._forget_waits(tx, chat, account)
            elif wait > now:
                await self._tell_why(tx, found.outbox, account, chat_until=chat.blocked_until)
                await ticket.later(tx, wait)
                return None
            if silent := await groups.why_silent(tx, chat):
                await messages.move(tx, row, Status.FAILED.value, error=silent, error_code="left")
                continue
            closed = account.channel.capabilities.window and not window_open(chat.last_inbound_at, now)
            if closed and row.kind != "template":
                await messages.move(tx, row, Status.FAILED.value, error=SENTENCES[Reason.WINDOW], error_code="window")
                continue
            if pause := await self._pacing.pause(tx, row, account, to=found.addresses, now=now):
                await ticket.later(tx, pause.due, counts=False)
                return pause
            outbound = await outbound_of(tx, row, chat=chat, to=found.addresses, file_of=self._file_of)
            if outbound is None:
                await messages.move(tx, row, Status.FAILED.value, error="The file to send is gone.", error_code="media")
                continue
            return await self._hand_over(tx, row, found, now), account, outbound
        await ticket.done(tx)
        return None

    async def _forget_waits(self, tx: Tx, chat: ChatRow, account: Account) -> None:
        """Our clock was ahead when the message was tried: until when it was to wait, nobody knows any more."""
        if chat.blocked_until:
            await chats.change(tx, chat.id, blocked_until=None)
        if account.row.blocked_until:
            await accounts.change(tx, account.row.id, blocked_until=None)
            self._accounts.block(account.row.id, None)

    @staticmethod
    async def _hand_over(tx: Tx, row: MessageRow, found: scenes.ToSend, now: int) -> MessageRow:
        lasts = found.chat.expires_after if found.chat is not None else None
        person = [one for one in found.addresses if one.kind is not AddressKind.GROUP]
        return await messages.put(
            tx,
            row,
            Status.SENDING.value,
            attempts=row.attempts + 1,
            handed_at=now,
            vanishes_at=now + lasts * SECOND if lasts else None,
            address=str(person[0]) if person else None,
        )

    async def _send(self, account: Account, outbound: Outbound) -> Sent | PluginError:
        if outbound.media is not None and not await asyncio.to_thread(outbound.media.path.is_file):
            return Rejected("The file to send is gone.", code="media")
        try:
            return await account.channel.send(account.line, outbound)
        except PluginError as refused:
            return refused
        except Exception as broken:
            # Whether it went out cannot be known: never send again blindly.
            log.exception("a channel broke its contract while sending", extra={"account": account.row.id})
            return Sent(None, f"The channel failed while sending ({type(broken).__name__}).")

    async def _settle(
        self, tx: Tx, row: MessageRow, account: Account, *, result: Sent | PluginError, ticket: Ticket
    ) -> None:
        external_id = result.external_id if isinstance(result, Sent) else None
        found = await scenes.to_settle(tx, row, external_id)
        row = _as_it_stands(row, found.row)
        await self._apply(tx, row, account, found, result=result, ticket=ticket)
        if row.status == Status.UNKNOWN:  # somebody held it for cut off: now its fate is known, and what waits goes on
            await receipts.end_doubt(tx, row.chat_id, now=self._clock.now())
            await enqueue(tx, Deliver(row.chat_id), now=self._clock.now())

    async def _apply(
        self,
        tx: Tx,
        row: MessageRow,
        account: Account,
        found: scenes.ToSettle,
        *,
        result: Sent | PluginError,
        ticket: Ticket,
    ) -> None:
        if isinstance(result, Retryable):
            await self._wait(tx, row, account, error=result, ticket=ticket, more=found.more)
            return
        if isinstance(result, LoggedOut):
            await messages.move(tx, row, Status.QUEUED.value, attempts=row.attempts - 1, error=result.sentence)
            await ticket.done(tx)
            return
        if not isinstance(result, Sent):
            await self._refused(tx, row, account, result)
        elif result.external_id is None:
            await self._doubt(tx, row, result.doubt or "The channel did not say whether it took the message.")
        else:
            await self._went_out(tx, found, result.external_id)
            await self._outages.sent(tx, account.row.id)
        if not found.more:
            await ticket.done(tx)

    async def _went_out(self, tx: Tx, found: scenes.ToSettle, external_id: str) -> None:
        """Somebody may have been faster than the channel's answer: a receipt with our own id, or a doubt."""
        self._note("sent")
        row = found.row
        if row is None:
            return
        if found.echo is not None:
            await merging.absorb_echo(tx, found.echo, account_id=row.account_id, now=self._clock.now())
        if row.status in (Status.SENDING, Status.UNKNOWN):
            doubted = row.status == Status.UNKNOWN
            row = await messages.put(tx, row, Status.SENT.value, external_id=external_id, error=None, error_code=None)
            await later_changes.took_effect(tx, row)
            if doubted:
                await receipts.end_doubt(tx, row.chat_id, now=self._clock.now())
        else:
            await messages.change(tx, row, external_id=external_id)
            row = replace(row, external_id=external_id)
        await receipts.catch_up(tx, row, found.early)

    async def _doubt(self, tx: Tx, row: MessageRow, why: str) -> None:
        self._note("unknown")
        told = f"{why} It may or may not have arrived."
        if await messages.move(tx, row, Status.UNKNOWN.value, error=told, error_code="unknown"):
            await alerts.raise_(
                tx,
                now=self._clock.now(),
                kind="unknown",
                sentence="A message may or may not have arrived. Open the chat and say which.",
                key=receipts.doubt_key(row.chat_id),
                chat_id=row.chat_id,
                account_id=row.account_id,
            )
            await enqueue(tx, SettleReceipts(row.account_id), now=self._clock.now())

    async def _wait(
        self, tx: Tx, row: MessageRow, account: Account, *, error: Retryable, ticket: Ticket, more: bool
    ) -> None:
        again = decide(error, row.attempts)
        await self._outages.failed(tx, account.row.id, error, given_up=again is None)
        if again is None:
            await self._refused(tx, row, account, Rejected(error.sentence, code=error.code or GIVEN_UP))
            if not more:
                await ticket.done(tx)
            return
        self._note("retried")
        due = self._clock.now() + again.after
        attempts = row.attempts if again.counts else row.attempts - 1
        await messages.move(
            tx, row, Status.QUEUED.value, attempts=attempts, error=error.sentence, error_code=error.code, send_after=due
        )
        if error.scope == "chat":
            await chats.change(tx, row.chat_id, blocked_until=due)
        elif error.scope == "account":
            await accounts.change(tx, account.row.id, blocked_until=due)
            self._accounts.block(account.row.id, due)
        if more and error.scope != "message":
            others = [one for one in await messages.outbox(tx, row.chat_id) if one.id != row.id]
            held = self._accounts.find(account.row.id) or account
            await self._tell_why(tx, others, held, chat_until=due if error.scope == "chat" else None)
        await ticket.later(tx, due, error.sentence)

    async def _tell_why(
        self, tx: Tx, waiting: Sequence[MessageRow], account: Account, *, chat_until: int | None
    ) -> None:
        """What waits for the sake of its line or its person says so, where the wait is long enough to be seen."""
        line_until, seen = account.row.blocked_until or 0, self._clock.now() + SEEN
        if max(line_until, chat_until or 0) < seen:
            return
        if line_until >= (chat_until or 0):
            why = await self._outages.why_waits(tx, account.row.id, line_until)
        else:
            why = self._outages.why_chat_waits(chat_until or 0)
        for row in waiting:
            if row.status == Status.QUEUED and row.error != why and (row.error is None or row.error_code == WAITS):
                await messages.change(tx, row, error=why, error_code=WAITS)

    async def _refused(self, tx: Tx, row: MessageRow, account: Account, error: PluginError) -> None:
        self._note("failed")
        await messages.move(tx, row, Status.FAILED.value, error=error.sentence, error_code=error.code)
        if isinstance(error, Rejected) and error.alert:
            await alerts.raise_(
                tx,
                now=self._clock.now(),
                kind="send",
                sentence=f"“{account.row.name}” could not send: {error.sentence}",
                key=f"send:{account.row.id}:{error.code}",
                severe=True,
                account_id=account.row.id,
                chat_id=row.chat_id,
            )

    def _note(self, result: str) -> None:
        self.results[result] = self.results.get(result, 0) + 1
        self._store.tally.count("sends", outcome=result)


def _as_it_stands(row: MessageRow, present: MessageRow | None) -> MessageRow:
    """Two chats may have become one since it was handed over, and somebody may have held it for cut off."""
    if present is None:
        return row
    doubted = present.status == Status.UNKNOWN and present.attempts == row.attempts
    return replace(row, chat_id=present.chat_id, status=present.status if doubted else row.status)
