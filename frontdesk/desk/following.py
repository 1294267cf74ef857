"""Keeping up with the other processes: what this one keeps in memory is read again when another has changed it.

Whatever acts on what is kept looks first, so that it acts on nothing older than the moment in which it began: a
request, a job, a webhook for a line that is not known. Those who ask at the same time share one look, which is one
small question to the database. For those who only wait, such as live streams, it is looked once a second besides.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.operators import Operators
from frontdesk.desk.outages import Outages
from frontdesk.desk.personas import Personas
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import changes
from frontdesk.store.changes import Change, Kind
from frontdesk.store.store import Store

EVERY = SECOND
OVERLAP = 500  # numbers: so many later ones may be committed before one whose transaction takes long

TakeUp = Callable[[frozenset[str]], Awaitable[None]]  # the ids of what has changed; none: it may be anything

log = logging.getLogger(__name__)


class Following:
    """Calls what is registered for a kind when something of that kind has changed, wherever that was.

    `alone`: no other process serves this house. Then nobody waits for a look; what commands write is found in time.
    """

    def __init__(self, store: Store, clock: Clock, take_up: Mapping[Kind, TakeUp], *, alone: bool) -> None:
        self._store = store
        self._clock = clock
        self._take_up = take_up
        self.alone = alone
        self._last: int | None = None  # the highest number that was taken up
        self._known: frozenset[int] = frozenset()  # those just below it that were
        self._one = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._taken_up = 0  # how often there was something

    async def caught_up(self) -> bool:
        """Return when all that was changed before the call is known here too; whether anything was news since then.

        Never within a transaction.

        Raises:
            StoreUnavailable: it cannot be known.
        """
        if self.alone:
            return False
        before = self._taken_up
        if self._next is None:
            self._next = asyncio.create_task(self._look())
            self._next.add_done_callback(_seen)
        await asyncio.shield(self._next)
        return self._taken_up != before

    async def watch(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                await self._look()
            except FrontdeskError as away:
                log.warning("what other processes changed cannot be read now: %s", away)
            except Exception:
                log.exception("what another process changed could not be taken up")

    async def _look(self) -> None:
        async with self._one:
            if self._next is asyncio.current_task():
                self._next = None  # whoever asks from now on needs a later look
            noted = await self._noted()
            if noted is None:
                return
            changed = self._changed(noted)
            for kind, ids in changed.items():
                await self._take_up[kind](ids)
            self._last = max((one.number for one in noted), default=0)
            self._known = frozenset(one.number for one in noted if one.number >= self._last - OVERLAP)
            self._taken_up += bool(changed)

    async def _noted(self) -> list[Change] | None:
        """What was noted lately; None when all of it is known."""
        first = max(0, (self._last or 0) - OVERLAP)
        async with self._store.read() as read:
            if self._last is not None and await changes.stand(read, first) == (self._last, len(self._known)):
                return None
            return await changes.noted(read, first)

    def _changed(self, noted: Sequence[Change]) -> dict[Kind, frozenset[str]]:
        """What has changed, by kind. Where what came in between is forgotten already, it may be anything."""
        if self._last != 0 and all(one.number != self._last for one in noted):
            return dict.fromkeys(Kind, frozenset())
        about: dict[Kind, set[str | None]] = {}
        for one in noted:
            if one.number not in self._known and one.kind in set(Kind):  # a newer version may note other kinds
                about.setdefault(Kind(one.kind), set()).add(one.about)
        return {kind: frozenset() if None in ids else frozenset(filter(None, ids)) for kind, ids in about.items()}


def followed(
    *, accounts: Accounts, knowledge: Knowledge, operators: Operators, outages: Outages, personas: Personas
) -> Mapping[Kind, TakeUp]:
    """What a process keeps in memory, and how each of it is read again."""
    return {
        Kind.ACCOUNT: accounts.load,
        Kind.KNOWLEDGE: _whole(knowledge.changed),
        Kind.OUTAGE: _whole(outages.follow),
        Kind.PERSONA: _whole(personas.follow),
        Kind.RIGHTS: _whole(operators.follow),
    }


def _whole(read: Callable[[], Awaitable[None]]) -> TakeUp:
    async def take_up(_ids: frozenset[str]) -> None:
        await read()

    return take_up


def _seen(task: "asyncio.Task[None]") -> None:
    """Whoever waited has gone: what went wrong is met again by the next."""
    if not task.cancelled():
        task.exception()
