"""The calendar as the agent uses it: for the person in its chat alone, and by real times alone."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from frontdesk.desk.appointments import AGENT, MOST_DAYS, Appointments, Booked, Wish
from frontdesk.desk.calendar import Books
from frontdesk.desk.errors import DeskError
from frontdesk.domain.appointments import CELL, Resource, Service, Slot, State
from frontdesk.domain.booking import Answered, BookingDesk, Held, Offer
from frontdesk.domain.calendar_words import at_words
from frontdesk.domain.chats import held
from frontdesk.domain.personas import AgentMode, Persona
from frontdesk.domain.said_times import day_in, minutes_in
from frontdesk.domain.slots import local_day, moments
from frontdesk.domain.words import fold, plain_words, telling_words
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.store import appointments as rows, chats
from frontdesk.store.appointments import AppointmentLine
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read, Store

log = logging.getLogger(__name__)

FIND, BOOK, MOVE, CANCEL, MINE = (
    "find_slots",
    "book_appointment",
    "move_appointment",
    "cancel_appointment",
    "my_appointments",
)
AHEAD = 14  # days looked at where nothing is said of them
MOST_A_DAY, MOST = 5, 20  # times told where several days are asked for
MOST_OF_ONE_DAY = 48
MOST_INSTEAD = 8
REMEMBERED = 60 * DAY  # so far back an appointment may be spoken of
TAKEN_OVER = "Nothing was done: a person of the team has taken over this chat meanwhile."
NOT_HERE = "Nothing was done: in this chat a person of the team approves what is said, and books. Name free times only."
_PARTS = {"morning": (0, 12 * 60), "afternoon": (12 * 60, 17 * 60), "evening": (17 * 60, 24 * 60)}
_PART_WORDS = {
    "morning": "morning manana manha matin vormittag mattina",
    "afternoon": "afternoon tarde apres midi nachmittag pomeriggio",
    "evening": "evening noche noite soir abend sera",
}
_PLAUSIBLE = range(1_700_000_000_000, 2_500_000_000_000)  # no word of five letters is a time
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Chat:
    """For whom the calendar is used."""

    chat_id: str
    contact_id: str
    account_id: str
    acts: bool


class AgentsBook:
    """Makes the calendar of a turn."""

    def __init__(self, store: Store, clock: Clock, appointments: Appointments) -> None:
        self._store = store
        self._clock = clock
        self._desk = appointments
        self._tools: dict[str, Callable[[_Chat, Mapping[str, str]], Awaitable[Answered]]] = {
            FIND: self._find,
            BOOK: self._book,
            MOVE: self._move,
            CANCEL: self._cancel,
            MINE: self._mine,
        }

    async def of(self, read: Read, chat: ChatRow, persona: Persona) -> BookingDesk | None:
        """The calendar for a chat; None for groups, and where nothing can be booked.

        Where a person approves what the agent writes, it looks and books nothing: the approval would come too late.
        """
        if chat.contact_id is None or "appointments" not in persona.tools:
            return None
        acts = chat.agent_mode == AgentMode.AUTO
        books = await self._desk.calendar.books(read)
        services = tuple(books.on_line(chat.account_id))
        mine = await self._held(read, chat.contact_id)
        if not services and not mine:
            return None
        whom = _Chat(chat.id, chat.contact_id, chat.account_id, acts)
        zone = self._desk.calendar.zone
        return BookingDesk(zone, services, mine, partial(self._ask, whom), partial(self._mine_now, whom), acts=acts)

    async def _ask(self, chat: _Chat, tool: str, arguments: Mapping[str, str]) -> Answered:
        """Use a tool. What cannot be done is told in words."""
        if tool in (BOOK, MOVE, CANCEL):
            if not chat.acts:
                return Answered(NOT_HERE)
            if not await self._still_may(chat):
                return Answered(TAKEN_OVER)
        try:
            return await self._tools[tool](chat, arguments)
        except DeskError as refused:
            return Answered(f"Nothing was changed. {refused.sentence}")

    async def _still_may(self, chat: _Chat) -> bool:
        """Whether the agent still answers there: a person may have taken over since the turn began."""
        async with self._store.read() as read:
            row = await chats.by_id(read, chat.chat_id)
        if row is None or not row.trusted or row.agent_mode != AgentMode.AUTO:
            return False
        return not held(row.held_by, row.held_until, self._clock.now())

    async def _mine_now(self, chat: _Chat) -> tuple[Held, ...]:
        async with self._store.read() as read:
            return await self._held(read, chat.contact_id)

    async def _held(self, read: Read, contact_id: str) -> tuple[Held, ...]:
        lines = await rows.of_contact(read, contact_id, since=self._clock.now() - REMEMBERED)
        return tuple(self._as_held(line) for line in lines)

    def _as_held(self, line: AppointmentLine) -> Held:
        zone = line.zone or self._desk.calendar.zone
        row = line.row
        return Held(row.id, line.service, line.resource, row.start_at, row.end_at, zone, State(row.state))

    # The tools

    async def _find(self, chat: _Chat, given: Mapping[str, str]) -> Answered:
        async with self._store.read() as read:
            books = await self._desk.calendar.books(read)
            service = _service(books, chat, given.get("service", ""))
            if isinstance(service, Answered):
                return service
            return await self._free(read, books, service, given)

    async def _free(self, read: Read, books: Books, service: Service, given: Mapping[str, str]) -> Answered:
        doing = _whom(books.doing(service), given.get("with_whom", ""))
        first, last = self._days(service, doing, given)
        offers = await self._offers(read, service, doing, (first, last))
        part = _part(given.get("part", ""))
        fitting = [each for each in offers if part is None or _within(each, part)]
        days = f"{_day_words(first)} to {_day_words(last)}" if first != last else _day_words(first)
        if fitting:
            told = _spread(fitting, MOST_OF_ONE_DAY if first == last else MOST_A_DAY)
            more = (
                "" if len(told) == len(fitting) else "\nThere are more. Ask for a single day to see all of its times."
            )
            lines = "\n".join(_line(each) for each in told)
            return Answered(f"Free for {service.name} ({_facts(service)}), {days}:\n{lines}{more}", offers=tuple(told))
        later = await self._offers(read, service, doing, (first, first + timedelta(days=AHEAD)))
        if not later:
            return Answered(f"No time is free for {service.name}, {days}, nor in the two weeks from then on. Say so.")
        told = _spread(later, MOST_A_DAY)[:MOST_INSTEAD]
        lines = "\n".join(_line(each) for each in told)
        return Answered(f"No time is free for {service.name}, {days}. Free instead:\n{lines}", offers=tuple(told))

    async def _offers(
        self, read: Read, service: Service, doing: Sequence[Resource], days: tuple[date, date]
    ) -> list[Offer]:
        found: list[Slot] = []
        for each in doing:
            found += await self._desk.free(read, service.id, first=days[0], last=days[1], resource_id=each.id)
        return _offers(service, doing, found)

    def _days(self, service: Service, doing: Sequence[Resource], given: Mapping[str, str]) -> tuple[date, date]:
        zone = doing[0].zone if doing else self._desk.calendar.zone
        today = local_day(self._clock.now(), zone)
        said = day_in(given.get("from_day", ""), today)
        first = max(said or today, today)
        last = day_in(given.get("to_day", ""), today)
        if last is None:
            last = first if said is not None else first + timedelta(days=AHEAD)
        return first, min(max(last, first), first + timedelta(days=MOST_DAYS - 1))

    async def _book(self, chat: _Chat, given: Mapping[str, str]) -> Answered:
        async with self._store.read() as read:
            books = await self._desk.calendar.books(read)
            service = _service(books, chat, given.get("service", ""))
            if isinstance(service, Answered):
                return service
            doing = _whom(books.doing(service), given.get("with_whom", ""))
            known = await self._held(read, chat.contact_id)
            meant = self._starts(given.get("slot", ""), doing)
            stands = next((each for each in known if _same(each, service, meant)), None)
            if stands is not None:
                return Answered(f"It is booked already: {_held_line(stands)}. Nothing else was booked.")
            slot = await self._slot(read, service, doing, meant)
        if isinstance(slot, Answered):
            return slot
        wish = Wish(service.id, slot.start, AGENT, contact_id=chat.contact_id, note=given.get("about") or None)
        booked = await self._desk.book(replace(wish, resource_id=slot.resource_id))
        return self._done("booked", booked, f"{_facts(service)}.\n{service.directions or ''}")

    async def _move(self, chat: _Chat, given: Mapping[str, str]) -> Answered:
        async with self._store.read() as read:
            line = await self._one(read, chat, given.get("appointment", ""))
            if isinstance(line, Answered):
                return line
            books = await self._desk.calendar.books(read)
            service = books.service(line.row.service_id)
            doing = sorted(books.doing(service), key=lambda each: each.id != line.row.resource_id)
            meant = self._starts(given.get("slot", ""), doing)
            if line.row.start_at in meant:
                return Answered(f"It is at that time already: {_held_line(self._as_held(line))}.")
            slot = await self._slot(read, service, doing, meant, but=line.row.id)
        if isinstance(slot, Answered):
            return replace(slot, text=f"The appointment stays: {_held_line(self._as_held(line))}. {slot.text}")
        moved = await self._desk.move(
            line.row.id, slot.start, by=AGENT, of=chat.contact_id, resource_id=slot.resource_id
        )
        return self._done("moved", moved, "")

    async def _cancel(self, chat: _Chat, given: Mapping[str, str]) -> Answered:
        async with self._store.read() as read:
            line = await self._one(read, chat, given.get("appointment", ""))
        if isinstance(line, Answered):
            return line
        return self._done("cancelled", await self._desk.cancel(line.row.id, by=AGENT, of=chat.contact_id), "")

    async def _mine(self, chat: _Chat, given: Mapping[str, str]) -> Answered:
        now = self._clock.now()
        ahead = [each for each in await self._mine_now(chat) if each.end > now and each.state is State.BOOKED]
        if not ahead:
            return Answered("This person has no appointment.")
        return Answered("The appointments of this person:\n" + "\n".join(f"- {_held_line(each)}" for each in ahead))

    # Inside

    def _done(self, what: str, booked: Booked, more: str) -> Answered:
        now_held = self._as_held(booked.line)
        return Answered(f"{what.capitalize()}: {_held_line(now_held)}. {more}".strip(), done=((what, now_held),))

    async def _one(self, read: Read, chat: _Chat, wanted: str) -> AppointmentLine | Answered:
        """The appointment that is meant, among those of the person in the chat."""
        ahead = await self._desk.of_contact(read, chat.contact_id)
        if not ahead:
            return Answered("This person has no appointment. Nothing was changed.")
        meant = [line for line in ahead if line.row.id == wanted.strip()]
        if not meant and not wanted.strip().startswith("apt_"):
            starts = [each for each in ahead if each.row.start_at in self._starts(wanted, ())]
            meant = starts or (ahead if len(ahead) == 1 else [])
        if len(meant) != 1:
            known = "\n".join(f"- {_held_line(self._as_held(line))}" for line in ahead)
            return Answered(f"Nothing was changed. Say which appointment, by its id:\n{known}")
        return meant[0]

    def _starts(self, text: str, doing: Sequence[Resource]) -> frozenset[int]:
        """The moments that an id, or a day and a time in words, may mean."""
        if (start := slot_start(text)) is not None:
            return frozenset({start})
        zone = doing[0].zone if doing else self._desk.calendar.zone
        day = day_in(text, local_day(self._clock.now(), zone))
        if day is None:
            return frozenset()
        from_midnight = (each for minute in minutes_in(text.replace("T", " ")) for each in moments(day, minute, zone))
        return frozenset(from_midnight)

    async def _slot(
        self, read: Read, service: Service, doing: Sequence[Resource], meant: frozenset[int], *, but: str = ""
    ) -> Slot | Answered:
        """The free time that is meant, or which ones are free instead; `but`: an appointment that gives its time up."""
        if not meant:
            return Answered("Nothing was changed: give the id of a free time, or a day and a time.")
        day = local_day(min(meant), doing[0].zone if doing else self._desk.calendar.zone)
        found: list[Slot] = []
        for each in doing:
            found += await self._desk.free(read, service.id, first=day, last=day, resource_id=each.id, but=but)
        fitting = sorted((slot for slot in found if slot.start in meant), key=lambda slot: slot.start)
        if fitting:
            return fitting[0]
        near = sorted(found, key=lambda slot: abs(slot.start - min(meant)))[: MOST_A_DAY * max(1, len(doing))]
        told = _offers(service, doing, near)
        if not told:
            return Answered(f"Nothing was changed: no time is free on {_day_words(day)}. Look for another day.")
        lines = "\n".join(_line(each) for each in told)
        return Answered(f"Nothing was changed: that time is not free. Free on that day:\n{lines}", offers=tuple(told))


def slot_id(start: int) -> str:
    """The short name of a time."""
    number, text = start // CELL, ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def slot_start(text: str) -> int | None:
    """The time of such a name; None where the text is none."""
    plain = text.strip().strip("[]").lower()
    if len(plain) != 5 or any(each not in _DIGITS for each in plain):
        return None
    start = int(plain, 36) * CELL
    return start if start in _PLAUSIBLE else None


def _service(books: Books, chat: _Chat, named: str) -> Service | Answered:
    """The service that is meant, among those that this line offers."""
    offered = books.on_line(chat.account_id)
    if not offered:
        return Answered("No service can be booked here.")
    exact = [each for each in offered if named.strip() == each.id or fold(named.strip()) == fold(each.name)]
    meant = exact or _nearest(offered, named) or (offered if len(offered) == 1 else [])
    if len(meant) == 1:
        return meant[0]
    return Answered(f"Which service is meant? There are: {', '.join(each.name for each in offered)}.")


def _nearest(offered: Sequence[Service], named: str) -> list[Service]:
    """Those of whose names most is said, of what tells them apart: “Viewing” alone means neither of two viewings."""
    words, names = set(telling_words(named)), [set(telling_words(each.name)) for each in offered]
    shared = set.intersection(*names)
    said = [len(words & (name - shared)) for name in names]
    return [each for each, count in zip(offered, said, strict=True) if count == max(said) > 0]


def _whom(doing: Sequence[Resource], named: str) -> list[Resource]:
    words = set(plain_words(named)) - {"dr", "dra", "the"}
    return [each for each in doing if words & set(plain_words(each.name))] or list(doing)


def _same(held: Held, service: Service, meant: frozenset[int]) -> bool:
    return held.state is State.BOOKED and held.start in meant and held.service == service.name


def _offers(service: Service, doing: Sequence[Resource], found: Sequence[Slot]) -> list[Offer]:
    """Each time once, with all who are free then."""
    names = {each.id: each for each in doing}
    by_start: dict[int, list[Slot]] = {}
    for slot in sorted(found, key=lambda each: (each.start, names[each.resource_id].name)):
        by_start.setdefault(slot.start, []).append(slot)
    return [
        Offer(
            slot_id(start),
            service.name,
            " or ".join(names[each.resource_id].name for each in slots),
            start,
            slots[0].end,
            names[slots[0].resource_id].zone,
        )
        for start, slots in by_start.items()
    ]


def _spread(offers: Sequence[Offer], most_a_day: int) -> list[Offer]:
    """Some of each day, over all of the day, and so many in all."""
    by_day: dict[date, list[Offer]] = {}
    for each in offers:
        by_day.setdefault(local_day(each.start, each.zone), []).append(each)
    told: list[Offer] = []
    for those in by_day.values():
        room = min(most_a_day, max(MOST, most_a_day) - len(told))
        if room <= 0:
            break
        every = max(1, -(-len(those) // room))
        told += those[::every][:room]
    return told


def _part(text: str) -> tuple[int, int] | None:
    words = set(plain_words(text))
    return next((_PARTS[part] for part, known in _PART_WORDS.items() if words & set(known.split())), None)


def _within(offer: Offer, part: tuple[int, int]) -> bool:
    local = to_datetime(offer.start, offer.zone)
    return part[0] <= local.hour * 60 + local.minute < part[1]


def _line(offer: Offer) -> str:
    end = to_datetime(offer.end, offer.zone)
    year = to_datetime(offer.start, offer.zone).year
    when = at_words(offer.start, offer.zone).replace(" at ", f" {year}, ")
    return f"- [{offer.id}] {when}-{end:%H:%M} ({offer.zone}) with {offer.resource}"


def _held_line(held: Held) -> str:
    end = to_datetime(held.end, held.zone)
    year = to_datetime(held.start, held.zone).year
    when = at_words(held.start, held.zone).replace(" at ", f" {year}, ")
    return f"{held.service} on {when}-{end:%H:%M} ({held.zone}) with {held.resource} [{held.id}]"


def _facts(service: Service) -> str:
    return f"{service.minutes} minutes" + (f", {service.price}" if service.price else "")


def _day_words(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"
