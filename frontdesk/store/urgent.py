"""What the owner is to be told at once, by target: it waits, and is told, dropped or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.kit.ids import new_id
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import alerts, chats, messages, owner_words


@dataclass(frozen=True, slots=True)
class WordRow:
    """A row of `owner_words`."""

    id: str
    target: str
    matter: str
    key: str
    level: int
    account_id: str
    chat_id: str
    name: str
    said: str
    reason: str
    at: int
    state: str
    created_at: int
    settled_at: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in a message, and the name of its chat."""

    id: str
    text: str | None
    kind: str
    name: str


_SAID = (
    select(messages.c.id, messages.c.text, messages.c.kind, chats.c.name)
    .join(chats, chats.c.id == messages.c.chat_id)
    .where(among(messages.c.id, "ids"))
)


async def said(read: Read, message_ids: Sequence[str]) -> dict[str, Said]:
    """These messages, by their ids."""
    return {one.id: one for one in await read.all(_SAID, Said, {"ids": texts(message_ids)})}


@dataclass(frozen=True, slots=True)
class Scored:
    """A message that was told how much it matters, and where it is."""

    id: str
    account_id: str
    chat_id: str
    name: str
    text: str | None
    kind: str
    level: int
    reason: str
    at: int


_SCORED = (
    select(
        messages.c.id,
        messages.c.account_id,
        messages.c.chat_id,
        chats.c.name,
        messages.c.text,
        messages.c.kind,
        messages.c.importance,
        func.coalesce(messages.c.importance_reason, literal_column("''")),
        messages.c.provider_time,
    )
    .join(chats, chats.c.id == messages.c.chat_id)
    .where(among(messages.c.id, "ids"), messages.c.importance > literal_column("0"), messages.c.revoked_at.is_(None))
    .order_by(messages.c.provider_time, messages.c.id)
)


async def scored(read: Read, message_ids: Sequence[str]) -> list[Scored]:
    """Of these messages those that have a score, the oldest first."""
    return await read.all(_SCORED, Scored, {"ids": texts(message_ids)})


async def add(tx: Tx, rows: Sequence[dict[str, Any]], now: int) -> None:
    """To be told; what a target knows of already is left as it is."""
    more = {"state": "waits", "created_at": now}
    statement = upsert(owner_words).on_conflict_do_nothing()
    await tx.run_all([(statement, [{"id": new_id("wrd"), **more, **row} for row in rows])])


_WAITING = (
    select(owner_words)
    .where(owner_words.c.target == bindparam("mark"), owner_words.c.state == const("waits"))
    .order_by(owner_words.c.created_at, owner_words.c.id)
)
_SEEN = ~select(alerts.c.id).where(alerts.c.key == owner_words.c.key, alerts.c.acknowledged_at.is_(None)).exists()
_ANSWERED = (
    select(chats.c.id)
    .where(
        chats.c.id == owner_words.c.chat_id,
        chats.c.last_message_at > owner_words.c.at,
        or_(chats.c.last_author == const("operator"), chats.c.last_author == const("phone")),
    )
    .exists()
)
_DROP = (
    update(owner_words)
    .where(owner_words.c.target == bindparam("mark"), owner_words.c.state == const("waits"), _SEEN | _ANSWERED)
    .values(state=const("dropped"), settled_at=bindparam("now"))
)


async def waiting(read: Read, target: str) -> list[WordRow]:
    """What a target is still to be told, the oldest first."""
    return await read.all(_WAITING, WordRow, {"mark": target})


async def drop_settled(tx: Tx, target: str, now: int) -> None:
    """What a person has seen in the inbox meanwhile, or has answered, is told nobody any more."""
    await tx.run(_DROP, {"mark": target, "now": now})


_SETTLE = (
    update(owner_words)
    .where(among(owner_words.c.id, "ids"), owner_words.c.state == const("waits"))
    .values(state=bindparam("became"), settled_at=bindparam("now"))
)


async def settle(tx: Tx, ids: Sequence[str], *, state: str, now: int) -> None:
    """These were told, or given up."""
    await tx.run(_SETTLE, {"ids": texts(ids), "became": state, "now": now})


_LAST = select(func.max(owner_words.c.settled_at)).where(
    owner_words.c.target == bindparam("mark"), owner_words.c.state == const("told")
)


async def last_told(read: Read, target: str) -> int | None:
    """When the target was told something last."""
    found: int | None = await read.scalar(_LAST, {"mark": target})
    return found
