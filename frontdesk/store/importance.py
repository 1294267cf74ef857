"""Messages that wait to be scored, and their scores. A score is written once: by whoever comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, null, select, update

from frontdesk.domain.importance import Scored, ScoredMessage
from frontdesk.domain.live import Live, LiveType
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import addresses, chats, messages

_WAITS = messages.c.importance == literal_column("0")  # as the index says it


@dataclass(frozen=True, slots=True)
class Unscored:
    """A message that waits, with what is looked at. `gone`: its words are not to be read any more."""

    id: str
    account_id: str
    chat_id: str
    contact_id: str | None
    kind: str
    text: str | None
    content: str | None
    address: str | None
    provider_time: int
    created_at: int
    edited_at: int | None
    gone: bool
    labels: str  # of its chat, a JSON list


_UNSCORED = (
    select(
        messages.c.id,
        messages.c.account_id,
        messages.c.chat_id,
        messages.c.contact_id,
        messages.c.kind,
        messages.c.text,
        messages.c.content,
        messages.c.address,
        messages.c.provider_time,
        messages.c.created_at,
        messages.c.edited_at,
        messages.c.revoked_at.is_not(None) | messages.c.vanished_at.is_not(None),
        chats.c.labels,
    )
    .join_from(messages, chats, chats.c.id == messages.c.chat_id)
    .where(_WAITS, messages.c.id > bindparam("after"))
    .order_by(messages.c.id)
    .limit(bindparam("most"))
)


async def unscored(read: Read, *, after: str, most: int) -> list[Unscored]:
    """What waits behind that id, the oldest first."""
    return await read.all(_UNSCORED, Unscored, {"after": after, "most": most})


_REACHED_BY = select(addresses.c.contact_id, addresses.c.kind, addresses.c.value).where(
    among(addresses.c.contact_id, "ids")
)


async def addresses_of(read: Read, contact_ids: Iterable[str]) -> dict[str, set[str]]:
    """By which addresses (`kind:value`) these people are known."""
    found: dict[str, set[str]] = {}
    given = {"ids": texts(sorted(set(contact_ids)))}
    for contact_id, kind, value in await read.all(_REACHED_BY, lambda *columns: columns, given):
        found.setdefault(contact_id, set()).add(f"{kind}:{value}")
    return found


_SCORE = (
    update(messages)
    .where(
        messages.c.id == bindparam("message"),
        _WAITS,
        messages.c.edited_at.is_not_distinct_from(bindparam("edited", type_=messages.c.edited_at.type)),
    )
    .values(importance=bindparam("level"), importance_reason=bindparam("reason"), importance_by=bindparam("by"))
    .returning(messages.c.id, messages.c.chat_id)
)


async def score(tx: Tx, scores: Sequence[tuple[Unscored, Scored]]) -> list[ScoredMessage]:
    """Write scores where none was written and the words are still those; gives what was written, and tells of it."""
    given = [
        {
            "message": row.id,
            "edited": row.edited_at,
            "level": scored.level,
            "reason": scored.reason,
            "by": scored.by.value,
        }
        for row, scored in scores
    ]
    answers = await tx.together(*((_SCORE, lambda *columns: columns, one) for one in given))
    now_in: dict[str, str] = dict(found[0] for found in answers if found)  # chats may have become one
    written = [
        ScoredMessage(
            row.id, now_in[row.id], row.account_id, scored.level, scored.reason, row.provider_time, row.contact_id
        )
        for row, scored in scores
        if row.id in now_in
    ]
    for one, by in zip(written, [scored.by for row, scored in scores if row.id in now_in], strict=True):
        tx.emit(_told(one, by.value))
    return written


def _told(one: ScoredMessage, by: str) -> Live:
    payload = {"id": one.id, "chat_id": one.chat_id, "level": one.level, "reason": one.reason, "by": by}
    return Live(LiveType.MESSAGE_SCORED, payload, one.account_id, one.chat_id)


_MOST = (
    select(func.max(messages.c.importance))
    .where(
        messages.c.chat_id == chats.c.id,
        messages.c.provider_time >= chats.c.waiting_since,
        messages.c.importance >= literal_column("4"),
        messages.c.revoked_at.is_(None),
    )
    .scalar_subquery()
)
_PRESSING = select(chats.c.id, _MOST).where(among(chats.c.id, "given"))


async def pressing(read: Read, chat_ids: Iterable[str]) -> dict[str, int]:
    """Those of the chats in which something waits for an answer that is high or urgent, with how much it matters."""
    given = sorted(chat_ids)
    found = await read.pairs(_PRESSING, {"given": texts(given)}) if given else {}
    return {chat_id: level for chat_id, level in found.items() if level is not None}


_LET_GO = update(messages).where(_WAITS, among(messages.c.id, "ids")).values(importance=null())
_LET_ALL_GO = update(messages).where(_WAITS).values(importance=null())


async def let_go(tx: Tx, ids: Iterable[str] | None = None) -> None:
    """These, or all that wait, are not asked about any more."""
    if ids is None:
        await tx.run(_LET_ALL_GO, {})
    else:
        await tx.run(_LET_GO, {"ids": texts(sorted(ids))})
