"""One person is forgotten: all that is theirs goes from the tables, the media folder and the database file."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from frontdesk.channels.base import Forgets
from frontdesk.desk.account import Account
from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.domain.addresses import Address
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.work import Compact
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import PluginError
from frontdesk.store import erasing, people_all, retention
from frontdesk.store.people_all import Person
from frontdesk.store.store import Read, Store, Tx

log = logging.getLogger(__name__)

Forget = Callable[[Sequence[Address]], Awaitable[None]]

PAGE = 500  # messages of one transaction: the line waits meanwhile


class Erasing:
    """For good. What was cut short is finished by asking again: the contact goes last."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        remove: Callable[[Iterable[str]], None],
        *,
        account: Callable[[str], Account | None],
    ) -> None:
        """`remove` deletes files of the media folder, by their hashes; `account` finds a line by its id."""
        self._store = store
        self._clock = clock
        self._remove_files = remove
        self._account = account
        self.also: list[Forget] = []  # who else keeps something of people

    async def erase(self, contact_id: str, *, by: str) -> str:
        """Forget the person; gives their name, for the last time.

        Raises:
            NotFound: there is no such contact.
            Conflict: something is being sent to them at this moment, or the line's own address book is out of reach.
        """
        async with self._store.read() as read:
            found = await people_all.person(read, contact_id)
            if found is None:
                raise NotFound("There is no such contact.")
            await self._may_go(read, found)
        await self._forget_elsewhere(found)
        while True:
            async with self._store.begin(accounts=[found.account_id], shared=True) as tx:
                person = await people_all.person(tx, contact_id)
                if person is None:  # somebody else has just done the same
                    return found.name
                taken, digests = await self._page(tx, person)
                if taken < PAGE:
                    await self._rest(tx, person)
            await self._remove(digests)
            if taken < PAGE:
                log.info("a contact was erased", extra={"contact": contact_id, "by": by})
                return found.name

    async def _may_go(self, read: Read, person: Person) -> None:
        if person.chat is not None and await erasing.is_sending(read, person.chat.id):
            raise Conflict(
                f"A message to “{person.name}” is being sent at this moment. Nothing was erased; try again in a minute."
            )

    async def _forget_elsewhere(self, person: Person) -> None:
        """What keeps something of people beside the database and the media folder. It goes first: it may refuse."""
        account = self._account(person.account_id)
        if account is not None and isinstance(account.channel, Forgets):
            try:
                await account.channel.forget(account.line, person.all)
            except PluginError as refused:
                raise Conflict(
                    f"“{person.name}” is not erased: the line “{account.row.name}” keeps an address book of its own, "
                    f"and that cannot be changed now. {refused.sentence}"
                ) from refused
        for forget in self.also:
            await forget(person.all)

    async def _page(self, tx: Tx, person: Person) -> tuple[int, tuple[str, ...]]:
        await self._may_go(tx, person)
        return await erasing.take_messages(tx, person, most=PAGE)

    async def _rest(self, tx: Tx, person: Person) -> None:
        for step in erasing.LAST_STEPS:
            await step(tx, person)
        await enqueue(tx, Compact(), now=self._clock.now())
        tx.emit(Live(LiveType.RELOAD, {}))  # live events that tell of the person go, and everybody looks again
        if person.chat is not None:
            tx.emit(Live(LiveType.CHAT_ERASED, {"chat_id": person.chat.id}, person.account_id, person.chat.id))

    async def _remove(self, digests: Iterable[str]) -> None:
        """Files of which no row speaks any more."""
        wanted = set(digests)
        async with self._store.read() as read:
            wanted -= await retention.kept(read, wanted)
        if wanted:
            await asyncio.to_thread(self._remove_files, sorted(wanted))
