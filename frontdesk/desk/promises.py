"""Drawing reminders from what we wrote: in the background, when it was really sent, a page at a time.

Messages that may hold a promise are marked where they are written and edited. What is marked and was sent is read here;
so nothing waits for it, and nothing is missed that another process commits late.
"""

from collections.abc import Callable, Iterable, Sequence

from frontdesk.domain import promises
from frontdesk.domain.personas import House
from frontdesk.domain.promises import Promise
from frontdesk.domain.reminders import State
from frontdesk.domain.work import ReadPromises
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY, Clock
from frontdesk.kit.ids import new_id
from frontdesk.store import alerts, promises as store, reminders
from frontdesk.store.reminders import ReminderRow
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import Store, Tx

PAGE = 100  # their chats are held up meanwhile
OLDEST = 7 * DAY  # what was written longer ago is history
UNSENT = 30 * DAY


class Promises:
    """Does the job of kind `promises`, which runs on a timer."""

    def __init__(self, store_: Store, clock: Clock, house: Callable[[], House]) -> None:
        self._store = store_
        self._clock = clock
        self._house = house

    async def run(self, job: ReadPromises, ticket: Ticket) -> None:
        """Read all that is unread."""
        while True:
            async with self._store.read() as read:
                page = await store.unread(read, most=PAGE)
            if not page:
                break
            found = {row.id: self._find(row) for row in page}
            async with self._store.begin(chats={row.chat_id for row in page}) as tx:
                rows = await store.still_unread(tx, page)
                await self._draw(tx, rows, found)
                await store.have_read(tx, [row.id for row in rows])
        async with self._store.begin(shared=True) as tx:
            await store.forget(tx, before=self._clock.now() - UNSENT)

    def _find(self, row: MessageRow) -> list[Promise]:
        house = self._house()
        gone = row.text is None or row.revoked_at is not None or row.vanished_at is not None
        old = self._clock.now() - row.provider_time > OLDEST
        if gone or old or row.author not in house.promises_by:
            return []
        return promises.find(row.text or "", row.provider_time, house.timezone)

    async def _draw(self, tx: Tx, rows: Sequence[MessageRow], found: dict[str, list[Promise]]) -> None:
        known: dict[str, list[ReminderRow]] = {}
        for one in await reminders.of_messages(tx, [row.id for row in rows]):
            known.setdefault(one.message_id or "", []).append(one)
        open_ones = await reminders.open_in(tx, {row.chat_id for row in rows if found[row.id]})
        for row in rows:
            before = {one.place: one for one in known.get(row.id, [])}
            for place, promise in enumerate(found[row.id]):
                if place in before:
                    await self._renew(tx, before.pop(place), promise)
                elif not _said_before(row, promise, open_ones):
                    made = self._reminder(row, place, promise)
                    await reminders.add(tx, made)
                    open_ones.append(made)
            await reminders.remove(tx, [one for one in before.values() if _follows(one)], now=self._clock.now())

    async def _renew(self, tx: Tx, one: ReminderRow, promise: Promise) -> None:
        """The message was edited."""
        if not _follows(one) or (one.what, one.due_at, one.kind) == (promise.what, promise.due, promise.kind.value):
            return
        values: dict[str, object] = {"what": promise.what, "kind": promise.kind.value, "timed": promise.timed}
        if one.due_at != promise.due:
            values |= {"due_at": promise.due, "remind_at": promise.due, "reminded_at": None}
        await alerts.close(tx, reminders.alert_key(one.id), self._clock.now())
        await reminders.change(tx, one, **values)

    def _reminder(self, row: MessageRow, place: int, promise: Promise) -> ReminderRow:
        return ReminderRow(
            id=new_id("rem"),
            account_id=row.account_id,
            chat_id=row.chat_id,
            message_id=row.id,
            place=place,
            kind=promise.kind.value,
            what=promise.what,
            due_at=promise.due,
            timed=promise.timed,
            remind_at=promise.due,
            state=State.OPEN.value,
            touched=False,
            made_by=row.author,
            operator_id=row.operator_id,
            said_at=row.provider_time,
            created_at=self._clock.now(),
            settled_at=None,
            reminded_at=None,
        )


def _follows(one: ReminderRow) -> bool:
    """Whether it still goes by its message: what a person has changed or settled stays as it is."""
    return one.state == State.OPEN and not one.touched


def _said_before(row: MessageRow, promise: Promise, open_ones: Iterable[ReminderRow]) -> bool:
    """Whether the same is promised in that chat already: who says "we'll get back to you" twice does so once."""
    return any(
        one.chat_id == row.chat_id
        and one.kind == promise.kind
        and one.timed == promise.timed
        and (one.due_at == promise.due or not one.timed)
        for one in open_ones
    )
