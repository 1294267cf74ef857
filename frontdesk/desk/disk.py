"""The disk: looked at every few seconds, so that what writes is paused before nothing at all can be written."""

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from socket import gethostname

from frontdesk.desk.unsure import once_more
from frontdesk.domain import disk
from frontdesk.domain.disk import Room
from frontdesk.domain.personas import House
from frontdesk.domain.telling import Alert
from frontdesk.domain.work import Retain, TellDisk
from frontdesk.jobs.queue import Ticket, enqueue, enqueue_all
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError, Rejected
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers
from frontdesk.store import alerts, marks
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

EVERY = 5 * SECOND
PAUSE = 30 * SECOND  # then work that was put off looks again
_AGAIN = "There is room on the disk again. What was paused goes on."


class Disk:
    """One disk, or two: that of the files and that of the database, where it is a file."""

    def __init__(
        self, store: Store, clock: Clock, *, files: Path, database: Path | None, house: Callable[[], House]
    ) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._database = database
        self._house = house
        self._notifiers = Notifiers()
        self._cried = False  # that the database's own server has no room
        self._told: bool | None = None  # what this process has seen to; None: not yet
        self.files: str | None = None  # why no file can be written; None while one can
        self.database: str | None = None  # why nothing can be stored

    @property
    def trouble(self) -> str | None:
        """What to tell people; None while there is room."""
        return self.database or self.files

    def needed_for_database(self) -> None:
        """Go on only where the database has room.

        Raises:
            StoreUnavailable: it has none.
        """
        if self.database is not None:
            raise StoreUnavailable(self.database)

    def needed_for_files(self) -> None:
        """Go on only where files have room.

        Raises:
            StoreUnavailable: they have none.
        """
        if self.trouble is not None:
            raise StoreUnavailable(self.trouble)

    async def pauses(self, ticket: Ticket, *, files: bool) -> bool:
        """Whether work has to wait for room, for that of files too; then it is put off, and this is not its fault."""
        trouble = self.trouble if files else self.database
        if trouble is None:
            return False
        async with self._store.begin(shared=True) as tx:
            await ticket.later(tx, self._clock.now() + PAUSE, "The disk is full.", counts=False)
        return True

    def free(self) -> int:
        """Bytes that are free for the database."""
        return _room(self._database or self._files).free

    async def look(self) -> None:
        """See how much room there is, and say it where that is news."""
        self.files = await self._looked(self._files, self.files, files_only=self._database is None)
        if self._database is not None:
            self.database = await self._looked(self._database, self.database)
        await self._cry_for_the_database()
        if self._told is not (self.trouble is not None):
            await self._tell()

    async def _cry_for_the_database(self) -> None:
        """It says itself that it finds no room, so that nothing can be noted there: everybody is told at once, once."""
        full = self._store.full
        if full and not self._cried:
            await self._say_all("The database has no room", self._store.trouble or "", good=False)
        elif self._cried and self._store.trouble is None:
            await self._say_all("Room for the database again", _AGAIN, good=True)
        self._cried = full or (self._cried and self._store.trouble is not None)

    async def _say_all(self, title: str, text: str, *, good: bool) -> None:
        log.error("%s", text)
        for word in self._words(title, text, good=good):
            try:
                await self._say(word)
            except FrontdeskError as away:
                log.error("the owner could not be told of the disk: %s", away)

    async def watch(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            try:
                await self.look()
            except (FrontdeskError, OSError) as broken:
                log.error("the disk cannot be looked after: %s", broken)
            await self._clock.sleep(EVERY)

    async def tell(self, job: TellDisk, ticket: Ticket) -> None:
        """Tell one target."""
        once_more(ticket, await self._say(job))

    async def _say(self, job: TellDisk) -> str | None:
        """Gives a sentence where nobody knows whether it got there."""
        target = next((one for one in self._house().notify if one.mark == job.target), None)
        if target is None:
            return None
        try:
            return await self._notifiers.tell(target.url, Alert(job.title, job.text, job.good))
        except Rejected as refused:
            log.error("the owner could not be told of the disk: %s", refused.sentence)
            return None

    async def _looked(self, folder: Path, before: str | None, *, files_only: bool = False) -> str | None:
        room = await asyncio.to_thread(_room, folder)
        least = self._house().least_free_mb
        full = disk.is_full(room, least_mb=least, was=before is not None)
        return disk.sentence(room, least_mb=least, files_only=files_only) if full else None

    async def _tell(self) -> None:
        """Several processes may see the same: the mark in the database says who was first."""
        trouble, now = self.trouble, self._clock.now()
        mark = f"disk:{gethostname()}:{sha256(str(self._files.absolute()).encode()).hexdigest()[:16]}"
        async with self._store.begin(matters=[mark], shared=True) as tx:
            since = await marks.moment(tx, mark)
            if trouble is not None:
                await enqueue(tx, Retain(), now=now)
            if trouble is not None and since is None:
                await marks.note(tx, mark, now)
                await alerts.raise_(tx, now=now, kind="disk", sentence=trouble, key=mark, severe=True)
                await enqueue_all(tx, self._words("The disk is full", trouble, good=False), now=now)
            elif trouble is None and since is not None:
                await marks.forget(tx, mark)
                await alerts.close(tx, mark, now)
                await enqueue_all(tx, self._words("Room on the disk again", _AGAIN, good=True), now=now)
        if trouble is not None or since is not None:
            log.warning("%s", trouble or _AGAIN)
        self._told = trouble is not None

    def _words(self, title: str, text: str, *, good: bool) -> Sequence[TellDisk]:
        told = [one for one in self._house().notify if one.url != SELF and {"line", "urgent"} & set(one.on)]
        return [TellDisk(one.mark, title, text, good) for one in told]


def _room(folder: Path) -> Room:
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    found = shutil.disk_usage(there)
    return Room(found.free, found.total)
