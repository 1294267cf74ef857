"""The servers of the tests leave the tests as they are."""

import signal
from typing import Any

from frontdesk.testing.local_server import serving


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    """A program that is never asked."""


async def test_a_server_of_a_test_takes_no_signal_away() -> None:
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(each) for each in signals]
    async with serving(nobody):
        assert [signal.getsignal(each) for each in signals] == before
