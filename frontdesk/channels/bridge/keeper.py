"""Keeps the process of one line up: started again when it ends, ever later, and parked when that helps nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from frontdesk.channels.base import Vitals
from frontdesk.channels.bridge.child import Child, NotRunning, Program
from frontdesk.channels.bridge.fence import Free, Leave
from frontdesk.channels.bridge.protocol import Told
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import MINUTE, SECOND, Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How a line that ends is treated. Times are milliseconds."""

    base: int = 2 * SECOND
    cap: int = 5 * MINUTE
    tries: int = 10  # in a row without a good run; then the line is parked
    parked: int = 15 * MINUTE  # between tries of a parked line
    good: int = MINUTE  # so long a line has to stand before its earlier ends are forgotten


@dataclass(frozen=True, slots=True)
class Duties:
    """What the channel does around a run of the process.

    `program` is asked before each start and may raise Unready and NotNow; `heard` takes each event; `tell` takes the
    states of the line; `over` is awaited after each end.
    """

    program: Callable[[], Awaitable[Program]]
    heard: Callable[[Told], None]
    tell: Callable[[LineState], None]
    over: Callable[[], Awaitable[None]]


class Unready(Exception):
    """The process need not be started: `state` says why."""

    def __init__(self, state: LineState) -> None:
        super().__init__(state.reason)
        self.state = state


class NotNow(Exception):
    """The process cannot be started now, and is tried again; the text is a sentence that says why."""


class _NotOurs(Exception):
    """The line is not held by this process any more."""


