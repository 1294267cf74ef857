"""How orderly the stand-in behaves, and things that happen later by its clock."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from frontdesk.kit.clock import HOUR, MINUTE, SECOND, Clock

RETRY_AFTER = (0, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Shares are between 0 and 1, times in milliseconds.

    `read_after` None: a message is read when its thread is looked at on the phone page. `retry_scale` makes retries of
    refused webhooks come sooner (below 1) than Meta's.
    """

    sent_after: tuple[int, int] = (50, 1_000)
    delivered_after: tuple[int, int] = (1_000, 3_000)
    read_after: tuple[int, int] | None = (1_000, 3_000)
    swapped: float = 0.25  # statuses of a message that come in another order than they happened
    doubled: float = 0.2  # statuses that come twice
    skips_delivered: float = 0.15  # read at once: no delivered in between
    never_read: float = 0.2  # people without read receipts
    gathered: float = 0.5  # webhooks that wait a moment for others
    gather_for: int = 1_500
    mixed: bool = True  # batches of any size in any order, in parallel
    fails_late: float = 0.0  # messages taken with 200 that fail later
    retry_scale: float = 1.0


LIVELY = Behaviour()
CALM = Behaviour(
    sent_after=(120, 180),
    delivered_after=(200, 350),
    read_after=None,
    swapped=0,
    doubled=0,
    skips_delivered=0,
    never_read=0,
    gathered=0,
    mixed=False,
    retry_scale=1.0,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A status that comes `after` that many milliseconds; `happened` is the later of its timestamp, same unit."""

    after: int
    status: str
    happened: int


def plan(kind: str, behaviour: Behaviour, random: Random, *, voice: bool = False) -> list[Step]:
    """The statuses that one of our messages gets, in the order in which they are reported."""
    happened = random.randint(*behaviour.sent_after)
    steps = [Step(happened, "sent", happened)]
    if kind == "reaction":
        return steps
    happened += random.randint(*behaviour.delivered_after)
    read = behaviour.read_after is not None and random.random() >= behaviour.never_read
    if not (read and random.random() < behaviour.skips_delivered):
        steps.append(Step(happened, "delivered", happened))
    if read and behaviour.read_after is not None:
        happened += random.randint(*behaviour.read_after)
        steps.append(Step(happened, "read", happened))
        if voice:
            happened += random.randint(*behaviour.read_after)
            steps.append(Step(happened, "played", happened))
    if random.random() < behaviour.swapped:
        moments = [step.after for step in steps]
        random.shuffle(moments)
        steps = [Step(after, step.status, step.happened) for after, step in zip(moments, steps, strict=True)]
    again = [step for step in steps if random.random() < behaviour.doubled]
    steps += [Step(step.after + random.randint(1_000, 3_000), step.status, step.happened) for step in again]
    return sorted(steps, key=lambda step: step.after)


def retry_after(attempts: int, behaviour: Behaviour) -> int:
    """Milliseconds until a webhook that was refused that many times comes again."""
    return int(RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1] * behaviour.retry_scale)


class Later:
    """Runs things when the clock has come so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()

    def at(self, due: int, action: Callable[[], None]) -> None:
        """Call `action` at `due`, in Unix milliseconds."""
        task = asyncio.get_running_loop().create_task(self._wait(due, action))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    @property
    def pending(self) -> int:
        """How many things have not happened yet."""
        return len(self._waiting)

    async def _wait(self, due: int, action: Callable[[], None]) -> None:
        while (left := due - self._clock.now()) > 0:
            await self._clock.sleep(left)
        try:
            action()
        except Exception:
            _log.exception("The simulator could not do what was planned.")

    async def close(self) -> None:
        """Forget what has not happened yet."""
        waiting = list(self._waiting)
        for task in waiting:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waiting, return_exceptions=True)
