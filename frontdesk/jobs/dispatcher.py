"""Finds due work in the table and gives its ids to the broker; without a broker, to this worker itself.

Every worker has one. What is found is marked in the same transaction, so that two never send the same. Each gives the
broker only as much as it could take itself: the rest stays in the table, where what is urgent goes first.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from frontdesk.jobs.lanes import Lane, by_kind, urgent_first
from frontdesk.jobs.publisher import BrokerAway
from frontdesk.jobs.rest import NEVER, Rest
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import sending
from frontdesk.store.sending import Letter
from frontdesk.store.store import Store

log = logging.getLogger(__name__)

BATCH = 500  # letters in one transaction
OUTSTANDING = 2  # times the places of a lane that are free here: what the broker may hold of its kinds ...
AT_MOST = 256  # ... but never more: what waits longer there would be taken for lost
LOOK = SECOND  # between two looks at the table, when nobody wakes us
SOON = SECOND // 20  # when more is due than the broker may hold
BREATH = 0.02  # seconds of real time between two looks: wake-ups that come meanwhile share one
PROBE = SECOND  # between two looks for a broker that is away
FORGOTTEN = 10 * SECOND  # what still waits then is sent again
SURELY_FORGOTTEN = 3 * SECOND  # the same, where the broker holds nothing and this worker has places for it
GIVEN_UP = 4  # sends, after which a worker with free places takes a job without the broker


class WakeUps(Protocol):
    """Wake-ups from other processes."""

    async def wait(self, seconds: float, /) -> int | None:
        """Until there is one, or for so long: when work is due (Unix ms), or None."""


class Broker(Protocol):
    """Takes letters."""

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Raises BrokerAway where not all could be given."""

    async def holds(self) -> int:
        """How much it holds that no worker has taken. Raises BrokerAway where it is not there."""


class Dispatcher:
    """`direct` claims and begins due work in the free places here and gives how much; `take` does one job here."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        lanes: tuple[Lane, ...],
        broker: Broker,
        wake_ups: WakeUps | None,
        direct: Callable[[], Awaitable[int]],
        take: Callable[[Letter], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._lanes = lanes
        self._lane_of = by_kind(lanes)
        self._broker = broker
        self._wake_ups = wake_ups
        self._direct = direct
        self._take = take
        self._rest = Rest(clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._probing: asyncio.Task[None] | None = None
        self._probe_at = 0  # when to look for a broker that is away
        self._sweep_at = 0  # when to look for what the broker forgot
        self.away = False  # whether the broker is
        self.sent = 0  # letters since the start

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms)."""
        self._rest.wake(due)

    def look(self) -> None:
        """Something ended: what it barred may go now."""
        self._rest.look()

    def start(self) -> None:
        """Begin to look."""
        self._tasks.append(asyncio.create_task(self._run()))
        if self._wake_ups is not None:
            self._tasks.append(asyncio.create_task(self._listen(self._wake_ups)))

    async def close(self) -> None:
        """Send nothing more."""
        self._stopping = True
        self._rest.end()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, *([self._probing] if self._probing else []), return_exceptions=True)

    async def _listen(self, wake_ups: WakeUps) -> None:
        while True:
            try:
                due = await wake_ups.wait(LOOK / SECOND)
                if due is not None:
                    self.wake(due)
            except Exception as broken:
                log.debug("no wake-ups from others now: %s", broken)
                await self._clock.sleep(LOOK)

    async def _run(self) -> None:
        while not self._stopping:
            self._rest.begin()
            try:
                again = await self._round()
            except Exception as broken:  # whatever it is, work must not stop for it
                unknown = None if isinstance(broken, FrontdeskError) else broken
                log.error("no work can be given out now: %s", broken, exc_info=unknown)
                await self._rest.for_(LOOK)
                continue
            await asyncio.sleep(BREATH)
            await self._rest.until(again, at_most=int(LOOK * random.uniform(0.8, 1.2)))  # noqa: S311 - not all at once

    async def _round(self) -> int:
        """Look once; gives when to look again at the latest (Unix ms)."""
        now = self._clock.now()
        if self.away:
            self._probe(now)
            return now if await self._direct() else now + LOOK
        async with self._store.read() as read:
            due, outstanding = await sending.outlook(read)
        waiting = [kind for kind, at in due.items() if at <= now]
        letters, more = await self._mark(waiting, outstanding, now)
        await self._send(letters)
        later = [at for at in due.values() if at > now]
        return min([now + SOON] if more else [NEVER, *later])

    async def _mark(self, waiting: list[str], outstanding: dict[str, int], now: int) -> tuple[list[Letter], bool]:
        """What may be sent now, marked as sent; and whether more is due."""
        forgotten = await self._forgotten(outstanding, now)
        room = {id(lane): self._room(lane, outstanding) for lane in self._lanes}
        letters: list[Letter] = []
        more = False
        if waiting or forgotten:
            async with self._store.begin(shared=True, lasting=False) as tx:
                for first, kinds in forgotten:
                    letters += await sending.mark_forgotten(tx, kinds, now=now, first=first, most=BATCH)
                for kind in urgent_first(waiting):
                    most = min(BATCH - len(letters), room[id(self._lane_of[kind])])
                    found = await sending.mark_due(tx, kind, now=now, most=most) if most > 0 else []
                    room[id(self._lane_of[kind])] -= len(found)
                    letters += found
                    more = more or len(found) >= most
        return letters, more

    def _room(self, lane: Lane, outstanding: dict[str, int]) -> int:
        return min(AT_MOST, OUTSTANDING * lane.free) - sum(outstanding.get(kind, 0) for kind in lane.kinds)

    async def _forgotten(self, outstanding: dict[str, int], now: int) -> list[tuple[int, list[str]]]:
        """After how long (ms) to send again, and which kinds; nothing between two sweeps."""
        if now < self._sweep_at or not outstanding:
            return []
        self._sweep_at = now + LOOK
        try:
            empty = not await self._broker.holds()
        except BrokerAway as away:
            self._lose(away)
            return []
        soon = [kind for kind in outstanding if empty and self._lane_of[kind].free > 0]
        late = [kind for kind in outstanding if kind not in soon]
        return [(SURELY_FORGOTTEN, soon), (FORGOTTEN, late)]

    async def _send(self, letters: list[Letter]) -> None:
        """Give them to the broker; take here what it has forgotten too often."""
        kept = [letter for letter in letters if letter.sends > GIVEN_UP and self._lane_of[letter.kind].free > 0]
        for letter in kept:
            self._take(letter)
        given = [letter for letter in letters if letter not in kept]
        if not given:
            return
        try:
            await self._broker.publish(given)
        except BrokerAway as away:
            self._lose(away)
            async with self._store.begin(shared=True, lasting=False) as tx:
                await sending.unmark(tx, [letter.id for letter in given])
            self._rest.look()
        else:
            self.sent += len(given)

    def _lose(self, away: BrokerAway) -> None:
        log.error("%s", away)
        self.away = True
        self._probe_at = self._clock.now() + PROBE

    def _probe(self, now: int) -> None:
        """See beside whether it is back: a broker that hangs may take long to say nothing."""
        if now >= self._probe_at and (self._probing is None or self._probing.done()):
            self._probe_at = now + PROBE
            self._probing = asyncio.create_task(self._look_for_broker())

    async def _look_for_broker(self) -> None:
        with suppress(BrokerAway):
            await self._broker.holds()
            log.warning("The broker of Celery is back.")
            self.away = False
            self._rest.look()
