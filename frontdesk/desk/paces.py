"""What a line may send in a second is shared by the processes that send."""

import logging
from collections.abc import Iterable

from frontdesk.channels.base import Channel, KeepsPace
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import processes
from frontdesk.store.store import Store

EVERY = 2 * SECOND
WORKER = "worker"  # the role of processes that send

log = logging.getLogger(__name__)


class Paces:
    """Tells channels that keep to a rate how many share it."""

    def __init__(self, store: Store, clock: Clock, channels: Iterable[Channel]) -> None:
        self._store = store
        self._clock = clock
        self._channels = tuple(channels)

    async def look(self) -> None:
        """Look once. A process that ended without a word counts until others take it out.

        Raises:
            StoreUnavailable: it cannot be known; the shares stay.
        """
        async with self._store.read() as read:
            senders = sum(one.role == WORKER for one in await processes.running(read))
        for channel in self._channels:
            if isinstance(channel, KeepsPace):
                channel.share_pace(max(1, senders))

    async def watch(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            try:
                await self.look()
            except FrontdeskError as away:
                log.warning("how many processes send cannot be read now: %s", away)
            await self._clock.sleep(EVERY)
