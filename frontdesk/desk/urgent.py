"""Telling the owner at once of what matters enough: in the inbox, in the own chat and at every target that wants it.

A job for each target looks when its moment has come, and tells what is still open then in one word: what a person has
seen in the inbox, or has answered, is told nobody any more.
"""

from collections.abc import Awaitable, Callable, Sequence

from frontdesk.desk.holding import urgent_key
from frontdesk.desk.unsure import once_more
from frontdesk.domain.importance import ScoredMessage
from frontdesk.domain.personas import House
from frontdesk.domain.telling import Alert, Target
from frontdesk.domain.urgent import GAP, Pressing, Quiet, alert_of, quiet_until, wanted_by
from frontdesk.domain.work import TellUrgent
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers
from frontdesk.store import alerts, jobs, urgent
from frontdesk.store.reminders import ReminderRow, alert_key
from frontdesk.store.store import Read, Store, Tx
from frontdesk.store.urgent import WordRow

MOST = 5  # importance
REMINDER = MOST  # how much a reminder matters that somebody set: it is told at every target
AGAIN = 5 * MINUTE  # while there is no way to the own chat
_NO_WAY = "You could not be told of something urgent in your own chat, for there is no way there now."

Post = Callable[[Tx, str, str], Awaitable[str | None]]
MutedUntil = Callable[[Read], Awaitable[int | None]]


