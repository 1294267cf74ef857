"""The leases of this process: taken, renewed, given back, and let go of in time.

Who holds a lease stops acting on it `LETS_GO` seconds after the last renewal that it knows of began, by a clock that
runs on while the process or the whole machine sleeps. Who wants a lease that another holds waits until it has seen
nothing of a renewal for `LASTS` seconds, by the same kind of clock. So whatever happens to processes, to the database
or to its clock, two never act on one lease.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from frontdesk.kit.clock import SECOND
from frontdesk.store import leases
from frontdesk.store.leases import Lease
from frontdesk.store.store import Store, Tx

LASTS = 12.0  # seconds
LETS_GO = 9.5
RENEWED = 2.0  # seconds between two renewals
ORDER = 1.5  # seconds before it has to be let go of, in which that is done in order


def steady() -> float:
    """Seconds of a clock that nobody sets and that never stops, from some moment on."""
    return time.clock_gettime(_STEADY)


_STEADY = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", 0))


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds; shorter ones are for tests."""

    lasts: float = LASTS
    lets_go: float = LETS_GO
    renewed: float = RENEWED


class Leases:
    """`owner` is the id of this process. `on_change` is told after each time until when all that is held is held."""

    def __init__(
        self,
        store: Store,
        owner: str,
        *,
        times: Times | None = None,
        on_change: Callable[[float], None] = lambda until: None,
    ) -> None:
        self._store = store
        self.owner = owner
        self.times = times or Times()
        self.on_change = on_change
        self._until: dict[str, float] = {}
        self._let_go: dict[str, float] = {}  # until when what is held no longer, and was not given back, was held
        self._seen: dict[str, tuple[Lease, float]] = {}  # what others hold, and since when it is unchanged
        self._turn = asyncio.Lock()

    @property
    def held(self) -> frozenset[str]:
        """The names of those that were taken and not let go of; see `holds`."""
        return frozenset(self._until)

    def holds(self, name: str) -> bool:
        """Whether this process may act on it at this very moment."""
        until = self._until.get(name)
        return until is not None and steady() < until

    @property
    def late(self) -> bool:
        """Whether something is held that could not be renewed in time."""
        now = steady()
        return any(until <= now for until in self._until.values())

    @property
    def soon_late(self) -> bool:
        """Whether that is about to happen."""
        margin, now = min(ORDER, (self.times.lets_go - self.times.renewed) / 2), steady()
        return any(until - now <= margin for until in self._until.values())

    async def look(self) -> list[Lease]:
        """All that is held by anybody. What is never looked at can never be seen to have been left."""
        async with self._store.read() as read:
            found = await leases.every(read)
        now = steady()
        before, self._seen = self._seen, {}
        for lease in found:
            known, since = before.get(lease.name, (None, now))
            same = known is not None and (known.owner, known.until) == (lease.owner, lease.until)
            self._seen[lease.name] = (lease, since if same else now)
        return found

    def is_left(self, name: str) -> bool:
        """Whether the lease may be taken, as it was looked at last: nobody holds it, or its owner is dead."""
        found = self._seen.get(name)
        return found is None or steady() - found[1] >= self.times.lasts

    async def take(self, name: str) -> bool:
        """Hold it, where it is left."""
        found = self._seen.get(name)
        if name in self._until:
            return self.holds(name)
        if not self.is_left(name):
            return False
        async with self._turn:
            began = steady()
            lasts = round(self.times.lasts * SECOND)
            async with self._store.begin(shared=True) as tx:
                taken = await leases.take(
                    tx, name, owner=self.owner, lasts=lasts, dead=found[0] if found is not None else None
                )
            if taken:
                self._let_go.pop(name, None)
                self._until[name] = began + self.times.lets_go
                self._tell()
            return taken and self.holds(name)

    async def renew(self) -> frozenset[str]:
        """Hold on to all that is held; gives what was lost, which is held no longer.

        What else the database says this process holds is given up, as far as nothing can act on it any more: what was
        not renewed in time is nobody's until others would take it anyway.
        """
        async with self._turn:
            began, names, lasts = steady(), self.held, round(self.times.lasts * SECOND)
            ends = began - (self.times.lasts - self.times.lets_go)
            self._let_go = {name: until for name, until in self._let_go.items() if until > ends}
            async with self._store.begin(shared=True) as tx:
                kept = await leases.renew(tx, names, owner=self.owner, lasts=lasts, spared=self._let_go)
            for name in kept & self.held:
                self._until[name] = began + self.times.lets_go
            lost = names - kept
            self.forget(lost)
            return lost

    def forget(self, names: Iterable[str]) -> None:
        """Act on these no longer. What runs for them may do so for no longer than it might before."""
        for name in self.held.intersection(names):
            self._let_go[name] = self._until.pop(name)
        self._tell()

    async def give_back(self, names: Iterable[str]) -> None:
        """Hold these no longer: nothing acts on them any more, and others may take them at once."""
        wanted = tuple(names)
        async with self._turn:
            self.forget(wanted)
            for name in wanted:
                self._let_go.pop(name, None)
            async with self._store.begin(shared=True) as tx:
                await leases.give_back(tx, wanted, owner=self.owner)

    async def still(self, tx: Tx, name: str) -> bool:
        """Whether this process holds it, as the transaction finds it too."""
        return self.holds(name) and await leases.owner_of(tx, name) == self.owner

    def _tell(self) -> None:
        if self._until:
            self.on_change(min((*self._until.values(), *self._let_go.values())))
