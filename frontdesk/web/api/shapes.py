"""What the API gives back, as types: they are its documentation too. Times are RFC 3339 in UTC, ids are texts."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from frontdesk.desk.file_kinds import last_part
from frontdesk.domain.addresses import make
from frontdesk.domain.chats import SENTENCES, Reason, window_ends
from frontdesk.domain.wire import Member
from frontdesk.kit.clock import to_iso
from frontdesk.kit.text import keepable
from frontdesk.store.pages import ChatLine, MessageLine
from frontdesk.store.rows import MediaRow, MessageRow

T = TypeVar("T")

DEEPEST = 32  # how deep lists and objects may stand in each other in what comes in
WHOLE = range(-(2**63), 2**64)  # the whole numbers that come back out of what is kept as they went in


class Shape(BaseModel):
    """The root of all shapes."""

    model_config = ConfigDict(extra="forbid")


class Given(Shape):
    """The root of all shapes that come in: every text in them, at any depth, is made keepable, every number is sane."""

    @model_validator(mode="before")
    @classmethod
    def _keepable(cls, given: object) -> object:
        return _cleaned(given)


def left_out() -> Any:
    """The default of what may be left out and may not be null."""
    return None


OrNone = AfterValidator(lambda given: None if given == "" else given)  # programs without optional values send ""
TextOrNone = Annotated[str | None, OrNone]


def _number_as_digits(given: object) -> object:
    if not isinstance(given, float):
        return given
    if not given.is_integer():
        raise ValueError("must be a text")
    return int(given)


def _no_switch(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("must be a number, not true or false")
    return given


NoSwitch = BeforeValidator(_no_switch)  # JSON's true would be read as the number 1
Recipient = Annotated[str, BeforeValidator(_number_as_digits)]  # some write phones as numbers, even as 447700900123.0


def _cleaned(given: object, depth: int = 0) -> object:
    if isinstance(given, str):
        return keepable(given)
    if isinstance(given, int | float) and not _sane(given):
        raise ValueError("holds a number that is endless, no number, or beyond 64 bits; give such a number as a text")
    if isinstance(given, list | dict) and depth == DEEPEST:
        raise ValueError(f"must not hold lists and objects in each other more than {DEEPEST} deep")
    if isinstance(given, list):
        return [_cleaned(each, depth + 1) for each in given]
    if isinstance(given, dict):
        return {_cleaned(name): _cleaned(each, depth + 1) for name, each in given.items()}
    return given


def _sane(number: float) -> bool:
    return number in WHOLE if isinstance(number, int) else math.isfinite(number)


class Problem(BaseModel):
    """An error (RFC 9457). `detail` says what happened and what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "There is no such chat.",
                "instance": "/api/v1/chats/447700900123",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]] | None = None


class Items(Shape, Generic[T]):
    """One page. `next` is given back as `before` for the page that follows; null at the end."""

    items: list[T]
    next: str | None = None


class Media(Shape):
    """A file that belongs to a message. `state` is pending, stored, refused, failed or gone."""

    id: str
    mime: str | None
    size: int | None
    name: str | None
    state: str
    voice: bool
    error: str | None
    url: str


class Gate(Shape):
    """The gate's verdict on an inbound message."""

    allowed: bool
    reason: str
    sentence: str


class Importance(Shape):
    """How much a message matters, from 1 to 5, and why. `by` is rules, model, or fallback (nobody could tell)."""

    level: int
    reason: str
    by: str


class Source(Shape):
    """A piece of knowledge that an answer rests on."""

    model_config = ConfigDict(extra="allow")

    title: str = ""
    source: str = ""


class Answered(Shape):
    """The turn that wrote a message, or answered it."""

    id: str
    model: str | None
    tokens_in: int | None
    tokens_out: int | None
    sources: list[dict[str, Any]]


class Message(Shape):
    """One message. `status` of an inbound one is `received`; `decision` says what became of it."""

    id: str
    chat_id: str
    account_id: str
    external_id: str | None
    direction: str
    author: str
    author_name: str | None
    operator_id: str | None
    kind: str
    text: str | None
    content: dict[str, Any] | None
    status: str
    decision: str | None
    provider_time: str | None
    created_at: str | None
    edited_at: str | None
    revoked_at: str | None
    vanished_at: str | None
    reply_to: str | None
    reply_to_external_id: str | None
    media: Media | None
    gate: Gate | None
    importance: Importance | None
    turn_id: str | None
    turn: Answered | None
    attempts: int
    error: str | None
    error_code: str | None
    idempotency_key: str | None


class Held(Shape):
    """A person answers here. `by` is an operator's id, `api`, `phone` or `agent`; no `until`: until handed back."""

    by: str
    until: str | None
    reason: str | None


class LastMessage(Shape):
    """What the list shows of the newest message."""

    text: str | None
    author: str | None
    at: str | None


class GroupMember(Shape):
    """Somebody in a group. `address` is the best id for other systems."""

    name: str | None
    address: str | None
    addresses: list[str]
    admin: bool


