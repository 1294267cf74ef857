"""The role of a process that holds lines: it takes its share of them, keeps them up, and does what others ask of them.

Each line has a lease, taken before the line comes up and given back after it has gone down. See `leasing.py` for why
two never hold one line.
"""

import asyncio
import base64
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from frontdesk.channels.base import Channel, HasVitals, TakesCallbacks
from frontdesk.channels.bridge.fence import Fence
from frontdesk.channels.remote.carrying import Carrying
from frontdesk.channels.remote.spelling import Spelling
from frontdesk.desk.account import Account
from frontdesk.desk.accounts import Accounts, should_be_up
from frontdesk.desk.leasing import Leases
from frontdesk.desk.line_checks import LineChecks
from frontdesk.desk.line_owners import (
    LINE,
    LINES,
    line_name,
    process_name,
    takers,
    told_vitals,
    vitals_key,
)
from frontdesk.desk.line_place import runs
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, LineState
from frontdesk.events.board import Board
from frontdesk.kit.asking import NotHere
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.leases import Lease
from frontdesk.store.store import StoreUnavailable, Tx

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks at who holds what
GUARD = 0.2  # seconds between two looks at whether the leases still hold
AHEAD = 8  # lines that wait for their turn to come up; more are taken when there is room, so that they are spread
VITALS = 15 * SECOND  # milliseconds for which it is told how lines are doing
VERBS = frozenset({"connect", "disconnect", "log_out", "pair_by_code", "remove", "try_again"})
_NOT_MINE = "This process does not hold the line."


class Leased:
    """The place of lines in a process that holds leases of some."""

    alone = False

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    def has(self, account: Account) -> bool:
        """Whether the line needs no lease, or is held."""
        return not runs(account) or self._leases.holds(line_name(account.row.id))

    def may_tell(self, account: Account) -> bool:
        """The same: a line that was let go of may still say something."""
        return self.has(account)

    async def still(self, tx: Tx, account: Account) -> bool:
        """The same, as the transaction finds it."""
        return not runs(account) or await self._leases.still(tx, line_name(account.row.id))

    async def ask(self, verb: str, account_id: str, **given: Any) -> None:
        """Nobody asks here for lines of others."""
        raise NotHere(_NOT_MINE)


