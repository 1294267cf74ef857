"""Files: downloaded beside their message, checked by what they hold, kept under the hash of their content."""

import asyncio
import errno
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from frontdesk.channels.base import FetchesMedia
from frontdesk.desk import old_files
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.file_kinds import disguise, head_of, last_part, real_mime
from frontdesk.domain.accounts import may_send
from frontdesk.domain.wire import MediaFile, MediaRef
from frontdesk.domain.work import FetchMedia
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.kit.errors import FrontdeskError, LoggedOut, Rejected, Retryable
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import media
from frontdesk.store.rows import MediaRow
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

LARGEST = 100 * 1024 * 1024
_EMPTY = "The file arrived empty. Ask the sender for it again."
_REMOVED = "The line was removed."


class TooLarge(Invalid):
    """The file is larger than WhatsApp carries."""

    status = 413


class _Empty(Retryable):
    """A file of no bytes: whoever holds it may not have all of it yet."""


class Media:
    """The media folder and the rows that speak of it. No name from outside is ever a path here."""

    def __init__(
        self, store: Store, clock: Clock, accounts: Accounts, folder: Path, *, has_room: Callable[[], None]
    ) -> None:
        """`has_room` raises StoreUnavailable while the disk is full."""
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._folder = folder
        self._has_room = has_room
        self.results: dict[str, int] = {}

    def path(self, row: MediaRow) -> Path:
        """Where the bytes of a stored file lie.

        Raises:
            NotFound: it is not stored.
        """
        if row.state != "stored" or row.sha256 is None:
            raise NotFound("This file is not here: it was not fetched yet, or could not be.")
        return self._place(row.sha256)

    def file_of(self, row: MediaRow) -> MediaFile:
        """A stored file as a channel sends it."""
        return MediaFile(self.path(row), row.mime or "application/octet-stream", row.size or 0, row.name, row.voice)

    async def keep(
        self, account_id: str, *, name: str | None, mime: str | None, chunks: AsyncIterator[bytes], voice: bool = False
    ) -> MediaRow:
        """Keep a file that an operator uploads.

        Raises:
            TooLarge: it has more than 100 MB.
            Invalid: it is empty, or is not what its name and its type say.
            StoreUnavailable: the disk did not take it.
        """
        self._accounts.get(account_id)
        self._has_room()
        target = await asyncio.to_thread(self._temporary)
        try:
            with await asyncio.to_thread(target.open, "wb") as file:
                size = 0
                async for chunk in chunks:
                    size += len(chunk)
                    if size > LARGEST:
                        raise TooLarge(f"The file is larger than {LARGEST // 2**20} MB, more than WhatsApp carries.")
                    await asyncio.to_thread(file.write, chunk)
            if not size:
                raise Invalid("The file is empty.")
            head = await asyncio.to_thread(head_of, target)
            if pretended := disguise(head, told=mime, name=name):
                raise Invalid(pretended)
            digest = await asyncio.to_thread(self._settle, target)
        except OSError as broken:
            raise _no_room(broken) from broken
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)
        now = self._clock.now()
        row = MediaRow(
            id=new_id("med"),
            account_id=account_id,
            message_id=None,
            state="stored",
            remote=None,
            mime=real_mime(head, mime, name=name),
            sha256=digest,
            size=size,
            name=keepable(last_part(name or ""))[:240] or None,
            voice=voice,
            error=None,
            created_at=now,
            stored_at=now,
        )
        async with self._store.begin(shared=True) as tx:
            await media.add(tx, {field: getattr(row, field) for field in row.__dataclass_fields__})
        return row

    async def fetch(self, job: FetchMedia, ticket: Ticket) -> None:
        """Download what came with a message. What the channel refuses is marked, with the reason."""
        async with self._store.read() as read:
            row = await media.by_id(read, job.media_id)
        if row is None or row.state == "stored" or row.remote is None:
            return
        account = self._accounts.find(row.account_id)
        if account is None or not isinstance(account.channel, FetchesMedia):
            await self._mark(row, "failed", "This kind of line cannot download files." if account else _REMOVED)
            return
        if not may_send(account.state):
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, self._clock.now() + MINUTE, "The line is down.", counts=False)
            return
        target = await asyncio.to_thread(self._temporary)
        try:
            reference = MediaRef(**orjson.loads(row.remote))
            fetched = await account.channel.fetch(account.line, reference, target, limit=LARGEST)
            if not fetched.size:
                raise _Empty(_EMPTY)
            mime = real_mime(await asyncio.to_thread(head_of, target), fetched.mime, row.mime, name=row.name)
            digest = await asyncio.to_thread(self._settle, target)
        except (Rejected, LoggedOut) as refused:
            await self._mark(row, "refused", refused.sentence)
            return
        except Exception as broken:
            if isinstance(broken, Retryable) and broken.scope == "account":  # not the file's fault
                async with self._store.begin(shared=True) as tx:
                    due = self._clock.now() + (broken.after or MINUTE)
                    await ticket.later(tx, due, broken.sentence, counts=False)
                return
            known = isinstance(broken, FrontdeskError)
            if ticket.last:
                why = str(broken) if known else "The file could not be fetched; see the log."
                await self._mark(row, "refused" if isinstance(broken, _Empty) else "failed", why)
            if not (ticket.last and known):
                raise
            return
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)
        self._note("ok")
        found = {"sha256": digest, "mime": mime, "size": fetched.size, "stored_at": self._clock.now()}
        if not await self._stored(row, found, ticket):
            await asyncio.to_thread(self.remove, [digest])

    async def _stored(self, row: MediaRow, found: dict[str, Any], ticket: Ticket) -> bool:
        """Note that the file is here; False where its message has vanished meanwhile and nothing else needs it."""
        async with self._store.begin(accounts=[row.account_id]) as tx:
            await ticket.done(tx)
            present = await media.by_id(tx, row.id)
            if present is None or present.state == "gone":
                return await media.is_stored(tx, found["sha256"])
            await media.change(tx, row, state="stored", error=None, **found)
        return True

    async def fetch_again(self, media_id: str) -> None:
        """Try once more to download a file that could not be fetched."""
        async with self._store.read() as read:
            found = await media.by_id(read, media_id)
        async with self._store.begin(accounts=[found.account_id] if found is not None else (), shared=True) as tx:
            row = await media.by_id(tx, media_id)
            if row is None:
                raise NotFound("There is no such file.")
            if row.state == "stored" or row.remote is None:
                raise Conflict("There is nothing to fetch.")
            await media.change(tx, row, state="pending", error=None)
            await enqueue(tx, FetchMedia(media_id), now=self._clock.now())

    async def _mark(self, row: MediaRow, state: str, why: str) -> None:
        self._note("failed")
        async with self._store.begin(accounts=[row.account_id]) as tx:
            present = await media.by_id(tx, row.id)
            if present is not None and present.state not in ("stored", "gone"):  # as another worker may have left it
                await media.change(tx, row, state=state, error=why)

    def remove(self, digests: Iterable[str]) -> None:
        """Delete the files of these hashes for good. Runs in a thread."""
        for digest in digests:
            self._place(digest).unlink(missing_ok=True)

    def remove_old(self, digests: Iterable[str]) -> None:
        """The same, but for files so young that somebody may just be storing them anew; those are found later."""
        for path in old_files.without_young(map(self._place, digests)):
            path.unlink(missing_ok=True)

    async def stored_files(self) -> AsyncIterator[list[str]]:
        """The hashes of the files that are there and not young, folder by folder. Clears away cut-off downloads."""
        await asyncio.to_thread(old_files.clear_incoming, self._folder)
        for folder in await asyncio.to_thread(old_files.folders, self._folder):
            yield await asyncio.to_thread(old_files.old_names, folder)

    def _temporary(self) -> Path:
        folder = self._folder / old_files.INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / new_id("tmp")

    def _settle(self, file: Path) -> str:
        """Move a complete file to its place; gives the hash. Runs in a thread."""
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            os.fsync(opened.fileno())
        place = self._place(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.chmod(0o600)
        file.replace(place)
        _sync(place.parent)  # else a crash could lose the name of a file that the database calls stored
        return digest

    def _place(self, digest: str) -> Path:
        return old_files.place_of(self._folder, digest)

    def _note(self, result: str) -> None:
        self.results[result] = self.results.get(result, 0) + 1


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_room(broken: OSError) -> StoreUnavailable:
    log.error("a file could not be written: %s", broken.strerror)
    if broken.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreUnavailable("The disk is full. The file was not kept; free some space and try again.")
    return StoreUnavailable(f"The file could not be written: {broken.strerror}.")
