"""Reminders as people use them, and telling of those that have become due."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain import moments
from frontdesk.domain.personas import House
from frontdesk.domain.promises import Kind
from frontdesk.domain.reminders import LATE, MadeBy, Snooze, State, Told, heading, sentence, snoozed
from frontdesk.domain.work import Remind
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import alerts, chats, reminders
from frontdesk.store.reminders import ReminderRow
from frontdesk.store.store import Read, Store, Tx

PAGE = 100
LONGEST = 500  # characters of what is to be remembered
FARTHEST = 10 * 366 * DAY
OnDue = Callable[[Tx, ReminderRow, str], Awaitable[None]]


async def _nothing_more(_tx: Tx, _row: ReminderRow, _says: str) -> None:
    return None


class Reminders:
    """`on_due` is called with each reminder that becomes due and its heading, in the transaction that tells of it.

    That happens once, however many processes there are and however often they start anew.
    """

    def __init__(self, store: Store, clock: Clock, house: Callable[[], House]) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self.on_due: OnDue = _nothing_more

    # By hand

    async def make(self, chat_id: str, *, by: str, what: str, due_at: int, kind: Kind = Kind.OWN) -> str:
        """Somebody wants to be reminded of something in a chat; gives the reminder's id.

        Raises:
            NotFound: there is no such chat.
            Invalid: nothing to remember, or a moment that has passed.
        """
        said, due = _what(what), self._future(due_at)
        async with self._store.begin(chat=chat_id) as tx:
            chat = await chats.by_id(tx, chat_id)
            if chat is None:
                raise NotFound("There is no such chat.")
            now = self._clock.now()
            made = ReminderRow(
                id=new_id("rem"),
                account_id=chat.account_id,
                chat_id=chat.id,
                message_id=None,
                place=0,
                kind=kind.value,
                what=said,
                due_at=due,
                timed=True,
                remind_at=due,
                state=State.OPEN.value,
                touched=True,
                made_by=MadeBy.PERSON.value,
                operator_id=by,
                said_at=now,
                created_at=now,
                settled_at=None,
                reminded_at=None,
            )
            await reminders.add(tx, made)
        return made.id

    async def change(self, reminder_id: str, *, by: str, what: str | None = None, due_at: int | None = None) -> None:
        """Other words, or another moment.

        Raises:
            NotFound: there is no such reminder.
            Invalid: nothing to remember, or a moment that has passed.
            Conflict: it is done or dismissed.
        """
        values: dict[str, object] = {"touched": True}
        if what is not None:
            values["what"] = _what(what)
        if due_at is not None:
            due = self._future(due_at)
            values |= {"due_at": due, "remind_at": due, "timed": True, "reminded_at": None}
        async with self._at(reminder_id) as tx:
            row = await _open(tx, reminder_id)
            await reminders.change(tx, row, **values)
            await self._quiet(tx, row)

    async def snooze(self, reminder_id: str, *, by: str, until: int) -> None:
        """Tell of it then, and not before; when it is due stays known.

        Raises:
            NotFound: there is no such reminder.
            Invalid: that moment has passed.
            Conflict: it is done or dismissed.
        """
        later = self._future(until)
        async with self._at(reminder_id) as tx:
            row = await _open(tx, reminder_id)
            await reminders.change(tx, row, remind_at=later, reminded_at=None, touched=True)
            await self._quiet(tx, row)

    async def done(self, reminder_id: str, *, by: str) -> None:
        """It was done; again is as good as once. Raises NotFound: there is no such reminder."""
        await self._settle(reminder_id, State.DONE)

    async def dismiss(self, reminder_id: str, *, by: str) -> None:
        """It is nothing to be reminded of. Raises NotFound: there is no such reminder."""
        await self._settle(reminder_id, State.DISMISSED)

    async def undo(self, reminder_id: str, *, by: str) -> None:
        """It was not done after all, or is to be reminded of. Raises NotFound: there is no such reminder."""
        async with self._at(reminder_id) as tx:
            row = await _known(tx, reminder_id)
            await reminders.change(tx, row, state=State.OPEN.value, settled_at=None, touched=True)

    def later(self, choice: Snooze) -> int:
        """When a usual snooze ends that begins now."""
        return snoozed(choice, self._clock.now(), self._house().timezone)

    def moment(self, words: str) -> int:
        """What "tomorrow at 9" means now, in the house's zone.

        Raises:
            Invalid: it names no moment.
        """
        found = moments.find(words, self._clock.now(), self._house().timezone)
        if found is None:
            raise Invalid(
                f"“{words[:60]}” names no moment. Write it like “tomorrow at 9”, “on Friday” or “24/11 15:00”."
            )
        return found.at

    async def _settle(self, reminder_id: str, state: State) -> None:
        async with self._at(reminder_id) as tx:
            row = await _known(tx, reminder_id)
            if row.state != state:
                await reminders.change(tx, row, state=state.value, settled_at=self._clock.now())
            await self._quiet(tx, row)

    def _at(self, reminder_id: str) -> AbstractAsyncContextManager[Tx]:
        return self._store.begin(matters=[reminders.alert_key(reminder_id)])

    async def _quiet(self, tx: Tx, row: ReminderRow) -> None:
        await alerts.close(tx, reminders.alert_key(row.id), self._clock.now())

    def _future(self, at: int) -> int:
        now = self._clock.now()
        if at <= now:
            raise Invalid("That moment has passed. Give one that is still to come.")
        if at > now + FARTHEST:
            raise Invalid("That is too far away: ten years are the most.")
        return at

    # By the clock

    async def run(self, job: Remind, ticket: Ticket) -> None:
        """Tell of all that is due."""
        while True:
            now = self._clock.now()
            async with self._store.read() as read:
                ids = await reminders.due(read, now=now, most=PAGE)
            if not ids:
                return
            async with self._store.begin(shared=True) as tx:
                rows = await reminders.tell(tx, ids, now=now)
                names = await reminders.names(tx, {row.chat_id for row in rows})
                for row in rows:
                    await self._tell(tx, row, names.get(row.chat_id, "somebody"), now)

    async def _tell(self, tx: Tx, row: ReminderRow, name: str, now: int) -> None:
        late = self._day(row.remind_at) if now - row.remind_at > LATE else ""
        told = Told(Kind(row.kind), MadeBy(row.made_by), row.what, name, late)
        await alerts.raise_(
            tx,
            now=now,
            kind="reminder",
            sentence=sentence(told),
            key=reminders.alert_key(row.id),
            account_id=row.account_id,
            chat_id=row.chat_id,
        )
        await self.on_due(tx, row, heading(told))

    def _day(self, at: int) -> str:
        day = to_datetime(at, self._house().timezone)
        return f"on {day:%A} {day.day} {day:%B} at {day:%H:%M}"


def _what(words: str) -> str:
    said = " ".join(keepable(words).split())
    if not said:
        raise Invalid("Say what you want to be reminded of.")
    if len(said) > LONGEST:
        raise Invalid(f"That has {len(said)} characters; {LONGEST} are the most.")
    return said


async def _known(read: Read, reminder_id: str) -> ReminderRow:
    row = await reminders.by_id(read, reminder_id)
    if row is None:
        raise NotFound("There is no such reminder.")
    return row


async def _open(read: Read, reminder_id: str) -> ReminderRow:
    row = await _known(read, reminder_id)
    if row.state != State.OPEN:
        raise Conflict(f"This reminder is {row.state} already. Take that back first.")
    return row
