"""Adds what this process counts to the sums of the house, every few seconds and at its end."""

from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import tallies
from frontdesk.store.store import Store

EVERY = 5 * SECOND


class Tallying:
    """`watch()` beside the rest, `tell()` at the end."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def watch(self) -> None:
        """Tell again and again, until it is cancelled. What cannot be told is told later."""
        while True:
            await self._clock.sleep(EVERY)
            await self.tell()

    async def tell(self) -> None:
        """Tell what was counted since the last time. Where a commit's answer gets lost it may be told twice."""
        self._store.count_waits()
        grown = self._store.tally.hand_over()
        if not grown:
            return
        try:
            async with self._store.begin(shared=True, lasting=False) as tx:
                await tallies.add(tx, grown)
        except FrontdeskError:  # the store says elsewhere that it is away
            self._store.tally.take_back(grown)
        except BaseException:
            self._store.tally.take_back(grown)
            raise
