"""Runs `frontdesk` so that it kills itself at one place on the way of a message, as a power cut there would.

    python -m frontdesk.testing.crash FILE serve --port 8000 ...

FILE holds the name of one of POINTS, or nothing: whoever wants a crash writes the name there. The process that comes
there first empties it and dies. Nothing of this is in the program itself: its methods are wrapped before it starts.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, Literal

from frontdesk.agent import run as agent
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.cli import main
from frontdesk.desk import receipts
from frontdesk.desk.gating import Gating
from frontdesk.desk.intake import Intake
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.turns import Turns
from frontdesk.events.memory import MemoryBus
from frontdesk.events.redis import RedisBus
from frontdesk.jobs.doing import Doing
from frontdesk.worker import main as celery


@dataclass(frozen=True, slots=True)
class Point:
    """Right before or right after one call."""

    owner: Any
    attribute: str
    when: Literal["before", "after"]


# In the order of the way of a message; the number is the row of the table in HOUSE, section 3.
POINTS: dict[str, Point] = {
    "1 arrived": Point(Intake, "receive", "before"),
    "2 stored, not committed": Point(Intake, "_file", "after"),
    "2 committed, not answered": Point(Intake, "receive", "after"),
    "3 turn claimed": Point(Doing, "do", "before"),
    "4 gate asked": Point(Gating, "verdict", "after"),
    "5 agent about to run": Point(agent, "run", "before"),
    "5 agent has answered": Point(agent, "run", "after"),
    "6 posted, not committed": Point(Outbox, "post", "after"),
    "6 posted": Point(Turns, "run", "after"),
    "7 sending, not sent": Point(CloudChannel, "send", "before"),
    "7 sent, not written down": Point(CloudChannel, "send", "after"),
    "8 receipt, not committed": Point(receipts, "apply", "after"),
    "9 committed, not told": Point(MemoryBus, "publish", "before"),
}
OVER_REDIS = ("9 committed, not told", Point(RedisBus, "publish", "before"))


def lay(file: Path) -> None:
    """Wrap every point, on either bus."""
    for name, point in (*POINTS.items(), OVER_REDIS):
        setattr(point.owner, point.attribute, _trapped(getattr(point.owner, point.attribute), file, name))


def _trapped(inner: Callable[..., Any], file: Path, name: str) -> Callable[..., Any]:
    when = POINTS[name].when

    def pass_by(now: str) -> None:
        if now == when and file.read_text() == name:
            file.write_text("")
            os.kill(os.getpid(), signal.SIGKILL)

    if not iscoroutinefunction(inner):

        @wraps(inner)
        def plain(*given: Any, **named: Any) -> Any:
            pass_by("before")
            result = inner(*given, **named)
            pass_by("after")
            return result

        return plain

    @wraps(inner)
    async def trapped(*given: Any, **named: Any) -> Any:
        pass_by("before")
        result = await inner(*given, **named)
        pass_by("after")
        return result

    return trapped


if __name__ == "__main__":
    lay(Path(sys.argv[1]))
    if sys.argv[2] in ("worker", "beat"):  # which the command line would start anew, without the traps
        sys.exit(celery(sys.argv[2:]))
    main(sys.argv[2:])
