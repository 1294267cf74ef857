"""Digests: who wants which, when each is due, and the orders to make them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from frontdesk.desk.commands import DigestAsked
from frontdesk.desk.errors import Forbidden, Invalid, NotFound
from frontdesk.domain.digests import FIRST, LANGUAGES, LATE, SETTLING, Choice, Way
from frontdesk.domain.operators import Sight
from frontdesk.domain.personas import House
from frontdesk.domain.schedules import Schedule, WrongSchedule, read as read_schedule
from frontdesk.domain.work import DigestsDue, MakeDigest
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import shorten
from frontdesk.store import digests
from frontdesk.store.rows_digests import DigestRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Store, Tx

MOST = 50  # digests of one operator
_EACH = ("digests",)  # those who order issues do so one after the other


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to be told, as they say it. Without a schedule: on demand."""

    name: str = "Digest"
    schedule: str | None = None
    zone: str | None = None  # None: the house's
    language: str = "en"
    choice: Choice = field(default_factory=Choice)
    ways: tuple[str, ...] = (Way.INBOX.value,)
    enabled: bool = True


OWN_CHAT = "Own chat"
ON_DEMAND = Order(name="On demand")


class Digests:
    """The standing orders, and what is due of them."""

    def __init__(self, store: Store, clock: Clock, house: Callable[[], House]) -> None:
        self._store = store
        self._clock = clock
        self._house = house

    async def add(self, order: Order, *, operator_id: str | None, owner: bool) -> str:
        """A new digest; gives its id. `owner`: who asks may use the paths to the owner.

        Raises:
            Invalid: something in it cannot be; the sentence says what.
            Forbidden: it would go to the owner, and who asks is not an admin.
        """
        now, schedule = self._clock.now(), self._checked(order, owner=owner)
        digest_id = new_id("dig")
        async with self._store.begin(matters=_EACH) as tx:
            if len(await digests.of(tx, operator_id)) >= MOST:
                raise Invalid(f"There are {MOST} digests already. Remove one first.")
            row = self._row(order, schedule) | {"id": digest_id, "operator_id": operator_id}
            await digests.add(tx, row | {"covered_to": now - FIRST, "created_at": now})
        return digest_id

    async def change(self, digest_id: str, order: Order, *, owner: bool) -> None:
        """The digest is wanted so from now on. What was not told yet will be.

        Raises:
            NotFound: there is no such digest.
            Invalid, Forbidden: as of `add`.
        """
        schedule = self._checked(order, owner=owner)
        async with self._store.begin(matters=_EACH) as tx:
            if await digests.by_id(tx, digest_id) is None:
                raise NotFound("There is no such digest.")
            await digests.change(tx, digest_id, **self._row(order, schedule))

    async def remove(self, digest_id: str) -> None:
        """The digest goes, with what was made of it.

        Raises:
            NotFound: there is no such digest.
        """
        async with self._store.begin(matters=_EACH) as tx:
            if await digests.by_id(tx, digest_id) is None:
                raise NotFound("There is no such digest.")
            await digests.remove(tx, digest_id)

    async def now(self, digest_id: str) -> str:
        """Make an issue of what is not told of yet, and tell it; gives the issue's id. The schedule stays as it is.

        Raises:
            NotFound: there is no such digest.
        """
        now = self._clock.now()
        async with self._store.begin(matters=_EACH) as tx:
            row = await digests.by_id(tx, digest_id)
            if row is None:
                raise NotFound("There is no such digest.")
            since = min(row.covered_to, now - 1) if row.schedule else now - FIRST
            issue_id = await self._order(tx, row, since=since, until=now, due=None)
            assert issue_id is not None
        return issue_id

    async def of_the_day(self, *, operator_id: str | None) -> str:
        """Make an issue of the last day and all chats in sight, for the inbox; gives its id."""
        async with self._store.read() as read:
            known = [row for row in await digests.of(read, operator_id) if row.operator_id == operator_id]
        plain = next((row.id for row in known if order_of(row) == ON_DEMAND), None)
        return await self.now(plain or await self.add(ON_DEMAND, operator_id=operator_id, owner=False))

    async def asked(self, asked: DigestAsked) -> str:
        """An issue for who asks in the own chat, of the last day and of what they see there; gives its id.

        It is not made by a job: whoever asks makes it. The same command gives the same issue.
        """
        now, issue_id = self._clock.now(), f"iss_{asked.message_id}"
        language = asked.language if asked.language in LANGUAGES else "en"
        choice = Choice() if asked.sight is None else Choice(accounts=(asked.account_id,))
        wanted = Order(name=OWN_CHAT, language=language, choice=choice)
        async with self._store.read() as read:
            if await digests.issue(read, issue_id) is not None:
                return issue_id
            known = [row for row in await digests.of(read, None) if row.operator_id is None and order_of(row) == wanted]
        digest_id = known[0].id if known else await self.add(wanted, operator_id=None, owner=True)
        issue = {"id": issue_id, "digest_id": digest_id, "since": now - FIRST, "until": now, "state": "waits"}
        async with self._store.begin(matters=_EACH) as tx:
            await digests.add_issue(tx, {**issue, "due_at": None, "created_at": now})
        return issue_id

    async def seen(self, issue_id: str) -> None:
        """Its reader has looked at it."""
        async with self._store.begin(shared=True, lasting=False) as tx:
            await digests.seen(tx, issue_id, self._clock.now())

    async def due(self, job: DigestsDue, ticket: Ticket) -> None:
        """Order what is due now. What should have been while nobody worked is one issue, of all that time."""
        now = self._clock.now()
        async with self._store.begin(matters=_EACH) as tx:
            for row in await digests.due(tx, now):
                await self._order_due(tx, row, now)
            await ticket.done(tx)

    async def _order_due(self, tx: Tx, row: DigestRow, now: int) -> None:
        assert row.next_at is not None
        assert row.schedule is not None
        schedule, zone = read_schedule(row.schedule), self.zone(row)
        until = now if now - row.next_at > LATE else row.next_at
        await self._order(tx, row, since=row.covered_to, until=until, due=row.next_at)
        await digests.change(tx, row.id, covered_to=until, next_at=schedule.after(now, zone))

    async def _order(self, tx: Tx, row: DigestRow, *, since: int, until: int, due: int | None) -> str | None:
        now = self._clock.now()
        issue = {
            "id": new_id("iss"),
            "digest_id": row.id,
            "due_at": due,
            "since": since,
            "until": until,
            "state": "waits",
            "created_at": now,
        }
        if not await digests.add_issue(tx, issue):
            return None
        job, at = MakeDigest(str(issue["id"])), now if due is None else max(now, until + SETTLING)
        await enqueue(tx, job, now=now, due=at)
        return job.issue_id

    def zone(self, row: DigestRow) -> str:
        """The zone of its times."""
        return row.zone or self._house().timezone

    def _row(self, order: Order, schedule: Schedule | None) -> dict[str, Any]:
        wanted = schedule is not None and order.enabled
        zone = order.zone or self._house().timezone
        return {
            "name": shorten(order.name.strip(), 80) or "Digest",
            "schedule": schedule.text if schedule else None,
            "zone": order.zone,
            "language": order.language,
            "choice": to_json(asdict(order.choice)),
            "ways": to_json(list(dict.fromkeys(order.ways))),
            "enabled": order.enabled,
            "next_at": schedule.after(self._clock.now(), zone) if wanted and schedule else None,
        }

    def _checked(self, order: Order, *, owner: bool) -> Schedule | None:
        if unknown := [way for way in order.ways if way not in set(Way)]:
            raise Invalid(f"“{unknown[0]}” is no way of telling. Give some of {', '.join(Way)}.")
        if not owner and {Way.SELF, Way.NOTIFY} & set(order.ways):
            raise Forbidden("Only an admin may send a digest to the owner's number or notifiers.")
        if order.language not in LANGUAGES:
            raise Invalid(f"Digests are written in {', '.join(LANGUAGES)}.")
        if order.zone is not None and not _is_zone(order.zone):
            raise Invalid(f"“{shorten(order.zone, 40)}” is no time zone. Give an IANA name such as Europe/Lisbon.")
        try:
            return read_schedule(order.schedule) if order.schedule and order.schedule.strip() else None
        except WrongSchedule as wrong:
            raise Invalid(str(wrong)) from wrong


def may_read(row: DigestRow, *, operator_id: str | None, sight: Sight) -> bool:
    """Whether it is theirs: an operator's own; what programs ordered, who sees everything. Programs (None): all."""
    return operator_id in (None, row.operator_id) or (row.operator_id is None and sight is None)


def order_of(row: DigestRow) -> Order:
    """The order behind a row."""
    return Order(
        name=row.name,
        schedule=row.schedule,
        zone=row.zone,
        language=row.language,
        choice=choice_of(row),
        ways=ways_of(row),
        enabled=row.enabled,
    )


def choice_of(row: DigestRow) -> Choice:
    """Of which chats it tells."""
    return Choice(**{name: tuple(values) for name, values in orjson.loads(row.choice).items()})


def ways_of(row: DigestRow) -> tuple[str, ...]:
    """Where it goes."""
    found: Sequence[str] = orjson.loads(row.ways)
    return tuple(found)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True