class Keeper:
    """One for each line that is up. `up()`, and later `down()`. `leave` is asked before each start."""

    def __init__(
        self,
        account_id: str,
        duties: Duties,
        clock: Clock,
        patience: Patience | None = None,
        *,
        leave: Leave | None = None,
    ) -> None:
        self._leave = leave or Free()
        self._account_id = account_id
        self._duties = duties
        self._clock = clock
        self._patience = patience or Patience()
        self._child: Child | None = None
        self._work: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._final: LineState | None = None
        self._why = ""  # the run ended, as the channel understood it
        self._stood_since: int | None = None
        self._again = False
        self._closing: asyncio.Task[None] | None = None
        self.starts = 0
        self.waiting = 0  # events that were told and are not stored yet

    # What others ask for

    def up(self) -> None:
        """Start the line, or try at once where it waits for its next try."""
        self._hurry.set()
        if self._work is None or self._work.done():
            self._final = None
            self._work = asyncio.create_task(self._keep())

    async def down(self) -> None:
        """End the process in order, and leave it ended."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            self._work = None
        if self._closing is not None:  # it was at its end, or at its beginning, already: that is not cut short
            await asyncio.gather(self._closing, return_exceptions=True)

    async def over(self) -> None:
        """Wait until the line is kept up no longer."""
        if self._work is not None:
            await asyncio.wait({self._work})

    def ends_for_good(self, state: LineState) -> None:
        """The process has told an end after which it makes no sense to start it again."""
        self._final = state
        self._stop_soon()

    def ends(self, why: str) -> None:
        """The process has told that its run is over; it is started again later. `why` is a sentence."""
        self._why = why
        self._stop_soon()

    def again(self) -> None:
        """End the process in order and start it again at once: nothing was wrong with its line."""
        self._again = True
        self._stop_soon()

    def stands(self) -> None:
        """The line is connected."""
        self._stood_since = self._clock.now()

    def fell(self) -> None:
        """The line has lost its connection, and the process tries by itself."""
        if self._stood_since is not None and self._clock.now() - self._stood_since >= self._patience.good:
            self._tries = 0
        self._stood_since = None

    async def ask(self, action: str, given: Mapping[str, Any], *, within: float) -> Mapping[str, Any]:
        """Have the process do something; raises what `Child.ask` raises."""
        if self._child is None:
            raise NotRunning("The process of this line does not run.")
        return await self._child.ask(action, given, within=within)

    def is_understood(self) -> None:
        """The bridge has told something in another way than by its lines."""
        if self._child is not None:
            self._child.is_understood()

    def ack(self, seq: int) -> None:
        """Everything up to `seq` is stored."""
        if self._child is not None:
            self._child.ack(seq)

    def kill(self) -> None:
        """End the process at once; it is started again like after any other end."""
        if self._child is not None:
            self._child.kill()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._child is not None and self._child.pid is not None

    def vitals(self) -> Vitals:
        """How the process is doing. May be asked in a thread, while the process comes and goes."""
        child = self._child
        memory = child.memory() if child is not None else None
        return Vitals(max(0, self.starts - 1), memory, self.waiting)

    # The work

    _tries = 0

    async def _keep(self) -> None:
        try:
            while await self._one_run():
                pass
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a line could not be kept up", extra={"account": self._account_id})
            self._duties.tell(LineState(State.ACTION_REQUIRED, "The line failed to start; see the log, then connect."))

    async def _one_run(self) -> bool:
        """Run the process once; gives whether it is to be started again, after having waited for that."""
        self._hurry.clear()
        self._why, self._again, self._stood_since = "", False, None
        try:
            why = await self._run()
        except Unready as unready:
            self._duties.tell(unready.state)
            return False
        except _NotOurs:  # whoever let go of the line takes it down, too
            await self._clock.sleep(SECOND)
            return True
        if self._final is not None:
            self._duties.tell(self._final)
            return False
        if self._again:
            self._duties.tell(LineState(State.CONNECTING))
            return True
        self.fell()
        self._tries += 1
        await self._wait(why)
        return True

    async def _run(self) -> str:
        """Start the process and wait for its end; gives why it ended, as a sentence."""
        if not self._leave.may_run(self._account_id):
            raise _NotOurs
        readying = asyncio.ensure_future(self._duties.program())
        try:
            program = await asyncio.shield(readying)
        except asyncio.CancelledError:
            self._closing = asyncio.create_task(self._give_back(readying))
            raise
        except NotNow as busy:
            return str(busy)
        except OSError as refused:
            await self._duties.over()
            return f"The folder of this line cannot be used: {refused.strerror or refused}. Free space or mend it."
        if not self._leave.may_run(self._account_id):
            await self._duties.over()
            raise _NotOurs
        child = self._child = Child(program, self._duties.heard, self._leave)
        try:
            await child.start()
            self.starts += 1
            await child.ended.wait()
        except OSError as refused:
            return f"The program of this line cannot be started: {refused.strerror or refused}."
        finally:
            self._closing = asyncio.create_task(self._end(child))
            await asyncio.shield(self._closing)
        return self._why or _ended(child)

    async def _give_back(self, readying: asyncio.Future[Program]) -> None:
        """What was made ready for a process that is not started after all."""
        with suppress(Exception):
            await readying
        await self._duties.over()

    async def _end(self, child: Child) -> None:
        await child.stop()
        if self._child is child:
            self._child = None
        self.waiting = 0
        await self._duties.over()

    async def _wait(self, why: str) -> None:
        parked = self._tries >= self._patience.tries
        pause = (
            self._patience.parked
            if parked
            else exponential(self._tries, base=self._patience.base, cap=self._patience.cap)
        )
        state = State.ACTION_REQUIRED if parked else State.CONNECTING
        self._duties.tell(LineState(state, _next_try(why, pause, self._tries if parked else None)))
        hurried = asyncio.create_task(self._hurry.wait())
        slept = asyncio.create_task(self._clock.sleep(pause))
        try:
            await asyncio.wait((hurried, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hurried, slept):
                task.cancel()
            await asyncio.gather(hurried, slept, return_exceptions=True)
        if parked:
            self._duties.tell(LineState(State.CONNECTING))

    def _stop_soon(self) -> None:
        if self._child is not None:
            self._ending = asyncio.create_task(self._child.stop())

    _ending: asyncio.Task[None] | None = None


def _ended(child: Child) -> str:
    if child.babbled:
        return "Its bridge spoke what cannot be understood."
    return f"Its process ended unexpectedly (code {child.code})."


def _next_try(why: str, pause: int, tries: int | None) -> str:
    seconds = max(1, round(pause / SECOND))
    when = f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"
    when = "a second" if seconds == 1 else when
    if tries is None:
        return f"{why} Next try in {when}."
    return f"{why} {tries} tries in a row failed. Press Connect to try now; otherwise the next try is in {when}."
