"""The numbers of the house for Prometheus, in a registry of their own."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from frontdesk.channels.base import HasVitals, Vitals
from frontdesk.domain.accounts import State
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.work import RunTurn
from frontdesk.kit.clock import DAY, SECOND, to_datetime, to_iso
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import model_uses, pages_house, processes, tallies
from frontdesk.web.counts import Rows
from frontdesk.web.metrics_summed import Sums
from frontdesk.web.problems import status_of
from frontdesk.web.rooms import Rooms

KEPT = 10 * SECOND  # numbers that are read from the database are read at most this often
PATIENCE = 1.0  # seconds for which Prometheus waits for what large tables tell: it is told the rest in any case

_DAYS = 7  # of which it is told what models were asked

_ACCOUNT = re.compile(rb'[{,]account="([^"]*)"')
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """Counts what happens at the door, and asks the database for the rest when it is read."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._kept: _Counted | None = None
        self._read_at = 0  # when what is kept was read
        self.registry = CollectorRegistry()
        self._latency = Histogram(
            "frontdesk_received_to_stored_seconds",
            "From the arrival of a webhook to its commit",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        webhooks = self._counter("webhooks", "Webhooks by outcome: ok, refused (the sender's fault), failed (ours)")
        self._ok, self._refused, self._failed = (webhooks.labels(word) for word in ("ok", "refused", "failed"))
        self._live = self._gauge("live_connections", "Screens and programs that listen to live events")
        self._lines = self._gauge("lines", "Lines by state", "state")
        self._line_memory = self._gauge("line_memory_bytes", "Memory of the process behind a line", "account")
        self._line_restarts = self._gauge("line_restarts", "Restarts of that process since the start", "account")
        self._line_waiting = self._gauge("line_waiting", "What a line has handed over and is not stored yet", "account")
        self._jobs = self._gauge("jobs_queued", "Jobs that wait, by kind", "kind")
        self._jobs_failed = self._gauge("jobs_given_up", "Jobs that were given up")
        self._oldest = self._gauge("jobs_oldest_seconds", "How long the job that is due longest has been due")
        self._due = self._gauge("jobs_due", "Jobs that are due and that nobody has begun, by kind", "kind")
        self._age = self._gauge("jobs_due_seconds", "For how long the oldest of them has been due, by kind", "kind")
        self._sent = self._gauge("jobs_sent", "How many of them the broker was given, by kind", "kind")
        self._processes = self._gauge("processes", "Processes of the house that live, by role", "role")
        self._lag = self._gauge("events_lag_seconds", "From the newest event's publication to the listeners here")
        self._unsent = self._gauge("events_unsent", "Events of this process that wait for Redis")
        self._connections = self._gauge(
            "database_connections", "Connections of this process: open, free, and those waited for", "purpose", "state"
        )
        self._sums = Sums()
        self.registry.register(self._sums)
        self._media = self._gauge("media", "Media files by state", "state")
        self._turns = self._gauge("turns", "Turns of the agent by state", "state")
        self._at = self._gauge("counted_timestamp_seconds", "When media, turns and the ledger were last counted")
        self._ledger = self._gauge(
            "ledger", "The ledger: messages in, decided and out, by entry, as /api/v1/ledger gives them", "entry"
        )

    def _counter(self, name: str, what: str) -> Counter:
        return Counter(f"frontdesk_{name}", what, ["outcome"], registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"frontdesk_{name}", what, labels, registry=self.registry)

    def stored(self, seconds: float) -> None:
        """A webhook was committed."""
        self._latency.observe(seconds)
        self._ok.inc()

    def refused(self, error: Exception) -> None:
        """A webhook was not stored."""
        status = status_of(error) if isinstance(error, FrontdeskError) else getattr(error, "status_code", 500)
        (self._failed if status >= 500 else self._refused).inc()

    async def text(self, sight: Sight = None) -> bytes:
        """All numbers in Prometheus' text form; those that name a line only where it is in sight."""
        self._show_own()
        counted = await self._counted()
        self._show_work(counted)
        _show(self._lines, {state.value: counted.lines.get(state.value, 0) for state in State})
        await self._show_vitals()
        self._show_rows(await self._rooms.counts.lately(patience=PATIENCE))
        lines = generate_latest(self.registry).splitlines(keepends=True)
        return b"".join(line for line in lines if _tells(line, sight))

    def _show_own(self) -> None:
        """What this process knows of itself."""
        bus = self._rooms.bus
        self._live.set(bus.listeners)
        self._lag.set(bus.lag / SECOND)
        self._unsent.set(bus.unsent)
        for pool in self._rooms.store.connections():
            for state in ("open", "free", "waiting"):
                self._connections.labels(pool.purpose, state).set(getattr(pool, state))

    def _show_work(self, counted: "_Counted") -> None:
        now = self._rooms.clock.now()
        _show(self._jobs, counted.work.queued)
        _show(self._due, {kind: due.count for kind, due in counted.due.items()})
        _show(self._age, {kind: max(0, now - due.since) / SECOND for kind, due in counted.due.items()})
        _show(self._sent, {kind: due.sent for kind, due in counted.due.items()})
        _show(self._processes, counted.roles)
        self._sums.read = counted.sums
        self._jobs_failed.set(counted.work.failed)
        self._oldest.set(_late(counted.work, now) / SECOND)

    def _show_rows(self, rows: Rows | None) -> None:
        if rows is not None:
            _show(self._media, rows.media)
            _show(self._turns, rows.turns)
            _show(self._ledger, rows.ledger)
            self._at.set(rows.at / SECOND)

    async def _show_vitals(self) -> None:
        """Of lines that have a process of their own. Reading its memory asks the kernel, which takes its time."""
        told: dict[str, Vitals] = {}
        for channel in self._rooms.channels.values():
            if isinstance(channel, HasVitals):
                told |= await asyncio.to_thread(channel.vitals)
        _show(self._line_memory, {account: vitals.memory or 0 for account, vitals in told.items()})
        _show(self._line_restarts, {account: vitals.restarts for account, vitals in told.items()})
        _show(self._line_waiting, {account: vitals.waiting for account, vitals in told.items()})

    async def stats(self, version: str) -> dict[str, Any]:
        """The same for people, with the size of the database."""
        rooms, counted, rows = self._rooms, await self._counted(), await self._rooms.counts.now()
        async with rooms.store.read() as read:
            uses = await model_uses.since(read, day_before(rooms, _DAYS))
        now = rooms.clock.now()
        turns_due = counted.work.queued.get(RunTurn.kind, 0)
        return {
            "version": version,
            "environment": rooms.settings.environment,
            "at": to_iso(now),
            "uptime_seconds": max(0, now - rooms.started_at) // SECOND,
            "buffer": {"active_buffers": turns_due, "chats_waiting": turns_due},
            "deduplication": {
                "received": rows.ledger.get("received", 0),
                "duplicates": rows.ledger.get("duplicate", 0),
            },
            "ledger": rows.ledger,
            "jobs": {
                "queued": counted.work.queued,
                "running": counted.work.running,
                "given_up": counted.work.failed,
                "oldest_seconds": _late(counted.work, now) // SECOND,
            },
            "lines": counted.lines,
            "media": rows.media,
            "turns": rows.turns,
            "model_uses": [asdict(use) for use in uses],
            "live_connections": rooms.bus.listeners,
            "database": {"rows": rows.sizes.rows, "bytes": rows.sizes.size, "free_bytes": rows.sizes.free},
        }

    async def _counted(self) -> "_Counted":
        """What small tables tell, and what indexes do."""
        now, store = self._rooms.clock.now(), self._rooms.store
        if self._kept is None or not 0 <= now - self._read_at < KEPT:  # a clock may be set back
            async with store.read() as read:
                self._kept = _Counted(
                    lines=await pages_house.lines_by_state(read),
                    work=await pages_house.work(read),
                    due=await pages_house.due_by_kind(read, now=now),
                    roles=await processes.roles(read),
                    sums=await tallies.sums(read),
                )
            self._read_at = now
        return self._kept


def _tells(line: bytes, sight: Sight) -> bool:
    named = _ACCOUNT.search(line)
    return named is None or in_sight(sight, named[1].decode())


def day_before(rooms: Rooms, days: int) -> str:
    """The first of so many days up to today, in the zone of the house."""
    first = to_datetime(rooms.clock.now() - (days - 1) * DAY, rooms.house().timezone)
    return f"{first:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class _Counted:
    lines: Mapping[str, int]
    work: pages_house.Work
    due: Mapping[str, pages_house.Due]
    roles: Mapping[str, int]
    sums: Mapping[str, float]


def _show(gauge: Gauge, numbers: Mapping[str, int] | Mapping[str, float]) -> None:
    gauge.clear()
    for label, number in numbers.items():
        gauge.labels(label).set(number)


def _late(work: pages_house.Work, now: int) -> int:
    return max(0, now - work.oldest_due_at) if work.oldest_due_at else 0
