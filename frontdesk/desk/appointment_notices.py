"""Telling people of their appointments: confirmations, and reminders that know the 24-hour window."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from frontdesk.channels.base import Foresees
from frontdesk.desk.account import Account
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.appointment_links import AppointmentLinks
from frontdesk.desk.calendar import Books, Calendar
from frontdesk.desk.errors import DeskError
from frontdesk.desk.media import Media
from frontdesk.desk.outbox import Outbox
from frontdesk.domain import appointment_words as words
from frontdesk.domain.appointments import Service, State, due_reminders
from frontdesk.domain.calendar_words import at_words, day_words, known
from frontdesk.domain.chats import window_open
from frontdesk.domain.icalendar import Entry, calendar_text
from frontdesk.domain.messages import Author, Direction
from frontdesk.domain.wire import Outbound
from frontdesk.domain.words import guess_language
from frontdesk.domain.work import AppointmentNotice, RemindOfAppointments
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.kit.errors import Rejected
from frontdesk.store import alerts, appointments as rows, chats, contacts, media, messages
from frontdesk.store.appointments import AppointmentLine
from frontdesk.store.rows import ChatRow, MediaRow
from frontdesk.store.store import Read, Store, Tx

log = logging.getLogger(__name__)

FAR = 31 * DAY  # no reminder comes earlier than that before
FILE = "appointment.ics"
ICS = "text/calendar"
_LOOKED_AT = 20  # messages from which the language of a person is guessed


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is said of an appointment, and to whom."""

    line: AppointmentLine
    service: Service
    chat: ChatRow
    account: Account
    zone: str
    language: str

    def text(self, what: str) -> str:
        """In the words of Frontdesk, with the directions of the service."""
        said = words.sentence(
            what,
            service=self.line.service,
            resource=self.line.resource,
            start=self.line.row.start_at,
            zone=self.zone,
            language=self.language,
        )
        more = self.service.directions if what != "cancelled" else None
        return f"{said}\n{more}" if more else said


