"""The agent paused in the whole house. The gate asks for it, so it holds at once for every chat on every line."""

from dataclasses import dataclass

import orjson

from frontdesk.desk.errors import Invalid
from frontdesk.domain.commands import LONGEST
from frontdesk.domain.live import Live, LiveType
from frontdesk.kit.clock import Clock
from frontdesk.store import marks
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Store, Tx

_NAME = "agent_paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """The agent is paused. Times are Unix ms; without `until` it is until somebody ends it."""

    since: int
    until: int | None
    by: str


class Pausing:
    """Pauses the agent everywhere, and ends that."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def state(self, read: Read) -> Pause | None:
        """The pause that holds now; one that has run out holds no more."""
        mark = await marks.of(read, _NAME)
        if mark is None:
            return None
        until = int(mark.number) if mark.number is not None else None
        if until is not None and until <= self._clock.now():
            return None
        told = orjson.loads(mark.value)
        return Pause(int(told["since"]), until, str(told["by"]))

    async def pause(self, *, by: str, until: int | None = None) -> None:
        """The agent answers nobody until that moment (Unix ms), or until `resume`.

        Raises:
            Invalid: that moment is past, or more than a year ahead.
        """
        now = self._clock.now()
        if until is not None and not now < until <= now + LONGEST:
            raise Invalid("The pause must end in the future, and within a year.")
        async with self._store.begin() as tx:
            await self.pause_in(tx, by=by, until=until)

    async def resume(self, *, by: str) -> bool:
        """The agent may answer again; whether it was paused."""
        async with self._store.begin() as tx:
            return await self.resume_in(tx)

    async def pause_in(self, tx: Tx, *, by: str, until: int | None) -> None:
        """The same inside another transaction."""
        await marks.put(tx, _NAME, to_json({"since": self._clock.now(), "by": by}), until)
        tx.emit(Live(LiveType.AGENT_PAUSED, {"paused": True, "until": until}))

    async def resume_in(self, tx: Tx) -> bool:
        """The same inside another transaction."""
        before = await self.state(tx)
        await marks.drop(tx, _NAME)
        tx.emit(Live(LiveType.AGENT_PAUSED, {"paused": False, "until": None}))
        return before is not None
