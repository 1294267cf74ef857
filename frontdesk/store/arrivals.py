"""The bulk writing of what arrives: few statements for many messages, so that the disk is not the limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, Text, bindparam, case, exists, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.messages import PLACEHOLDER
from frontdesk.domain.work import turn_key
from frontdesk.kit.clock import SECOND
from frontdesk.kit.text import shorten
from frontdesk.store import contacts as contact_rows, messages as message_rows
from frontdesk.store.jobs import MOVED
from frontdesk.store.sql import among, among_found, const, pairs, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import addresses, chats, contacts, dead_letters, jobs, ledger, media, messages, notices

PREVIEW = 120  # characters


@dataclass(frozen=True, slots=True)
class KnownChat:
    """What intake has to know of a chat that exists."""

    id: str
    contact_id: str | None
    group_ref: str | None
    account_id: str
    persona: str | None  # named for it by hand
    awaits: bool  # an edit or a deletion came ahead of its message
    burst_at: int | None  # when the burst began behind the turn that waits
    expires_after: int | None  # seconds after which its messages vanish


_AHEAD = exists().where(messages.c.chat_id == chats.c.id, messages.c.waits_for.is_not(None))
_CHAT = (
    chats.c.id,
    chats.c.contact_id,
    chats.c.group_ref,
    chats.c.account_id,
    chats.c.persona,
    _AHEAD.label("awaits"),
    select(jobs.c.first_at)
    .where(jobs.c.key == literal(turn_key("")) + chats.c.id, jobs.c.state == const("queued"))
    .scalar_subquery(),
    chats.c.expires_after,
)
_CHATS_OF_CONTACTS = select(*_CHAT).where(among(chats.c.contact_id, "ids"))
_BEHIND = select(addresses.c.contact_id).where(among(addresses.c.id, "ids"))
_CHATS_BEHIND = select(*_CHAT).where(among_found(chats.c.contact_id, _BEHIND))
_GIVEN = pairs("given")
_CHATS_OF_GROUPS = select(*_CHAT).join_from(
    _GIVEN, chats, (chats.c.account_id == _GIVEN.c.first) & (chats.c.group_ref == _GIVEN.c.second)
)


async def chats_of(
    read: Read, *, contact_ids: Iterable[str], groups: Iterable[tuple[str, str]] = ()
) -> list[KnownChat]:
    """The chats of these contacts and groups (account id, group's address) that exist."""
    people, refs = list(contact_ids), list(groups)
    found: list[KnownChat] = []
    if people:
        found += await read.all(_CHATS_OF_CONTACTS, KnownChat, {"ids": texts(people)})
    if refs:
        found += await read.all(_CHATS_OF_GROUPS, KnownChat, {"given": texts(refs)})
    return found


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """What intake has to know of a message that is stored."""

    account_id: str
    chat_id: str
    contact_id: str | None
    external_id: str
    direction: str
    kind: str


_SAME_ID = (messages.c.external_id == _GIVEN.c.second) & (messages.c.account_id == _GIVEN.c.first)
_KNOWN = select(
    messages.c.account_id,
    messages.c.chat_id,
    messages.c.contact_id,
    messages.c.external_id,
    messages.c.direction,
    messages.c.kind,
).join_from(_GIVEN, messages, _SAME_ID)


async def known_messages(read: Read, given: Iterable[tuple[str, str]]) -> list[KnownMessage]:
    """What is stored already of these (account, external id), in whichever chat."""
    return await read.all(_KNOWN, KnownMessage, {"given": texts(given)})


@dataclass(frozen=True, slots=True)
class Known:
    """What is there already of what arrives."""

    people: dict[str, str]  # address id -> contact id
    origins: dict[str, str]  # address id -> what it has in common with those that the line told of one person
    chats: list[KnownChat]  # of these people
    messages: list[KnownMessage]


async def known(read: Read, *, address_ids: Iterable[str], given: Iterable[tuple[str, str]]) -> Known:
    """In one trip: the contacts behind these addresses, their chats, and what is stored of (account, external id)."""
    ids = {"ids": texts(address_ids)}
    people, chats, messages = await read.together(
        (contact_rows.FIND_WITH_ORIGINS, lambda *columns: columns, ids),
        (_CHATS_BEHIND, KnownChat, ids),
        (_KNOWN, KnownMessage, {"given": texts(given)}),
    )
    contacts, origins = {id_: contact for id_, contact, _ in people}, {id_: origin for id_, _, origin in people}
    return Known(contacts, origins, chats, messages)


_OURS = select(messages.c.account_id, messages.c.external_id).join_from(
    _GIVEN,
    messages,
    (messages.c.account_id == _GIVEN.c.first)
    & (messages.c.external_id == _GIVEN.c.second)
    & (messages.c.direction == const("outbound")),
)


async def ours(read: Read, given: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (account, external id) are outbound messages that we know: their echo is no news."""
    return set(await read.all(_OURS, lambda *columns: columns, {"given": texts(given)}))


# Their times are whole seconds, ours are not: within the second of the last message, what comes is newer.
_NEWER = bindparam("at") >= chats.c.last_message_at - chats.c.last_message_at % literal_column(str(SECOND))
_LATER = bindparam("at") > chats.c.last_message_at
_LEAST = bindparam("least", type_=Integer)
_SPOKEN = (bindparam("new") > 0) | (_LEAST > 0)
_TOUCH = (
    update(chats)
    .where(chats.c.id == bindparam("chat"))
    .values(
        last_message_at=case((_LATER, bindparam("at")), else_=chats.c.last_message_at),
        last_text=case((_NEWER, bindparam("text")), else_=chats.c.last_text),
        last_author=case((_NEWER, bindparam("author")), else_=chats.c.last_author),
        last_inbound_at=case(
            (func.coalesce(chats.c.last_inbound_at, 0) < bindparam("inbound_at"), bindparam("inbound_at")),
            else_=chats.c.last_inbound_at,
        ),
        waiting_since=func.coalesce(chats.c.waiting_since, bindparam("waiting_from")),
        unread=bindparam("new") + case((chats.c.unread < _LEAST, _LEAST), else_=chats.c.unread),
        expires_after=func.nullif(func.coalesce(bindparam("expires"), chats.c.expires_after), 0),
        missed_at=func.coalesce(bindparam("missed"), chats.c.missed_at),
        state=case(((chats.c.state == "resolved") & _SPOKEN, "open"), else_=chats.c.state),
    )
)


_NEWEST = (
    select(messages.c.kind, messages.c.text, messages.c.author, messages.c.revoked_at, messages.c.vanished_at)
    .where(
        messages.c.chat_id == bindparam("chat"),
        messages.c.kind != const("edit"),
        messages.c.author != const("system"),
        messages.c.status.not_in((const("draft"), const("discarded"))),
    )
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(1)
)
_SHOW = update(chats).where(chats.c.id == bindparam("chat")).values(last_text=bindparam("said"))
_SHOW = _SHOW.values(last_author=func.coalesce(bindparam("author", type_=Text), chats.c.last_author))


def preview(kind: str, text: str | None) -> str:
    """What the list of chats shows of a message."""
    return shorten(text, PREVIEW) if text else f"[{kind}]"


async def show_newest(tx: Tx, chat_ids: Iterable[str]) -> None:
    """Where a message was changed or taken back, the list shows the newest one as it is now, and no edit by itself."""
    for chat_id in chat_ids:
        newest = await tx.one(_NEWEST, lambda *columns: columns, {"chat": chat_id})
        kind, text, author, revoked_at, vanished_at = newest or ("edit", None, None, None, None)
        gone = "revoke" if revoked_at is not None else "vanished" if vanished_at is not None else None
        said = preview(gone, None) if gone else preview(kind, text)
        await tx.run(_SHOW, {"chat": chat_id, "said": said, "author": author})


_STAYS = frozenset({"id", "account_id", "chat_id", "external_id"})
_FILE_OF = update(media).where(media.c.id == bindparam("file")).values(message_id=bindparam("message"))


_NEVER = (
    update(media)
    .where(media.c.id == bindparam("file"))
    .values(state="gone", remote=None, name=None, error="The message of this file was taken back before it came.")
)
_PLACE = (
    messages.c.chat_id == bindparam("chat"),
    messages.c.external_id == bindparam("target"),
    messages.c.kind == const(PLACEHOLDER),
    messages.c.revoked_at.is_(None),
)


async def fill(tx: Tx, row: dict[str, Any]) -> str | None:
    """A message takes the place that was kept for it; gives its id. None where what it was to hold was taken back."""
    chat_id = row["chat_id"]
    changed = {name: value for name, value in row.items() if name not in _STAYS}
    statement = update(messages).where(*_PLACE).values(changed).returning(messages.c.id)
    message_id = await tx.scalar(statement, {"chat": chat_id, "target": row["external_id"]})
    if message_id is None:
        if row["media_id"]:
            await tx.run(_NEVER, {"file": row["media_id"]})
        return None
    if row["media_id"]:
        await tx.run(_FILE_OF, {"file": row["media_id"], "message": message_id})
    tx.emit(message_rows.changed(message_id, chat_id=chat_id))
    return str(message_id)


_COUNT = upsert(ledger)
_COUNT_UP = _COUNT.on_conflict_do_update(
    index_elements=[ledger.c.account_id, ledger.c.entry], set_={"count": ledger.c.count + _COUNT.excluded.count}
)
_ADD_CONTACTS, _ADD_CHATS = insert(contacts), insert(chats)
_ADD_MESSAGES, _ADD_MEDIA = insert(messages), insert(media)
_ADD_ADDRESSES = upsert(addresses).on_conflict_do_nothing()

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Batch:
    """Rows to write, table by table. All rows of a list have the same keys.

    `touched` brings chats up to date with what the person wrote: chat, at, text, author, inbound_at, waiting_from, new,
    missed, expires, least (unread ones that were counted already, and may have been read since).
    """

    contacts: Rows = field(default_factory=list)
    addresses: Rows = field(default_factory=list)
    chats: Rows = field(default_factory=list)
    touched: Rows = field(default_factory=list)
    messages: Rows = field(default_factory=list)
    media: Rows = field(default_factory=list)
    turns: Rows = field(default_factory=list)  # jobs that move a waiting one of their key


async def write(tx: Tx, batch: Batch) -> None:
    """Write everything, in the order in which rows refer to each other."""
    await tx.run_all(
        [
            (_ADD_CONTACTS, batch.contacts),
            (_ADD_ADDRESSES, batch.addresses),
            (_ADD_CHATS, batch.chats),
            (_TOUCH, batch.touched),
            (_ADD_MESSAGES, batch.messages),
            (_ADD_MEDIA, batch.media),
            (MOVED, batch.turns),
        ]
    )
    for row in batch.turns:
        tx.wake(row["due_at"])


async def write_people(tx: Tx, batch: Batch) -> None:
    """Write contacts and addresses ahead of the rest, and take them off the batch."""
    await tx.run_all([(_ADD_CONTACTS, batch.contacts), (_ADD_ADDRESSES, batch.addresses)])
    batch.contacts, batch.addresses = [], []


def _counted(counts: dict[tuple[str, str], int]) -> Rows:
    return [{"account_id": account, "entry": entry, "count": n} for (account, entry), n in sorted(counts.items()) if n]


async def count(tx: Tx, counts: dict[tuple[str, str], int]) -> None:
    """Count up (account id or `-`, entry) in the ledger."""
    await tx.run_all([(_COUNT_UP, _counted(counts))])


_BURY = upsert(dead_letters)
_BURY_ONCE = _BURY.on_conflict_do_update(
    index_elements=[dead_letters.c.digest],
    set_={"count": dead_letters.c.count + 1, "last_at": _BURY.excluded.last_at},
).returning(dead_letters.c.count)


async def add_dead_letters(tx: Tx, rows: Sequence[dict[str, Any]]) -> list[int]:
    """What could not be read or routed, kept to be seen, and once; gives for each how often it has come by now."""
    return [count for (count,) in await tx.together(*((_BURY_ONCE, int, row) for row in rows))] if rows else []


async def add_notices(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """What the channel said about the line."""
    if rows:
        await tx.run(insert(notices), rows)
