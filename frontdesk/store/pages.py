"""What the screens and the API read of chats: the list, one chat by any of its ids, and the numbers on the tabs.

The list walks an index from its newest end and stops when the page is full, however many chats there are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, literal_column, or_, select, union_all

from frontdesk.domain.addresses import Address, AddressKind, parse, variants
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.words import fold
from frontdesk.store.pages_base import MalformedCursor, Page, above, below, cursor, cut
from frontdesk.store.pages_important import PRESSES
from frontdesk.store.pages_messages import MessageLine, Quoted, Trace, history, message_line, search, trace
from frontdesk.store.rows import AccountRow, ChatRow
from frontdesk.store.sql import among, const, texts, unaccent
from frontdesk.store.store import Read
from frontdesk.store.tables import accounts, addresses, chats, contacts, merged_chats, messages

__all__ = [
    "ChatFilter",
    "ChatLine",
    "Counts",
    "MalformedCursor",
    "MessageLine",
    "Page",
    "Quoted",
    "Trace",
    "chat_line",
    "chat_list",
    "chat_now",
    "chat_query",
    "counts",
    "find_chat",
    "history",
    "message_line",
    "search",
    "trace",
]

TABS = ("all", "mine", "unassigned", "unanswered")
COUNTED = 100  # numbers on tabs stop there: nobody reads further
BY_LINE = 100  # lines of which each is asked for its newest chats, rather than that all of their chats are sorted
FOUND = 500  # people that the beginning of a number may mean
FEWEST_DIGITS = 5  # of a part of a number that tell whose it may be
_PUNCTUATION = re.compile(r"[\s\-().]")


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Which chats to list. `before` is `next` of the page before. The tab `unanswered` lists the longest wait first.

    `sight` holds the accounts that the caller sees.
    """

    account: str | None = None
    state: str | None = None
    q: str | None = None
    tab: str = "all"
    operator_id: str | None = None
    before: str | None = None
    limit: int = 50
    sight: Sight = None
    missed: bool = False  # only those in which something came in too late to be answered
    important: bool = False  # only those in which something that matters waits for an answer


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A chat with what a list shows beside it. Group chats have no addresses: theirs is `chat.group_ref`."""

    chat: ChatRow
    contact_name: str | None
    given_name: str | None
    username: str | None
    account_name: str
    channel: str
    account_state: str
    addresses: tuple[Address, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: the name given at the desk, else the person's own, else the placeholder."""
        return self.given_name or self.chat.name

    @property
    def phone(self) -> str | None:
        """The digits of the person's phone, where one is known."""
        return next((each.value for each in self.addresses if each.kind is AddressKind.PHONE), None)


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers on the tabs, each at most `COUNTED`; resolved chats do not count."""

    mine: int
    unassigned: int
    unanswered: int


_WIDTH = len(chats.c)
_NEWEST = (chats.c.last_message_at.desc(), chats.c.id.desc())
_LINES = (
    select(chats, contacts.c.name, contacts.c.given_name, contacts.c.username)
    .add_columns(accounts.c.name, accounts.c.channel, accounts.c.state)
    .select_from(
        chats.outerjoin(
            contacts, contacts.c.id == chats.c.contact_id
        ).outerjoin(  # outer: chats are always walked first
            accounts, accounts.c.id == chats.c.account_id
        )
    )
)
_ADDRESSES = (
    select(addresses.c.contact_id, addresses.c.kind, addresses.c.value)
    .where(among(addresses.c.contact_id, "contacts"))
    .order_by(addresses.c.contact_id, addresses.c.seen_at.desc())
)

_WITH_DIGITS = (
    select(addresses.c.contact_id)
    .where(addresses.c.kind == const("phone"), addresses.c.value.contains(bindparam("digits")))
    .limit(FOUND)
)


def _line(*columns: Any) -> ChatLine:
    return ChatLine(ChatRow(*columns[:_WIDTH]), *columns[_WIDTH:])


async def chat_list(read: Read, wanted: ChatFilter) -> Page[ChatLine]:
    """One page of chats, the newest first (the tab `unanswered`: the longest wait first).

    Raises:
        MalformedCursor: `before` is no cursor.
    """
    q = (wanted.q or "").strip()
    people = await _people(read, q) if any(map(str.isdigit, q)) else []
    found = await read.all(chat_query(wanted, people), _line)
    items, more = cut(found, wanted.limit)
    last = items[-1].chat if items else None
    following = cursor(_place(last, wanted), last.id) if last and more else None
    return Page(await _with_addresses(read, items), following)


_ONE = _LINES.where(chats.c.id == bindparam("chat"))


async def chat_line(read: Read, chat_id: str) -> ChatLine | None:
    """One chat as the list shows it."""
    found = await read.one(_ONE, _line, {"chat": chat_id})
    return (await _with_addresses(read, (found,)))[0] if found else None


def chat_query(wanted: ChatFilter, people: Sequence[str] = ()) -> Select[Any]:
    """The statement behind `chat_list`. `people` are the contacts that `q` means; else it is a part of a name."""
    most, sight = wanted.limit + 1, wanted.sight
    if sight is None or wanted.account or wanted.tab == "unanswered" or not 1 < len(sight) <= BY_LINE:
        return _narrowed(_LINES, wanted, people).limit(most)
    each = [replace(wanted, account=line, sight=None) for line in sorted(sight)]
    newest = [
        _narrowed(select(chats.c.id, chats.c.last_message_at), one, people).limit(most).subquery() for one in each
    ]
    found = union_all(*map(select, newest)).subquery()
    first = select(found.c.id).order_by(found.c.last_message_at.desc(), found.c.id.desc()).limit(most)
    return _LINES.where(chats.c.id.in_(first)).order_by(*_NEWEST)


def _narrowed(query: Select[Any], wanted: ChatFilter, people: Sequence[str]) -> Select[Any]:
    """The chats that are wanted, in their order."""
    query = query.where(*_conditions(wanted))
    q = (wanted.q or "").strip()
    if people:
        query = query.where(chats.c.contact_id.in_(people))
    elif q:
        query = query.where(_named(q))
    if wanted.tab == "unanswered":
        if wanted.before:
            query = query.where(above(chats.c.waiting_since, chats.c.id, wanted.before))
        return query.where(chats.c.waiting_since.is_not(None)).order_by(chats.c.waiting_since, chats.c.id)
    if wanted.before:
        query = query.where(below(chats.c.last_message_at, chats.c.id, wanted.before))
    return query.order_by(*_NEWEST)


def _place(chat: ChatRow, wanted: ChatFilter) -> int:
    return (chat.waiting_since or 0) if wanted.tab == "unanswered" else chat.last_message_at


def _conditions(wanted: ChatFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.account:
        conditions.append(chats.c.account_id == wanted.account)
    if wanted.state:
        conditions.append(chats.c.state == wanted.state)
        if wanted.state != "open":  # said literally, so that an index of the few that are not open can be used
            conditions.append(chats.c.state != literal_column("'open'"))
    if wanted.missed:
        conditions.append(chats.c.missed_at.is_not(None))
    if wanted.important:
        conditions.append(PRESSES)
    if wanted.tab == "mine":
        conditions.append(chats.c.assigned_to == wanted.operator_id)
    if wanted.tab == "unassigned":
        conditions.append(chats.c.assigned_to.is_(None))
    if wanted.sight is not None:
        conditions.append(chats.c.account_id.in_(sorted(wanted.sight)))
    return conditions


def _named(q: str) -> ColumnElement[bool]:
    """Whether the name holds the words, in upper or lower case, with or without accents."""
    plainly = chats.c.name.icontains(q, autoescape=True)
    return or_(plainly, unaccent(chats.c.name).icontains(fold(q) or q, autoescape=True))


async def _people(read: Read, q: str) -> list[str]:
    """The contacts whose phone number, or other id, begins so, or whose phone number has these digits anywhere."""
    written = _PUNCTUATION.sub("", q)
    start = written.removeprefix("+").removeprefix("00")
    if not written.isascii():
        return []
    found: list[str] = []
    if len(start) >= 4:
        begins = (addresses.c.value >= start) & (addresses.c.value < start + "\x7f")
        found = await read.scalars(select(addresses.c.contact_id).where(begins).limit(FOUND))
    if len(written) >= FEWEST_DIGITS and written.isdecimal():
        found += await read.scalars(_WITH_DIGITS, {"digits": written})
    return list(dict.fromkeys(found))[:FOUND]


async def _with_addresses(read: Read, lines: Sequence[ChatLine]) -> tuple[ChatLine, ...]:
    people = [line.chat.contact_id for line in lines if line.chat.contact_id]
    known: dict[str, list[Address]] = {}
    if people:
        for contact_id, kind, value in await read.all(_ADDRESSES, _as_is, {"contacts": texts(people)}):
            known.setdefault(contact_id, []).append(Address(AddressKind(kind), value))
    return tuple(replace(line, addresses=tuple(known.get(line.chat.contact_id or "", ()))) for line in lines)


def _as_is(*columns: Any) -> tuple[Any, ...]:
    return columns


_NOW = select(merged_chats.c.chat_id).where(merged_chats.c.id == bindparam("chat"))
# One value, not one of two: PostgreSQL would read every chat for an OR with a question in it.
_BY_ANY_ID = select(chats).where(chats.c.id == func.coalesce(_NOW.scalar_subquery(), bindparam("chat")))


async def chat_now(read: Read, chat_id: str) -> str | None:
    """The id of the chat into which that one went, when two turned out to be with one person."""
    found: str | None = await read.scalar(_NOW, {"chat": chat_id})
    return found


async def find_chat(read: Read, text: str, *, account_id: str | None = None, sight: Sight = None) -> list[ChatRow]:
    """The chats that an id means: our own id, `account_id:address`, or an address in any form on every line.

    Those on lines that are not in sight are not found.

    Raises:
        MalformedAddress: it is no id of any form.
    """
    found = await _find_chat(read, text.strip(), account_id, sight)
    return [chat for chat in found if in_sight(sight, chat.account_id)]


async def _find_chat(read: Read, text: str, account_id: str | None, sight: Sight) -> list[ChatRow]:
    if text.startswith("cht_"):
        found = await read.one(_BY_ANY_ID, ChatRow, {"chat": text})
        return [found] if found and account_id in (None, found.account_id) else []
    account, colon, rest = text.partition(":")
    if colon and in_sight(sight, account) and await read.scalar(select(accounts.c.id).where(accounts.c.id == account)):
        return await _by_address(read, parse(rest), account) if account_id in (None, account) else []
    return await _by_address(read, parse(text), account_id)


async def _by_address(read: Read, address: Address, account_id: str | None) -> list[ChatRow]:
    lines = [account_id] if account_id else await read.scalars(select(accounts.c.id).where(~_removed()))
    if address.kind is AddressKind.GROUP:
        query = select(chats).where(chats.c.account_id.in_(lines), chats.c.group_ref == address.value)
        return await read.all(query, ChatRow)
    found: dict[str, ChatRow] = {}
    for form in variants(address):  # the written form first: it wins over the other form of the same number
        ids = [f"{line}/{form}" for line in lines]
        people = select(addresses.c.contact_id).where(addresses.c.id.in_(ids))
        for chat in await read.all(select(chats).where(chats.c.contact_id.in_(people)), ChatRow):
            found.setdefault(chat.account_id, chat)
    return list(found.values())


def _removed() -> ColumnElement[bool]:
    return accounts.c.deleted_at.is_not(None)


def _how_many(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    some = select(chats.c.id).where(*conditions, chats.c.state != const("resolved")).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _counts(*seen: ColumnElement[bool]) -> Executable:
    return select(
        _how_many(chats.c.assigned_to == bindparam("operator"), *seen),
        _how_many(chats.c.assigned_to.is_(None), *seen),
        _how_many(chats.c.waiting_since.is_not(None), *seen),
    )


COUNTS = _counts()
COUNTS_SEEN = _counts(among(chats.c.account_id, "sight"))
LINES = select(accounts).where(~_removed()).order_by(accounts.c.name, accounts.c.id)
LINES_SEEN = LINES.where(among(accounts.c.id, "sight"))


async def counts(read: Read, operator_id: str | None = None) -> Counts:
    """The numbers on the tabs, in one question."""
    found = await read.one(COUNTS, Counts, {"operator": operator_id})
    assert found is not None
    return found


async def lines(read: Read) -> list[AccountRow]:
    """Every account that was not removed, by name."""
    return await read.all(LINES, AccountRow, {})


_LAST_DECISION = (
    select(messages.c.decision)
    .where(messages.c.chat_id == chats.c.id, messages.c.direction == const("inbound"))
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_UNABLE = select(chats.c.id).where(among(chats.c.id, "given"), const("failed") == _LAST_DECISION)


async def unable(read: Read, chat_ids: Sequence[str]) -> list[str]:
    """Those of the chats in which the agent could not answer the person's last message."""
    return await read.scalars(_UNABLE, {"given": texts(chat_ids)}) if chat_ids else []
