"""What can be booked: services, resources with their hours, and days that differ."""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StringConstraints

from frontdesk.desk.calendar import seen
from frontdesk.desk.errors import Invalid
from frontdesk.domain.appointments import Opening, Resource as ResourceValue, Service as ServiceValue, SpecialDay
from frontdesk.domain.operators import in_sight
from frontdesk.store import calendar as rows
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, Items, TextOrNone
from frontdesk.web.auth import Admin, Reader, RoomsOf

router = APIRouter(tags=["appointments"])
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = Annotated[str, StringConstraints(max_length=20)]


class Service(Given):
    """What people come for. Minutes; `notice` is how long before at the latest, `reminders` minutes before.

    `template`: the name of an approved template with four variables (name, service, day, time), for reminders outside
    the 24 hours. `account_id`: the line it is offered on; null: every one. `resources`: who does it.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Cleaning", "minutes": 30, "price": "45 €", "resources": ["res_0199"]}}
    )

    name: str = Field(min_length=1, max_length=80)
    minutes: int = Field(ge=5, le=1440)
    price: TextOrNone = Field(default=None, max_length=40)
    step: int = Field(default=15, ge=5, le=1440)
    before: int = Field(default=0, ge=0, le=1440)
    after: int = Field(default=0, ge=0, le=1440)
    notice: int = Field(default=120, ge=0, le=525_600)
    ahead_days: int = Field(default=60, ge=1, le=730)
    reminders: list[int] = Field(default=[1440], max_length=5)
    template: TextOrNone = Field(default=None, max_length=500)
    language: str = Field(default="en", max_length=20)
    directions: TextOrNone = Field(default=None, max_length=1_000)
    account_id: TextOrNone = Field(default=None, max_length=60)
    resources: list[str] = Field(default=[], max_length=200)


class KnownService(Service):
    """A service with its id. `retired`: it is offered no longer."""

    id: str
    retired: bool


class Resource(Given):
    """Who or what is booked. `hours` by day (`mon` to `sun`) as `09:00-13:00`; no `zone`: the house's."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Dr Silva", "hours": {"mon": ["09:00-13:00", "14:00-18:00"]}}}
    )

    name: str = Field(min_length=1, max_length=80)
    zone: TextOrNone = Field(default=None, max_length=60)
    seats: int = Field(default=1, ge=1, le=50)
    account_id: TextOrNone = Field(default=None, max_length=60)
    hours: dict[str, list[Span]] = Field(default={}, max_length=7)


class KnownResource(Resource):
    """A resource with its id. `retired`: it is booked no longer."""

    id: str
    retired: bool


class DifferentDay(Given):
    """A day that differs, for one resource or for everybody: closed (all day without `hours`), or open besides."""

    model_config = ConfigDict(json_schema_extra={"example": {"day": "2026-12-24", "open": False, "note": "Holiday"}})

    day: date
    open: bool = False
    hours: TextOrNone = Field(default=None, max_length=20)
    resource_id: TextOrNone = Field(default=None, max_length=60)
    note: TextOrNone = Field(default=None, max_length=120)


class KnownDay(DifferentDay):
    """A day that differs, with its id."""

    id: str


@router.get("/services", summary="The services that can be booked")
async def services(caller: Reader, rooms: RoomsOf) -> Items[KnownService]:
    """Those of the lines in sight, and those of every line."""
    async with rooms.store.read() as read:
        found = await rows.all_services(read, retired=True)
    return Items(
        items=[_service(each) for each in found if each.account_id is None or in_sight(caller.sight, each.account_id)]
    )


@router.post("/services", status_code=201, summary="Add a service", responses=problems(404))
async def add_service(caller: Admin, rooms: RoomsOf, new: Service) -> KnownService:
    """It can be booked at once where somebody does it."""
    return _service(await rooms.desk.calendar.put_service(_given_service(new, "")))


@router.put("/services/{service_id}", summary="Change a service", responses=problems(404))
async def change_service(caller: Admin, rooms: RoomsOf, service_id: str, new: Service) -> KnownService:
    """All of it. What is booked stays as it was booked."""
    return _service(await rooms.desk.calendar.put_service(_given_service(new, service_id)))


@router.delete("/services/{service_id}", status_code=204, summary="Offer a service no longer", responses=problems(404))
async def retire_service(caller: Admin, rooms: RoomsOf, service_id: str) -> None:
    """What is booked stays booked."""
    await rooms.desk.calendar.retire("service", service_id)


@router.get("/resources", summary="Who or what can be booked, with hours")
async def resources(caller: Reader, rooms: RoomsOf) -> Items[KnownResource]:
    """Those of the lines in sight, and those of every line."""
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read, retired=True)
    return Items(items=[_resource(each) for each in books.resources.values() if seen(each, caller.sight)])


