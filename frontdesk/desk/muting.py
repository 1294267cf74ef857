"""Silence for urgent alerts, as the owner asked for it. Who tells the owner of something urgent asks here first."""

from frontdesk.kit.clock import Clock
from frontdesk.store import marks
from frontdesk.store.store import Read, Tx

_NAME = "muted"
FOREVER = 2**53  # until somebody ends it


class Muting:
    """Whether urgent alerts are silent, and until when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def muted_until(self, read: Read) -> int | None:
        """Until when (Unix ms) urgent alerts are silent; `FOREVER` without an end, None where they are not."""
        mark = await marks.of(read, _NAME)
        until = int(mark.number) if mark is not None and mark.number is not None else 0
        return until if until > self._clock.now() else None

    async def mute(self, tx: Tx, until: int | None) -> None:
        """Urgent alerts are silent until that moment, or until `unmute`."""
        await marks.put(tx, _NAME, "", FOREVER if until is None else until)

    async def unmute(self, tx: Tx) -> None:
        """They are told again."""
        await marks.drop(tx, _NAME)
