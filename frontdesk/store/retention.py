"""What is old enough to go, found in pieces and removed in pages. What is still needed is never among it.

Whoever adds a table that grows adds a `Kind` to `KINDS`; `keeping` says of every table why it does not grow for ever.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from frontdesk.domain.retention import Bounds
from frontdesk.store import arrivals
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import (
    accounts,
    alerts,
    appointment_cells,
    appointment_reminders,
    appointments,
    chats,
    dead_letters,
    digest_issues,
    jobs,
    knowledge_gaps,
    media,
    messages,
    notices,
    owner_words,
    reminders,
    threads,
    told_words,
    turns,
)

PIECE = 5_000  # rows that are looked at in one question

_BEFORE = bindparam("before", type_=BigInteger)
_SETTLED = bindparam("settled", type_=BigInteger)
_IN_WORK = tuple(const(status) for status in ("queued", "sending", "unknown"))
_ASKS = messages.c.decision.is_not_distinct_from(const("pending"))
_AWAITED = exists().where(  # whom nobody has answered keeps what they wait with
    chats.c.id == messages.c.chat_id, chats.c.waiting_since <= messages.c.provider_time
)


@dataclass(frozen=True, slots=True)
class Found:
    """A row that goes."""

    id: str
    chat_id: str | None


@dataclass(slots=True)
class Gone:
    """What a page took away: how many rows, and the hashes of files that were theirs."""

    rows: int = 0
    digests: tuple[str, ...] = ()


Remove = Callable[[Tx, list[str], dict[str, Any]], Awaitable[Gone]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one table that grow old. `chat`: the column of the chat to which they belong."""

    table: Table
    old: ColumnElement[bool]
    remove: Remove
    chat: ColumnElement[Any] | None = None
    by_files: bool = False  # it goes by the bound of files

    @property
    def name(self) -> str:
        """For the log."""
        return "files" if self.by_files else self.table.name

    def given(self, bounds: Bounds) -> dict[str, Any] | None:
        """The parameters of its question; None where all is kept."""
        before = bounds.files if self.by_files else bounds.messages
        return None if before is None else {"before": before, "settled": bounds.settled}


def _end(table: Table) -> Any:
    """The last id of the piece behind an id."""
    piece = select(table.c.id).where(table.c.id > bindparam("after")).order_by(table.c.id).limit(PIECE).subquery()
    return select(piece.c.id).order_by(piece.c.id.desc()).limit(1)


def _page(kind: Kind) -> Any:
    column, chat = kind.table.c.id, null() if kind.chat is None else kind.chat
    inside = (column > bindparam("after")) & (column <= bindparam("end"))
    return select(column, chat).where(inside, kind.old).order_by(column).limit(bindparam("most"))


async def piece(read: Read, kind: Kind, *, after: str) -> str | None:
    """The end of the next piece of a table, in the order of ids; None where there is nothing behind `after`."""
    found: str | None = await read.scalar(_ENDS[kind.table.name], {"after": after})
    return found


async def page(read: Read, kind: Kind, given: dict[str, Any], *, after: str, end: str, most: int) -> list[Found]:
    """What goes of a piece, at most so much."""
    return await read.all(_PAGES[kind.name], Found, {**given, "after": after, "end": end, "most": most})


# Messages, with the rows of their files

_OLD_MESSAGE = and_(
    messages.c.provider_time < _BEFORE,
    messages.c.created_at < _SETTLED,
    messages.c.status.not_in(_IN_WORK),
    ~_ASKS,
    ~_AWAITED,
)
_TAKE_MESSAGES = (
    delete(messages)
    .where(among(messages.c.id, "ids"), _OLD_MESSAGE)
    .returning(messages.c.id, messages.c.chat_id, messages.c.account_id, messages.c.author, messages.c.media_id)
)
_USED = exists().where(messages.c.media_id == media.c.id)
_TAKE_FILES_OF = (
    delete(media)
    .where(or_(among(media.c.id, "files"), among(media.c.message_id, "ids")), ~_USED)
    .returning(media.c.sha256)
)
_LEFT = select(messages.c.id).where(messages.c.chat_id == bindparam("chat")).limit(1)
_BARE = update(chats).where(chats.c.id == bindparam("chat")).values(last_text=None, unread=0, missed_at=None)
RECEIVED = frozenset({"contact", "phone"})  # whose messages the ledger counts on their way in


async def take_files_of(tx: Tx, *, ids: Iterable[str], files: Iterable[str]) -> tuple[str, ...]:
    """Remove the rows of files that no message needs any more; gives the hashes."""
    found = await tx.scalars(_TAKE_FILES_OF, {"ids": texts(ids), "files": texts(files)})
    return tuple(digest for digest in found if digest)