@router.post("/resources", status_code=201, summary="Add a resource")
async def add_resource(caller: Admin, rooms: RoomsOf, new: Resource) -> KnownResource:
    """With its weekly hours."""
    made = await rooms.desk.calendar.put_resource(_given_resource(new, ""))
    return _resource(replace(made, zone=made.zone or rooms.desk.calendar.zone))


@router.put("/resources/{resource_id}", summary="Change a resource and its hours", responses=problems(404, 409))
async def change_resource(caller: Admin, rooms: RoomsOf, resource_id: str, new: Resource) -> KnownResource:
    """All of it. What is booked stays booked, also outside the new hours."""
    made = await rooms.desk.calendar.put_resource(_given_resource(new, resource_id))
    return _resource(replace(made, zone=made.zone or rooms.desk.calendar.zone))


@router.delete(
    "/resources/{resource_id}", status_code=204, summary="Book a resource no longer", responses=problems(404)
)
async def retire_resource(caller: Admin, rooms: RoomsOf, resource_id: str) -> None:
    """What is booked stays booked."""
    await rooms.desk.calendar.retire("resource", resource_id)


@router.get("/special-days", summary="Days that differ from the week")
async def special_days(caller: Reader, rooms: RoomsOf) -> Items[KnownDay]:
    """Those to come, the next one first."""
    async with rooms.store.read() as read:
        books = await rooms.desk.calendar.books(read)
        found = await rows.special_from(read, "")
    visible = {each.id for each in books.resources.values() if seen(each, caller.sight)}
    return Items(items=[_day(each) for each in found if each.resource_id is None or each.resource_id in visible])


@router.post("/special-days", status_code=201, summary="Close a day, or open besides", responses=problems(404))
async def add_special_day(caller: Admin, rooms: RoomsOf, new: DifferentDay) -> KnownDay:
    """For one resource, or for everybody."""
    opens, closes = span(new.hours) if new.hours else (0, 1440)
    day = SpecialDay("", new.day, new.open, opens, closes, new.note, new.resource_id)
    return _day(await rooms.desk.calendar.add_special(day))


@router.delete(
    "/special-days/{special_id}", status_code=204, summary="A day is as every other", responses=problems(404)
)
async def drop_special_day(caller: Admin, rooms: RoomsOf, special_id: str) -> None:
    """Its hours are those of the week again."""
    await rooms.desk.calendar.drop_special(special_id)


def span(text: str) -> tuple[int, int]:
    """`09:00-13:00` as minutes of the day.

    Raises:
        Invalid: it is no such span.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"“{text[:30]}” are no hours. Write them as 09:00-13:00.")
    numbers = [int(each) for each in match.groups()]
    return numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]


def span_words(opens: int, closes: int) -> str:
    """Minutes of the day as `09:00-13:00`."""
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


def _given_service(given: Service, service_id: str) -> ServiceValue:
    values = given.model_dump()
    reminders, resources = (tuple(values.pop(name)) for name in ("reminders", "resources"))
    return ServiceValue(id=service_id, reminders=reminders, resources=resources, **values)


def _service(made: ServiceValue) -> KnownService:
    same = {name: getattr(made, name) for name in Service.model_fields if name not in ("reminders", "resources")}
    return KnownService(
        id=made.id,
        retired=made.retired_at is not None,
        reminders=list(made.reminders),
        resources=list(made.resources),
        **same,
    )


def _given_resource(given: Resource, resource_id: str) -> ResourceValue:
    openings = []
    for day, spans in given.hours.items():
        if day not in DAYS:
            raise Invalid(f"“{day[:20]}” is no day. The days are {', '.join(DAYS)}.")
        openings += [Opening(DAYS.index(day), *span(each)) for each in spans]
    return ResourceValue(
        resource_id, given.name, given.zone or "", given.seats, given.account_id, openings=tuple(openings)
    )


def _resource(made: ResourceValue) -> KnownResource:
    hours: dict[str, list[str]] = {}
    for each in made.openings:
        hours.setdefault(DAYS[each.weekday], []).append(span_words(each.opens, each.closes))
    return KnownResource(
        id=made.id,
        name=made.name,
        zone=made.zone,
        seats=made.seats,
        account_id=made.account_id,
        hours=hours,
        retired=made.retired_at is not None,
    )


def _day(day: SpecialDay) -> KnownDay:
    whole = (day.opens, day.closes) == (0, 1440)
    return KnownDay(
        id=day.id,
        day=day.day,
        open=day.open,
        hours=None if whole else span_words(day.opens, day.closes),
        resource_id=day.resource_id,
        note=day.note,
    )
