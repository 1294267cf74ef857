"""The process behind `fence.py`. It is told line by line, and uses nothing but the standard library.

`+ PID` and `- PID`: a group of processes is there, is gone. `until SECONDS`: they may run until then. The end of the
input is the end of whoever tells. Its arguments are what is known already: until when, and the groups.
"""

import os
import select
import signal
import sys
import time

GRACE = 2.0  # seconds in which the programs may end by themselves, once nobody speaks with them any more
AGAIN = 0.1
_STEADY = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", 0))


def _now() -> float:
    return time.clock_gettime(_STEADY)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _kill(groups: set[int]) -> None:
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


class _Watch:
    def __init__(self, known: list[str]) -> None:
        self.until = float(known[0]) if known else float("inf")
        self.groups = {int(group) for group in known[1:]}

    def read(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "+":
            self.groups.add(int(rest))
        elif word == "-":
            self.groups.discard(int(rest))
        elif word == "until":
            self.until = float(rest)

    def left(self) -> float | None:
        """Seconds that are left, where there is anything to end."""
        return None if not self.groups or self.until == float("inf") else max(0.0, self.until - _now())


def main() -> None:
    """Watch until the input ends."""
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, signal.SIG_IGN)
    watch, pending = _Watch(sys.argv[1:]), b""
    while True:
        left = watch.left()
        ready, _, _ = select.select([0], [], [], left)
        if watch.groups and _now() >= watch.until:
            _kill(watch.groups)
        if ready:
            chunk = os.read(0, 65536)
            if not chunk:
                break
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                watch.read(line.decode())
        elif left is not None:
            time.sleep(AGAIN)  # they are killed again until it is told that they are gone
    ends = min(watch.until, _now() + GRACE)
    while any(_is_there(group) for group in watch.groups) and _now() < ends:
        time.sleep(AGAIN)
    _kill(watch.groups)


if __name__ == "__main__":
    main()
