"""Setting up the calendar: services, who does them, hours, days that differ, and feeds for other calendars."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.appointments import (
    MOST_SEATS,
    Resource,
    Service,
    SpecialDay,
    openings_problem,
    service_problem,
)
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.personas import House
from frontdesk.domain.slots import local_day
from frontdesk.kit.clock import Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.kit.vault import Vault
from frontdesk.store import appointments, calendar as rows, sight
from frontdesk.store.appointments import Wanted
from frontdesk.store.calendar import FeedRow
from frontdesk.store.store import Read, Store, Tx

SETUP = "calendar"  # changed by one at a time
NO_SERVICE, NO_RESOURCE = "There is no such service.", "There is no such resource."
LONGEST_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class Books:
    """What can be booked, by id."""

    services: Mapping[str, Service]
    resources: Mapping[str, Resource]

    def service(self, service_id: str) -> Service:
        """The service of that id.

        Raises:
            NotFound: there is none.
        """
        if (found := self.services.get(service_id)) is None:
            raise NotFound(NO_SERVICE)
        return found

    def doing(self, service: Service) -> list[Resource]:
        """Those who do the service, by name."""
        return [each for each in self.resources.values() if each.id in service.resources]

    def on_line(self, account_id: str | None) -> list[Service]:
        """The services that are offered on a line and that somebody does."""
        return [each for each in self.services.values() if each.account_id in (None, account_id) and self.doing(each)]


class Calendar:
    """What can be booked, as it is set up."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, *, house: Callable[[], House]) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._house = house

    @property
    def zone(self) -> str:
        """The house's, for whom no other is given."""
        return self._house().timezone

    async def books(self, read: Read, *, retired: bool = False, since: date | None = None) -> Books:
        """All that can be booked; days that differ from `since` on, by default from yesterday on."""
        day = since or local_day(self._clock.now(), self.zone) - timedelta(days=1)
        services = await rows.all_services(read, retired=retired)
        found = await rows.all_resources(read, zone=self.zone, since=day.isoformat(), retired=retired)
        return Books({each.id: each for each in services}, {each.id: each for each in found})

    # Services and resources

    async def put_service(self, service: Service) -> Service:
        """Make a service (without an id) or change one.

        Raises:
            Invalid: it cannot be so; the sentence says why.
            NotFound: there is no such service, or nobody of that id who does it.
        """
        cleaned = replace(
            service,
            name=keepable(service.name).strip()[:80],
            price=_words(service.price, 40),
            directions=_words(service.directions, LONGEST_WORDS),
            template=_words(service.template, 500),
            reminders=tuple(sorted(set(service.reminders), reverse=True)),
        )
        if problem := service_problem(cleaned):
            raise Invalid(problem)
        async with self._store.begin(matters=[SETUP]) as tx:
            await self._there(tx, service.account_id)
            books = await self.books(tx, retired=True)
            if service.id:
                books.service(service.id)
            if any(each not in books.resources for each in service.resources):
                raise NotFound(NO_RESOURCE)
            made = replace(cleaned, id=service.id or new_id("svc"))
            await rows.put_service(tx, made, now=self._clock.now())
        return made

    async def put_resource(self, resource: Resource) -> Resource:
        """Make a resource (without an id) or change one. No zone: the house's. Fewer seats need them free.

        Raises:
            Invalid: it cannot be so; the sentence says why.
            NotFound: there is no such resource.
            Conflict: somebody is booked on a seat that would go.
        """
        cleaned = replace(resource, name=keepable(resource.name).strip()[:80])
        if problem := _resource_problem(cleaned) or openings_problem(resource.openings):
            raise Invalid(problem)
        async with self._store.begin(matters=[SETUP, matter(resource.id)]) as tx:
            await self._there(tx, resource.account_id)
            books = await self.books(tx, retired=True)
            before = books.resources.get(resource.id)
            if resource.id and before is None:
                raise NotFound(NO_RESOURCE)
            if before is not None and resource.seats < before.seats:
                await self._may_shrink(tx, resource)
            made = replace(cleaned, id=resource.id or new_id("res"))
            await rows.put_resource(tx, made, now=self._clock.now())
        return made

    @staticmethod
    async def _there(tx: Tx, account_id: str | None) -> None:
        if account_id is not None and not await sight.live(tx, [account_id]):
            raise NotFound("There is no such account.")

    async def _may_shrink(self, tx: Tx, resource: Resource) -> None:
        wanted = Wanted(begins=self._clock.now(), resource_id=resource.id, states=("booked",))
        if any(line.row.seat >= resource.seats for line in await appointments.listed(tx, wanted)):
            raise Conflict("Somebody is booked on a seat that would go. Move or cancel those appointments first.")

    async def retire(self, kind: str, one: str, *, back: bool = False) -> None:
        """A `service` or a `resource` is offered no longer, or again with `back`; what is booked stays booked.

        Raises:
            NotFound: there is none.
        """
        async with self._store.begin(matters=[SETUP]) as tx:
            if not await rows.retire(tx, kind, one, now=None if back else self._clock.now()):
                raise NotFound(NO_SERVICE if kind == "service" else NO_RESOURCE)

    # Days that differ

    async def add_special(self, day: SpecialDay) -> SpecialDay:
        """A day that differs, for one resource or for everybody.

        Raises:
            Invalid: its hours cannot be so.
            NotFound: there is no such resource.
        """
        if not 0 <= day.opens < day.closes <= 1440 or day.opens % 5 or day.closes % 5:
            raise Invalid("Hours run from an earlier to a later time of the same day, at full five minutes.")
        made = replace(day, id=new_id("day"), note=_words(day.note, 120))
        async with self._store.begin(matters=[SETUP]) as tx:
            books = await self.books(tx, retired=True)
            if day.resource_id is not None and day.resource_id not in books.resources:
                raise NotFound(NO_RESOURCE)
            await rows.add_special(tx, made)
        return made

    async def drop_special(self, special_id: str) -> None:
        """The day is as every other.

        Raises:
            NotFound: there is no such day.
        """
        async with self._store.begin(matters=[SETUP]) as tx:
            if await rows.special(tx, special_id) is None:
                raise NotFound("There is no such day.")
            await rows.drop_special(tx, special_id)

    # Feeds

    async def add_feed(self, name: str, *, resource_id: str | None, by: str) -> str:
        """A secret address at which other calendars read; gives its token.

        Raises:
            NotFound: there is no such resource.
        """
        async with self._store.begin(matters=[SETUP]) as tx:
            books = await self.books(tx, retired=True)
            if resource_id is not None and resource_id not in books.resources:
                raise NotFound(NO_RESOURCE)
            called = _words(name, 80) or "Calendar"
            feed_id = await rows.add_feed(tx, name=called, resource_id=resource_id, by=by, now=self._clock.now())
        return self.token(feed_id)

    def token(self, feed_id: str) -> str:
        """What stands in the address of a feed: its id, and what only this installation can write beside it."""
        return f"{feed_id}.{self._vault.derive(f'calendar feed {feed_id}').hex()[:40]}"

    async def feed(self, read: Read, token: str) -> FeedRow:
        """The feed of that token.

        Raises:
            NotFound: the token is wrong, or was revoked.
        """
        feed_id = token.partition(".")[0]
        right = hmac.compare_digest(token.encode(), self.token(feed_id).encode())
        found = await rows.feed(read, feed_id) if right else None
        if found is None:
            raise NotFound("There is no calendar at this address, or it was revoked.")
        return found

    async def revoke_feed(self, feed_id: str) -> None:
        """Nobody reads it any more.

        Raises:
            NotFound: there is none.
        """
        async with self._store.begin(matters=[SETUP]) as tx:
            if not await rows.revoke_feed(tx, feed_id, self._clock.now()):
                raise NotFound("There is no such feed.")


def matter(resource_id: str) -> str:
    """Under which the time of a resource is given by one at a time, so that nobody waits for another in a ring."""
    return f"calendar:{resource_id}"


def seen(resource: Resource, seeing: Sight) -> bool:
    """Whether somebody sees a resource: those of no line are everybody's."""
    return resource.account_id is None or in_sight(seeing, resource.account_id)


def _words(text: str | None, most: int) -> str | None:
    return keepable(text).strip()[:most] or None if text else None


def _resource_problem(resource: Resource) -> str | None:
    if not resource.name:
        return "Give it a name, such as “Dr Silva” or “Flat at the park”."
    if not 1 <= resource.seats <= MOST_SEATS:
        return f"From 1 to {MOST_SEATS} people can come at the same time."
    if not resource.zone:
        return None
    try:
        ZoneInfo(resource.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"There is no time zone “{resource.zone[:60]}”. Write one such as Europe/Lisbon."
    return None
