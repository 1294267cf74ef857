"""What a digest is made from: the stored messages of some chats within a time, counted as the ledger counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select

from frontdesk.domain.digests import Choice, Counts, Offline
from frontdesk.domain.operators import Sight
from frontdesk.kit.clock import MINUTE
from frontdesk.store.rows import MessageRow
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read
from frontdesk.store.tables import chats, messages

_SILENT = tuple(const(kind) for kind in ("reaction", "edit", "revoke", "system", "unsupported"))
_NOT_OUT = (const("draft"), const("discarded"))


@dataclass(frozen=True, slots=True)
class Busy:
    """A chat with news, and how much there was."""

    chat_id: str
    name: str
    inbound: int
    outbound: int


@dataclass(frozen=True, slots=True)
class Waits:
    """A chat that waits, and what it waits with."""

    chat_id: str
    name: str
    since: int
    text: str | None
    missed_at: int | None
    draft: str | None
    level: int | None  # the highest importance of what it waits with


@dataclass(frozen=True, slots=True)
class Extent:
    """The chats and the time of a digest. `sight`: what its reader sees now."""

    choice: Choice
    sight: Sight
    since: int
    until: int

    def chats(self) -> list[ColumnElement[bool]]:
        """The conditions on chats."""
        found: list[ColumnElement[bool]] = []
        if self.sight is not None:
            found.append(among(chats.c.account_id, "sight"))
        chosen: list[ColumnElement[bool]] = []
        if self.choice.accounts:
            chosen.append(among(chats.c.account_id, "accounts"))
        if self.choice.chats:
            chosen.append(among(chats.c.id, "chats"))
        chosen += [chats.c.labels.contains(f'"{_json(label)}"', autoescape=True) for label in self.choice.labels]
        return [*found, or_(*chosen)] if chosen else found

    def within(self) -> ColumnElement[bool]:
        """The condition on messages: by when they were stored, so that what came late is in the next digest."""
        return and_(messages.c.created_at >= bindparam("since"), messages.c.created_at < bindparam("until"))

    @property
    def which(self) -> dict[str, Any]:
        """The parameters of the conditions on chats."""
        given = {"sight": self.sight, "accounts": self.choice.accounts, "chats": self.choice.chats}
        kept = {name: values for name, values in given.items() if values or (name == "sight" and values is not None)}
        return {name: texts(values) for name, values in kept.items() if values is not None}

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of the conditions on messages and their chats."""
        return {"since": self.since, "until": self.until, **self.which}