async def count_erased(tx: Tx, rows: Iterable[tuple[str, str]]) -> None:
    """Messages (account, author) are gone: the ledger goes on counting them as stored."""
    counts: dict[tuple[str, str], int] = {}
    for account_id, author in rows:
        if author in RECEIVED:
            counts[account_id, "erased"] = counts.get((account_id, "erased"), 0) + 1
    await arrivals.count(tx, counts)


async def show_what_is_left(tx: Tx, chat_ids: Iterable[str]) -> None:
    """The list of chats shows nothing that is gone."""
    for chat_id in sorted(set(chat_ids)):
        if await tx.scalar(_LEFT, {"chat": chat_id}) is None:
            await tx.run(_BARE, {"chat": chat_id})
        else:
            await arrivals.show_newest(tx, [chat_id])


async def _remove_messages(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
    rows = await tx.all(_TAKE_MESSAGES, lambda *columns: columns, {**given, "ids": texts(ids)})
    files = {file for *_, file in rows if file is not None}
    digests = await take_files_of(tx, ids=[row[0] for row in rows], files=files)
    await show_what_is_left(tx, {chat_id for _, chat_id, *_ in rows})
    await count_erased(tx, [(account_id, author) for _, _, account_id, author, _ in rows])
    return Gone(len(rows), digests)


# Files: sooner than their messages, and those that nobody sent

_NEEDED = exists().where(messages.c.media_id == media.c.id, or_(messages.c.status.in_(_IN_WORK), _ASKS, _AWAITED))
_OLD_FILE = and_(media.c.created_at < _BEFORE, media.c.created_at < _SETTLED, media.c.state != const("gone"), ~_NEEDED)
_HASHES = select(media.c.sha256).where(among(media.c.id, "ids"), _OLD_FILE, media.c.sha256.is_not(None))
_LET_GO = (
    update(media)
    .where(among(media.c.id, "ids"), _OLD_FILE)
    .values(state="gone", remote=None, sha256=None, error="The file was deleted: files are kept for a time only.")
)
_OLD_UPLOAD = and_(media.c.created_at < _BEFORE, media.c.created_at < _SETTLED, ~_USED)
_TAKE_UPLOADS = delete(media).where(among(media.c.id, "ids"), _OLD_UPLOAD).returning(media.c.sha256)


async def _let_files_go(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
    what = {**given, "ids": texts(ids)}
    digests = await tx.scalars(_HASHES, what)
    return Gone(await tx.count(_LET_GO, what), tuple(digests))


async def _remove_uploads(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
    found = await tx.scalars(_TAKE_UPLOADS, {**given, "ids": texts(ids)})
    return Gone(len(found), tuple(digest for digest in found if digest))


# Dead letters, which the ledger counts by their rows

_OLD_LETTER = dead_letters.c.last_at < _BEFORE
_TAKE_LETTERS = (
    delete(dead_letters)
    .where(among(dead_letters.c.id, "ids"), _OLD_LETTER)
    .returning(dead_letters.c.account_id, dead_letters.c.messages)
)


async def count_letters(tx: Tx, rows: Sequence[tuple[str | None, int]]) -> None:
    """Dead letters (account, messages in it) are gone: the ledger goes on counting them."""
    counts: dict[tuple[str, str], int] = {}
    for account_id, number in rows:
        key = (account_id or "-", "erased_letter")
        counts[key] = counts.get(key, 0) + number
    await arrivals.count(tx, counts)


async def _remove_letters(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
    rows = await tx.all(_TAKE_LETTERS, lambda *columns: columns, {**given, "ids": texts(ids)})
    await count_letters(tx, rows)
    return Gone(len(rows))


# Appointments, with the time that they kept and the notes of what was told of them

_OLD_APPOINTMENT = and_(
    appointments.c.end_at < _BEFORE, appointments.c.kept_to < _BEFORE, appointments.c.created_at < _SETTLED
)
_THESE = select(appointments.c.id).where(among(appointments.c.id, "ids"), _OLD_APPOINTMENT)
_HELD = _THESE.order_by(appointments.c.id).with_for_update()  # one that is moved meanwhile is old no more


async def _remove_appointments(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
    found = texts(await tx.scalars(_HELD, {**given, "ids": texts(ids)}))
    for table in (appointment_cells, appointment_reminders):
        await tx.run(delete(table).where(among(table.c.appointment_id, "ids")), {"ids": found})
    gone = delete(appointments).where(among(appointments.c.id, "ids"))
    return Gone(await tx.count(gone, {"ids": found}))


# All that nothing else hangs on


def _plain(table: Table, old: ColumnElement[bool], chat: ColumnElement[Any] | None = None) -> Kind:
    statement = delete(table).where(among(table.c.id, "ids"), old)

    async def remove(tx: Tx, ids: list[str], given: dict[str, Any]) -> Gone:
        return Gone(await tx.count(statement, {**given, "ids": texts(ids)}))

    return Kind(table, old, remove, chat)


# Open alerts, and what else nobody has settled: it goes once it is about nothing that is still there

_WAITS = exists().where(chats.c.id == alerts.c.chat_id, chats.c.waiting_since.is_not(None))
_DOUBTED = exists().where(
    messages.c.chat_id == alerts.c.chat_id, messages.c.status.in_((const("sending"), const("unknown")))
)
_ITS_REMINDER = func.substr(alerts.c.key, len("reminder:") + 1)  # as reminders.alert_key has it
_REMINDED = exists().where(reminders.c.id == _ITS_REMINDER, reminders.c.state == const("open"))
_OPEN_NO_MORE = or_(  # those of the house are one for each matter, and stay until somebody has seen them
    alerts.c.kind == const("channel"),  # but for those that are in the words of others
    and_(alerts.c.chat_id.is_not(None), ~_WAITS, ~_DOUBTED, ~_REMINDED),
)
_OLD_ALERT = or_(
    alerts.c.acknowledged_at < _BEFORE,
    and_(alerts.c.acknowledged_at.is_(None), alerts.c.last_at < _BEFORE, _OPEN_NO_MORE),
)
_SAID_IN = exists().where(messages.c.id == reminders.c.message_id)
_OLD_REMINDER = or_(  # what somebody asked for or changed is open until they say otherwise
    reminders.c.settled_at < _BEFORE,
    and_(
        reminders.c.state == const("open"),
        reminders.c.reminded_at < _BEFORE,
        reminders.c.message_id.is_not(None),
        ~reminders.c.touched,
        ~_SAID_IN,
    ),
)
_HAS_TURNS = exists().where(turns.c.thread_id == threads.c.id)

# In this order: a thread goes after its turns, a promise after its message, an alert after its promise.
KINDS: tuple[Kind, ...] = (
    Kind(messages, _OLD_MESSAGE, _remove_messages, messages.c.chat_id),
    Kind(media, _OLD_UPLOAD, _remove_uploads),
    Kind(media, _OLD_FILE, _let_files_go, by_files=True),
    _plain(turns, and_(turns.c.started_at < _BEFORE, turns.c.state != const("running")), turns.c.chat_id),
    _plain(threads, and_(threads.c.last_at < _BEFORE, ~_HAS_TURNS), threads.c.chat_id),
    _plain(jobs, and_(jobs.c.state == const("failed"), jobs.c.due_at < _BEFORE)),
    Kind(dead_letters, _OLD_LETTER, _remove_letters),
    _plain(notices, notices.c.received_at < _BEFORE),
    _plain(reminders, _OLD_REMINDER),
    _plain(alerts, _OLD_ALERT),
    _plain(digest_issues, func.coalesce(digest_issues.c.made_at, digest_issues.c.created_at) < _BEFORE),
    _plain(owner_words, func.coalesce(owner_words.c.settled_at, owner_words.c.created_at) < _BEFORE),
    _plain(knowledge_gaps, func.coalesce(knowledge_gaps.c.closed_at, knowledge_gaps.c.asked_at) < _BEFORE),
    Kind(appointments, _OLD_APPOINTMENT, _remove_appointments),
)
_ENDS = {kind.table.name: _end(kind.table) for kind in KINDS}
_PAGES = {kind.name: _page(kind) for kind in KINDS}

_REMOVED = select(accounts.c.id).where(accounts.c.deleted_at.is_not(None))
_TAKE_WORDS = delete(told_words).where(told_words.c.at < _BEFORE, told_words.c.account_id.in_(_REMOVED))


async def forget_words(tx: Tx, *, before: int) -> None:
    """What the owner was told of lines that were removed since. Of the others the last word is still needed."""
    await tx.run(_TAKE_WORDS, {"before": before})


_KEPT = select(media.c.sha256).where(among(media.c.sha256, "digests"), media.c.state == const("stored"))


async def kept(read: Read, digests: Iterable[str]) -> set[str]:
    """Which of these hashes are of files that are still stored for somebody."""
    wanted = sorted(set(digests))
    return set(await read.scalars(_KEPT, {"digests": texts(wanted)})) if wanted else set()
