"""What the screens, the API and the numbers read of the house itself: sizes, work, alarms, letters and keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select, text

from frontdesk.domain.operators import Sight
from frontdesk.store import (
    alerts as alert_rows,
    operators as operator_rows,
    pages,
    reminders,
    sight as sights,
    turns as turn_rows,
)
from frontdesk.store.pages_base import Page, cut, row_id
from frontdesk.store.rows import (
    AccountRow,
    AlertRow,
    ApiKeyRow,
    DeadLetterRow,
    KnowledgeRow,
    MediaRow,
    NoticeRow,
    OperatorRow,
)
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import (
    accounts,
    alerts,
    dead_letters,
    jobs,
    knowledge,
    ledger,
    media,
    metadata,
    notices,
    operators,
    turns,
)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_HasId)

MANY = 100_000  # rows
_BYTES = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
_FREE = text("SELECT freelist_count * page_size FROM pragma_freelist_count(), pragma_page_size()")


_ESTIMATES = text("SELECT relname, n_live_tup FROM pg_stat_user_tables WHERE schemaname = current_schema()")
_UP_TO_MANY = {
    table.name: select(func.count()).select_from(select(*table.primary_key).limit(MANY).subquery())
    for table in metadata.sorted_tables
}
_DATABASE = text("SELECT pg_database_size(current_database())")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much the database holds."""

    rows: Mapping[str, int]  # by table
    size: int  # bytes of the database, without what the write-ahead log holds
    free: int  # bytes in it that hold nothing


@dataclass(frozen=True, slots=True)
class Work:
    """The durable work that waits."""

    queued: Mapping[str, int]  # by kind
    running: int
    failed: int
    oldest_due_at: int | None  # of the work that is due or will be
    timers: int = 0  # that wait for their moment, where it was said what is due


async def sizes(read: Read, *, on_server: bool = False) -> Sizes:
    """Rows and bytes. Counts every table: keep the result for a while.

    With `on_server` tables that hold `MANY` and more are not counted to the end: PostgreSQL's own estimate is given.
    """
    if not on_server:
        rows = {table.name: await _rows(read, table) for table in metadata.sorted_tables}
        return Sizes(rows, int(await read.scalar(_BYTES)), int(await read.scalar(_FREE)))
    counted = {table.name: int(await read.scalar(_UP_TO_MANY[table.name])) for table in metadata.sorted_tables}
    if MANY in counted.values():
        estimates = await read.pairs(_ESTIMATES)
        counted = {name: n if n < MANY else max(n, int(estimates.get(name, 0))) for name, n in counted.items()}
    return Sizes(counted, int(await read.scalar(_DATABASE)), 0)


async def _rows(read: Read, table: Table) -> int:
    return int(await read.scalar(select(func.count()).select_from(table)))


async def alive(read: Read) -> bool:
    """Whether the database answers."""
    return bool(await read.scalar(select(1)) == 1)


_DUE = (
    select(jobs.c.kind, func.count())
    .where(jobs.c.state == const("queued"), jobs.c.due_at <= bindparam("now"))
    .group_by(jobs.c.kind)
)


async def work(read: Read, *, now: int | None = None) -> Work:
    """The jobs that wait, run, or were given up. With `now`, those that are not due yet count as timers."""
    states = select(jobs.c.state, func.count()).group_by(jobs.c.state)
    kinds = select(jobs.c.kind, func.count()).where(jobs.c.state == const("queued")).group_by(jobs.c.kind)
    by_state = await read.pairs(states)
    oldest = await read.scalar(select(func.min(jobs.c.due_at)).where(jobs.c.state == const("queued")))
    queued = await read.pairs(kinds)
    due = queued if now is None else dict(await read.all(_DUE, _pair, {"now": now}))
    timers = sum(queued.values()) - sum(due.values())
    return Work(due, by_state.get("running", 0), by_state.get("failed", 0), oldest, timers)


