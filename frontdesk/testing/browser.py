"""The sample business behind a real server, and the Chromium with which it is looked at."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from frontdesk.channels.base import Channel
from frontdesk.desk.turns import Think
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.testing.house import OPEN_HOUSE, TestHouse, house
from frontdesk.testing.local_server import listening, serving, url_of

FINDER = Path(__file__).resolve().parents[2] / "tools" / "find-chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PASSWORD = "a calm short sentence"


@cache
def executable() -> str | None:
    """The browser of this machine, by the same search as `make test`; None when there is none.

    Raises:
        RuntimeError: CHROMIUM names one that does not run.
    """
    found = subprocess.run([FINDER, sys.executable], capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(found.stderr.strip())
    return found.stdout.strip() or None


@asynccontextmanager
async def demonstration(
    folder: Path,
    *,
    config: str = OPEN_HOUSE,
    clock: Clock | None = None,
    think: Think | None = None,
    channels: tuple[Channel, ...] = (),
    public: bool = False,
) -> AsyncIterator[tuple[TestHouse, str]]:
    """A house with the sample business, its lines up, and its address. The clock is the machine's unless given.

    `public`: others may come by that address, too, as the settings say.
    """
    with listening() as listener:
        base = url_of(listener)
        own = clock or SystemClock()
        async with house(
            folder,
            config=config,
            clock=own,
            think=think,
            channels=channels,
            demo_at=base,
            start=False,
            public_url=base if public else None,
        ) as desk:
            async with serving(desk.built.web, listener):
                await desk.built.start()
                await desk.connected()
                try:
                    yield desk, base
                finally:
                    desk.built.end_streams()


async def signed_in(desk: TestHouse, login: str = "rita", *, name: str = "Rita Marques", role: str = "admin") -> str:
    """The token of an operator who has come in, and is made at the first time."""
    operators = desk.desk.operators
    if login not in {row.login for row in await operators.all()}:
        await operators.add(login, name=name, role=role, password=PASSWORD)
    return (await operators.sign_in(login, PASSWORD, address="127.0.0.1")).token
