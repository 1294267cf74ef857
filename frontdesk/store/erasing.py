"""Everything about one person goes: what is theirs is deleted, and what others said of them loses number and id.

Whoever adds a table adds it to `ABOUT_PEOPLE` with a step in `LAST_STEPS`, or to `ABOUT_NOBODY`; a test sees to it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table, bindparam, delete, false, or_, select, update

from frontdesk.store import appointments, retention, tables, vanishing
from frontdesk.store.people_all import Person
from frontdesk.store.sql import among, const, texts, to_json
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import (
    addresses,
    alerts,
    chats,
    contacts,
    dead_letters,
    digest_issues,
    digest_words,
    group_members,
    jobs,
    knowledge_gaps,
    merged_chats,
    messages,
    model_choices,
    notices,
    owner_words,
    reminders,
    threads,
    turns,
    waiting_receipts,
)

GONE = "(erased)"  # stands where a number or an id of the person stood in what others said

# From the names of the tables that hold something of people to how it goes.
ABOUT_PEOPLE = {
    "addresses": "all of the contact",
    "alerts": "those of the chat, and those that name the person",
    "appointment_cells": "those of the appointments",
    "appointment_reminders": "those of the appointments",
    "appointments": "those of the contact",
    "chats": "the chat; in groups the preview shows what is left",
    "contacts": "the contact",
    "dead_letters": "those that hold a number or an id of the person",
    "digest_issues": "those that tell of the chat, or of a group of the person",
    "digest_words": "those of these issues",
    "group_members": "the person's rows",
    "jobs": "those of the chat, and those that name the person",
    "knowledge_gaps": "those of the chat, and what was asked in groups",
    "media": "those of the messages",
    "merged_chats": "ids that led to the chat",
    "messages": "all of the chat, the person's in groups; of others' the numbers and ids",
    "model_choices": "those for an address of the person",
    "notices": "those that hold a number or an id of the person",
    "owner_words": "those of the chat, and those that name the person",
    "reminders": "those of the chat, and what we promised elsewhere with their number or id in it",
    "threads": "those of the chat; in groups what was summed up since",
    "turns": "those of the chat; in groups the reasons for handing over",
    "waiting_receipts": "those of the chat and of the messages",
}
# Tables of the house itself, which hold nothing that comes from people outside.
ABOUT_NOBODY = frozenset(
    {"accounts", "api_keys", "calendar_feeds", "changes", "digests", "given_accounts", "groups", "knowledge", "leases"}
    | {"ledger", "marks", "model_uses", "operators", "outages", "personas", "processes", "resources"}
    | {"service_resources", "services", "sign_in_links", "sign_ins", "special_days", "told_words", "tries"}
    | {"weekly_hours"}
)

_SENDING = select(messages.c.id).where(messages.c.chat_id == bindparam("chat"), messages.c.status == const("sending"))


async def is_sending(read: Read, chat_id: str) -> bool:
    """Whether a message to the person is with the channel at this moment."""
    return await read.scalar(_SENDING.limit(1), {"chat": chat_id}) is not None


# Messages, page by page

_THEIRS = or_(
    messages.c.chat_id == bindparam("chat"),
    among(messages.c.chat_id, "groups") & (messages.c.contact_id == bindparam("contact")),
)
_PAGE = select(messages.c.id).where(_THEIRS).limit(bindparam("most"))
_OF_GROUPS = (
    select(messages.c.id, messages.c.chat_id, messages.c.external_id)
    .where(among(messages.c.id, "ids"), among(messages.c.chat_id, "groups"))
    .order_by(messages.c.id)
)
_TAKE = (
    delete(messages)
    .where(among(messages.c.id, "ids"))
    .returning(messages.c.account_id, messages.c.author, messages.c.external_id, messages.c.media_id)
)
_TAKE_RECEIPTS = delete(waiting_receipts).where(
    waiting_receipts.c.account_id == bindparam("account"),
    among(waiting_receipts.c.external_id, "externals") | among(waiting_receipts.c.our_id, "ids"),
)
_ANSWERS = (
    update(messages)
    .where(among(messages.c.chat_id, "groups"), among(messages.c.reply_to, "externals"))
    .values(reply_to=None)
)
_POINTS = select(messages.c.id, messages.c.content).where(
    among(messages.c.chat_id, "groups"),
    messages.c.kind.in_((const("reaction"), const("edit"), const("revoke"))),
    messages.c.content.is_not(None),
)
_REWRITE = update(messages).where(messages.c.id == bindparam("message")).values(content=bindparam("said"))


async def take_messages(tx: Tx, person: Person, *, most: int) -> tuple[int, tuple[str, ...]]:
    """Delete a page of their messages; gives how many there were, and the hashes of the files that were theirs."""
    groups = texts([group.id for group in person.groups])
    chat = person.chat.id if person.chat is not None else ""
    given = {"chat": chat, "groups": groups, "contact": person.contact.id, "most": most}
    ids: list[str] = await tx.scalars(_PAGE, given)
    if not ids:
        return 0, ()
    in_groups = await tx.all(_OF_GROUPS, lambda *columns: columns, {"ids": texts(ids), "groups": groups})
    if in_groups:
        await vanishing.forget_notes(tx, [message_id for message_id, _, _ in in_groups])
        await vanishing.forget_summaries(tx, [(chat_id, message_id) for message_id, chat_id, _ in in_groups])
    rows = await tx.all(_TAKE, lambda *columns: columns, {"ids": texts(ids)})
    externals = texts([external for _, _, external, _ in rows if external is not None])
    await tx.run(_TAKE_RECEIPTS, {"account": person.account_id, "ids": texts(ids), "externals": externals})
    if in_groups:
        await tx.run(_ANSWERS, {"groups": groups, "externals": externals})
        await _point_at_nothing(tx, groups, {external for _, _, external in in_groups})
    files = {file for *_, file in rows if file is not None}
    digests = await retention.take_files_of(tx, ids=ids, files=files)
    await retention.count_erased(tx, [(account_id, author) for account_id, author, *_ in rows])
    await retention.show_what_is_left(tx, [group.id for group in person.groups])
    return len(rows), digests


async def _point_at_nothing(tx: Tx, groups: str, externals: set[str | None]) -> None:
    """Reactions, edits and deletions of others do not name the message any more."""
    for message_id, content in (await tx.pairs(_POINTS, {"groups": groups})).items():
        said = orjson.loads(content)
        if said.get("target") in externals:
            await tx.run(_REWRITE, {"message": message_id, "said": to_json({**said, "target": GONE})})


# What others said of them


def _names(columns: Sequence[ColumnElement[Any]], traces: Sequence[str]) -> ColumnElement[bool]:
    """Whether one of the columns holds one of the texts."""
    parts = [column.contains(trace, autoescape=True) for column in columns for trace in traces]
    return or_(*parts) if parts else false()


async def _scrub_others(tx: Tx, person: Person) -> None:
    """Numbers and ids are taken out of what others said; a note that names the person goes whole."""
    quoted = f"“{person.name}”"
    notes = delete(messages).where(messages.c.account_id == person.account_id, messages.c.author == "system")
    await tx.run(notes.where(_names([messages.c.text], [*person.traces, quoted])))
    found = await tx.all(
        select(messages.c.id, messages.c.text, messages.c.content).where(
            messages.c.account_id == person.account_id, _names([messages.c.text, messages.c.content], person.traces)
        ),
        lambda *columns: columns,
    )
    for message_id, text, content in found:
        said = None if content is None else to_json(_without(orjson.loads(content), person.traces))
        words = _without(text, person.traces)
        await tx.run(update(messages).where(messages.c.id == message_id).values(text=words, content=said))
    group_ids = select(chats.c.id).where(chats.c.account_id == person.account_id)
    shown = select(chats.c.id).where(chats.c.id.in_(group_ids), _names([chats.c.last_text], person.traces))
    await retention.show_what_is_left(tx, await tx.scalars(shown))


def _without(value: Any, traces: Sequence[str]) -> Any:
    """A value of JSON in which none of the texts stands."""
    if isinstance(value, dict):
        return {_without(name, traces): _without(item, traces) for name, item in value.items()}
    if isinstance(value, list):
        return [_without(item, traces) for item in value]
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        text = str(value)
        for trace in traces:
            text = text.replace(trace, GONE)
        return value if text == str(value) else text
    return value


# The rest, once no message is left

_OF_CHAT: tuple[Table, ...] = (owner_words, turns, threads, knowledge_gaps, alerts, waiting_receipts, merged_chats)


async def _take_house_rows(tx: Tx, person: Person) -> None:
    """Alerts, letters, notices and work that name the person or their chat."""
    traces = person.traces
    if person.chat is not None:
        ending = f":{person.chat.id}"
        traces = (*traces, person.chat.id)
        await tx.run(delete(alerts).where(alerts.c.key.endswith(ending, autoescape=True)))
    await tx.run(delete(alerts).where(_names([alerts.c.sentence, alerts.c.key], traces)))
    await tx.run(delete(owner_words).where(_names([owner_words.c.said, owner_words.c.name], traces)))
    await tx.run(delete(notices).where(_names([notices.c.content], traces)))
    await tx.run(delete(jobs).where(_names([jobs.c.key, jobs.c.payload, jobs.c.error], traces)))
    letters = delete(dead_letters).where(_names([dead_letters.c.raw, dead_letters.c.reason], traces))
    taken = letters.returning(dead_letters.c.account_id, dead_letters.c.messages)
    await retention.count_letters(tx, await tx.all(taken, lambda *columns: columns))


async def _take_appointments(tx: Tx, person: Person) -> None:
    """Times that are kept for them are free again."""
    await appointments.forget_contact(tx, person.contact.id)


async def _take_reminders(tx: Tx, person: Person) -> None:
    named = _names([reminders.c.what], person.traces)
    own = reminders.c.chat_id == person.chat.id if person.chat is not None else false()
    await tx.run(delete(reminders).where(or_(own, named)))


async def _take_digests(tx: Tx, person: Person) -> None:
    """What was made of the chats in which they wrote is summed up: nobody can tell whose words these are."""
    spoken = [*([person.chat.id] if person.chat is not None else []), *(group.id for group in person.groups)]
    columns: list[ColumnElement[Any]] = [digest_issues.c.content, digest_issues.c.text]
    found = await tx.scalars(select(digest_issues.c.id).where(_names(columns, (*spoken, *person.traces))))
    await tx.run(delete(digest_words).where(among(digest_words.c.issue_id, "ids")), {"ids": texts(found)})
    await tx.run(delete(digest_issues).where(among(digest_issues.c.id, "ids")), {"ids": texts(found)})


async def _take_memberships(tx: Tx, person: Person) -> None:
    here = group_members.c.group_id.startswith(f"{person.account_id}/", autoescape=True)
    named = _names([group_members.c.addresses], [f'"{address}"' for address in person.all])
    await tx.run(delete(group_members).where(here, named))


async def _take_choices(tx: Tx, person: Person) -> None:
    places = texts([str(address) for address in person.all])
    await tx.run(delete(model_choices).where(among(model_choices.c.place, "places")), {"places": places})


async def _take_chat(tx: Tx, person: Person) -> None:
    if person.chat is not None:
        for table in _OF_CHAT:
            await tx.run(delete(table).where(table.c.chat_id == person.chat.id))
        await tx.run(delete(chats).where(chats.c.id == person.chat.id))


async def _take_contact(tx: Tx, person: Person) -> None:
    await tx.run(delete(addresses).where(addresses.c.contact_id == person.contact.id))
    await tx.run(delete(contacts).where(contacts.c.id == person.contact.id))


# In this order: what refers to others first, the contact last.
LAST_STEPS: tuple[Callable[[Tx, Person], Awaitable[None]], ...] = (
    _take_house_rows,
    _take_digests,
    _take_reminders,
    _take_appointments,
    _scrub_others,
    _take_memberships,
    _take_choices,
    _take_chat,
    _take_contact,
)


def forgotten() -> set[str]:
    """Tables of which it is not said what an erasure does with them."""
    return set(tables.metadata.tables) - set(ABOUT_PEOPLE) - ABOUT_NOBODY
