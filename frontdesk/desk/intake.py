"""Everything that arrives, whatever it is, is on disk before the sender is told so. Arrivals are stored in groups."""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from frontdesk.desk import groups, people, receipts
from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.casting import Casting
from frontdesk.desk.filing import Filing
from frontdesk.desk.holding import Holding
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.desk.parcels import Group, Parcel, groups_of, tell
from frontdesk.desk.placing import Arrived
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import (
    AddressChange,
    Called,
    Damaged,
    Delivery,
    Event,
    GroupChange,
    Inbound,
    LineState,
    NameChange,
    Notice,
    Receipt,
    Typing,
)
from frontdesk.kit.clock import Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import alerts, arrivals as rows
from frontdesk.store.sql import to_json
from frontdesk.store.store import Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

GROUP = 256  # arrivals that share one transaction at the most
BESIDE = 2  # groups that are stored at once, where the database has room for that
ENOUGH = 16  # arrivals for which a second one is worth its transaction
NOWHERE = "-"  # the ledger's account for what belongs to none
_Dead = tuple[str, Account | None, str | None, Event, str]  # channel, account, the line's own id, what, and why


class Intake:
    """The door through which everything comes in."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        casting: Casting,
        holding: Holding,
        own: OwnNumbers,
    ) -> None:
        self._database = store
        self._clock = clock
        self._accounts = accounts
        self._casting = casting
        self._holding = holding
        self.has_room: Callable[[], None] = lambda: None  # raises StoreUnavailable while the disk is full
        self._own = own
        self._waiting: deque[Parcel] = deque()
        self._beside: dict[asyncio.Task[None], Group] = {}
        self._news = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.on_stored: Callable[[], None] = lambda: None  # told after the commit of what waits to be scored

    async def receive(self, channel: str, deliveries: Sequence[Delivery], *, allowed: frozenset[str]) -> None:
        """Store everything that arrived; returns when it is on disk.

        `allowed` holds the accounts for which the arrival is authentic: what is for another line is a dead letter.

        Raises:
            StoreUnavailable: nothing was stored; the sender should try again.
        """
        self.has_room()
        placed = [placed for delivery in deliveries for placed in self._place(channel, delivery, allowed)]
        if not placed:
            return
        await self._take_in(Parcel(channel, placed))

    async def deliver(self, account: Account, delivery: Delivery) -> None:
        """Store what a connected line hands over by itself. Raises what `receive` raises."""
        ref = account.row.line_ref
        self.has_room()
        if delivery.events:
            await self._take_in(Parcel(account.row.channel, [(account, ref, event) for event in delivery.events]))

    async def _take_in(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        self._news.set()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        await parcel.stored

    async def close(self) -> None:
        """Wait until what was taken in is stored."""
        while self._worker is not None:
            await self._worker

    def _place(
        self, channel: str, delivery: Delivery, allowed: frozenset[str]
    ) -> list[tuple[Account | None, str | None, Event]]:
        account = self._accounts.by_ref(channel, delivery.line_ref) if delivery.line_ref else None
        if account is not None and account.row.id not in allowed:
            account = None
        return [(account, delivery.line_ref, event) for event in delivery.events]

    async def _work(self) -> None:
        try:
            while self._waiting or self._beside:
                if not self._may_begin():
                    self._news.clear()
                    await self._news.wait()
                    continue
                parcels = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
                for group in groups_of(parcels) if self._database.side_by_side else [Group(parcels)]:
                    await self._begin(group)
        finally:
            self._worker = None

    def _may_begin(self) -> bool:
        return len(self._beside) < BESIDE and len(self._waiting) >= (ENOUGH if self._beside else 1)

    async def _begin(self, group: Group) -> None:
        """Store a group after all that must come before it. What somebody wrote stays in its order."""
        while before := [task for task, other in self._beside.items() if group.alone or group.senders & other.senders]:
            await asyncio.wait(before)
        if not group.apart:
            await self._store_group(group)
            return
        while len(self._beside) >= BESIDE:
            await asyncio.wait(self._beside, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._store_group(group))
        self._beside[task] = group
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._beside[task]
        self._news.set()

    async def _store_group(self, group: Group) -> None:
        """Store parcels together. Whatever happens, whoever waits for them is told."""
        try:
            if not (group.apart and await self._store_beside(group)):
                await self._store(group.parcels)
        except StoreUnavailable as unavailable:
            tell(group.parcels, unavailable)
            return
        except Exception:
            log.exception("a group of arrivals could not be stored together")
            for parcel in group.parcels:
                await self._store_apart(parcel)
        tell(group.parcels)
        if group.asks_scores:
            self.on_stored()

    async def _store_beside(self, group: Group) -> bool:
        """Store messages while others, of other people, are stored on the same lines; False where that cannot be."""
        try:
            async with self._database.begin(addresses=group.senders, matters=group.told) as tx:
                await self._file(tx, group.parcels, apart=True)
                await self._accounts.seen(tx, group.accounts)
        except people.Entangled:
            return False
        return True

    async def _store(self, parcels: list[Parcel]) -> None:
        concerned = {account.row.id for parcel in parcels for account, _, _ in parcel.placed if account}
        async with self._database.begin(accounts=concerned, shared=True) as tx:
            stopped = await self._file(tx, parcels)
            await self._accounts.seen(tx, concerned)
        tell(parcels)
        for account_id, reason in stopped:
            try:
                await self._accounts.report(account_id, LineState(State.ACTION_REQUIRED, reason))
            except StoreUnavailable as unavailable:
                log.error("a line could not be stopped: %s", unavailable, extra={"account": account_id})

    async def _store_apart(self, parcel: Parcel) -> None:
        """One of its group is poisoned: store the parcel by itself; is it this one, then event by event."""
        parts = [Parcel(parcel.channel, [placed]) for placed in parcel.placed]
        try:
            for part in (parcel, *parts):
                try:
                    await self._store([part])
                except StoreUnavailable:
                    raise
                except Exception as poison:
                    if part is not parcel:
                        await self._bury_poison(part, f"Could not be stored: {type(poison).__name__}.")
                if parcel.stored.done():
                    return
        except StoreUnavailable as unavailable:
            tell([parcel], unavailable)

    async def _bury_poison(self, part: Parcel, why: str) -> None:
        """Keep a single event that cannot be stored as what it is; without its content, when that is the poison."""
        ((account, ref, event),) = part.placed
        for buried in (event, Damaged(why, "")):
            try:
                async with self._database.begin(shared=True) as tx:
                    await self._bury(tx, [(part.channel, account, ref, buried, why)])
            except StoreUnavailable:
                raise
            except Exception:
                log.exception("a dead letter could not be kept")
            else:
                return
        raise StoreUnavailable("Something that arrived could not be kept, not even as a dead letter; see the log.")

    async def _file(self, tx: Tx, parcels: list[Parcel], *, apart: bool = False) -> list[tuple[str, str]]:
        """Store the events of many parcels; gives the accounts that have to stop, with the reason."""
        now = self._clock.now()
        arrived: list[Arrived] = []
        reports: dict[str, list[Receipt]] = {}
        dead: list[_Dead] = []
        others: list[tuple[Account | None, Event]] = []
        for parcel in parcels:
            for account, ref, event in parcel.placed:
                if isinstance(event, Damaged):
                    dead.append((parcel.channel, account, ref, event, event.reason))
                elif account is None and not isinstance(event, Notice | Called | Typing):
                    why = f"No account here has the line {ref}." if ref else "The line is not named."
                    dead.append((parcel.channel, account, ref, event, why))
                elif isinstance(event, Inbound) and not event.sender.addresses and event.group is None:
                    dead.append((parcel.channel, account, ref, event, "It does not say who wrote."))
                elif isinstance(event, Inbound) and account is not None:
                    arrived.append(self._arrived(account, event))
                elif isinstance(event, Receipt) and account is not None:
                    reports.setdefault(account.row.id, []).append(event)
                else:
                    others.append((account, event))
        await self._file_messages(tx, arrived, now, apart=apart)
        failures = [
            (account_id, failure)
            for account_id, about in reports.items()
            for failure in await receipts.apply(tx, account_id, about, now=now, settles=self._settles(account_id))
        ]
        for account, event in others:
            await self._file_other(tx, account, event, now)
        await self._bury(tx, dead)
        # Only what is news stops a line: a report that is repeated, late or about a stranger's message stops nothing.
        return [
            (account_id, failure.error or "WhatsApp has stopped this line.")
            for account_id, failure in failures
            if failure.stops_line
        ]

    def _arrived(self, account: Account, message: Inbound) -> Arrived:
        own = self._own.holds(account, message)
        orders = own and self._own.speaks(account, message)
        settles = self._settles(account.row.id)
        return Arrived(account.row.id, account.row.name, message, settles, own=own, orders=orders)

    def _settles(self, account_id: str) -> bool:
        account = self._accounts.find(account_id)
        return account is None or account.channel.capabilities.settles

    async def _file_messages(self, tx: Tx, arrived: list[Arrived], now: int, *, apart: bool) -> None:
        if not arrived:
            return
        filing = Filing(self._casting, now, apart=apart)
        await filing.store(tx, arrived)
        for phoned in filing.phoned.values():
            await self._holding.hold(tx, phoned.chat_id, by="phone", reason="Answered on the phone.")
            await self._holding.answered(
                tx, phoned.chat_id, at=phoned.at, waiting_since=phoned.waiting_since, unread=phoned.unread
            )

    async def _file_other(self, tx: Tx, account: Account | None, event: Event, now: int) -> None:
        if isinstance(event, Notice):
            await self._file_notice(tx, account, event, now)
        elif isinstance(event, AddressChange) and account is not None:
            await people.follow(tx, account.row.id, event, now)
        elif isinstance(event, Called) and account is not None:
            await people.rang(tx, account.row.id, event, now)
        elif isinstance(event, NameChange) and account is not None:
            await people.named(tx, account.row.id, event, now)
        elif isinstance(event, Typing) and account is not None:
            await people.typing(tx, account.row.id, event)
        elif isinstance(event, GroupChange) and account is not None:
            await groups.follow(tx, account.row.id, event, now)

    async def _file_notice(self, tx: Tx, account: Account | None, event: Notice, now: int) -> None:
        account_id = account.row.id if account else None
        await rows.add_notices(
            tx,
            [
                {
                    "id": new_id("not"),
                    "account_id": account_id,
                    "field": event.field,
                    "content": to_json(event.content),
                    "received_at": now,
                }
            ],
        )
        if event.alert:
            await alerts.raise_(
                tx,
                now=now,
                kind="channel",
                sentence=event.alert,
                key=f"notice:{account_id}:{event.field}:{event.alert}",
                severe=event.severe,
                account_id=account_id,
            )

    async def _bury(self, tx: Tx, dead: list[_Dead]) -> None:
        """Keep what cannot be delivered, so that it can be seen, and count it. What comes again is a duplicate."""
        # In one order at every web, so that no two wait for each other.
        letters = sorted((_letter(one, self._clock.now()) for one in dead), key=lambda letter: letter["digest"])
        counts: dict[tuple[str, str], int] = {}
        for letter, times in zip(letters, await rows.add_dead_letters(tx, letters), strict=True):
            for entry in ("received",) if times == 1 else ("received", "duplicate"):
                key = (letter["account_id"] or NOWHERE, entry)
                counts[key] = counts.get(key, 0) + letter["messages"]
        await rows.count(tx, counts)


def _letter(dead: _Dead, now: int) -> dict[str, Any]:
    channel, account, ref, event, why = dead
    letter = {
        "id": new_id("ded"),
        "channel": channel,
        "account_id": account.row.id if account else None,
        "line_ref": ref,
        "reason": why,
        "raw": keepable(event.raw) if isinstance(event, Damaged) else to_json(_plain(event)),
        "messages": int(isinstance(event, Inbound | Damaged)),
        "count": 1,
        "received_at": now,
        "last_at": now,
    }
    return letter | {"digest": _digest(letter)}


def _digest(letter: dict[str, Any]) -> str:
    """The same for the same content, however its JSON was written. What had to leave its content is like no other."""
    try:
        content = orjson.dumps(orjson.loads(letter["raw"]), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        content = letter["raw"] or letter["id"]
    parts = [letter[name] for name in ("channel", "account_id", "line_ref", "reason")]
    return hashlib.sha256(to_json([*parts, content]).encode()).hexdigest()


def _plain(event: Event) -> dict[str, Any]:
    return {"event": type(event).__name__, **{name: getattr(event, name) for name in event.__dataclass_fields__}}
