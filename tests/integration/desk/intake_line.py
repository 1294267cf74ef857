"""A line on which answers are a minute away, so that what arrives is seen as it was stored."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from frontdesk.testing.desk import FakeLine, fake_line

QUIET = """
[buffer]
quiet_seconds = 60
cap_seconds = 120
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
"""


def quiet_line(folder: Path, **more: Any) -> AbstractAsyncContextManager[FakeLine]:
    """A house in `folder` with such a line; `more` is handed to `fake_line`."""
    return fake_line(folder, config=QUIET, **more)


async def balances(line: FakeLine) -> None:
    """Nothing was lost on the way in."""
    balance = await line.balance()
    assert balance.balanced, balance
