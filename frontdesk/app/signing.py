"""Signs of life for a program that has no event loop of its own, as Celery's beat."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Any

from frontdesk import __version__
from frontdesk.app.company import beside
from frontdesk.app.house import open_store
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import SystemClock
from frontdesk.settings import Settings

END = 5.0  # seconds for the last sign


@contextmanager
def giving_signs(settings: Settings, role: str, *, then: Coroutine[Any, Any, None]) -> Iterator[None]:
    """Wait for the database, do `then`, and give signs from a thread beside the block until its end.

    Raises:
        SettingsError: something is wrong that only its owner can mend.
        FrontdeskError: the house is served in another way.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="signs", daemon=True)
    thread.start()
    try:
        held = asyncio.run_coroutine_threadsafe(_begin(settings, role, then), loop).result()
        try:
            yield
        finally:
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(held.aclose(), loop).result(END)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END)


async def _begin(settings: Settings, role: str, then: Coroutine[Any, Any, None]) -> AsyncExitStack:
    async with AsyncExitStack() as stack:
        stack.callback(then.close)
        store = await stack.enter_async_context(open_store(settings, patient=True))
        await then
        await beside(store)
        signs = Signs(store, SystemClock(), Role(role, __version__, looks=False))
        stack.push_async_callback(signs.close)
        await signs.start()
        return stack.pop_all()