class Chat(Shape):
    """One chat. `address` is its best id for other systems, `phone` the digits where a number is known.

    `members` are told of one group at a time, and are null in lists.
    """

    id: str
    account_id: str
    account_name: str
    channel: str
    name: str
    contact_id: str | None
    contact_name: str | None
    username: str | None
    phone: str | None
    address: str | None
    addresses: list[str]
    is_group: bool
    trusted: bool
    agent_mode: str
    persona: str | None
    state: str
    labels: list[str]
    assigned_to: str | None
    held: Held | None
    held_by: str | None
    held_until: str | None
    unread: int
    waiting_since: str | None
    missed_at: str | None
    window_ends_at: str | None
    last_message_at: str | None
    last_message: LastMessage
    created_at: str | None
    members: list[GroupMember] | None = None


def media_shape(row: MediaRow) -> Media:
    """A file as the API gives it."""
    return Media(
        id=row.id,
        mime=row.mime,
        size=row.size,
        name=last_part(row.name or "") or None,
        state=row.state,
        voice=row.voice,
        error=row.error,
        url=f"/api/v1/media/{row.id}",
    )


def gate_shape(row: MessageRow) -> Gate | None:
    """The stored verdict, if the gate was asked."""
    if row.gate_allowed is None or row.gate_reason is None:
        return None
    known = row.gate_reason in set(Reason)
    sentence = SENTENCES[Reason(row.gate_reason)] if known else _OTHERWISE.get(row.gate_reason, _UNKNOWN)
    return Gate(allowed=row.gate_allowed, reason=row.gate_reason, sentence=sentence)


_OTHERWISE = {"model": "The agent could not answer; a person has to."}  # reasons that the gate does not ask for
_UNKNOWN = "The reason is not known."


def importance_shape(row: MessageRow) -> Importance | None:
    """How much it matters, once that was told."""
    if not row.importance:
        return None
    return Importance(level=row.importance, reason=row.importance_reason or "", by=row.importance_by or "")


def message_shape(line: MessageLine) -> Message:
    """A message as the API gives it."""
    row = line.message
    return Message(
        id=row.id,
        chat_id=row.chat_id,
        account_id=row.account_id,
        external_id=row.external_id,
        direction=row.direction,
        author=row.author,
        author_name=line.operator_name or line.sender_name,
        operator_id=row.operator_id,
        kind=row.kind,
        text=row.text,
        content=_object(row.content),
        status=row.status,
        decision=row.decision,
        provider_time=to_iso(row.provider_time),
        created_at=to_iso(row.created_at),
        edited_at=to_iso(row.edited_at),
        revoked_at=to_iso(row.revoked_at),
        vanished_at=to_iso(row.vanished_at),
        reply_to=line.quoted.id if line.quoted else row.reply_to,
        reply_to_external_id=row.reply_to,
        media=media_shape(line.media) if line.media else None,
        gate=gate_shape(row),
        importance=importance_shape(row),
        turn_id=row.turn_id,
        turn=_answered(line),
        attempts=row.attempts,
        error=row.error,
        error_code=row.error_code,
        idempotency_key=row.idempotency_key,
    )


def _answered(line: MessageLine) -> Answered | None:
    if line.message.turn_id is None:
        return None
    return Answered(
        id=line.message.turn_id,
        model=line.model,
        tokens_in=line.tokens_in,
        tokens_out=line.tokens_out,
        sources=json_list(line.sources),
    )


def chat_shape(line: ChatLine, now: int, members: Sequence[Member] | None = None) -> Chat:
    """A chat as the API gives it; a hold that has run out is none."""
    row = line.chat
    addresses = [make(address) for address in line.addresses] or ([row.group_ref] if row.group_ref else [])
    holds = row.held_by is not None and (row.held_until is None or now < row.held_until)
    until = to_iso(row.held_until) if holds else None
    return Chat(
        id=row.id,
        account_id=row.account_id,
        account_name=line.account_name,
        channel=line.channel,
        name=line.name,
        contact_id=row.contact_id,
        contact_name=line.contact_name,
        username=line.username,
        phone=line.phone,
        address=addresses[0] if addresses else None,
        addresses=addresses,
        is_group=row.group_ref is not None,
        trusted=row.trusted,
        agent_mode=row.agent_mode,
        persona=row.persona,
        state=row.state,
        labels=orjson.loads(row.labels),
        assigned_to=row.assigned_to,
        held=Held(by=row.held_by, until=until, reason=row.held_reason) if holds and row.held_by else None,
        held_by=row.held_by if holds else None,
        held_until=until,
        unread=row.unread,
        waiting_since=to_iso(row.waiting_since),
        missed_at=to_iso(row.missed_at),
        window_ends_at=to_iso(window_ends(row.last_inbound_at)),
        last_message_at=to_iso(row.last_message_at),
        last_message=LastMessage(text=row.last_text, author=row.last_author, at=to_iso(row.last_message_at)),
        created_at=to_iso(row.created_at),
        members=None if members is None else [_member_shape(member) for member in members],
    )


def _member_shape(member: Member) -> GroupMember:
    known = [make(address) for address in member.addresses]
    return GroupMember(name=member.name, address=known[0] if known else None, addresses=known, admin=member.admin)


def _object(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    found = orjson.loads(text)
    return found if isinstance(found, dict) else {"value": found}


def json_list(text: str | None) -> list[dict[str, Any]]:
    """A stored JSON list; none is an empty one."""
    return list(orjson.loads(text)) if text else []
