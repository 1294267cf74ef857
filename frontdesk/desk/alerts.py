"""Alerts that a person has seen."""

from frontdesk.desk.errors import NotFound
from frontdesk.domain.operators import Sight
from frontdesk.kit.clock import Clock
from frontdesk.store import alerts
from frontdesk.store.store import Store


class Alerts:
    """What the owner should know."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def acknowledge_all(self, *, until: int, by: str, sight: Sight = None) -> None:
        """A person has seen all that they see and was raised by that moment (Unix ms); what came later stays open."""
        async with self._store.begin(shared=True) as tx:
            await alerts.acknowledge_all(tx, until=until, now=self._clock.now(), sight=sight)

    async def acknowledge(self, alert_id: str, *, by: str) -> None:
        """A person has seen it; again is as good as once.

        Raises:
            NotFound: there is no such alert.
        """
        async with self._store.begin(shared=True) as tx:
            if not await alerts.acknowledge(tx, alert_id, self._clock.now()):
                raise NotFound("There is no such alert.")
