"""What can be booked: services, who does them, their hours, the days that differ, and the feeds of the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select, update

from frontdesk.domain.appointments import Opening, Resource, Service, SpecialDay
from frontdesk.kit.ids import new_id
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import calendar_feeds, resources, service_resources, services, special_days, weekly_hours


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row of `calendar_feeds`."""

    id: str
    name: str
    resource_id: str | None
    made_by: str
    created_at: int
    revoked_at: int | None


def _service(*columns: Any) -> Service:
    id_, name, minutes, price, step, before, after, notice, *rest = columns
    ahead_days, reminders, template, language, directions, account_id, _created_at, retired_at = rest
    return Service(
        id=id_,
        name=name,
        minutes=minutes,
        price=price,
        step=step,
        before=before,
        after=after,
        notice=notice,
        ahead_days=ahead_days,
        reminders=tuple(orjson.loads(reminders)),
        template=template,
        language=language,
        directions=directions,
        account_id=account_id,
        retired_at=retired_at,
    )


def _columns(service: Service) -> dict[str, Any]:
    names = ("name", "minutes", "price", "step", "before", "after", "notice", "ahead_days")
    more = ("template", "language", "directions", "account_id")
    return {name: getattr(service, name) for name in (*names, *more)} | {"reminders": to_json(service.reminders)}


_SERVICES = select(services).order_by(services.c.name, services.c.id)
_DONE_BY = select(service_resources.c.service_id, service_resources.c.resource_id).order_by(
    service_resources.c.resource_id
)


async def all_services(read: Read, *, retired: bool = False) -> list[Service]:
    """Every service with those who do it, by name; `retired`: also those that are offered no longer."""
    found, pairs = await read.together((_SERVICES, _service, {}), (_DONE_BY, lambda *pair: pair, {}))
    doers: dict[str, list[str]] = {}
    for service_id, resource_id in pairs:
        doers.setdefault(service_id, []).append(resource_id)
    return [
        replace(each, resources=tuple(doers.get(each.id, ()))) for each in found if retired or each.retired_at is None
    ]


async def put_service(tx: Tx, service: Service, *, now: int) -> None:
    """A new service, or new words and times of one that is there."""
    row = _columns(service)
    if await tx.scalar(select(services.c.id).where(services.c.id == service.id)) is None:
        await tx.run(insert(services), {"id": service.id, "created_at": now, **row})
    else:
        await tx.run(update(services).where(services.c.id == service.id).values(row))
    await tx.run(delete(service_resources).where(service_resources.c.service_id == service.id))
    for resource_id in dict.fromkeys(service.resources):
        await tx.run(insert(service_resources), {"service_id": service.id, "resource_id": resource_id})


async def retire(tx: Tx, kind: str, one: str, *, now: int | None) -> bool:
    """A `service` or a `resource` is offered no longer, or again; False when there is none."""
    table = services if kind == "service" else resources
    return bool(await tx.count(update(table).where(table.c.id == one).values(retired_at=now)))


def _resource(*columns: Any) -> Resource:
    id_, name, zone, seats, account_id, _created_at, retired_at = columns
    return Resource(id_, name, zone or "", seats, account_id, retired_at=retired_at)


def _special(id_: str, resource_id: str | None, day: str, open_: bool, *rest: Any) -> SpecialDay:
    opens, closes, note = rest
    return SpecialDay(id_, date.fromisoformat(day), bool(open_), opens, closes, note, resource_id)


_RESOURCES = select(resources).order_by(resources.c.name, resources.c.id)
_HOURS = select(weekly_hours).order_by(weekly_hours.c.resource_id, weekly_hours.c.weekday, weekly_hours.c.opens)
_SPECIAL = (
    select(special_days)
    .where(special_days.c.day >= bindparam("since"))
    .order_by(special_days.c.day, special_days.c.opens, special_days.c.id)
)


