"""The daily sign of life, and the one after a start: to the own chat, and to the targets that want it.

A job looks every minute. Whether one is due is decided in a transaction that also writes it, so it is told once,
whichever process looks, and after a restart nothing is told again.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.own_chat import OwnChat
from frontdesk.desk.pausing import Pausing
from frontdesk.domain import heartbeat
from frontdesk.domain.accounts import State, sentence
from frontdesk.domain.command_answers import moment, say, span
from frontdesk.domain.heartbeat import GAP, Due, Pulse, Told, as_message
from frontdesk.domain.personas import House
from frontdesk.domain.telling import Alert, Target
from frontdesk.domain.work import Heartbeat as Job, TellHeartbeat
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import DAY, SECOND, Clock
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers
from frontdesk.store import alerts, marks, pulse as rows
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

_LAST, _TEXT, _ALIVE, _STARTED = "heartbeat", "heartbeat_text", "alive", "started"
SETTLED = 45 * SECOND  # after a start, in which lines come up
_NOWHERE = "heartbeat:nowhere"


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in the store, and what follows from it. Times are Unix ms."""

    due: Due | None
    told_at: int | None  # when the last one was told
    forget: bool  # something is noted of what is not wanted any more
    started: int | None  # a start that is to be told now, and when the house was last alive before
    before: int | None
    since: int  # from when on messages are counted

    @property
    def speaks(self) -> bool:
        """Whether something is to be said."""
        return self.started is not None or (self.due is not None and self.due.since is not None)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return self.due is None and self.started is None and not self.forget


