"""What the agent is told of a chat: read from the messages themselves each time, so nothing has to be kept in step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from frontdesk.domain.messages import Author, Direction
from frontdesk.domain.personas import Persona
from frontdesk.domain.threads import begins, expires
from frontdesk.domain.turns import Said
from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import SECOND
from frontdesk.kit.ids import new_id
from frontdesk.store import turns
from frontdesk.store.rows import ChatRow, MessageRow, ThreadRow
from frontdesk.store.store import Tx

LOOP_SPAN = 30  # messages that the loop guard looks at
SUMMARY_STEP = 10  # older messages are gathered into the summary that many at a time

_WORDS = {
    "image": "[image]",
    "video": "[video]",
    "audio": "[voice message or audio]",
    "document": "[document]",
    "sticker": "[sticker]",
    "location": "[location]",
    "contacts": "[contact card]",
    "order": "[order]",
}


@dataclass(frozen=True, slots=True)
class Span:
    """What the agent reads word by word, and what is older and has to go into the summary."""

    history: tuple[MessageRow, ...]
    older: tuple[MessageRow, ...]


def most(persona: Persona, pending: int) -> int:
    """How many messages have to be read from the store."""
    return max(LOOP_SPAN, persona.memory.messages + 2 * SUMMARY_STEP + pending)


def span(said: Sequence[MessageRow], pending: Sequence[MessageRow], thread: ThreadRow, persona: Persona) -> Span:
    """Split what was said in this thread: the last messages as they are, older ones for the summary."""
    waiting = {row.id for row in pending}
    start = min(thread.started_at, pending[0].provider_time)
    past = [
        row
        for row in said
        if row.id not in waiting and row.provider_time >= start and row.revoked_at is None and _spoken(row)
    ]
    keep = max(0, persona.memory.messages)
    older = past[:-keep] if keep else past
    fresh = _behind(older, thread.summarised_up_to)
    if len(fresh) < SUMMARY_STEP:
        return Span(tuple(past[len(older) - len(fresh) :]), ())
    return Span(tuple(past[len(older) :]), tuple(fresh))


def _behind(older: list[MessageRow], up_to: str | None) -> list[MessageRow]:
    """What stands behind that message: ids tell it only where the message itself is out of sight."""
    if up_to is None:
        return older
    places = (place for place, row in enumerate(older, 1) if row.id == up_to)
    place = next(places, None)
    return [row for row in older if row.id > up_to] if place is None else older[place:]


async def thread(
    tx: Tx, chat: ChatRow, persona: Persona, *, last: ThreadRow | None, said: Sequence[MessageRow], now: int, zone: str
) -> ThreadRow:
    """The present thread of a chat, or a new one where the last has run out."""
    if last is not None and (last.expires_at is None or now < last.expires_at):
        return last
    times, after = [one.provider_time for one in said], last.last_at if last else None
    began = begins(persona.memory, times, now=now, zone=zone, after=after)
    row = ThreadRow(
        id=new_id("thr"),
        chat_id=chat.id,
        persona=persona.name,
        summary="",
        summarised_up_to=None,
        started_at=began,
        last_at=now,
        expires_at=expires(persona.memory, started=began, last=now, zone=zone),
    )
    await turns.add_thread(tx, {name: getattr(row, name) for name in row.__dataclass_fields__})
    return row


async def remember(
    tx: Tx, kept: ThreadRow, persona: Persona, *, summary: str | None, up_to: str | None, now: int, zone: str
) -> None:
    """A thread was spoken in; with a new summary, if one was made, of what was said up to the message `up_to`."""
    ends = expires(persona.memory, started=kept.started_at, last=now, zone=zone)
    values: dict[str, Any] = {"last_at": now, "expires_at": ends}
    if summary is not None:
        values |= {"summary": summary, "summarised_up_to": up_to}
    await turns.change_thread(tx, kept.id, **values)


def _spoken(row: MessageRow) -> bool:
    """Whether the message is something that was said, and that arrived as far as we know."""
    if row.vanished_at is not None:
        return False
    if row.direction == Direction.OUTBOUND and row.status in ("failed", "draft", "discarded"):
        return False
    return row.kind not in ("reaction", "edit", "revoke", "system", "unsupported")


def tell(rows: Iterable[MessageRow], names: dict[str, str], *, group: bool) -> tuple[Said, ...]:
    """The messages as the agent reads them."""
    return tuple(
        Said(
            author=Author(row.author),
            text=words(row),
            at=row.provider_time,
            name=names.get(row.contact_id or "") if group else None,
        )
        for row in rows
    )


def words(row: MessageRow) -> str:
    """A message in words: what it says, and what it is when it is no text."""
    mark = _WORDS.get(row.kind, "" if row.text else f"[{row.kind}]")
    if row.kind == "location" and row.content:
        place = orjson.loads(row.content)
        where = place.get("name") or place.get("address") or f"{place.get('latitude')}, {place.get('longitude')}"
        mark = f"[location: {where}]"
    return f"{mark} {row.text}".strip() if row.text else mark


def mentions(row: MessageRow, phone: str | None) -> bool:
    """Whether a message in a group names us: as the channel says, or by our number."""
    content = orjson.loads(row.content) if row.content else {}
    named = content.get("mentions")
    if content.get("mentions_us") is True:
        return True
    return bool(phone and ((row.text and f"@{phone}" in row.text) or (isinstance(named, list) and phone in named)))


def backoff(attempt: int) -> int:
    """Milliseconds until a turn is tried again."""
    return exponential(attempt, base=3 * SECOND)


def new_turn(turn_id: str, thread: ThreadRow, persona: Persona, now: int) -> dict[str, Any]:
    """The row of a turn that begins."""
    return {
        "id": turn_id,
        "chat_id": thread.chat_id,
        "thread_id": thread.id,
        "persona": persona.name,
        "state": "running",
        "tokens_in": 0,
        "tokens_out": 0,
        "calls": 0,
        "sources": "[]",
        "started_at": now,
    }
