"""Messages whose time has passed, in chats that let theirs vanish: what they said goes, that they were stays."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, case, delete, exists, false, func, select, update

from frontdesk.domain.chats import Reason
from frontdesk.domain.messages import Decision
from frontdesk.store import arrivals, messages as message_rows, reminders
from frontdesk.store.sql import among, const, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import alerts, chats, knowledge_gaps, media, messages, threads, turns

_OPEN = (const("queued"), const("sending"), const("draft"))  # what has not gone out yet stays until it has


@dataclass(frozen=True, slots=True)
class Due:
    """A message that has to vanish; `sha256` is that of its file, where it has one."""

    id: str
    chat_id: str
    media_id: str | None
    sha256: str | None


_DUE = (
    select(messages.c.id, messages.c.chat_id, messages.c.media_id, media.c.sha256)
    .select_from(messages.outerjoin(media, media.c.id == messages.c.media_id))
    .where(messages.c.vanishes_at <= bindparam("now", type_=BigInteger), messages.c.status.not_in(_OPEN))
    .order_by(messages.c.vanishes_at)
    .limit(bindparam("most"))
)


async def due(read: Read, *, now: int, most: int) -> list[Due]:
    """What has to vanish by now, the longest due first."""
    return await read.all(_DUE, Due, {"now": now, "most": most})


_WHERE = select(messages.c.id, messages.c.chat_id).where(among(messages.c.id, "ids"))


async def unmoved(read: Read, found: Iterable[Due]) -> list[Due]:
    """Those that are still in the chat in which they were found; the others are found again."""
    rows = list(found)
    chat_of = await read.pairs(_WHERE, {"ids": texts([row.id for row in rows])})
    return [row for row in rows if chat_of.get(row.id) == row.chat_id]


_HAS = messages.c.media_id == media.c.id
_GOES = among(messages.c.id, "ids")
_NEEDED = select(media.c.sha256).where(
    among(media.c.sha256, "digests"),
    media.c.state == const("stored"),
    exists().where(_HAS, ~_GOES) | ~exists().where(_HAS, _GOES),
)


async def forsaken(read: Read, gone: Iterable[Due]) -> list[str]:
    """The hashes of the files that nothing needs once these messages are gone.

    One file may belong to several messages, and some of them may vanish together.
    """
    rows = list(gone)
    digests = {row.sha256 for row in rows if row.sha256}
    if not digests:
        return []
    given = {"digests": texts(sorted(digests)), "ids": texts([row.id for row in rows])}
    return sorted(digests - set(await read.scalars(_NEEDED, given)))


_WAITS = messages.c.decision == const("pending")
_VANISH = (
    update(messages)
    .where(among(messages.c.id, "ids"))
    .values(
        text=None,
        content=None,
        media_id=None,
        vanishes_at=None,
        vanished_at=bindparam("at"),
        importance_reason=None,  # a model may have repeated the words in it
        gate_allowed=case((_WAITS, false()), else_=messages.c.gate_allowed),
        gate_reason=case((_WAITS, const(Reason.VANISHED.value)), else_=messages.c.gate_reason),
        decision=case((_WAITS, const(Decision.REFUSED.value)), else_=messages.c.decision),
    )
)
_GONE = (
    update(media)
    .where(among(media.c.id, "ids"), ~exists().where(_HAS))
    .values(state="gone", remote=None, sha256=None, name=None, error="The file has vanished with its message.")
)
_FORGET = (
    update(threads)
    .where(threads.c.chat_id == bindparam("chat"), threads.c.summarised_up_to >= bindparam("first"))
    .values(summary="")
)


# What the agent noted while it worked on such a message may repeat it in its own words.
_SPANS = (
    select(
        messages.c.chat_id,
        func.min(messages.c.created_at),
        func.max(func.coalesce(turns.c.finished_at, turns.c.started_at, messages.c.created_at)),
    )
    .select_from(messages.outerjoin(turns, turns.c.id == messages.c.turn_id))
    .where(among(messages.c.id, "ids"))
    .group_by(messages.c.chat_id)
)
_FIRST, _LAST = bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)
_NEEDS_A_PERSON = "The agent asks for a person."
_REASONS = select(turns.c.hand_over_reason).where(
    turns.c.chat_id == bindparam("chat"), turns.c.started_at.between(_FIRST, _LAST)
)
_NOTES = (
    update(chats)
    .where(chats.c.id == bindparam("chat"), chats.c.held_reason.in_(_REASONS))
    .values(held_reason=_NEEDS_A_PERSON),
    update(turns)
    .where(turns.c.chat_id == bindparam("chat"), turns.c.started_at.between(_FIRST, _LAST))
    .where(turns.c.hand_over_reason.is_not(None))
    .values(hand_over_reason=None),
    delete(knowledge_gaps).where(
        knowledge_gaps.c.chat_id == bindparam("chat"), knowledge_gaps.c.asked_at.between(_FIRST, _LAST)
    ),
    update(alerts)
    .where(alerts.c.chat_id == bindparam("chat"), alerts.c.kind == const("hand_over"))
    .where(alerts.c.last_at.between(_FIRST, _LAST))
    .values(sentence="A chat needed a person. What was said there has vanished."),
)


async def forget_notes(tx: Tx, ids: list[str]) -> None:
    """Questions without an answer, reasons for handing over, and alerts that tell them: they go with the words."""
    for chat_id, first, last in await tx.all(_SPANS, lambda *columns: columns, {"ids": texts(ids)}):
        for note in _NOTES:
            await tx.run(note, {"chat": chat_id, "first": first, "last": last})


async def vanish(tx: Tx, gone: Iterable[Due], *, now: int) -> None:
    """Take away what these messages said, and what the agent's summaries and notes may have kept of it."""
    rows = list(gone)
    await forget_notes(tx, [row.id for row in rows])
    await reminders.drop(tx, [row.id for row in rows], now=now)
    await tx.run(_VANISH, {"ids": texts([row.id for row in rows]), "at": now})
    await tx.run(_GONE, {"ids": texts([row.media_id for row in rows if row.media_id])})
    for row in rows:
        tx.emit(message_rows.changed(row.id, chat_id=row.chat_id))
    await forget_summaries(tx, [(row.chat_id, row.id) for row in rows])
    await arrivals.show_newest(tx, dict.fromkeys(row.chat_id for row in rows))


async def forget_summaries(tx: Tx, gone: Iterable[tuple[str, str]]) -> None:
    """The agent forgets what it has summed up of chats since these messages (chat, id)."""
    first: dict[str, str] = {}
    for chat_id, message_id in gone:
        first[chat_id] = min(first.get(chat_id, message_id), message_id)
    await tx.run_all([(_FORGET, [{"chat": chat, "first": oldest} for chat, oldest in first.items()])])
