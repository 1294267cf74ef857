"""Who else serves the same database: `serve` does everything itself, and bears nobody beside it."""

import asyncio
from collections.abc import Callable

from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import processes
from frontdesk.store.processes import Running
from frontdesk.store.store import Store

SERVE = "serve"  # the role of a process that does everything
PATIENCE = 6  # looks, a second apart: one that lives gives a sign every two


class NotAlone(FrontdeskError):
    """Another process serves this database in a way that does not go together with ours."""


async def alone(store: Store) -> None:
    """Return once nobody else serves the database.

    Raises:
        NotAlone: somebody does, and lives.
    """
    if found := await _alive(store, lambda one: True):
        raise NotAlone(
            f"“frontdesk {found.role}” on {found.host} serves this database already. Stop it, or start “frontdesk "
            "web”, “worker”, “beat” and “lines” in the place of “frontdesk serve”."
        )


async def beside(store: Store) -> None:
    """Return once nobody serves the database who does everything.

    Raises:
        NotAlone: somebody does, and lives.
    """
    if found := await _alive(store, lambda one: one.role == SERVE):
        raise NotAlone(
            f"“frontdesk serve” on {found.host} does everything in one process on this database already. Stop it first."
        )


async def _alive(store: Store, counts: Callable[[Running], bool]) -> Running | None:
    """One that gives signs of life while we look; None as soon as there is none that may still do so."""
    before: dict[str, int] = {}
    for _ in range(PATIENCE):
        async with store.read() as read:
            found = [one for one in await processes.running(read) if counts(one)]
        moved = [one for one in found if before.get(one.id, one.seen_at) != one.seen_at]
        if moved:
            return moved[0]
        if all(one.silent > PATIENCE * SECOND for one in found):
            return None
        before = {one.id: one.seen_at for one in found}
        await asyncio.sleep(1)  # of real time: signs are told by the database's clock
    return None
