"""Cancellations that get lost.

Up to Python 3.11 `asyncio.wait_for` swallows a cancellation that comes in the moment in which its wait is over,
and libraries that use it with it. Whoever is cancelled to end would then go on for ever.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

R = TypeVar("R")


def cancellations() -> int:
    """How often the present task was asked to end."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


async def kept(work: Awaitable[R]) -> R:
    """Await it; a cancellation that was lost meanwhile is raised now."""
    before = cancellations()
    result = await work
    if cancellations() > before:
        raise asyncio.CancelledError
    return result
