"""What lines have to say, taken up in order, and never lost while the store is away."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from frontdesk.domain.wire import Delivery, LineState
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.store.store import StoreUnavailable

log = logging.getLogger(__name__)

DRAIN = 5.0  # seconds that what lines have handed over gets to be stored at the end

TakeUp = Callable[[str, LineState | Delivery], Awaitable[None]]


class LineReports:
    """Stands between channels, which wait for no answer, and the desk, which stores what they say."""

    def __init__(self, clock: Clock, take_up: TakeUp) -> None:
        self._clock = clock
        self._take_up = take_up
        self._waiting: asyncio.Queue[tuple[str, int, LineState | Delivery]] = asyncio.Queue()
        self._runs: Counter[str] = Counter()  # how often each line was taken down
        self._listens = False

    def put(self, account_id: str, what: LineState | Delivery) -> None:
        """Take what a line says; nothing is waited for."""
        self._waiting.put_nowait((account_id, self._runs[account_id], what))

    def forget_states(self, account_id: str) -> None:
        """The line was taken down: how it said before that it stands is over, where that was not taken up yet."""
        self._runs[account_id] += 1

    async def listen(self) -> None:
        """Take up what lines say. What is handed over together is stored together; states are told in order."""
        self._listens = True
        while True:
            heard = [await self._waiting.get()]
            while not self._waiting.empty():
                heard.append(self._waiting.get_nowait())
            states = [(account_id, run, what) for account_id, run, what in heard if isinstance(what, LineState)]
            others = [(account_id, what) for account_id, _, what in heard if isinstance(what, Delivery)]
            await asyncio.gather(self._one_by_one(states), *(self._until_stored(*other) for other in others))
            for _ in heard:
                self._waiting.task_done()

    async def drained(self) -> None:
        """Wait until what was said is stored, for `DRAIN` seconds at most; not where nobody has ever listened."""
        if not self._listens:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), DRAIN)

    async def _one_by_one(self, states: list[tuple[str, int, LineState]]) -> None:
        for account_id, run, told in states:
            await self._until_stored(account_id, told, run)

    async def _until_stored(self, account_id: str, what: LineState | Delivery, run: int | None = None) -> None:
        """Nobody waits for an answer here, so this waits for the store; with a state of a `run`, while that lasts."""
        while run is None or run == self._runs[account_id]:
            try:
                await self._take_up(account_id, what)
            except StoreUnavailable as away:
                log.error("a report of a line waits for the store: %s", away, extra={"account": account_id})
                await self._clock.sleep(SECOND)
            except Exception:
                log.exception("a report of a line could not be stored", extra={"account": account_id})
                return
            else:
                if isinstance(what, Delivery) and what.stored is not None:
                    what.stored()
                return
