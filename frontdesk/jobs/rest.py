"""How whoever looks for work rests between two looks: until work is due, or until told of work that is due before."""

import asyncio

from frontdesk.kit.clock import Clock

NEVER = 2**62


class Rest:
    """One rests, others wake it. No wake-up is lost between `begin` and the rest."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wake = asyncio.Event()
        self._promised = NEVER  # when work is due of which we were told since the last look
        self._ending = False
        self.asleep_until = 0

    def wake(self, due: int) -> None:
        """There is work due at that moment (Unix ms)."""
        self._promised = min(self._promised, due)
        if due < self.asleep_until:
            self._wake.set()

    def look(self) -> None:
        """Look again now."""
        self._wake.set()

    def end(self) -> None:
        """Do not rest any more."""
        self._ending = True
        self._wake.set()

    def begin(self) -> None:
        """A look begins: what one is told from now on may be news."""
        if not self._ending:
            self._wake.clear()
        self._promised = NEVER

    async def until(self, due: int, *, at_most: int) -> None:
        """Rest until work is due (Unix ms), at most so long (ms)."""
        now = self._clock.now()
        await self.for_(min(at_most, min(due, self._promised) - now))

    async def for_(self, milliseconds: float) -> None:
        """Rest that long, or until there is work due before."""
        if milliseconds <= 0:
            return
        self.asleep_until = self._clock.now() + int(milliseconds)
        waking = asyncio.create_task(self._wake.wait())
        sleeping = asyncio.create_task(self._sleep_until(self.asleep_until))
        _, pending = await asyncio.wait((waking, sleeping), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        self.asleep_until = 0

    async def _sleep_until(self, at: int) -> None:
        """The moment counts, not the length: the clock may have moved since it was computed."""
        await self._clock.sleep(at - self._clock.now())
