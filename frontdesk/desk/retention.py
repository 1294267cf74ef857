"""What is older than the house keeps it goes at night, in small pages, so that nobody waits for it.

Each page stands for itself: a run that was cut short is begun anew, and finds what is left.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from frontdesk.desk.media import Media
from frontdesk.domain.personas import House
from frontdesk.domain.retention import Bounds, bounds, last_quiet
from frontdesk.domain.work import Compact, Retain
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.store import compacting, marks, model_uses, retention
from frontdesk.store.retention import KINDS, Gone, Kind
from frontdesk.store.store import Store

log = logging.getLogger(__name__)

PAGE = 200  # rows of one transaction: their chats are held up meanwhile
BREATH = 0.02  # seconds of real time between two: others go first
COUNTED = 2 * 366 * DAY  # so long it is known what models were asked, whatever the days of the house are
RAN = "retention"  # the mark of the last run


class Retention:
    """Does the jobs of kind `retain`. `in_need` says whether the disk is full: then what is old goes at once."""

    def __init__(
        self, store: Store, clock: Clock, *, house: Callable[[], House], media: Media, in_need: Callable[[], bool]
    ) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._media = media
        self._in_need = in_need

    async def run(self, job: Retain, ticket: Ticket) -> None:
        """Once a night, whoever asks how often; the database knows when it was last done."""
        now = self._clock.now()
        async with self._store.read() as read:
            last = await marks.moment(read, RAN)
        if last is None:  # a new house, or one that learns this: what is old goes at night
            await self._note(now)
        elif last < last_quiet(now, self._house().timezone) or self._in_need():
            await self.clear()
            await self._note(now)

    async def clear(self) -> dict[str, int]:
        """Remove all that is older than the house keeps it now; gives how many rows of which kind."""
        house, now = self._house(), self._clock.now()
        found = bounds(now, days=house.retention_days, media_days=house.media_days)
        removed = {kind.name: await self._clear(kind, found) for kind in KINDS}
        async with self._store.begin(shared=True) as tx:
            if found.messages is not None:
                await retention.forget_words(tx, before=found.messages)
            await model_uses.forget(tx, f"{to_datetime(now - COUNTED, house.timezone):%Y-%m-%d}")
        await self._sweep_folder()
        removed = {name: count for name, count in removed.items() if count}
        if removed:
            log.info("what was old is gone", extra={"removed": removed})
        async with self._store.read() as read:
            wasteful = await compacting.wasteful(read)
        if wasteful:
            async with self._store.begin(shared=True) as tx:
                await enqueue(tx, Compact(), now=now)
        return removed

    async def _clear(self, kind: Kind, found: Bounds) -> int:
        given, removed, after = kind.given(found), 0, ""
        if given is None:
            return 0
        while True:
            async with self._store.read() as read:
                end = await retention.piece(read, kind, after=after)
                page = [] if end is None else await retention.page(read, kind, given, after=after, end=end, most=PAGE)
            if end is None:
                return removed
            if page:
                chats = {row.chat_id for row in page if row.chat_id is not None}
                async with self._store.begin(chats=chats, shared=True) as tx:
                    gone: Gone = await kind.remove(tx, [row.id for row in page], given)
                removed += gone.rows
                await self._let_go(gone.digests)
                await asyncio.sleep(BREATH)
            after = page[-1].id if len(page) == PAGE else end

    async def _let_go(self, digests: Iterable[str]) -> None:
        """Delete the files of these hashes that nothing needs any more. Their rows are gone already."""
        wanted = set(digests)
        async with self._store.read() as read:
            wanted -= await retention.kept(read, wanted)
        if wanted:
            await asyncio.to_thread(self._media.remove_old, sorted(wanted))

    async def _sweep_folder(self) -> None:
        """Delete files of which no row speaks: a crash came between the row and its file."""
        async for digests in self._media.stored_files():
            await self._let_go(digests)

    async def _note(self, now: int) -> None:
        async with self._store.begin(shared=True) as tx:
            await marks.note(tx, RAN, now)