def _pair(kind: str, count: int) -> tuple[str, int]:
    return kind, count


@dataclass(frozen=True, slots=True)
class Due:
    """Work of one kind that is due: how much, since when (Unix ms), and how much of it the broker was given."""

    count: int
    since: int
    sent: int


_DUE_OF_KINDS = (
    select(jobs.c.kind, func.count(), func.min(jobs.c.due_at), func.count(jobs.c.sent_at))
    .where(jobs.c.state == const("queued"), jobs.c.due_at <= bindparam("now"))
    .group_by(jobs.c.kind)
)


async def due_by_kind(read: Read, *, now: int) -> dict[str, Due]:
    """The work that is due and that nobody has begun."""
    rows = await read.all(_DUE_OF_KINDS, lambda kind, *found: (kind, Due(*found)), {"now": now})
    return dict(rows)


async def lines_by_state(read: Read) -> dict[str, int]:
    """How many accounts stand in each state."""
    query = select(accounts.c.state, func.count()).where(accounts.c.deleted_at.is_(None))
    return await read.pairs(query.group_by(accounts.c.state))


async def media_by_state(read: Read) -> dict[str, int]:
    """How many files are stored, wait, were refused, failed or are gone."""
    return await read.pairs(select(media.c.state, func.count()).group_by(media.c.state))


async def turns_by_state(read: Read) -> dict[str, int]:
    """How many turns ended how."""
    return await read.pairs(select(turns.c.state, func.count()).group_by(turns.c.state))


async def ledger_sums(read: Read) -> dict[str, int]:
    """The entries of the ledger over all accounts."""
    query = select(ledger.c.entry, func.sum(ledger.c.count)).group_by(ledger.c.entry)
    return {entry: int(total) for entry, total in (await read.pairs(query)).items()}


async def file(read: Read, media_id: str) -> MediaRow | None:
    """One media file."""
    return await read.one(select(media).where(media.c.id == media_id), MediaRow)


_NAMED = select(media).where(media.c.name == bindparam("named")).order_by(media.c.id.desc()).limit(2)
_NAMED_SEEN = _NAMED.where(among(media.c.account_id, "sight"))


async def files_named(read: Read, name: str, *, sight: Sight) -> list[MediaRow]:
    """The two newest media files of that name."""
    if sight is None:
        return await read.all(_NAMED, MediaRow, {"named": name})
    return await read.all(_NAMED_SEEN, MediaRow, {"named": name, "sight": texts(sight)})


async def dead_letter_page(
    read: Read, *, sight: Sight, before: str | None = None, limit: int = 50
) -> Page[DeadLetterRow]:
    """What could not be read or routed, the newest first."""
    return await _page(read, _seen(dead_letters, before, sight), DeadLetterRow, limit)


async def notice_page(read: Read, *, sight: Sight, before: str | None = None, limit: int = 50) -> Page[NoticeRow]:
    """What the lines reported about themselves, the newest first."""
    return await _page(read, _seen(notices, before, sight), NoticeRow, limit)


async def alert_page(
    read: Read, *, sight: Sight, before: str | None = None, limit: int = 50, only_open: bool = False
) -> Page[AlertRow]:
    """What the owner should know, the newest first."""
    query = _seen(alerts, before, sight)
    return await _page(read, query.where(alerts.c.acknowledged_at.is_(None)) if only_open else query, AlertRow, limit)


async def knowledge_page(
    read: Read, *, before: str | None = None, limit: int = 50, source: str | None = None
) -> Page[KnowledgeRow]:
    """The knowledge base, the newest first."""
    query = _newest(knowledge, before)
    return await _page(read, query.where(knowledge.c.source == source) if source else query, KnowledgeRow, limit)


async def source_of(read: Read, passage_id: str) -> str | None:
    """Where a passage of the knowledge base is from."""
    found: str | None = await read.scalar(select(knowledge.c.source).where(knowledge.c.id == passage_id))
    return found


