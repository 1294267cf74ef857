"""Writing the database file anew. Small files at once, larger ones at night, as nobody can write meanwhile."""

from collections.abc import Callable

from frontdesk.desk.disk import Disk
from frontdesk.domain.disk import MB
from frontdesk.domain.personas import House
from frontdesk.domain.retention import last_quiet, next_quiet
from frontdesk.domain.work import Compact
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import HOUR, MINUTE, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import alerts, compacting
from frontdesk.store.store import Store

SMALL = 64 * MB  # is written anew within half a second or so
LARGE = 1024 * MB  # takes a quarter of a minute or more: only when a person asks for it
ROOM = 2.5  # times its size have to be free: for a copy, and for the log of changes
NIGHT = 2 * HOUR  # after the quiet moment


_TOO_LARGE = (
    "What was deleted is gone, but the database file is too large to be rewritten beside other work. To take the last "
    "traces out of the file, run “frontdesk compact” when a minute of silence does no harm."
)


class Compacting:
    """Does the jobs of kind `compact`. On PostgreSQL there is nothing to do: autovacuum does it."""

    def __init__(self, store: Store, clock: Clock, *, house: Callable[[], House], disk: Disk) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._disk = disk

    async def run(self, job: Compact, ticket: Ticket) -> None:
        """Now, if that holds nobody up for long and there is room; else when it does not."""
        async with self._store.read() as read:
            size = await compacting.size(read)
        if size is None:
            return
        kept = size.whole - size.free
        if kept > LARGE:
            async with self._store.begin(shared=True) as tx:
                await alerts.raise_(tx, now=self._clock.now(), kind="compact", sentence=_TOO_LARGE, key="compact")
            return
        if (due := self._moment(kept)) > self._clock.now():
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, due, counts=False)
            return
        if not await compacting.compact(self._store):
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, self._clock.now() + 10 * MINUTE, "Others read the database.", counts=False)

    def _moment(self, kept: int) -> int:
        now, zone = self._clock.now(), self._house().timezone
        if not self._has_room(kept):
            return now + HOUR
        at_night = now - last_quiet(now, zone) < NIGHT
        return now if kept <= SMALL or at_night else next_quiet(now, zone)

    def _has_room(self, kept: int) -> bool:
        return self._disk.trouble is None and self._disk.free() > ROOM * kept


async def compact_now(store: Store, *, free: int) -> tuple[int, int]:
    """At once, however long that takes; gives its size before and after, in bytes. `free` bytes are on its disk.

    Raises:
        FrontdeskError: it is not possible; the sentence says why.
    """
    async with store.read() as read:
        before = await compacting.size(read)
    if before is None:
        raise FrontdeskError("The database is PostgreSQL, which looks after its files itself (autovacuum).")
    if free < ROOM * (before.whole - before.free):
        raise FrontdeskError("There is not room enough on the disk: rewriting takes two and a half times the size.")
    if not await compacting.compact(store):
        raise FrontdeskError("It was rewritten, but others hold on to its log. Try again in a moment.")
    async with store.read() as read:
        after = await compacting.size(read)
    return before.whole, after.whole if after is not None else 0