class AppointmentNotices:
    """Does the jobs `appointment_notice` and `remind`. The truth is in the database; what is late is not sent."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        calendar: Calendar,
        accounts: Accounts,
        outbox: Outbox,
        files: Media,
        links: AppointmentLinks,
    ) -> None:
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._accounts = accounts
        self._outbox = outbox
        self._files = files
        self._links = links

    async def tell(self, job: AppointmentNotice, ticket: Ticket) -> None:
        """Confirm what was booked, moved or cancelled, with the invitation as a file, else as a link to it."""
        async with self._store.read() as read:
            telling = await self._telling(read, job.appointment_id)
        if telling is None or telling.line.row.sequence != job.sequence:
            return
        invitation = await self._invitation(telling) if job.what != "cancelled" else None
        async with self._store.begin(chat=telling.chat.id) as tx:
            fresh = await self._telling(tx, job.appointment_id)
            if fresh is None or fresh.line.row.sequence != job.sequence or await ticket.lost(tx):
                return
            link = self._link(fresh) if job.what != "cancelled" and invitation is None else ""
            how = await self._say(tx, fresh, job.what, link=link)
            if how == "sent" and invitation is not None:
                await self._enclose(tx, fresh, invitation)
            await ticket.done(tx)

    async def remind(self, job: RemindOfAppointments, ticket: Ticket) -> None:
        """Look once which reminders are due."""
        now = self._clock.now()
        async with self._store.read() as read:
            lines = await rows.upcoming(read, now=now, until=now + FAR)
            seen = await rows.reminded(read, now=now)
            books = await self._calendar.books(read, retired=True)
        for line in lines:
            service = books.services[line.row.service_id]
            for minutes in due_reminders(service, line.row.start_at, line.row.timed_at, now):
                if (line.row.id, line.row.start_at, minutes) not in seen and line.chat_id is not None:
                    await self._remind(line, minutes)

    async def _remind(self, line: AppointmentLine, minutes: int) -> None:
        """Once, whoever else looks at the same time, and only if it still stands."""
        async with self._store.begin(chat=str(line.chat_id)) as tx:
            telling, now = await self._telling(tx, line.row.id), self._clock.now()
            if telling is None or telling.line.row.start_at != line.row.start_at or now >= line.row.start_at:
                return
            if telling.line.row.state != State.BOOKED:
                return
            if await rows.note_reminder(tx, telling.line.row, minutes=minutes, now=now):
                await self._say(tx, telling, "reminder")

    async def _telling(self, read: Read, appointment_id: str) -> _Telling | None:
        line = await rows.by_id(read, appointment_id)
        if line is None or line.chat_id is None:
            return None
        chat = await chats.by_id(read, line.chat_id)
        account = self._accounts.find(chat.account_id) if chat is not None else None
        if chat is None or account is None:
            return None
        books: Books = await self._calendar.books(read, retired=True)
        zone = line.zone or self._calendar.zone
        language = await self._language(read, chat)
        return _Telling(line, books.services[line.row.service_id], chat, account, zone, language)

    @staticmethod
    async def _language(read: Read, chat: ChatRow) -> str:
        """The one in which the person has written last, as far as words tell."""
        said = await messages.recent(read, chat.id, _LOOKED_AT)
        theirs = [row.text or "" for row in said if row.direction == Direction.INBOUND]
        return known(guess_language("\n".join(theirs)))

    def _link(self, telling: _Telling) -> str:
        url = self._links.url(telling.line.row.id)
        return words.calendar_link(url, telling.language) if url is not None else ""

    async def _say(self, tx: Tx, telling: _Telling, what: str, *, link: str = "") -> str:
        """By message, by template where the window is closed, else by an alert to the desk; gives which."""
        chat, able = telling.chat, telling.account.channel.capabilities
        closed = able.window and not window_open(chat.last_inbound_at, self._clock.now())
        if closed and (telling.service.template is None or what == "cancelled"):
            await self._alarm(tx, telling, what, "The person has not written in the last 24 hours, and ")
            return "alert"
        try:
            if closed:
                content = _template(telling)
                await self._outbox.post(
                    tx, chat, author=Author.SYSTEM, text=telling.text(what), kind="template", content=content
                )
                return "template"
            text = "\n".join(filter(None, (telling.text(what), link)))
            await self._outbox.post(tx, chat, author=Author.SYSTEM, text=text)
        except DeskError as refused:
            await self._alarm(tx, telling, what, f"{refused.sentence} ")
            return "alert"
        return "sent"

    async def _alarm(self, tx: Tx, telling: _Telling, what: str, why: str) -> None:
        """Nobody could be told: a person at the desk can call."""
        when = at_words(telling.line.row.start_at, telling.zone)
        about = f"{telling.chat.name} was not {_TOLD[what]} their appointment on {when}"
        if why.endswith("and "):
            why += "the service has no template for it. Set one under Services, or call."
        await alerts.raise_(
            tx,
            now=self._clock.now(),
            kind="appointment",
            sentence=f"{about}: {why.strip()}",
            key=f"appointment:{what}:{telling.line.row.id}",
            account_id=telling.chat.account_id,
            chat_id=telling.chat.id,
        )

    async def _invitation(self, telling: _Telling) -> MediaRow | None:
        """The calendar file, where the line surely takes such files."""
        able = telling.account.channel
        if "document" not in able.capabilities.kinds or not _takes_calendars(telling.account):
            return None
        text = calendar_text([entry_of(telling.line)], name=telling.line.service, now=self._clock.now())

        async def chunks() -> AsyncIterator[bytes]:
            yield text.encode()

        try:
            row = await self._files.keep(telling.chat.account_id, name=FILE, mime=ICS, chunks=chunks())
        except DeskError as refused:
            log.warning("an invitation was not kept: %s", refused.sentence)
            return None
        if isinstance(able, Foresees):
            async with self._store.read() as read:
                reached = await contacts.addresses_of_chat(read, telling.chat)
            try:
                able.foresee(Outbound("", reached, "document", None, media=self._files.file_of(row)))
            except Rejected:
                return None
        return row

    async def _enclose(self, tx: Tx, telling: _Telling, file: MediaRow) -> None:
        message_id = await self._outbox.post(
            tx, telling.chat, author=Author.SYSTEM, text=None, kind="document", media_id=file.id
        )
        await media.change(tx, file, message_id=message_id)


_TOLD = {
    "booked": "told of",
    "moved": "told of the new time of",
    "cancelled": "told of the cancelling of",
    "reminder": "reminded of",
}


def _takes_calendars(account: Account) -> bool:
    """The Cloud API takes texts, PDF and office files as documents, and no calendar files."""
    return not account.channel.capabilities.window


def _template(telling: _Telling) -> dict[str, object]:
    """The template with its four variables: name, service, day, time."""
    local, language = to_datetime(telling.line.row.start_at, telling.zone), telling.service.language
    day = day_words(local, known(language.split("_")[0].split("-")[0].lower()))
    said = (telling.line.row.name, telling.line.service, day, f"{local:%H:%M}")
    parameters = [{"type": "text", "text": each} for each in said]
    return {
        "name": telling.service.template,
        "language": language,
        "components": [{"type": "body", "parameters": parameters}],
    }


def entry_of(line: AppointmentLine, *, private: bool = False) -> Entry:
    """An appointment as its entry in other calendars; `private`: as the desk sees it, with name and note."""
    row = line.row
    who = f"{line.service}: {row.name}" if private else f"{line.service} · {line.resource}"
    return Entry(
        uid=row.id,
        title=who,
        start=row.start_at,
        end=row.end_at,
        sequence=row.sequence,
        changed_at=row.changed_at,
        cancelled=row.state == State.CANCELLED,
        place=line.resource if private else None,
        words="\n".join(filter(None, (row.phone, row.note))) if private else "",
    )