class Urgents:
    """Does the jobs of kind `tell_urgent`. `post` writes into the own chat, under a key by which it does so once."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        house: Callable[[], House],
        post: Post,
        muted_until: MutedUntil,
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._post = post
        self._muted_until = muted_until
        self._public_url = public_url
        self._notifiers = Notifiers()

    # What is to be told

    async def scored(self, tx: Tx, messages: Sequence[ScoredMessage]) -> None:
        """Messages were scored, in this transaction: those that matter enough are told of."""
        house, targets = self._house(), self._targets()
        least = min([house.urgent.threshold, *(wanted_by(target, house.urgent) for target in targets)])
        pressing = [message for message in messages if message.level >= least]
        if not pressing:
            return
        known = await urgent.said(tx, [message.id for message in pressing])
        for message in pressing:
            said = known[message.id]
            row = {
                "matter": message.id,
                "key": urgent_key(message.chat_id),
                "level": message.level,
                "account_id": message.account_id,
                "chat_id": message.chat_id,
                "name": said.name,
                "said": said.text or f"[{said.kind}]",
                "reason": message.reason,
                "at": message.at,
            }
            await self._raise(tx, row)
            await self._add(tx, row, [one for one in targets if message.level >= wanted_by(one, house.urgent)])

    async def reminded(self, tx: Tx, reminder: ReminderRow, heading: str) -> None:
        """A reminder became due, in this transaction; its alert is raised already."""
        row = {
            "matter": f"{reminder.id}@{reminder.remind_at}",  # one that was snoozed is told again
            "key": alert_key(reminder.id),
            "level": REMINDER,
            "account_id": reminder.account_id,
            "chat_id": reminder.chat_id,
            "name": "Reminder",
            "said": reminder.what,
            "reason": heading,
            "at": reminder.due_at,
        }
        await self._add(tx, row, self._targets())

    async def _raise(self, tx: Tx, row: dict[str, object]) -> None:
        what = "urgent" if row["level"] == MOST else "important"
        sentence = f"“{row['name']}” wrote something {what}. {str(row['reason']).rstrip('.')}."
        await alerts.raise_(
            tx,
            now=self._clock.now(),
            kind="urgent",
            sentence=sentence,
            key=str(row["key"]),
            severe=True,
            account_id=str(row["account_id"]),
            chat_id=str(row["chat_id"]),
        )

    async def _add(self, tx: Tx, row: dict[str, object], targets: Sequence[Target]) -> None:
        if targets:
            now = self._clock.now()
            await urgent.add(tx, [{**row, "target": target.mark} for target in targets], now)
            for target in targets:
                await enqueue(tx, TellUrgent(target.mark), now=now)

    def _targets(self) -> list[Target]:
        return [target for target in self._house().notify if "urgent" in target.on]

    async def missing(self, read: Read) -> list[tuple[TellUrgent, int]]:
        """What waits and has no job, or one that a clock which was ahead has put off."""
        found: list[tuple[TellUrgent, int]] = []
        work = {job.key: job for job in await jobs.of_kind(read, TellUrgent.kind)}
        for target in self._targets():
            rows = await urgent.waiting(read, target.mark)
            if not rows:
                continue
            job = TellUrgent(target.mark)
            (_, _, at), waits = await self._plan(read, rows, target, self._clock.now()), work.get(job.key)
            if waits is None or (waits.error is None and waits.due_at > at + MINUTE):
                found.append((job, at))
        return found

    # Telling

    async def run(self, job: TellUrgent, ticket: Ticket) -> None:
        """Tell one target all that is open and may be told now; the rest is looked at when its moment comes."""
        target = next((one for one in self._targets() if one.mark == job.target), None)
        now = self._clock.now()
        async with self._store.begin(shared=True) as tx:
            await urgent.drop_settled(tx, job.target, now)
        async with self._store.read() as read:
            rows = await urgent.waiting(read, job.target)
            if target is None or not rows:
                return
            ready, later, at = await self._plan(read, rows, target, now)
        if not ready or at > now:
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, at, counts=False)
            return
        await self._tell(target, ready, ticket, later=later)

    async def _plan(
        self, read: Read, rows: list[WordRow], target: Target, now: int
    ) -> tuple[list[WordRow], int | None, int]:
        """What may be told now, when the rest may be, and when the next word is to be said.

        Where the last one was said later than now, that was so by a clock that was ahead: it holds nothing back.
        """
        last = await urgent.last_told(read, target.mark)
        ready, later = self._sorted(rows, target, await self._muted_until(read))
        if not ready and later is not None:
            return ready, later, later
        return ready, later, max(now, last + GAP) if last is not None and last <= now else now

    def _sorted(self, rows: list[WordRow], target: Target, muted: int | None) -> tuple[list[WordRow], int | None]:
        """What may be told now, and when the rest may be."""
        house, now = self._house(), self._clock.now()
        if muted is not None:
            return [], muted
        quiet = quiet_until(now, house.timezone, self._quiet(target))
        ready = [row for row in rows if quiet is None or row.level >= house.urgent.through]
        return ready, quiet if len(ready) < len(rows) else None

    def _quiet(self, target: Target) -> Quiet | None:
        return Quiet(*target.quiet) if target.quiet is not None else self._house().urgent.quiet

    async def _tell(self, target: Target, rows: list[WordRow], ticket: Ticket, *, later: int | None) -> None:
        alert = alert_of([_pressing(row) for row in rows], zone=self._house().timezone, public_url=self._public_url)
        if target.url == SELF:
            await self._tell_self(rows, alert, ticket, later=later)
            return
        try:
            unsure = await self._notifiers.tell(target.url, alert)
            once_more(ticket, unsure)
        except Rejected as refused:
            await self._give_up(rows, refused, ticket)
        except Retryable as away:
            if not ticket.last:
                raise
            await self._give_up(rows, away, ticket)
        else:
            await self._told(rows, ticket, later=later, unsure=unsure)

    async def _tell_self(self, rows: list[WordRow], alert: Alert, ticket: Ticket, *, later: int | None) -> None:
        now = self._clock.now()
        async with self._store.begin() as tx:
            text = f"❗ *{alert.title}*\n{alert.text}"
            if await self._post(tx, text, f"urgent:{rows[0].id}") is None:
                await alerts.raise_(tx, now=now, kind="notify", sentence=_NO_WAY, key="notify:self")
                await ticket.later(tx, now + AGAIN, counts=False)
                return
            await urgent.settle(tx, [row.id for row in rows], state="told", now=now)
            await alerts.close(tx, "notify:self", now)
            await self._end(tx, ticket, later)

    async def _told(self, rows: list[WordRow], ticket: Ticket, *, later: int | None, unsure: str | None) -> None:
        now = self._clock.now()
        async with self._store.begin(shared=True) as tx:
            await urgent.settle(tx, [row.id for row in rows], state="told", now=now)
            if unsure is not None:
                sentence = f"You may not have been told of something urgent: {unsure} It stands under Alerts."
                await alerts.raise_(tx, now=now, kind="notify", sentence=sentence, key="notify:urgent")
            await self._end(tx, ticket, later)

    async def _end(self, tx: Tx, ticket: Ticket, later: int | None) -> None:
        if later is None:
            await ticket.done(tx)
        else:
            await ticket.later(tx, later, counts=False)

    async def _give_up(self, rows: list[WordRow], failure: PluginError, ticket: Ticket) -> None:
        now = self._clock.now()
        sentence = f"You could not be told of something urgent: {failure.sentence} It stands under Alerts."
        async with self._store.begin(shared=True) as tx:
            await urgent.settle(tx, [row.id for row in rows], state="failed", now=now)
            await alerts.raise_(tx, now=now, kind="notify", sentence=sentence, key="notify:urgent")
            await ticket.done(tx)


def _pressing(row: WordRow) -> Pressing:
    return Pressing(row.name, row.said, row.reason, row.level, row.at, row.chat_id)
