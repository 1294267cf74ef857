"""What the phone app beside the Cloud API tells: the owner's own messages, the past, the address book."""

from collections.abc import Iterable
from dataclasses import replace

from frontdesk.channels.cloud import shapes
from frontdesk.channels.cloud.messages import each, inbound
from frontdesk.channels.cloud.people import People, known, named, recipient, sender
from frontdesk.channels.cloud.shapes import Json
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Damaged, Event, Inbound, NameChange, Notice, Sender


def echoes(value: Json) -> list[Event]:
    """Messages that the owner typed on the phone."""
    people = known(value.get("contacts"))

    def read(message: Json) -> Iterable[Event]:
        yield inbound(message, recipient(message, people), typed_on_phone=True)

    return each(value.get("message_echoes"), "message_echoes", read)


def history(value: Json) -> list[Event]:
    """The past, handed over after linking: chunks of threads, and later the files of single messages."""
    past = _Past(value)
    events = each(value.get("history"), "history", past.chunk)
    return events + each(value.get("messages"), "messages", past.loose)


def address_book(value: Json) -> list[Event]:
    """The owner's address book: who was named, renamed or taken out."""
    return each(value.get("state_sync"), "state_sync", _entry)


class _Past:
    """Reads the history of one value: it needs our own number to tell whose a message is."""

    def __init__(self, value: Json) -> None:
        self._ours = shapes.phone(shapes.record(value.get("metadata")).get("display_phone_number"))
        self._people = known(value.get("contacts"))

    def chunk(self, chunk: Json) -> Iterable[Event]:
        if "errors" in chunk:
            yield Notice("history", {"errors": shapes.clean(chunk["errors"])})
        if "metadata" in chunk:
            yield Notice("history", shapes.record(shapes.clean(chunk["metadata"])))
        yield from each(chunk.get("threads"), "threads", self._thread)

    def _thread(self, thread: Json) -> Iterable[Event]:
        person = self._person(thread)

        def read(message: Json) -> Iterable[Event]:
            return self._message(message, person)

        return each(thread.get("messages"), "messages", read)

    def _person(self, thread: Json) -> Sender:
        context = shapes.record(thread.get("context"))
        profile = {"name": context.get("name"), "username": context.get("username")}
        found = [
            shapes.phone(context.get("wa_id")),
            shapes.anyone(thread.get("id")),
            shapes.user(context.get("user_id")),
            shapes.user(context.get("parent_user_id")),
        ]
        addresses = tuple(dict.fromkeys(address for address in found if address is not None))
        people: People = {address.value: {"profile": profile} for address in addresses} | self._people
        return named(addresses, people)

    def _message(self, message: Json, person: Sender) -> Iterable[Event]:
        writer = shapes.anyone(message.get("from"))
        ours = self._is_ours(writer, person) or (writer is None and "to" in message)
        yield self._kept(message, person if person.addresses else self._other(message, ours=ours), ours=ours)

    def loose(self, message: Json) -> Iterable[Event]:
        """A message outside the threads: its file has arrived."""
        writer = shapes.anyone(message.get("from"))
        ours = (writer is not None and writer == self._ours) or "to" in message
        yield self._kept(message, self._other(message, ours=ours), ours=ours)

    def _other(self, message: Json, *, ours: bool) -> Sender:
        return recipient(message, self._people) if ours else sender(message, self._people)

    def _is_ours(self, writer: Address | None, person: Sender) -> bool:
        if writer is None:
            return False
        return writer == self._ours or (bool(person.addresses) and writer not in person.addresses)

    def _kept(self, message: Json, person: Sender, *, ours: bool) -> Event:
        found = inbound(message, person, typed_on_phone=ours, history=True)
        context = message.get("history_context")
        if isinstance(found, Damaged) or not isinstance(context, dict):
            return found
        status = shapes.words(context.get("status"))
        return _with(found, {"history_status": status.lower()} if status else {})


def _with(message: Inbound, extra: Json) -> Inbound:
    return replace(message, content={**message.content, **extra}) if extra else message


def _entry(entry: Json) -> Iterable[Event]:
    contact = shapes.record(entry.get("contact"))
    found = [shapes.phone(contact.get("phone_number")), shapes.user(contact.get("user_id"))]
    addresses = tuple(address for address in found if address is not None)
    if not addresses:
        yield Damaged("The entry of the address book has neither a number nor an id.", shapes.raw(entry))
        return
    removed = entry.get("action") == "remove"
    name = shapes.words(contact.get("full_name")) or shapes.words(contact.get("first_name")) or None
    username = shapes.words(contact.get("username")) or None
    yield NameChange(addresses, None if removed else name, username)
