"""Digests: who is told what and when, and what was made."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from frontdesk.desk.digests import Order, choice_of, may_read, order_of, ways_of
from frontdesk.desk.errors import NotFound
from frontdesk.domain.digests import Choice
from frontdesk.domain.operators import Scope
from frontdesk.kit.clock import to_iso
from frontdesk.store import digests
from frontdesk.store.rows_digests import DigestRow, IssueRow, WordRow
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, Items, Shape, left_out
from frontdesk.web.auth import Admin, Caller, Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["digests"], responses=problems(404))

Ids = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=1_000)]
Language = Literal["en", "es", "pt"]
Ways = Annotated[list[Literal["inbox", "self", "notify"]], Field(min_length=1, max_length=3)]


class Chosen(Given):
    """Of which chats: those of these accounts, these chats, and those with these labels. All empty: every chat."""

    accounts: Ids = Field(default_factory=list)
    chats: Ids = Field(default_factory=list)
    labels: Ids = Field(default_factory=list)


class NewDigest(Given):
    """What to be told, and when. Without a schedule it is made on demand only; `zone` null is the house's."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Morning", "schedule": "weekdays at 8:00", "zone": "Europe/Lisbon"}}
    )

    name: str = Field(default="Digest", max_length=80)
    schedule: str | None = Field(default=None, max_length=200)
    zone: str | None = Field(default=None, max_length=60)
    language: Language = "en"
    of: Chosen = Field(default_factory=Chosen)
    to: Ways = Field(default=["inbox"])
    enabled: bool = True


class DigestChange(Given):
    """What to set; what is left out stays."""

    name: str = Field(default_factory=left_out, max_length=80)
    schedule: str | None = Field(default_factory=left_out, max_length=200)
    zone: str | None = Field(default_factory=left_out, max_length=60)
    language: Language = Field(default_factory=left_out)
    of: Chosen = Field(default_factory=left_out)
    to: Ways = Field(default_factory=left_out)
    enabled: bool = Field(default_factory=left_out)


class Digest(Shape):
    """A standing order. What was stored before `covered_to` was told of."""

    id: str
    user_id: str | None
    name: str
    schedule: str | None
    zone: str | None
    language: str
    of: Chosen
    to: list[str]
    enabled: bool
    next_at: str | None
    covered_to: str | None


class Told(Shape):
    """Where it was told: `self`, or the mark of a notify target. State: waits, sending, told, failed, unknown."""

    target: str
    state: str
    error: str | None


class Issue(Shape):
    """One digest that was made, or waits to be (`state`: waits, made). `due_at` is null where it was asked for."""

    id: str
    digest_id: str
    due_at: str | None
    since: str | None
    until: str | None
    state: str
    text: str | None
    content: dict[str, Any] | None
    made_at: str | None
    told: list[Told]


@router.get("/digests", summary="List digests")
async def list_digests(caller: Reader, rooms: RoomsOf) -> Items[Digest]:
    """An operator's own; a key sees everybody's."""
    async with rooms.store.read() as read:
        return Items(items=[_digest(row) for row in await digests.of(read, None) if _may_read(row, caller)])


@router.post("/digests", status_code=201, summary="Add a digest")
async def add_digest(caller: Writer, rooms: RoomsOf, new: NewDigest) -> Digest:
    """It belongs to who adds it. Only admins may send one to the owner's number or notifiers."""
    order = Order(**new.model_dump(exclude={"of", "to"}), choice=_choice(new.of), ways=tuple(new.to))
    digest_id = await rooms.desk.digests.add(order, operator_id=caller.operator_id, owner=caller.may(Scope.ADMIN))
    return _digest(await _own(rooms, caller, digest_id))


