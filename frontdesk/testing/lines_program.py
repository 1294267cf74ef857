"""A process for lines behind bridges, to be stopped and killed by tests: `python -m frontdesk.testing.lines_program`.

It is given the addresses of the database and of Redis, the folder, and a name; and ends in order at SIGTERM.
"""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.fence import Fence
from frontdesk.kit.clock import SystemClock
from frontdesk.testing.lines import Around, lines_process


def bridge(folder: Path, leave: Fence) -> Any:
    """The channel `bridge` of that house."""
    return BridgeChannel(SystemClock(), folder=folder / "lines" / "bridge", starts_programs=True, leave=leave)


async def main(database: str, redis: str, folder: str, name: str) -> None:
    """Hold lines until told to end."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    place = Path(folder)
    async with lines_process(Around(database, redis, place), name=name, make=partial(bridge, place)):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
