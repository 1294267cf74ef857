"""Finds the process that holds a line, and has it do things: the way to lines from web and worker processes."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from frontdesk.channels.base import Vitals
from frontdesk.desk.account import Account
from frontdesk.desk.errors import Conflict, Forbidden, Invalid, NotFound
from frontdesk.desk.line_place import runs
from frontdesk.events.asking import Asking
from frontdesk.events.board import Board
from frontdesk.kit.asking import Failed, NotAsked, Unanswered
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import leases
from frontdesk.store.leases import Lease
from frontdesk.store.store import Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

LINE, LINES = "line:", "lines:"  # before the id of an account, and of a process that holds lines
KNOWN = 2.0  # seconds for which it is known without a look who holds a line
AGAIN = 500  # milliseconds before a line that is between two processes is asked again
VERB = 60.0  # seconds for what is done with a line by hand
LOOK = 5 * SECOND  # between two looks at how lines are doing

NO_LINES = "No process for lines runs. Start `frontdesk lines`."
_BETWEEN = "The line is not held by any process right now. It is tried again by itself."
_WAIT = "The line is between two processes right now. Try again in some seconds."
_DOUBT = "It is not known whether that was done: the process that holds the line did not answer. Look how it stands."
_KINDS: dict[str, type[FrontdeskError]] = {
    kind.__name__: kind for kind in (Conflict, Forbidden, Invalid, NotFound, StoreUnavailable)
}


def line_name(account_id: str) -> str:
    """The name of the lease of a line."""
    return f"{LINE}{account_id}"


def process_name(owner: str) -> str:
    """The name of the lease by which a process says that it takes lines."""
    return f"{LINES}{owner}"


def takers(found: list[Lease]) -> dict[str, int]:
    """Which processes take lines, and how many each holds."""
    alive = {one.owner for one in found if one.name.startswith(LINES) and one.left > 0}
    held = dict.fromkeys(alive, 0)
    for one in found:
        if one.name.startswith(LINE) and one.owner in held:
            held[one.owner] += 1
    return held


def vitals_key(owner: str) -> str:
    """Under which name a process tells how its lines are doing."""
    return f"vitals:{owner}"


def told_vitals(found: Mapping[str, Mapping[str, Vitals]]) -> dict[str, Any]:
    """The vitals of lines, by channel and account, as they are told to others."""
    return {channel: {one: asdict(vitals) for one, vitals in lines.items()} for channel, lines in found.items()}


class LineOwners:
    """`start()` and `close()`, with `watch()` beside it where vitals are shown."""

    def __init__(self, store: Store, clock: Clock, asking: Asking, board: Board) -> None:
        self._store = store
        self._clock = clock
        self._asking = asking
        self._board = board
        self._known: dict[str, tuple[str, float]] = {}
        self._vitals: dict[str, dict[str, Vitals]] = {}

    async def start(self) -> None:
        """Begin to listen for answers."""
        await self._asking.start()

    async def close(self) -> None:
        """Let go."""
        await self._asking.close()
        await self._board.close()

    async def ask(
        self, account_id: str, verb: str, given: Mapping[str, Any], *, within: float, lifts: bool = False
    ) -> Any:
        """Have the owner of the line do it; `within` is in seconds. With `lifts` any process may become its owner.

        Raises:
            NotAsked: surely not done.
            Unanswered: what became of it is not known.
            Failed: it was tried and raised that.
        """
        what = {"account": account_id, "verb": verb, "given": dict(given), "lifts": lifts}
        ends, asked = time.monotonic() + within, None
        while True:
            owner = await self._owner(account_id) or (await self._anyone() if lifts else None)
            if owner is None or (owner == asked and not lifts):
                raise NotAsked(_BETWEEN)
            try:
                return await self._asking.ask(owner, what, within=within)
            except NotAsked:
                self._known.pop(account_id, None)
                if time.monotonic() >= ends:
                    raise
            asked = owner
            await self._clock.sleep(AGAIN if lifts else 0)

    def vitals(self, channel: str) -> Mapping[str, Vitals]:
        """How the processes behind the lines of a channel are doing, as it was told last."""
        return self._vitals.get(channel, {})

    async def watch(self) -> None:
        """Look again and again how lines are doing, until it is cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as away:
                log.info("who holds the lines cannot be read now: %s", away)
            await self._clock.sleep(LOOK)

    async def look(self) -> None:
        """Read how the lines of each process are doing."""
        async with self._store.read() as read:
            owners = takers(await leases.every(read))
        found: dict[str, dict[str, Vitals]] = {}
        for told in await self._board.get([vitals_key(owner) for owner in owners]):
            for channel, lines in told.items():
                found.setdefault(channel, {}).update({one: Vitals(**vitals) for one, vitals in lines.items()})
        self._vitals = found

    async def _owner(self, account_id: str) -> str | None:
        owner, since = self._known.get(account_id, (None, 0.0))
        if owner is not None and time.monotonic() - since < KNOWN:
            return owner
        async with self._store.read() as read:
            owner = await leases.lively_owner_of(read, line_name(account_id))
        if owner is not None:
            self._known[account_id] = (owner, time.monotonic())
        return owner

    async def _anyone(self) -> str | None:
        """Whoever holds the fewest lines, where nobody holds this one.

        Raises:
            NoLines: nobody takes lines.
        """
        async with self._store.read() as read:
            held = takers(await leases.every(read))
        if not held:
            raise NoLines(NO_LINES)
        return min(held, key=lambda owner: (held[owner], owner))


class NoLines(NotAsked, Conflict):
    """No process takes lines."""


class Elsewhere:
    """The place of lines in processes that hold none: those that run a program are elsewhere."""

    alone = False

    def __init__(self, owners: LineOwners) -> None:
        self._owners = owners

    def has(self, account: Account) -> bool:
        """Whether the line needs no program."""
        return not runs(account)

    def may_tell(self, account: Account) -> bool:
        """What comes in by a webhook or a callback is told by whoever takes it."""
        return True

    async def still(self, tx: Tx, account: Account) -> bool:
        """The same."""
        return True

    async def ask(self, verb: str, account_id: str, **given: Any) -> None:
        """Have something done with the line, wherever it is; where it is nowhere, any process may take it for that.

        Raises:
            DeskError, StoreUnavailable: it could not be done.
        """
        try:
            async with asyncio.timeout(VERB + 30):
                await self._owners.ask(account_id, verb, given, within=VERB, lifts=True)
        except NoLines:
            raise
        except NotAsked as nobody:
            raise Conflict(_WAIT) from nobody
        except (Unanswered, TimeoutError) as lost:
            raise Conflict(_DOUBT) from lost
        except Failed as failed:
            raise _KINDS.get(failed.kind, Conflict)(failed.sentence) from failed