@router.get("/digests/issues", summary="List what was made")
async def list_issues(
    *,
    caller: Reader,
    rooms: RoomsOf,
    digest: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items[Issue]:
    """The newest first, of one digest or of all."""
    async with rooms.store.read() as read:
        own = [row.id for row in await digests.of(read, None) if _may_read(row, caller) and digest in (None, row.id)]
        rows = await digests.newest(read, own, limit=limit)
        return Items(items=[_issue(row, await digests.words(read, row.id)) for row in rows])


@router.get("/digests/issues/{issue_id}", summary="Get what was made")
async def get_issue(caller: Reader, rooms: RoomsOf, issue_id: str) -> Issue:
    """With its text and all that it was made from."""
    return await _one_issue(rooms, caller, issue_id)


@router.post("/digests/issues/{issue_id}/tell", status_code=202, summary="Tell a digest again", responses=problems(409))
async def tell_again(caller: Admin, rooms: RoomsOf, issue_id: str) -> Issue:
    """Wherever it could not be told, or where it is not known whether it got there: it may arrive there twice."""
    await _one_issue(rooms, caller, issue_id)
    await rooms.desk.digest_telling.again(issue_id)
    return await _one_issue(rooms, caller, issue_id)


@router.get("/digests/{digest_id}", summary="Get a digest")
async def get_digest(caller: Reader, rooms: RoomsOf, digest_id: str) -> Digest:
    """One standing order."""
    return _digest(await _own(rooms, caller, digest_id))


@router.patch("/digests/{digest_id}", summary="Change a digest")
async def change_digest(caller: Writer, rooms: RoomsOf, digest_id: str, change: DigestChange) -> Digest:
    """What was not told yet will be, by the new schedule."""
    given = change.model_dump(exclude_unset=True, exclude={"of", "to"})
    if "of" in change.model_fields_set:
        given["choice"] = _choice(change.of)
    if "to" in change.model_fields_set:
        given["ways"] = tuple(change.to)
    before = order_of(await _own(rooms, caller, digest_id))
    order = Order(**{name: getattr(before, name) for name in before.__dataclass_fields__} | given)
    await rooms.desk.digests.change(digest_id, order, owner=caller.may(Scope.ADMIN))
    return _digest(await _own(rooms, caller, digest_id))


@router.delete("/digests/{digest_id}", status_code=204, summary="Remove a digest")
async def remove_digest(caller: Writer, rooms: RoomsOf, digest_id: str) -> None:
    """With what was made of it."""
    await _own(rooms, caller, digest_id)
    await rooms.desk.digests.remove(digest_id)


@router.post("/digests/now", status_code=202, summary="Make a digest now")
async def now(caller: Writer, rooms: RoomsOf) -> Issue:
    """Of the last day and every chat in sight, for the inbox. The answer waits to be made: ask for it again."""
    issue_id = await rooms.desk.digests.of_the_day(operator_id=caller.operator_id)
    return await _one_issue(rooms, caller, issue_id)


@router.post("/digests/{digest_id}/now", status_code=202, summary="Make an issue of a digest now")
async def one_now(caller: Writer, rooms: RoomsOf, digest_id: str) -> Issue:
    """Of what was not told of yet, to where it always goes. The schedule stays as it is."""
    await _own(rooms, caller, digest_id)
    return await _one_issue(rooms, caller, await rooms.desk.digests.now(digest_id))


def _may_read(row: DigestRow, caller: Caller) -> bool:
    return may_read(row, operator_id=caller.operator_id, sight=caller.sight)


async def _own(rooms: Rooms, caller: Caller, digest_id: str) -> DigestRow:
    async with rooms.store.read() as read:
        row = await digests.by_id(read, digest_id)
    if row is None or not _may_read(row, caller):
        raise NotFound("There is no such digest.")
    return row


async def _one_issue(rooms: Rooms, caller: Caller, issue_id: str) -> Issue:
    async with rooms.store.read() as read:
        row = await digests.issue(read, issue_id)
        told = await digests.words(read, issue_id)
    if row is None:
        raise NotFound("There is no such digest.")
    await _own(rooms, caller, row.digest_id)
    return _issue(row, told)


def _choice(given: Chosen) -> Choice:
    return Choice(tuple(given.accounts), tuple(given.chats), tuple(given.labels))


def _digest(row: DigestRow) -> Digest:
    choice = choice_of(row)
    return Digest(
        id=row.id,
        user_id=row.operator_id,
        name=row.name,
        schedule=row.schedule,
        zone=row.zone,
        language=row.language,
        of=Chosen(accounts=list(choice.accounts), chats=list(choice.chats), labels=list(choice.labels)),
        to=list(ways_of(row)),
        enabled=row.enabled,
        next_at=to_iso(row.next_at),
        covered_to=to_iso(row.covered_to),
    )


def _issue(row: IssueRow, told: list[WordRow]) -> Issue:
    return Issue(
        id=row.id,
        digest_id=row.digest_id,
        due_at=to_iso(row.due_at),
        since=to_iso(row.since),
        until=to_iso(row.until),
        state=row.state,
        text=row.text,
        content=orjson.loads(row.content) if row.content else None,
        made_at=to_iso(row.made_at),
        told=[Told(target=word.target, state=word.state, error=word.error) for word in told],
    )
