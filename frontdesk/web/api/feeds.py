"""Feeds: secret addresses at which other calendars read this one."""

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from frontdesk.kit.clock import to_iso
from frontdesk.store import calendar as rows
from frontdesk.store.calendar import FeedRow
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, Items, Shape, TextOrNone
from frontdesk.web.auth import Admin, RoomsOf
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["appointments"])


class NewFeed(Given):
    """For the appointments of one resource; null: of all."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Dr Silva's phone", "resource_id": "res_0199"}})

    name: str = Field(default="", max_length=80)
    resource_id: TextOrNone = Field(default=None, max_length=60)


class Feed(Shape):
    """Whoever has the address reads names and notes there, until it is revoked."""

    id: str
    name: str
    resource_id: str | None
    url: str
    created_at: str | None


@router.get("/calendar-feeds", summary="The addresses at which other calendars read")
async def feeds(caller: Admin, rooms: RoomsOf, request: Request) -> Items[Feed]:
    """Those that were not revoked."""
    async with rooms.store.read() as read:
        return Items(items=[_feed(each, rooms, request) for each in await rows.feeds(read)])


@router.post("/calendar-feeds", status_code=201, summary="Add such an address", responses=problems(404))
async def add_feed(caller: Admin, rooms: RoomsOf, request: Request, new: NewFeed) -> Feed:
    """Give it to another calendar as one to subscribe to."""
    token = await rooms.desk.calendar.add_feed(new.name, resource_id=new.resource_id, by=caller.by)
    async with rooms.store.read() as read:
        return _feed(await rooms.desk.calendar.feed(read, token), rooms, request)


@router.delete("/calendar-feeds/{feed_id}", status_code=204, summary="Revoke such an address", responses=problems(404))
async def revoke_feed(caller: Admin, rooms: RoomsOf, feed_id: str) -> None:
    """Nobody reads there any more."""
    await rooms.desk.calendar.revoke_feed(feed_id)


def _feed(row: FeedRow, rooms: Rooms, request: Request) -> Feed:
    base = (rooms.settings.public_url or str(request.base_url)).rstrip("/")
    return Feed(
        id=row.id,
        name=row.name,
        resource_id=row.resource_id,
        url=f"{base}/calendar/{rooms.desk.calendar.token(row.id)}.ics",
        created_at=to_iso(row.created_at),
    )
