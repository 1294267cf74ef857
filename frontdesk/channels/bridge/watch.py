"""Asks a bridge that runs elsewhere how it stands, again and again, and says when it does not answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from frontdesk.channels.bridge.child import NoAnswer, NotRunning
from frontdesk.channels.bridge.keeper import Patience
from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import MINUTE, SECOND, Clock

log = logging.getLogger(__name__)

APART = MINUTE  # between two questions to a bridge that answers


class Away(Protocol):
    """Told that the bridge does not answer. `parked`: for so long that somebody should look."""

    def __call__(self, sentence: str, *, parked: bool) -> None:
        """Take the sentence."""


class Watch:
    """`up()` asks at once. `ask` raises NotRunning or NoAnswer where nobody answers."""

    def __init__(self, ask: Callable[[], Awaitable[object]], away: Away, clock: Clock, patience: Patience) -> None:
        self._ask = ask
        self._away = away
        self._clock = clock
        self._patience = patience
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._tries = 0

    def up(self) -> None:
        """Ask now, and from now on."""
        self._hurry.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on())

    async def down(self) -> None:
        """Ask no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            self._hurry.clear()
            try:
                await self._ask()
            except (NotRunning, NoAnswer) as away:
                await self._wait(self._missed(away.sentence))
            except Exception:
                log.exception("a bridge could not be asked how it stands")
                await self._wait(APART)
            else:
                self._tries = 0
                await self._wait(APART)

    def _missed(self, why: str) -> int:
        self._tries += 1
        parked = self._tries >= self._patience.tries
        pause = exponential(self._tries, base=self._patience.base, cap=APART)
        seconds = max(1, round(pause / SECOND))
        self._away(f"{why} Start the bridge, or check the address; it is asked again in {seconds} s.", parked=parked)
        return pause

    async def _wait(self, pause: int) -> None:
        hurried, slept = asyncio.create_task(self._hurry.wait()), asyncio.create_task(self._clock.sleep(pause))
        try:
            await asyncio.wait((hurried, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hurried, slept):
                task.cancel()
            await asyncio.gather(hurried, slept, return_exceptions=True)
