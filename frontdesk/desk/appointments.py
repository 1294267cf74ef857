"""Appointments: free times, booking, moving, cancelling. What is taken is decided by the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from frontdesk.desk.calendar import NO_RESOURCE, Books, Calendar, matter
from frontdesk.desk.errors import Conflict, Forbidden, Invalid, NotFound
from frontdesk.domain.appointments import (
    CELL,
    CLOSED,
    NOT_OFFERED,
    OFF_GRID,
    PAST,
    TAKEN,
    Resource,
    Service,
    Slot,
    State,
    kept,
)
from frontdesk.domain.slots import day_begins, is_open, local_day, slots, time_problem
from frontdesk.domain.work import AppointmentNotice
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE, Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import appointments as rows, contacts
from frontdesk.store.appointments import AppointmentLine, AppointmentRow
from frontdesk.store.store import Read, Store, Tx

AGENT = "agent"
MOST_DAYS = 92  # looked at for free times at once
MOST_AHEAD = 5  # appointments that one person may make through the agent before they come to the first
NO_APPOINTMENT = "There is no such appointment."
NOT_YOURS = "This is not an appointment of the person in this chat."
TOO_MANY = "This person has several appointments already. A person of the team can make more."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be booked and for whom: a contact, or somebody by name. No resource: whoever is free.

    `freely`: a person at the desk decides about notice, horizon and hours; that nothing is doubled holds all the same.
    """

    service_id: str
    start: int
    by: str
    resource_id: str | None = None
    contact_id: str | None = None
    name: str | None = None
    phone: str | None = None
    note: str | None = None
    key: str | None = None
    freely: bool = False
    tell: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment that stands; `new`: it was made or moved by this call."""

    line: AppointmentLine
    new: bool


class Appointments:
    """The book of appointments."""

    def __init__(self, store: Store, clock: Clock, calendar: Calendar) -> None:
        self._store = store
        self._clock = clock
        self.calendar = calendar

    async def free(
        self,
        read: Read,
        service_id: str,
        *,
        first: date,
        last: date,
        resource_id: str | None = None,
        freely: bool = False,
        but: str = "",
        most: int = 500,
    ) -> list[Slot]:
        """The free times from one local day to another, the earliest first; `freely` without notice and horizon.

        `but`: an appointment that would give its time up.

        Raises:
            NotFound: there is no such service, or no such resource.
            Invalid: the days are in the wrong order, or too many.
        """
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise Invalid(f"Give a first day and a last one, at most {MOST_DAYS} days apart.")
        books = await self.calendar.books(read, since=first)
        service = books.service(service_id)
        doing = _meant(books, service, resource_id)
        service = replace(service, notice=0, ahead_days=3650) if freely else service
        found = await self._slots(read, service, doing, days=(first, last), but=but)
        return sorted(found, key=lambda slot: (slot.start, slot.resource_id))[:most]

    async def _slots(
        self, read: Read, service: Service, doing: Sequence[Resource], *, days: tuple[date, date], but: str
    ) -> list[Slot]:
        if not doing:
            return []
        begins = min(day_begins(days[0], each.zone) for each in doing) - DAY
        ends = max(day_begins(days[1], each.zone) for each in doing) + 3 * DAY
        taken = await rows.taken(read, [each.id for each in doing], begins=begins, ends=ends, but=but)
        now = self._clock.now()
        return [
            slot for each in doing for slot in slots(service, each, first=days[0], last=days[1], taken=taken, now=now)
        ]

    async def book(self, wish: Wish) -> Booked:
        """Book it; the same again gives what is booked already.

        Raises:
            NotFound: there is no such service, resource or contact.
            Invalid: nobody is named, or the time cannot be one of an appointment.
            Conflict: the time is taken, closed, over, too soon or too far ahead.
        """
        if wish.start % CELL:
            raise Invalid(OFF_GRID)
        async with self._store.read() as read:
            books = await self.calendar.books(read, since=_a_day_before(wish.start))
        service = books.service(wish.service_id)
        doing = _meant(books, service, wish.resource_id)
        matters = [*_matters(doing), *(f"booking:{each}" for each in (wish.key, wish.contact_id) if each)]
        async with self._store.begin(matters=matters) as tx:
            if (known := await self._known(tx, wish)) is not None:
                return Booked(known, new=False)
            await self._may_book(tx, wish)
            doing = self._open(service, doing, wish.start, freely=wish.freely)
            row = await self._row(tx, wish, service, doing[0])
            await rows.add(tx, row)
            await self._take(tx, row, service, doing)
            line = await self._changed(tx, row.id, told="booked" if wish.tell else None)
        return Booked(line, new=True)

    async def move(
        self,
        appointment_id: str,
        start: int,
        *,
        by: str,
        of: str | None = None,
        resource_id: str | None = None,
        freely: bool = False,
        tell: bool = False,
    ) -> Booked:
        """Give an appointment another time, with the same resource where none is named and it is free then.

        Raises:
            NotFound: there is no such appointment.
            Forbidden: it is not of the contact `of`.
            Conflict: it is cancelled or over, or the new time cannot be had; the old one stays.
        """
        if start % CELL:
            raise Invalid(OFF_GRID)
        async with self._store.read() as read:
            before = await self._mine(read, appointment_id, of)
            books = await self.calendar.books(read, retired=True, since=_a_day_before(start))
        service = books.service(before.row.service_id)
        doing = self._candidates(books, service, before.row, resource_id)
        async with self._store.begin(matters=_matters([*doing, books.resources[before.row.resource_id]])) as tx:
            line = await self._mine(tx, appointment_id, of)
            if line.row.state != State.BOOKED:
                raise Conflict(f"This appointment is {_STATES[State(line.row.state)]}. Book a new one.")
            if line.row.start_at == start and resource_id in (None, line.row.resource_id):
                return Booked(line, new=False)
            if of is not None and line.row.start_at <= self._clock.now():
                raise Conflict(PAST)
            doing = self._open(service, doing, start, freely=freely)
            await rows.vacate(tx, appointment_id)
            await self._take(tx, replace(line.row, start_at=start), service, doing, by=by)
            line = await self._changed(tx, appointment_id, told="moved" if tell else None)
        return Booked(line, new=True)

    async def cancel(self, appointment_id: str, *, by: str, of: str | None = None, tell: bool = False) -> Booked:
        """The time is free again; once more is as good as once.

        Raises:
            NotFound: there is no such appointment.
            Forbidden: it is not of the contact `of`.
            Conflict: it is over.
        """
        async with self._store.read() as read:
            before = await self._mine(read, appointment_id, of)
        async with self._store.begin(matters=[matter(before.row.resource_id)]) as tx:
            line = await self._mine(tx, appointment_id, of)
            if line.row.state == State.CANCELLED:
                return Booked(line, new=False)
            if line.row.state != State.BOOKED or (of is not None and line.row.start_at <= self._clock.now()):
                raise Conflict(PAST)
            await rows.vacate(tx, appointment_id)
            now = self._clock.now()
            await rows.change(tx, appointment_id, state=State.CANCELLED.value, changed_by=by, changed_at=now)
            line = await self._changed(tx, appointment_id, told="cancelled" if tell else None)
        return Booked(line, new=True)

    async def note(self, appointment_id: str, state: State, *, by: str) -> AppointmentLine:
        """What came of it: done, or nobody came; `booked` takes such a note back.

        Raises:
            NotFound: there is no such appointment.
            Conflict: it was cancelled, or has not begun.
        """
        if state is State.CANCELLED:
            return (await self.cancel(appointment_id, by=by)).line
        async with self._store.begin(matters=[f"appointment:{appointment_id}"]) as tx:
            line = await self._mine(tx, appointment_id, None)
            if line.row.state == state:
                return line
            if line.row.state == State.CANCELLED:
                raise Conflict("This appointment is cancelled. Book a new one.")
            if state is not State.BOOKED and line.row.start_at > self._clock.now():
                raise Conflict("This appointment has not begun yet.")
            await rows.change(tx, appointment_id, state=state.value, changed_by=by, changed_at=self._clock.now())
            return await self._changed(tx, appointment_id, told=None)

    async def of_contact(self, read: Read, contact_id: str) -> list[AppointmentLine]:
        """What a person has booked that is not over, the earliest first."""
        lines = await rows.of_contact(read, contact_id, since=self._clock.now())
        return [line for line in lines if line.row.state == State.BOOKED]

    # Inside

    async def _known(self, tx: Tx, wish: Wish) -> AppointmentLine | None:
        """What this wish has led to already."""
        if wish.key is not None and (found := await rows.by_key(tx, wish.key)) is not None:
            row = found.row
            if (row.service_id, row.contact_id) != (wish.service_id, wish.contact_id):
                raise Conflict(f"This idempotency key was already used for another appointment, {row.id}.")
            return found
        if wish.contact_id is None:
            return None
        for line in await self.of_contact(tx, wish.contact_id):
            if (line.row.service_id, line.row.start_at) == (wish.service_id, wish.start) and (
                wish.resource_id in (None, line.row.resource_id)
            ):
                return line
        return None

    async def _may_book(self, tx: Tx, wish: Wish) -> None:
        if wish.by == AGENT and wish.contact_id is not None:
            ahead = await self.of_contact(tx, wish.contact_id)
            if len(ahead) >= MOST_AHEAD:
                raise Conflict(TOO_MANY)

    async def _row(self, tx: Tx, wish: Wish, service: Service, resource: Resource) -> AppointmentRow:
        now = self._clock.now()
        account_id: str | None = None
        known: str | None = None
        if wish.contact_id is not None:
            contact = await contacts.by_id(tx, wish.contact_id)
            if contact is None:
                raise NotFound("There is no such contact.")
            chat = await contacts.chat_of(tx, wish.contact_id)
            account_id, known = contact.account_id, chat.name if chat is not None else contact.name
        name = keepable(wish.name or known or "").strip()[:120]
        if not name:
            raise Invalid("Say for whom: give a name, or a contact.")
        begins, ends = kept(service, wish.start)
        return AppointmentRow(
            id=new_id("apt"),
            service_id=service.id,
            resource_id=resource.id,
            seat=0,
            account_id=account_id or resource.account_id,
            contact_id=wish.contact_id,
            name=name,
            phone=keepable(wish.phone).strip()[:40] or None if wish.phone else None,
            note=keepable(wish.note).strip()[:1_000] or None if wish.note else None,
            state=State.BOOKED.value,
            start_at=wish.start,
            end_at=wish.start + service.minutes * MINUTE,
            kept_from=begins,
            kept_to=ends,
            booked_by=wish.by,
            changed_by=wish.by,
            sequence=0,
            idempotency_key=wish.key,
            created_at=now,
            timed_at=now,
            changed_at=now,
        )

    async def _take(
        self, tx: Tx, row: AppointmentRow, service: Service, doing: Sequence[Resource], *, by: str | None = None
    ) -> None:
        """The first of them who is free then; the database decides."""
        begins, ends = kept(service, row.start_at)
        for each in doing:
            seat = await rows.occupy(tx, row.id, resource_id=each.id, seats=each.seats, begins=begins, ends=ends)
            if seat is None:
                continue
            if by is None:
                await rows.place(tx, row.id, resource_id=each.id, seat=seat)
                return
            now, end = self._clock.now(), row.start_at + service.minutes * MINUTE
            times = {"start_at": row.start_at, "end_at": end, "kept_from": begins, "kept_to": ends}
            placed = {"resource_id": each.id, "seat": seat, "changed_by": by, "changed_at": now, "timed_at": now}
            await rows.change(tx, row.id, **placed, **times)
            return
        raise Conflict(TAKEN)

    def _open(self, service: Service, doing: Sequence[Resource], start: int, *, freely: bool) -> list[Resource]:
        """Those of them who are there at that time."""
        if freely:
            return list(doing)
        if problem := time_problem(service, start, zone=doing[0].zone, now=self._clock.now()):
            raise Conflict(problem)
        found = [each for each in doing if is_open(service, each, start)]
        if not found:
            raise Conflict(CLOSED)
        return found

    async def _changed(self, tx: Tx, appointment_id: str, *, told: str | None) -> AppointmentLine:
        line = await rows.by_id(tx, appointment_id)
        assert line is not None
        tx.emit(rows.changed(line.row))
        if told is not None and line.row.contact_id is not None:
            job = AppointmentNotice(appointment_id, line.row.sequence, told)
            await enqueue(tx, job, now=self._clock.now())
        return line

    @staticmethod
    async def _mine(read: Read, appointment_id: str, of: str | None) -> AppointmentLine:
        line = await rows.by_id(read, appointment_id)
        if line is None:
            raise NotFound(NO_APPOINTMENT)
        if of is not None and line.row.contact_id != of:
            raise Forbidden(NOT_YOURS)
        return line

    @staticmethod
    def _candidates(books: Books, service: Service, row: AppointmentRow, wanted: str | None) -> list[Resource]:
        """With whom a moved appointment may be: the one that was named, else the same first, then the others."""
        if wanted is not None and wanted != row.resource_id:
            return _meant(books, service, wanted)
        same = books.resources[row.resource_id]
        if wanted is not None:
            return [same]
        return [same, *(each for each in books.doing(service) if each.id != same.id and each.retired_at is None)]


_STATES = {State.CANCELLED: "cancelled", State.DONE: "done", State.NO_SHOW: "over", State.BOOKED: "booked"}


def _meant(books: Books, service: Service, resource_id: str | None) -> list[Resource]:
    doing = books.doing(service)
    if resource_id is None:
        if not doing:
            raise Conflict(f"Nobody does {service.name} at present.")
        return doing
    if resource_id not in books.resources:
        raise NotFound(NO_RESOURCE)
    meant = [each for each in doing if each.id == resource_id]
    if not meant:
        raise Invalid(NOT_OFFERED.format(resource=books.resources[resource_id].name, service=service.name))
    return meant


def _matters(doing: Iterable[Resource]) -> list[str]:
    return sorted({matter(each.id) for each in doing})


def _a_day_before(at: int) -> date:
    return local_day(at - 26 * HOUR, "UTC")
