"""What the installation keeps beside chats: personas, knowledge, alerts, dead letters, notices, the ledger."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from frontdesk.desk.knowledge import OWN
from frontdesk.kit.clock import to_iso
from frontdesk.settings import persona_body
from frontdesk.store import ledger, pages_house
from frontdesk.store.rows import AlertRow, DeadLetterRow, KnowledgeRow, NoticeRow
from frontdesk.web.api.deps import Before, Limit, problems
from frontdesk.web.api.shapes import Given, Items, Shape
from frontdesk.web.auth import Admin, Reader, RoomsOf, Writer
from frontdesk.web.sight import personas_in_sight

router = APIRouter(tags=["house"])


class Personas(Shape):
    """The personas that hold now, as in frontdesk.toml. `problem`: why the file was refused, or who cannot answer."""

    items: list[dict[str, Any]]
    problem: str | None


class Passage(Shape):
    """A piece of the knowledge base. What is of the sample business (`sample`) is told to simulated people only."""

    id: str
    title: str
    text: str
    source: str
    page: int | None
    sample: bool
    created_at: str | None


class NewKnowledge(Given):
    """A text in Markdown, under the name of its source; a first heading of the top level names the source instead.

    It takes the place of what that source held before.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"source": "hours.md", "text": "## When are you open?\nFrom nine to five."}}
    )

    source: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=1_000_000)


class Imported(Shape):
    """What an import brought. `notes`: what of it could not be read."""

    passages: int
    notes: tuple[str, ...] = ()


class Alert(Shape):
    """What the owner should know. `count`: how often it was raised while it was open."""

    id: str
    account_id: str | None
    chat_id: str | None
    kind: str
    severe: bool
    sentence: str
    count: int
    raised_at: str | None
    last_at: str | None
    acknowledged_at: str | None


class DeadLetter(Shape):
    """What could not be read or belonged to no line, as it came. `count` says how often."""

    id: str
    channel: str
    account_id: str | None
    line_ref: str | None
    reason: str
    raw: str
    messages: int
    count: int
    received_at: str | None
    last_at: str | None


class Notice(Shape):
    """What a line reported about itself: quality, templates, settings."""

    id: str
    account_id: str | None
    field: str
    content: Any
    received_at: str | None


class Ledger(Shape):
    """Counts that balance: received = stored + duplicate + dead_letter; decided = answered + refused + pending;
    out = sent + failed + unknown + queued. Messages that were deleted since count on in received and stored; `erased`
    says how many they are."""

    received: int
    stored: int
    duplicate: int
    dead_letter: int
    decided: int
    answered: int
    refused: dict[str, int]
    pending: int
    out: int
    sent: int
    failed: int
    unknown: int
    queued: int
    erased: int
    balanced: bool


@router.get("/personas", summary="The personas that hold now")
async def personas(caller: Reader, rooms: RoomsOf) -> Personas:
    """In the order of the file."""
    kept = rooms.desk.personas
    seen = personas_in_sight(rooms, caller.sight, kept.current())
    problem = kept.problem or kept.doubt if caller.sight is None else None
    return Personas(items=[orjson.loads(persona_body(persona)) for persona in seen], problem=problem)


@router.post("/personas/reload", summary="Read frontdesk.toml now")
async def reload(caller: Admin, rooms: RoomsOf) -> Personas:
    """A broken file changes nothing; `problem` says what is wrong with it."""
    await rooms.desk.personas.reload()
    return await personas(caller, rooms)


@router.get("/knowledge", summary="List the knowledge base")
async def list_knowledge(
    *, caller: Reader, rooms: RoomsOf, source: str | None = None, before: Before = None, limit: Limit = 50
) -> Items[Passage]:
    """The newest first, or one source's."""
    async with rooms.store.read() as read:
        page = await pages_house.knowledge_page(read, before=before, limit=limit, source=source)
    return Items(items=[_passage(row) for row in page.items], next=page.next)


@router.post("/knowledge", status_code=201, summary="Add to the knowledge base")
async def add_knowledge(caller: Writer, rooms: RoomsOf, new: NewKnowledge) -> Imported:
    """Headings become the titles of passages."""
    imported = await rooms.desk.knowledge.add(new.source, new.text)
    return Imported(passages=imported.passages)