_PREFIXES = {alerts.name: "alr", dead_letters.name: "ded", notices.name: "not", knowledge.name: "kn"}


def _newest(table: Table, before: str | None) -> Select[Any]:
    query = select(table).order_by(table.c.id.desc())
    return query.where(table.c.id < row_id(before, _PREFIXES[table.name])) if before is not None else query


def _seen(table: Table, before: str | None, sight: Sight) -> Select[Any]:
    """Of what belongs to no account, only those are told who see all."""
    query = _newest(table, before)
    return query if sight is None else query.where(table.c.account_id.in_(sorted(sight)))


async def _page(read: Read, query: Select[Any], row: Callable[..., R], limit: int) -> Page[R]:
    items, more = cut(await read.all(query.limit(limit + 1), row), limit)
    return Page(items, items[-1].id if more else None)


_PEOPLE = select(sights.SIGHT, operators).order_by(operators.c.name, operators.c.id)


def _open_alerts(*seen: ColumnElement[bool]) -> Select[Any]:
    some = select(alerts.c.id).where(alerts.c.acknowledged_at.is_(None), *seen).limit(pages.COUNTED)
    return select(func.count()).select_from(some.subquery())


_OPEN_ALERTS = _open_alerts()
_OPEN_ALERTS_SEEN = _open_alerts(among(alerts.c.account_id, "sight"))


@dataclass(frozen=True, slots=True)
class Actors:
    """Whom the names at messages and chats belong to: those who may sign in, by name, and the keys of programs."""

    people: list[OperatorRow]
    keys: list[ApiKeyRow]
    sights: Mapping[str, Sight]  # what each of the people sees


def _actors(people: list[tuple[Sight, OperatorRow]], keys: list[ApiKeyRow]) -> Actors:
    return Actors([row for _, row in people], keys, {row.id: sight for sight, row in people})


def _person(seen: str | None, *columns: Any) -> tuple[Sight, OperatorRow]:
    return sights.sight(seen), OperatorRow(*columns)


async def actors(read: Read) -> Actors:
    """All of them in one trip."""
    return _actors(*await read.together((_PEOPLE, _person, {}), (operator_rows.KEYS, ApiKeyRow, {})))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around every page of the inbox. Numbers are at most `COUNTED`."""

    actors: Actors
    lines: list[AccountRow]
    counts: pages.Counts
    open_alerts: int
    due_reminders: int


_AROUND = (pages.LINES, pages.COUNTS, _OPEN_ALERTS, reminders.TOLD)
_AROUND_SEEN = (pages.LINES_SEEN, pages.COUNTS_SEEN, _OPEN_ALERTS_SEEN, reminders.TOLD_SEEN)


async def surroundings(read: Read, operator_id: str, sight: Sight) -> Surroundings:
    """All of it that the operator sees, in one trip."""
    of_lines, of_counts, of_alerts, of_reminders = _AROUND if sight is None else _AROUND_SEEN
    given = {} if sight is None else {"sight": texts(sight)}
    people, keys, lines, counts, open_alerts, due = await read.together(
        (_PEOPLE, _person, {}),
        (operator_rows.KEYS, ApiKeyRow, {}),
        (of_lines, AccountRow, given),
        (of_counts, pages.Counts, {"operator": operator_id, **given}),
        (of_alerts, int, given),
        (of_reminders, int, given),
    )
    return Surroundings(_actors(people, keys), lines, counts[0], open_alerts[0], due[0])


@dataclass(frozen=True, slots=True)
class Happening:
    """What goes on in a chat beside its messages: its open alerts, the newest first, and whether the agent writes."""

    alerts: list[AlertRow]
    running: bool


async def happening(read: Read, chat_id: str) -> Happening:
    """All of it in one trip."""
    alerts, running = await read.together(
        (alert_rows.OF_CHAT, AlertRow, {"chat": chat_id}), (turn_rows.RUNS, str, {"chat": chat_id})
    )
    return Happening(alerts, bool(running))