class Heartbeat:
    """Does the jobs of kind `heartbeat` and `tell_heartbeat`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        own_chat: OwnChat,
        pausing: Pausing,
        house: Callable[[], House],
        disk: Path,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._own = own_chat
        self._pausing = pausing
        self._house = house
        self._disk = disk  # a folder on the disk to look at
        self._notifiers = Notifiers()

    async def started(self) -> None:
        """This process starts. Where no other gave a sign for a while, the house does: that is told in a moment."""
        if not self._house().heartbeat.startup:
            return
        now = self._clock.now()
        try:
            async with self._store.begin() as tx:
                last = await marks.of(tx, _ALIVE)
                if last is None or now - int(last.number or 0) >= GAP:
                    await marks.put(tx, _STARTED, to_json(int(last.number or 0) if last else None), now)
                await marks.put(tx, _ALIVE, "", now)
        except StoreUnavailable as away:
            log.warning("the start of the house cannot be told: %s", away)

    async def run(self, job: Job, ticket: Ticket) -> None:
        """Look whether something is to be told."""
        async with self._store.read() as read:
            found = await self._found(read)
            if found.nothing and not self._house().heartbeat.startup:
                return
            pulse = await self._pulse(read, found.since) if found.speaks else None
        async with self._store.begin() as tx:
            found = await self._found(tx)
            if pulse is not None or not found.speaks:
                await self._tell(tx, found, pulse)
            if self._house().heartbeat.startup:
                await marks.put(tx, _ALIVE, "", self._clock.now())
            await ticket.done(tx)

    async def tell(self, job: TellHeartbeat, ticket: Ticket) -> None:
        """Tell one target the newest sign of life."""
        target = next((one for one in self._targets() if one.mark == job.target), None)
        async with self._store.read() as read:
            said = await marks.of(read, _TEXT)
        if target is None or said is None:
            return
        try:
            await self._notifiers.tell(target.url, Alert(**orjson.loads(said.value)))
        except Retryable as away:
            if not ticket.last:
                raise
            await self._give_up(target, away, ticket)
        except Rejected as refused:
            await self._give_up(target, refused, ticket)

    # What is due

    async def _found(self, read: Read) -> _Found:
        """What is to be told or noted now."""
        house, now = self._house(), self._clock.now()
        last, start = await marks.of(read, _LAST), await marks.of(read, _STARTED)
        told = Told(**orjson.loads(last.value)) if last is not None else None
        told_at = int(last.number) if last is not None and last.number is not None else None
        wanted = house.heartbeat
        due = heartbeat.due(now, wanted.time, house.timezone, told) if wanted.enabled else None
        started = int(start.number) if start is not None and start.number is not None else None
        settled = wanted.startup and started is not None and now - started >= SETTLED
        return _Found(
            due=due,
            told_at=told_at,
            forget=(last is not None and not wanted.enabled) or (start is not None and not wanted.startup),
            started=started if settled else None,
            before=orjson.loads(start.value) if settled and start is not None else None,
            since=told_at if told_at is not None else now - DAY,
        )

    async def _tell(self, tx: Tx, found: _Found, pulse: Pulse | None) -> None:
        zone, now = self._house().timezone, self._clock.now()
        if found.forget:
            await marks.drop(tx, _STARTED)
            if not self._house().heartbeat.enabled:
                await marks.drop(tx, _LAST)
        if found.due is not None:
            spoken = found.due.since is not None and pulse is not None
            if found.due.since is not None and pulse is not None:
                alert = heartbeat.alive(pulse, due_at=found.due.since, now=now, zone=zone)
                await self._say(tx, alert, key=f"heartbeat:{found.due.told.day}")
            told_at = now if spoken or found.told_at is None else found.told_at
            await marks.put(tx, _LAST, to_json(asdict(found.due.told)), told_at)
        if found.started is not None and pulse is not None:
            alert = heartbeat.started(pulse, at=found.started, last=found.before, zone=zone)
            await self._say(tx, alert, key=f"started:{found.started}")
            await marks.drop(tx, _STARTED)

    async def _say(self, tx: Tx, alert: Alert, *, key: str) -> None:
        targets, now = self._targets(), self._clock.now()
        posted = await self._own.post(tx, text=as_message(alert), key=key)
        if targets:
            await marks.put(tx, _TEXT, to_json(asdict(alert)))
        for target in targets:
            await enqueue(tx, TellHeartbeat(target.mark), now=now)
        if posted is not None or targets:
            await alerts.close(tx, _NOWHERE, now)
            return
        why = await self._own.why_not(tx) or ""
        words = f"The sign of life could not be told to you. {why}".strip()
        await alerts.raise_(tx, now=now, kind="heartbeat", sentence=words, key=_NOWHERE)

    def _targets(self) -> list[Target]:
        """Those that want it besides the own chat."""
        return [target for target in self._house().notify if "heartbeat" in target.on and target.url != SELF]

    async def _give_up(self, target: Target, failure: PluginError, ticket: Ticket) -> None:
        number = self._house().notify.index(target) + 1
        words = f"The sign of life could not be told by notify {number}: {failure.sentence}"
        async with self._store.begin(shared=True) as tx:
            await alerts.raise_(
                tx, now=self._clock.now(), kind="notify", sentence=words, key=f"heartbeat:{target.mark}"
            )
            await ticket.done(tx)

    # What is said

    async def _pulse(self, read: Read, since: int) -> Pulse:
        now, zone = self._clock.now(), self._house().timezone
        own = await self._own.numbers.chat_ids(read)
        traffic = await rows.traffic(read, since=since, own=own)
        waiting, first = await rows.waiting(read, own=own)
        paused = await self._pausing.state(read)
        until = moment("en", paused.until, now=now, zone=zone) if paused is not None and paused.until else None
        pause = say("en", "paused", until=until) if until else say("en", "paused_open")
        free, size = await asyncio.to_thread(_room_on, self._disk)
        wrong = [row.sentence for row in await alerts.recent(read, only_open=True)]
        if failed := await rows.failed_jobs(read):
            wrong.append(f"{failed} piece{'s' if failed > 1 else ''} of work failed for good; see “frontdesk doctor”.")
        return Pulse(
            lines=[(account.row.name, _standing(account.state, account.row.state_reason)) for account in self._lines()],
            came_in=traffic.came_in,
            by_agent=traffic.by_agent,
            by_people=traffic.by_people,
            waiting=waiting,
            longest=span(now - first) if first is not None else None,
            paused=pause if paused is not None else None,
            disk_free=free,
            disk_size=size,
            wrong=wrong,
        )

    def _lines(self) -> list[Account]:
        return sorted(self._accounts.all(), key=lambda account: account.row.name)


def _standing(state: State, reason: str | None) -> str:
    return "connected." if state is State.CONNECTED and not reason else sentence(state, reason)


def _room_on(disk: Path) -> tuple[int | None, int | None]:
    """Bytes free, and bytes in all, where the files of the house are."""
    try:
        usage = shutil.disk_usage(disk if disk.exists() else disk.parent)
    except OSError:
        return None, None
    return usage.free, usage.total
