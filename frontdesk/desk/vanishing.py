"""Chats may let their messages vanish. Ours keep to it: words and files go when their time has passed."""

import asyncio
from collections.abc import Callable, Iterable

from frontdesk.domain.work import Vanish
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import Clock
from frontdesk.store import vanishing
from frontdesk.store.store import Store

PAGE = 100  # their chats are held up meanwhile


class Vanishing:
    """Runs on a timer. `remove` deletes files of the media folder, by their hashes."""

    def __init__(self, store: Store, clock: Clock, remove: Callable[[Iterable[str]], None]) -> None:
        self._store = store
        self._clock = clock
        self._remove = remove

    async def run(self, job: Vanish, ticket: Ticket) -> None:
        """Let go of everything that is due, a page at a time.

        Files go first: a crash in between is made good by the next run, while a row that is gone would leave its file.
        """
        while True:
            now = self._clock.now()
            async with self._store.read() as read:
                page = await vanishing.due(read, now=now, most=PAGE)
                files = await vanishing.forsaken(read, page)
            if not page:
                return
            await asyncio.to_thread(self._remove, files)
            async with self._store.begin(chats={row.chat_id for row in page}) as tx:
                await vanishing.vanish(tx, await vanishing.unmoved(tx, page), now=now)
