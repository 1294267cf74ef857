"""All that is kept of one person, for the person to read. Whoever adds a table of people adds a reader to `READERS`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, or_, select, tuple_

from frontdesk.kit.clock import to_iso
from frontdesk.store.people_all import Person
from frontdesk.store.rows import ChatRow, MediaRow, MessageRow
from frontdesk.store.store import Read
from frontdesk.store.tables import (
    alerts,
    appointments,
    dead_letters,
    group_members,
    groups,
    knowledge_gaps,
    media,
    messages,
    model_choices,
    notices,
    operators,
    reminders,
    resources,
    services,
    threads,
    turns,
)

Reader = Callable[[Read, Person], Awaitable[list[dict[str, Any]]]]
_TIMES = ("at", "until", "since", "up_to")


@dataclass(frozen=True, slots=True)
class Line:
    """A message with its file, and the name of the operator who wrote it."""

    message: MessageRow
    media: MediaRow | None
    operator: str | None


async def _dicts(read: Read, statement: Select[Any]) -> list[dict[str, Any]]:
    """Rows by the names of their columns, with times as people read them."""
    names = [f"{column.name}" for column in statement.selected_columns]  # SQLAlchemy's own are no plain texts
    rows = await read.all(statement, lambda *columns: columns)
    return [readable(dict(zip(names, row, strict=True))) for row in rows]


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """The same with every moment as a text."""
    return {
        name: to_iso(value) if isinstance(value, int) and name.rpartition("_")[2] in _TIMES else value
        for name, value in row.items()
    }


def _of_chat(table: Any) -> Reader:
    async def read_rows(read: Read, person: Person) -> list[dict[str, Any]]:
        if person.chat is None:
            return []
        return await _dicts(read, select(table).where(table.c.chat_id == person.chat.id).order_by(table.c.id))

    return read_rows


def _naming(table: Any, column: Any) -> Reader:
    async def read_rows(read: Read, person: Person) -> list[dict[str, Any]]:
        named = [column.contains(trace, autoescape=True) for trace in person.traces]
        return await _dicts(read, select(table).where(or_(*named) if named else false()).order_by(table.c.id))

    return read_rows


async def _memberships(read: Read, person: Person) -> list[dict[str, Any]]:
    """The groups of which the line says that the person is in them."""
    named = [group_members.c.addresses.contains(f'"{address}"', autoescape=True) for address in person.all]
    columns = (groups.c.id, groups.c.name, group_members.c.name.label("called"), group_members.c.admin)
    statement = select(*columns).join(groups, groups.c.id == group_members.c.group_id)
    here = groups.c.account_id == person.account_id
    return await _dicts(read, statement.where(here, or_(*named) if named else false()).order_by(groups.c.id))


async def _appointments(read: Read, person: Person) -> list[dict[str, Any]]:
    named = select(services.c.name.label("service"), resources.c.name.label("with"), appointments)
    joined = named.join(services, services.c.id == appointments.c.service_id).join(
        resources, resources.c.id == appointments.c.resource_id
    )
    return await _dicts(read, joined.where(appointments.c.contact_id == person.contact.id).order_by(appointments.c.id))


async def _models(read: Read, person: Person) -> list[dict[str, Any]]:
    places = [str(address) for address in person.all]
    return await _dicts(read, select(model_choices).where(model_choices.c.place.in_(places)))


READERS: tuple[tuple[str, Reader], ...] = (
    ("turns_of_the_agent", _of_chat(turns)),
    ("memory_of_the_agent", _of_chat(threads)),
    ("questions_without_an_answer", _of_chat(knowledge_gaps)),
    ("alerts", _of_chat(alerts)),
    ("reminders", _of_chat(reminders)),
    ("appointments", _appointments),
    ("groups", _memberships),
    ("model_set_for_this_number", _models),
    ("what_could_not_be_read", _naming(dead_letters, dead_letters.c.raw)),
    ("notices_of_the_line", _naming(notices, notices.c.content)),
)

_MESSAGE, _MEDIA = len(messages.c), len(media.c)
_LINES = (
    select(messages, media, operators.c.name)
    .select_from(
        messages.outerjoin(media, media.c.id == messages.c.media_id).outerjoin(
            operators, operators.c.id == messages.c.operator_id
        )
    )
    .order_by(messages.c.provider_time, messages.c.id)
)


def _line(*columns: Any) -> Line:
    file = columns[_MESSAGE : _MESSAGE + _MEDIA]
    return Line(MessageRow(*columns[:_MESSAGE]), MediaRow(*file) if file[0] is not None else None, columns[-1])


async def page(read: Read, person: Person, chat: ChatRow, *, after: MessageRow | None, most: int) -> list[Line]:
    """The messages of a chat behind one, in order; of a group those that the person wrote."""
    statement = _LINES.where(messages.c.chat_id == chat.id)
    if chat.group_ref is not None:
        statement = statement.where(messages.c.contact_id == person.contact.id)
    if after is not None:
        order = tuple_(messages.c.provider_time, messages.c.id)
        statement = statement.where(order > tuple_(after.provider_time, after.id))
    return await read.all(statement.limit(most), _line)
