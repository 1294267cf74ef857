"""What the screens and the API read of messages: the history of a chat, one message with its story, and the search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import BigInteger, Select, Text, bindparam, case, select, tuple_

from frontdesk.domain.operators import Sight
from frontdesk.domain.work import turn_key
from frontdesk.store.compiled import Params
from frontdesk.store.pages_base import MalformedCursor, Page, below, cursor, cut, in_any_case, place
from frontdesk.store.rows import JobRow, MediaRow, MessageRow, ThreadRow, TurnRow, WaitingReceiptRow
from frontdesk.store.sql import const
from frontdesk.store.store import Read
from frontdesk.store.tables import contacts, jobs, media, messages, operators, threads, turns, waiting_receipts
from frontdesk.store.turns import behind

SEARCHED = 50_000  # newest messages that a search looks at


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that another one replies to, as far as it is shown."""

    id: str
    author: str
    kind: str
    text: str | None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message with what is shown beside it. The last fields are those of the turn that wrote or answered it."""

    message: MessageRow
    media: MediaRow | None
    sender_name: str | None
    operator_name: str | None
    model: str | None
    tokens_in: int | None
    tokens_out: int | None
    sources: str | None  # JSON list of {id, title, source, score}
    quoted: Quoted | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a message was answered, or not: everything that is stored about its way."""

    line: MessageLine
    turn: TurnRow | None
    thread: ThreadRow | None
    asked: tuple[MessageRow, ...]  # what the turn had to answer
    sends: tuple[MessageRow, ...]  # what the turn wrote
    job: JobRow | None  # the turn of this chat that waits or runs now
    receipts: tuple[WaitingReceiptRow, ...]  # reports that wait for the send to be known


_MESSAGE = len(messages.c)
_MEDIA = _MESSAGE + len(media.c)
LINES = (
    select(messages, media)
    .add_columns(contacts.c.name, operators.c.name)
    .add_columns(turns.c.model, turns.c.tokens_in, turns.c.tokens_out, turns.c.sources)
    .select_from(
        messages.outerjoin(media, media.c.id == messages.c.media_id)
        .outerjoin(contacts, contacts.c.id == messages.c.contact_id)
        .outerjoin(operators, operators.c.id == messages.c.operator_id)
        .outerjoin(turns, turns.c.id == messages.c.turn_id)
    )
)


def as_line(*columns: Any) -> MessageLine:
    """A row of `LINES`."""
    file = MediaRow(*columns[_MESSAGE:_MEDIA]) if columns[_MESSAGE] is not None else None
    return MessageLine(MessageRow(*columns[:_MESSAGE]), file, *columns[_MEDIA:])


HISTORY = (
    LINES.where(messages.c.chat_id == bindparam("chat"))
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(bindparam("most", type_=BigInteger))
)
OLDER = HISTORY.where(
    tuple_(messages.c.provider_time, messages.c.id)
    < tuple_(bindparam("at", type_=BigInteger), bindparam("key", type_=Text))
)
_ONE = LINES.where(messages.c.id == bindparam("message"))


async def history(read: Read, chat_id: str, *, before: str | None = None, limit: int = 50) -> Page[MessageLine]:
    """The newest messages of a chat in chronological order; `next` leads to the older ones.

    `before` is a cursor, or the id of a message of this chat.

    Raises:
        MalformedCursor: `before` is neither.
    """
    if before is not None and before.startswith("msg_"):
        own = select(messages.c.provider_time).where(messages.c.id == before, messages.c.chat_id == chat_id)
        at = await read.scalar(own)
        if at is None:
            raise MalformedCursor("There is no such message in this chat. Give `next` of the page before, unchanged.")
        before = cursor(at, before)
    asked: Params = {"chat": chat_id, "most": limit + 1}
    if before is not None:
        asked = {**asked, **dict(zip(("at", "key"), place(before), strict=True))}
    found, more = cut(await read.all(HISTORY if before is None else OLDER, as_line, asked), limit)
    last = found[-1].message if found else None
    following = cursor(last.provider_time, last.id) if last and more else None
    return Page(await _with_quoted(read, found[::-1], chat_id), following)


async def message_line(read: Read, message_id: str) -> MessageLine | None:
    """One message as the history shows it."""
    found = await read.one(_ONE, as_line, {"message": message_id})
    return (await _with_quoted(read, (found,), found.message.chat_id))[0] if found else None


async def by_external_id(read: Read, external_id: str, *, chat_id: str) -> str | None:
    """Our id of a message that the channel calls so."""
    query = select(messages.c.id).where(messages.c.chat_id == chat_id, messages.c.external_id == external_id)
    found: str | None = await read.scalar(query.limit(1))
    return found


_OUR_REACTIONS = (
    select(messages.c.text, messages.c.content)
    .where(
        messages.c.chat_id == bindparam("chat"),
        messages.c.direction == const("outbound"),
        messages.c.kind == const("reaction"),
        messages.c.status.not_in((const("failed"), const("unknown"))),
    )
    .order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    .limit(100)
)