class Lines:
    """`start()` when the accounts are loaded and `accounts.start()` was awaited; `close()` before `accounts.close()`.

    `do` answers what others ask. `folder` is the one that all processes share.
    """

    def __init__(
        self,
        accounts: Accounts,
        channels: Mapping[str, Channel],
        leases: Leases,
        *,
        fence: Fence,
        folder: Path,
        board: Board | None = None,
        look: float = LOOK,
    ) -> None:
        self._accounts = accounts
        self._channels = channels
        self._leases = leases
        self._fence = fence
        self._board = board
        self._every = look
        self._carrying = Carrying(Spelling(folder), accounts.emit)
        self._checks = LineChecks(accounts, leases)
        self._up: set[str] = set()  # ids of accounts whose lines were brought up here
        self._order: list[str] = []  # the names of leases of lines, as they were taken
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: list[asyncio.Task[None]] = []
        self._going: set[asyncio.Task[None]] = set()  # lines that go down beside all else
        self._giving: set[str] = set()  # the names of leases of lines that are about to be given back
        self._away = False  # the database, while this process ends
        self._ending = False

    @property
    def held(self) -> tuple[str, ...]:
        """The ids of the accounts whose lines are held here."""
        return tuple(name.removeprefix(LINE) for name in self._order if self._leases.holds(name))

    async def start(self) -> None:
        """Begin to take lines.

        Raises:
            OSError: the process that ends programs in our place cannot be started.
        """
        await self._fence.start()
        try:
            await self._announce()
        except StoreUnavailable as away:
            log.warning("no lines can be taken yet: %s", away)
        for work, pause in ((self._renew, self._leases.times.renewed), (self._look, self._every), (self._guard, GUARD)):
            self._tasks.append(asyncio.create_task(self._again(work, pause)))

    async def close(self) -> None:
        """Take every line down in order and give it back, as soon as it is down; others take it at once."""
        self._ending = True
        await _ended(self._tasks[1:])
        await asyncio.gather(*self._going, return_exceptions=True)
        await asyncio.gather(*(self._give_back(name) for name in tuple(self._order)))
        await _ended(self._tasks[:1])  # it has renewed what was still held
        try:
            await self._leases.give_back(self._leases.held)
        except StoreUnavailable as away:
            log.warning("leases could not be given back, and run out: %s", away)
        await self._fence.close()

    # What others ask

    async def do(self, what: Mapping[str, Any]) -> Any:
        """Do what is asked of a line, and give the answer. Raises what is to be told in its place.

        Raises:
            NotHere: another process holds the line, or will.
        """
        account_id, verb, given = str(what["account"]), str(what["verb"]), what["given"]
        if self._ending:
            raise NotHere("This process is about to end.")
        if verb in VERBS:
            async with self._turns[account_id]:
                return await self._do(verb, account_id, given, lifts=bool(what.get("lifts")))
        account = self._accounts.find(account_id)
        if account is None or not self._leases.holds(line_name(account_id)):
            raise NotHere(_NOT_MINE)
        if verb == "callback":
            return await self._take_callback(account, base64.b64decode(given["body"]))
        return await self._carrying.carry_out(account.channel, account.line, verb.removeprefix("channel."), given)

    async def _do(self, verb: str, account_id: str, given: Mapping[str, Any], *, lifts: bool) -> None:
        name = line_name(account_id)
        if not self._leases.holds(name):
            await self._leases.look()
            if not lifts or not await self._take(name):
                raise NotHere(_NOT_MINE)
        await self._accounts.load([account_id])
        try:
            await getattr(self._accounts, verb)(account_id, **given)
        finally:
            account = self._accounts.find(account_id)
            (self._up.add if account is not None and should_be_up(account) else self._up.discard)(account_id)

    async def _take_callback(self, account: Account, body: bytes) -> None:
        """What a bridge told by HTTP is stored when this returns."""
        channel: Any = account.channel
        if not isinstance(channel, TakesCallbacks):
            raise NotHere(_NOT_MINE)
        for account_id, followed in await channel.take_callback(body, [account.line]):
            for one in followed:
                await self._store(account_id, one)

    async def _store(self, account_id: str, what: LineState | Delivery) -> None:
        account = self._accounts.find(account_id)
        if isinstance(what, LineState):
            await self._accounts.report(account_id, what, by_line=True)
        elif account is not None and self._accounts.on_delivery is not None:
            await self._accounts.on_delivery(account, what)

    # What is done again and again

    async def _again(self, work: Callable[[], Any], pause: float) -> None:
        troubled = False
        while True:
            try:
                await work()
                troubled = False
            except FrontdeskError as away:
                (log.info if troubled else log.warning)("lines cannot be looked after now: %s", away)
                troubled = True
            except Exception:
                log.exception("lines could not be looked after")
            await asyncio.sleep(pause)

    async def _renew(self) -> None:
        for name in await self._leases.renew():
            log.error("the lease of a line was lost", extra={"lease": name})
            self._spawn_let_go(name)

    async def _guard(self) -> None:
        """Let go of lines before others may take them: in order where there is time, and then in any case."""
        if self._leases.soon_late:
            for name in tuple(self._order):
                self._spawn_let_go(name)
        if self._leases.late:
            log.error("leases could not be renewed in time: all lines are let go of")
            self._leases.forget(self._leases.held)
            self._order.clear()

    def _spawn_let_go(self, name: str) -> None:
        account_id = name.removeprefix(LINE)
        if account_id in self._up:
            self._up.discard(account_id)
            self._aside(self._accounts.let_go(account_id))

    async def _look(self) -> None:
        found = await self._announce()
        await self._bury(found)
        await self._checks.take()
        wanted = {line_name(one.row.id): one for one in self._accounts.all() if _is_ours_to_hold(one)}
        self._order = [name for name in self._order if name in self._leases.held]
        for name in [name for name in self._order if name not in wanted]:
            self._begin_to_give_back(name)
        peers = takers(found) | {self._leases.owner: len(self._order)}
        fair = math.ceil(len(wanted) / len(peers))
        kept = [name for name in self._order if name not in self._giving]
        if len(kept) > fair:
            self._begin_to_give_back(self._spare(kept, wanted))
        await self._take_some(wanted, fair)
        await self._lift(wanted)
        await self._tell_vitals()

    async def _announce(self) -> list[Lease]:
        """Let others know that this process takes lines; gives who holds what."""
        found = await self._leases.look()
        await self._leases.take(process_name(self._leases.owner))
        return found

    async def _bury(self, found: Iterable[Lease]) -> None:
        """Processes that died have left their own leases, too."""
        for one in found:
            dead = one.name.startswith(LINES) and one.owner != self._leases.owner and self._leases.is_left(one.name)
            if dead and await self._leases.take(one.name):
                await self._leases.give_back([one.name])

    async def _take_some(self, wanted: Mapping[str, Account], fair: int) -> None:
        """Take lines that nobody holds, up to the fair share, and no more than can come up soon."""
        room = min(AHEAD - self._accounts.coming, fair - len(self._order))
        left = [name for name in wanted if name not in self._leases.held and self._leases.is_left(name)]
        for name in sorted(left, key=self._rank)[: max(0, room)]:
            await self._take(name)

    def _rank(self, name: str) -> bytes:
        """An order of lines that is another one in each process, so that they seldom reach for the same."""
        return blake2b(f"{self._leases.owner} {name}".encode(), digest_size=8).digest()

    def _spare(self, names: list[str], wanted: Mapping[str, Account]) -> str:
        """The line that is given to others: not one that waits to be scanned, and rather one that came late."""
        return min(reversed(names), key=lambda name: wanted[name].state is State.QR_PENDING)

    async def _lift(self, wanted: Mapping[str, Account]) -> None:
        if self._leases.soon_late:
            return
        names = [name for name in self._order if name in wanted and name not in self._giving]
        down = [wanted[name] for name in names if wanted[name].row.id not in self._up]
        ready = [one for one in down if self._leases.holds(line_name(one.row.id)) and not self._is_asked(one.row.id)]
        self._up |= {one.row.id for one in ready}
        if ready:
            await self._accounts.bring_up_by_and_by(ready)

    def _is_asked(self, account_id: str) -> bool:
        """Whether somebody is about to do something with the line."""
        return account_id in self._turns and self._turns[account_id].locked()

    async def _take(self, name: str) -> bool:
        taken = await self._leases.take(name)
        if taken and name not in self._order:
            self._order.append(name)
        return taken

    def _begin_to_give_back(self, name: str) -> None:
        """An end in order takes its time, and holds up nothing else."""
        if name not in self._giving and not self._is_asked(name.removeprefix(LINE)):
            self._giving.add(name)
            self._aside(self._give_back(name))

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _give_back(self, name: str) -> None:
        account_id = name.removeprefix(LINE)
        try:
            async with self._turns[account_id]:
                self._up.discard(account_id)
                await self._accounts.let_go(account_id)
                if name in self._order:
                    self._order.remove(name)
                if name in self._leases.held and not self._away:
                    await self._give_up(name)
        finally:
            self._giving.discard(name)

    async def _give_up(self, name: str) -> None:
        try:
            await self._leases.give_back([name])
        except StoreUnavailable as away:
            self._away = self._ending  # then the others are not tried
            log.warning("a lease could not be given back, and runs out: %s", away, extra={"lease": name})

    async def _tell_vitals(self) -> None:
        if self._board is None:
            return
        found = {
            name: await asyncio.to_thread(channel.vitals)
            for name, channel in self._channels.items()
            if isinstance(channel, HasVitals)
        }
        await self._board.put(vitals_key(self._leases.owner), told_vitals(found), lives=VITALS)


def _is_ours_to_hold(account: Account) -> bool:
    return runs(account) and account.sealed is None and should_be_up(account)


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