def _json(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"')


def _joined(extent: Extent, *columns: Any) -> Select[Any]:
    found = select(*columns).select_from(messages.join(chats, chats.c.id == messages.c.chat_id))
    return found.where(extent.within(), *extent.chats())


async def counts(read: Read, extent: Extent) -> Counts:
    """What came in and went out."""
    inbound = _joined(extent, messages.c.decision, messages.c.gate_reason, func.count()).where(
        messages.c.direction == const("inbound")
    )
    inbound = inbound.group_by(messages.c.decision, messages.c.gate_reason)
    decided = await read.all(inbound, lambda *columns: columns, extent.given)
    outbound = _joined(extent, messages.c.author, messages.c.status, func.count()).where(
        messages.c.direction == const("outbound"), messages.c.status.not_in(_NOT_OUT)
    )
    outbound = outbound.group_by(messages.c.author, messages.c.status)
    went = await read.all(outbound, lambda *columns: columns, extent.given)
    refused: dict[str, int] = {}
    for decision, reason, n in decided:
        if decision in ("refused", "failed"):
            refused[reason or "unknown"] = refused.get(reason or "unknown", 0) + n
    total = sum(n for _, _, n in decided)
    pending = sum(n for decision, _, n in decided if decision == "pending")
    by = {name: sum(n for author, _, n in went if author == name) for name in ("agent", "operator", "phone", "system")}
    heard = _joined(extent, func.count(messages.c.chat_id.distinct())).where(messages.c.direction == const("inbound"))
    return Counts(
        inbound=total,
        answered=total - pending - sum(refused.values()),
        refused=refused,
        pending=pending,
        failed=sum(n for _, status, n in went if status == "failed"),
        chats=int(await read.scalar(heard, extent.given)),
        **by,
    )


async def waiting(read: Read, extent: Extent, *, limit: int) -> tuple[list[Waits], int]:
    """The chats that wait, what matters most first and then the longest; and how many there are."""
    text = (
        select(messages.c.text)
        .where(messages.c.chat_id == chats.c.id, messages.c.direction == const("inbound"), messages.c.text.is_not(None))
        .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    draft = select(messages.c.id).where(messages.c.chat_id == chats.c.id, messages.c.status == "draft").limit(1)
    level = select(func.max(messages.c.importance)).where(
        messages.c.chat_id == chats.c.id,
        messages.c.provider_time >= chats.c.waiting_since,
        messages.c.direction == const("inbound"),
        messages.c.importance > 0,
    )
    matters = level.scalar_subquery()
    columns = (
        chats.c.id,
        chats.c.name,
        chats.c.waiting_since,
        func.coalesce(text, chats.c.last_text),
        chats.c.missed_at,
    )
    still = (chats.c.waiting_since.is_not(None), chats.c.state != "resolved", *extent.chats())
    found = (
        select(*columns, draft.scalar_subquery(), matters)
        .where(*still)
        .order_by(func.coalesce(matters, 3).desc(), chats.c.waiting_since, chats.c.id)
        .limit(limit)
    )
    all_of_them = select(func.count()).select_from(chats).where(*still)
    rows = await read.all(found, Waits, extent.which)
    return rows, int(await read.scalar(all_of_them, extent.which))


_LATE = 5 * MINUTE  # what takes longer from its writing to us was written while the line or the house was down
_OUT_OF_TIME = messages.c.created_at - messages.c.provider_time > _LATE


async def offline(read: Read, extent: Extent) -> list[Offline]:
    """The chats in which something came in that was written while we were offline, those that missed most first."""
    newer = messages.alias("newer")
    with_newer = exists().where(  # the agent knew it when it answered what came behind it
        newer.c.chat_id == messages.c.chat_id,
        newer.c.provider_time >= messages.c.provider_time,
        newer.c.decision == const("answered"),
        newer.c.created_at >= messages.c.created_at,
    )
    answered = or_(messages.c.decision == const("answered"), with_newer)
    missed = and_(messages.c.gate_reason == const("too_old"), ~with_newer)
    rows = _joined(
        extent,
        chats.c.id.label("chat"),
        chats.c.name,
        case((answered, 1), else_=0).label("answered"),
        case((missed, 1), else_=0).label("missed"),
        messages.c.provider_time.label("at"),
    )
    rows = rows.where(messages.c.direction == const("inbound"), _OUT_OF_TIME, messages.c.kind.not_in(_SILENT))
    each = rows.where(messages.c.gate_reason.is_distinct_from(const("history"))).subquery()
    counts = func.count(), func.sum(each.c.answered), func.sum(each.c.missed)
    last = func.max(each.c.at)
    found = select(each.c.chat, each.c.name, *counts, last).group_by(each.c.chat, each.c.name)
    found = found.order_by(func.sum(each.c.missed).desc(), last.desc(), each.c.chat)
    told = await read.all(found, lambda *columns: columns, extent.given)
    words = await _newest_of(read, [row[0] for row in told])
    return [Offline(chat, name, came, int(a), int(m), words.get(chat, "")) for chat, name, came, a, m, _ in told]


_NEWEST = (
    select(messages.c.text)
    .where(
        messages.c.chat_id == chats.c.id,
        messages.c.direction == const("inbound"),
        messages.c.text.is_not(None),
        messages.c.revoked_at.is_(None),
    )
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_NEWEST_OF = select(chats.c.id, _NEWEST).where(among(chats.c.id, "of"))


async def _newest_of(read: Read, chat_ids: Sequence[str]) -> dict[str, str]:
    found = await read.pairs(_NEWEST_OF, {"of": texts(chat_ids)}) if chat_ids else {}
    return {chat_id: text for chat_id, text in found.items() if text}


async def chosen(read: Read, extent: Extent, chat_ids: Sequence[str]) -> set[str]:
    """Those of the chats that the digest tells of."""
    found = select(chats.c.id).where(among(chats.c.id, "of"), *extent.chats())
    return set(await read.scalars(found, {"of": texts(chat_ids), **extent.which}))


async def busy(read: Read, extent: Extent) -> list[Busy]:
    """The chats with news, those with the most from outside first."""
    came = func.count().filter(messages.c.direction == const("inbound"))
    went = func.count().filter(messages.c.direction == const("outbound"))
    found = _joined(extent, chats.c.id, chats.c.name, came, went).group_by(chats.c.id, chats.c.name)
    found = found.where(messages.c.status.not_in(_NOT_OUT), messages.c.kind.not_in(_SILENT))
    return await read.all(found.order_by(came.desc(), went.desc(), chats.c.id), Busy, extent.given)


async def said(read: Read, extent: Extent, chat_ids: Sequence[str], *, limit: int) -> list[MessageRow]:
    """The newest messages of these chats within the time, up to so many in all, in their order."""
    found = (
        select(messages)
        .where(
            among(messages.c.chat_id, "of"),
            extent.within(),
            messages.c.kind.not_in(_SILENT),
            messages.c.status.not_in((*_NOT_OUT, const("failed"))),
            messages.c.revoked_at.is_(None),
            messages.c.vanished_at.is_(None),
        )
        .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
        .limit(limit)
    )
    given = {"of": texts(chat_ids), "since": extent.since, "until": extent.until}
    return (await read.all(found, MessageRow, given))[::-1]