async def all_resources(read: Read, *, zone: str, since: str = "", retired: bool = False) -> list[Resource]:
    """Every resource with its hours and the days that differ, from the day `since` on; `zone` is the house's."""
    found, hours, days = await read.together(
        (_RESOURCES, _resource, {}), (_HOURS, lambda *row: row, {}), (_SPECIAL, _special, {"since": since})
    )
    openings: dict[str, list[Opening]] = {}
    for resource_id, *opening in hours:
        openings.setdefault(resource_id, []).append(Opening(*opening))
    return [
        replace(
            each,
            zone=each.zone or zone,
            openings=tuple(openings.get(each.id, ())),
            special=tuple(day for day in days if day.resource_id in (None, each.id)),
        )
        for each in found
        if retired or each.retired_at is None
    ]


async def own_zones(read: Read) -> dict[str, str | None]:
    """The zone that each resource was given; None: the house's."""
    return await read.pairs(select(resources.c.id, resources.c.zone))


async def put_resource(tx: Tx, resource: Resource, *, now: int) -> None:
    """A new resource, or another name, zone and hours of one that is there. No zone: the house's."""
    row = {"name": resource.name, "zone": resource.zone or None, "seats": resource.seats}
    row["account_id"] = resource.account_id
    if await tx.scalar(select(resources.c.id).where(resources.c.id == resource.id)) is None:
        await tx.run(insert(resources), {"id": resource.id, "created_at": now, **row})
    else:
        await tx.run(update(resources).where(resources.c.id == resource.id).values(row))
    await tx.run(delete(weekly_hours).where(weekly_hours.c.resource_id == resource.id))
    for each in resource.openings:
        opening = {"weekday": each.weekday, "opens": each.opens, "closes": each.closes}
        await tx.run(insert(weekly_hours), {"resource_id": resource.id, **opening})


async def special_from(read: Read, since: str) -> list[SpecialDay]:
    """The days that differ, from that day on."""
    return await read.all(_SPECIAL, _special, {"since": since})


async def add_special(tx: Tx, day: SpecialDay) -> None:
    """A day that differs."""
    row = {"id": day.id, "resource_id": day.resource_id, "day": day.day.isoformat(), "open": day.open}
    await tx.run(insert(special_days), row | {"opens": day.opens, "closes": day.closes, "note": day.note})


async def special(read: Read, special_id: str) -> SpecialDay | None:
    """The day of that id."""
    return await read.one(select(special_days).where(special_days.c.id == special_id), _special)


async def drop_special(tx: Tx, special_id: str) -> None:
    """The day is as every other."""
    await tx.run(delete(special_days).where(special_days.c.id == special_id))


async def add_feed(tx: Tx, *, name: str, resource_id: str | None, by: str, now: int) -> str:
    """A feed for other calendars; gives its id."""
    row = {"id": new_id("cal"), "name": name, "resource_id": resource_id, "made_by": by, "created_at": now}
    await tx.run(insert(calendar_feeds), row)
    return str(row["id"])


async def feeds(read: Read) -> list[FeedRow]:
    """The feeds that can be read, the oldest first."""
    statement = select(calendar_feeds).where(calendar_feeds.c.revoked_at.is_(None)).order_by(calendar_feeds.c.id)
    return await read.all(statement, FeedRow)


async def feed(read: Read, feed_id: str) -> FeedRow | None:
    """The feed of that id, unless it was revoked."""
    open_ = calendar_feeds.c.revoked_at.is_(None)
    return await read.one(select(calendar_feeds).where(calendar_feeds.c.id == feed_id, open_), FeedRow)


async def revoke_feed(tx: Tx, feed_id: str, now: int) -> bool:
    """Nobody reads it any more; False when there is none."""
    return bool(await tx.count(update(calendar_feeds).where(calendar_feeds.c.id == feed_id).values(revoked_at=now)))


async def names(read: Read, ids: Sequence[str]) -> dict[str, str]:
    """The names of resources."""
    return await read.pairs(select(resources.c.id, resources.c.name).where(resources.c.id.in_(ids)))
