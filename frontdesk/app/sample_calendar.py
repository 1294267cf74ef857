"""The calendar of the sample business, so that the demonstration has dentists, services, and people in its week."""

from datetime import date, timedelta

from frontdesk import samples
from frontdesk.desk.appointments import Wish
from frontdesk.desk.desk import Desk
from frontdesk.desk.errors import DeskError
from frontdesk.domain.appointments import Opening, Resource, Service
from frontdesk.domain.slots import local_day, moments
from frontdesk.kit.clock import Clock
from frontdesk.store.store import Store

BY = "sample"


async def furnish(desk: Desk, store: Store, clock: Clock) -> None:
    """Set it up on the sample line, unless somebody has set up a calendar already."""
    line = next((one.row.id for one in desk.accounts.all() if one.row.name == samples.NAME), None)
    async with store.read() as read:
        books = await desk.calendar.books(read, retired=True)
    if line is None or books.resources or books.services:
        return
    week = tuple(Opening(day, *hours) for day in range(5) for hours in ((9 * 60, 13 * 60), (14 * 60, 18 * 60)))
    saturday = Opening(5, 9 * 60, 13 * 60)
    who = {}
    for name, openings in (("Dr Inês Costa", week), ("Dr Rui Silva", (*week, saturday))):
        resource = Resource("", name, samples.ZONE, account_id=line, openings=openings)
        who[name] = (await desk.calendar.put_resource(resource)).id
    everybody = tuple(who.values())
    found = {}
    for name, minutes, price, after in samples.SERVICES:
        service = Service(
            "",
            name,
            minutes,
            price,
            step=30,
            after=after,
            reminders=(24 * 60, 2 * 60),
            directions=samples.DIRECTIONS,
            account_id=line,
            resources=everybody,
        )
        found[name] = (await desk.calendar.put_service(service)).id
    await _fill(desk, found, list(everybody), local_day(clock.now(), samples.ZONE))


async def _fill(desk: Desk, services: dict[str, str], who: list[str], today: date) -> None:
    """People of this week and the next one."""
    monday = today - timedelta(days=today.weekday())
    for number, (day, minute, service, name) in enumerate(samples.BOOKED):
        for week in (0, 7):
            on = monday + timedelta(days=day + week)
            (start, *_) = moments(on, minute + (30 if week else 0), samples.ZONE)
            wish = Wish(services[service], start, BY, resource_id=who[number % 2], name=name, freely=True)
            try:
                await desk.appointments.book(wish)
            except DeskError:
                continue  # two of the sample would overlap
