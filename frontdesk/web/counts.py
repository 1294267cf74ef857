"""Numbers that only whole tables tell: counted once at a time, beside whoever asks for them, and kept for a while."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from frontdesk.kit.clock import SECOND, Clock
from frontdesk.store import ledger, pages_house
from frontdesk.store.engine import is_postgres
from frontdesk.store.store import Store

KEPT = 10 * SECOND  # tables are counted at most this often ...
SHARE = 30  # ... and for at most that part of the time: with a hundred million messages it takes minutes


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tables held at that moment."""

    at: int
    media: Mapping[str, int]
    turns: Mapping[str, int]
    ledger: Mapping[str, int]
    sizes: pages_house.Sizes


class Counts:
    """Of one process. Who has no time is told what was counted last."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._rows: Rows | None = None
        self._keep = 0  # for how many milliseconds
        self._counting: asyncio.Task[None] | None = None

    async def lately(self, *, patience: float) -> Rows | None:
        """As they are now if that can be told within `patience` seconds, else as they were; None before the first."""
        if counting := self._renewed():
            await asyncio.wait((counting,), timeout=patience)
            if counting.done():
                counting.result()
        return self._rows

    async def now(self) -> Rows:
        """As they are now, however long that takes."""
        if counting := self._renewed():
            await asyncio.shield(counting)
        assert self._rows is not None
        return self._rows

    async def close(self) -> None:
        """Count no more."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.wait((self._counting,))

    def _renewed(self) -> asyncio.Task[None] | None:
        if self._counting is not None and not self._counting.done():
            return self._counting
        if self._rows is not None and 0 <= self._clock.now() - self._rows.at < self._keep:  # a clock may be set back
            return None
        self._counting = asyncio.create_task(self._count())
        self._counting.add_done_callback(_seen)
        return self._counting

    async def _count(self) -> None:
        now, began = self._clock.now(), perf_counter()
        async with self._store.read() as read:
            self._rows = Rows(
                at=now,
                media=await pages_house.media_by_state(read),
                turns=await pages_house.turns_by_state(read),
                ledger=await pages_house.ledger_sums(read) | _entries(await ledger.balance(read)),
                sizes=await pages_house.sizes(read, on_server=is_postgres(self._store.url)),
            )
        self._keep = max(KEPT, int((perf_counter() - began) * SHARE * SECOND))


def _seen(counting: asyncio.Task[None]) -> None:
    """Nobody may be waiting any more for a count that failed."""
    if not counting.cancelled():
        counting.exception()


def _entries(balance: ledger.Balance) -> dict[str, int]:
    counts = {name: getattr(balance, name) for name in balance.__dataclass_fields__}
    return {**counts, "refused": sum(balance.refused.values())}