@router.delete("/knowledge", status_code=204, summary="Forget a source", responses=problems(404))
async def forget_knowledge(caller: Writer, rooms: RoomsOf, source: Annotated[str, Query(max_length=200)]) -> None:
    """With all its passages."""
    await rooms.desk.knowledge.remove(source)


@router.delete(
    "/knowledge/{passage_id}", status_code=204, summary="Forget the source of a passage", responses=problems(404)
)
async def forget_passage(caller: Writer, rooms: RoomsOf, passage_id: str) -> None:
    """Forgets the source of the passage: passages come and go with it. What was written by hand goes alone."""
    async with rooms.store.read() as read:
        source = await pages_house.source_of(read, passage_id)
    if source == OWN:
        await rooms.desk.knowledge.unwrite(passage_id)
        return
    await rooms.desk.knowledge.remove(source or passage_id)


@router.get("/alerts", summary="List alerts, the newest first")
async def alerts(
    *,
    caller: Reader,
    rooms: RoomsOf,
    only_open: Annotated[bool, Query(alias="open", description="Only those that nobody has acknowledged.")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> Items[Alert]:
    """What the owner should know."""
    async with rooms.store.read() as read:
        page = await pages_house.alert_page(read, sight=caller.sight, before=before, limit=limit, only_open=only_open)
    return Items(items=[_alert(row) for row in page.items], next=page.next)


@router.post("/alerts/{alert_id}/acknowledge", status_code=204, summary="An alert was seen", responses=problems(404))
async def acknowledge(caller: Writer, rooms: RoomsOf, alert_id: str) -> None:
    """It is open no longer. One that was seen before stays so."""
    await rooms.desk.alerts.acknowledge(alert_id, by=caller.by)


@router.get("/dead-letters", summary="List what could not be read or routed")
async def dead_letters(caller: Reader, rooms: RoomsOf, before: Before = None, limit: Limit = 50) -> Items[DeadLetter]:
    """As it came, the newest first."""
    async with rooms.store.read() as read:
        page = await pages_house.dead_letter_page(read, sight=caller.sight, before=before, limit=limit)
    return Items(items=[_dead_letter(row) for row in page.items], next=page.next)


@router.get("/notices", summary="List what lines reported about themselves")
async def notices(caller: Reader, rooms: RoomsOf, before: Before = None, limit: Limit = 50) -> Items[Notice]:
    """The newest first."""
    async with rooms.store.read() as read:
        page = await pages_house.notice_page(read, sight=caller.sight, before=before, limit=limit)
    return Items(items=[_notice(row) for row in page.items], next=page.next)


@router.get("/ledger", summary="Counts that balance")
async def balance(caller: Reader, rooms: RoomsOf) -> Ledger:
    """What came in, what became of it, and what went out. `balanced` is false when something was lost."""
    async with rooms.store.read() as read:
        found = await ledger.balance(read)
    fields = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return Ledger(**fields, balanced=found.balanced)


def _passage(row: KnowledgeRow) -> Passage:
    return Passage(
        id=row.id,
        title=row.title,
        text=row.text,
        source=row.source,
        page=row.page,
        sample=row.sample,
        created_at=to_iso(row.created_at),
    )


def _alert(row: AlertRow) -> Alert:
    return Alert(
        id=row.id,
        account_id=row.account_id,
        chat_id=row.chat_id,
        kind=row.kind,
        severe=row.severe,
        sentence=row.sentence,
        count=row.count,
        raised_at=to_iso(row.raised_at),
        last_at=to_iso(row.last_at),
        acknowledged_at=to_iso(row.acknowledged_at),
    )


def _dead_letter(row: DeadLetterRow) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        channel=row.channel,
        account_id=row.account_id,
        line_ref=row.line_ref,
        reason=row.reason,
        raw=row.raw,
        messages=row.messages,
        count=row.count,
        received_at=to_iso(row.received_at),
        last_at=to_iso(row.last_at),
    )


def _notice(row: NoticeRow) -> Notice:
    return Notice(
        id=row.id,
        account_id=row.account_id,
        field=row.field,
        content=orjson.loads(row.content),
        received_at=to_iso(row.received_at),
    )
