"""Who answers in a chat: a person takes over, and hands back."""

from collections.abc import Callable

from frontdesk.desk.errors import NotFound
from frontdesk.domain.chats import held
from frontdesk.domain.personas import House
from frontdesk.domain.work import HandBack
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.store import alerts, chats, jobs
from frontdesk.store.store import Store, Tx


def hand_over_key(chat_id: str) -> str:
    """The matter of an alert that says that a chat needs a person."""
    return f"hand_over:{chat_id}"


def urgent_key(chat_id: str) -> str:
    """The matter of an alert that says that something urgent was written in a chat."""
    return f"urgent:{chat_id}"


async def attended(tx: Tx, chat_id: str, *, now: int) -> None:
    """A person has seen to the chat: it no longer asks for one."""
    await alerts.close(tx, hand_over_key(chat_id), now)
    await alerts.close(tx, urgent_key(chat_id), now)


class Holding:
    """Takes effect at once, also while a turn runs: the gate is asked again before anything is sent."""

    def __init__(self, store: Store, clock: Clock, house: Callable[[], House]) -> None:
        self._store = store
        self._clock = clock
        self._house = house

    async def take_over(
        self, chat_id: str, *, by: str, minutes: float | None = None, reason: str | None = None
    ) -> None:
        """A person answers from now on, for the set time or `minutes`; 0 means until handed back.

        Raises:
            NotFound: there is no such chat.
        """
        async with self._store.begin(chat=chat_id) as tx:
            if await chats.by_id(tx, chat_id) is None:
                raise NotFound("There is no such chat.")
            await self.hold(tx, chat_id, by=by, minutes=minutes, reason=reason)

    async def hold(
        self, tx: Tx, chat_id: str, *, by: str, minutes: float | None = None, reason: str | None = None
    ) -> None:
        """The same inside another transaction. Only who names the minutes makes a hold shorter.

        The first operator who holds a chat that nobody is assigned to is assigned to it.
        """
        chat = await chats.by_id(tx, chat_id)
        now = self._clock.now()
        length = self._house().hold_minutes if minutes is None else minutes
        until = now + int(length * MINUTE) if length else None
        if chat is not None and minutes is None and chat.held_by is not None:
            until = None if until is None or chat.held_until is None else max(until, chat.held_until)
        await chats.assign_first(tx, chat_id, operator_id=by)
        await chats.change(tx, chat_id, held_by=by, held_until=until, held_reason=reason)
        if until is None:
            await jobs.forget(tx, HandBack(chat_id).key)
        else:
            await enqueue(tx, HandBack(chat_id), now=now, due=until, move=True)

    async def hand_back(self, chat_id: str, *, by: str) -> None:
        """The agent may answer again, from the next message on. It knows what was said meanwhile.

        Raises:
            NotFound: there is no such chat.
        """
        async with self._store.begin(chat=chat_id) as tx:
            if await chats.by_id(tx, chat_id) is None:
                raise NotFound("There is no such chat.")
            await self.release(tx, chat_id)

    async def release(self, tx: Tx, chat_id: str) -> None:
        """The same inside another transaction."""
        await self._release(tx, chat_id)
        await jobs.forget(tx, HandBack(chat_id).key)
        await attended(tx, chat_id, now=self._clock.now())

    async def answered(
        self, tx: Tx, chat_id: str, *, at: int, waiting_since: int | None = None, unread: int = 0
    ) -> None:
        """A person answered at that moment (Unix ms, by the provider's clock).

        Nobody waits there any more, but for what came in behind the answer: `unread` messages, the first at
        `waiting_since`. An answer that is told late, when the person has written again, ends no waiting.
        """
        chat = await chats.by_id(tx, chat_id)
        if chat is not None and (unread or (chat.last_inbound_at or 0) <= at):
            await chats.change(tx, chat_id, waiting_since=waiting_since, unread=unread, missed_at=None)
            await attended(tx, chat_id, now=self._clock.now())

    async def run_out(self, job: HandBack, ticket: Ticket) -> None:
        """The hold may have run out; one that was prolonged meanwhile stays."""
        now = self._clock.now()
        async with self._store.begin(chat=job.chat_id) as tx:
            chat = await chats.by_id(tx, job.chat_id)
            if chat is not None and chat.held_by and not held(chat.held_by, chat.held_until, now):
                await self._release(tx, job.chat_id)
            await ticket.done(tx)

    @staticmethod
    async def _release(tx: Tx, chat_id: str) -> None:
        await chats.change(tx, chat_id, held_by=None, held_until=None, held_reason=None)