async def our_reaction(read: Read, to: MessageRow) -> str:
    """The emoji with which the line reacted to a message last; empty where it did not, or took it back."""
    for text, content in await read.all(_OUR_REACTIONS, lambda *columns: columns, {"chat": to.chat_id}):
        told = orjson.loads(content) if content else {}
        if told.get("target") == to.external_id:
            return text or told.get("emoji") or ""
    return ""


async def _with_quoted(read: Read, lines: Sequence[MessageLine], chat_id: str) -> tuple[MessageLine, ...]:
    wanted = {line.message.reply_to for line in lines if line.message.reply_to}
    if not wanted:
        return tuple(lines)
    words = case((messages.c.revoked_at.is_(None), messages.c.text))  # what was taken back is quoted no more
    query = select(messages.c.external_id, messages.c.id, messages.c.author, messages.c.kind, words).where(
        messages.c.chat_id == chat_id, messages.c.external_id.in_(sorted(wanted)), messages.c.kind != "reaction"
    )
    quoted = dict(await read.all(query, lambda external, *columns: (external, Quoted(*columns))))
    return tuple(replace(line, quoted=quoted.get(line.message.reply_to or "")) for line in lines)


def search_query(q: str, *, chat_id: str | None, newer_than: str, limit: int, sight: Sight = None) -> Select[Any]:
    """The statement behind `search`: a walk from the newest message down, within one chat or down to a message."""
    query = LINES.where(in_any_case(messages.c.text, q)).limit(limit)
    if chat_id:
        query = query.where(messages.c.chat_id == chat_id)
        return query.order_by(messages.c.provider_time.desc(), messages.c.id.desc())
    if sight is not None:
        query = query.where(messages.c.account_id.in_(sorted(sight)))
    return query.where(messages.c.id > newer_than).order_by(messages.c.id.desc())


async def search(read: Read, q: str, *, chat_id: str | None = None, limit: int = 50) -> list[MessageLine]:
    """The newest messages whose text holds `q` in any case, in one chat or among the newest `SEARCHED` of all."""
    return list((await search_page(read, q, chat_id=chat_id, limit=limit)).items)


async def search_page(
    read: Read,
    q: str,
    *,
    chat_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
    sight: Sight = None,
) -> Page[MessageLine]:
    """One page of `search`; `next` leads to the older ones. A chat that is given has to be in sight already.

    Raises:
        MalformedCursor: `before` is no cursor.
    """
    newer_than = "" if chat_id else await _oldest_searched(read)
    query = search_query(q, chat_id=chat_id, newer_than=newer_than, limit=limit + 1, sight=sight)
    if before is not None:
        older = messages.c.id < place(before)[1]
        query = query.where(below(messages.c.provider_time, messages.c.id, before) if chat_id else older)
    found, more = cut(await read.all(query, as_line), limit)
    last = found[-1].message if found else None
    following = cursor(last.provider_time, last.id) if last and more else None
    return Page(found, following)


async def _oldest_searched(read: Read) -> str:
    ends = select(messages.c.id).order_by(messages.c.id.desc()).limit(1).offset(SEARCHED)
    return await read.scalar(ends) or ""


async def trace(read: Read, message_id: str) -> Trace | None:
    """Everything that is stored about the way of one message."""
    line = await message_line(read, message_id)
    if line is None:
        return None
    message = line.message
    turn = await behind(read, message)
    of_turn = await _of_turn(read, turn) if turn else []
    return Trace(
        line=line,
        turn=turn,
        thread=await _thread(read, turn),
        asked=tuple(row for row in of_turn if row.direction == "inbound"),
        sends=tuple(row for row in of_turn if row.direction == "outbound"),
        job=await _job(read, message.chat_id),
        receipts=tuple(await _receipts(read, message)),
    )


async def _of_turn(read: Read, turn: TurnRow) -> list[MessageRow]:
    query = select(messages).where(messages.c.chat_id == turn.chat_id, messages.c.turn_id == turn.id)
    return await read.all(query.order_by(messages.c.provider_time, messages.c.id), MessageRow)


async def _thread(read: Read, turn: TurnRow | None) -> ThreadRow | None:
    if turn is None or turn.thread_id is None:
        return None
    return await read.one(select(threads).where(threads.c.id == turn.thread_id), ThreadRow)


async def _job(read: Read, chat_id: str) -> JobRow | None:
    key = turn_key(chat_id)
    waiting = select(jobs).where(jobs.c.key == key, jobs.c.state == const("queued"))
    running = select(jobs).where(jobs.c.lock == key, jobs.c.state == const("running"))
    return await read.one(running, JobRow) or await read.one(waiting, JobRow)


async def _receipts(read: Read, message: MessageRow) -> list[WaitingReceiptRow]:
    if message.external_id is None:
        return []
    known = waiting_receipts.c.external_id == message.external_id
    query = select(waiting_receipts).where(waiting_receipts.c.account_id == message.account_id, known)
    return await read.all(query.order_by(waiting_receipts.c.id), WaitingReceiptRow)
