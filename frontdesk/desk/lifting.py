"""Bringing lines up and taking them down: one at a time each, and after a start not all at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from frontdesk.channels.base import Emit, Unlinks
from frontdesk.desk.account import Account
from frontdesk.desk.errors import Conflict
from frontdesk.desk.line_changes import LineChanges
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import SECOND, Clock

log = logging.getLogger(__name__)

APART = SECOND // 4  # between the starts of two lines that run a process each
AT_ONCE = 4  # of them come up at the same time
COMING_UP = 10 * SECOND  # after which one that is still coming up no longer holds up the next


class Lifting:
    """Knows which lines are on their way up, and which on their way down."""

    def __init__(
        self,
        clock: Clock,
        changes: LineChanges,
        *,
        find: Callable[[str], Account | None],
        elsewhere: Callable[[str], tuple[tuple[str, str], ...]],
        report: Callable[[str, LineState], Awaitable[None]],
        emit: Emit,
    ) -> None:
        self._clock = clock
        self._changes = changes
        self._find = find
        self._elsewhere = elsewhere
        self._report = report
        self._emit = emit
        self._tasks: set[asyncio.Task[None]] = set()
        self._coming_up: set[str] = set()
        self._in_line: set[str] = set()
        self._unwanted: set[str] = set()  # taken down while they were about to come up
        self._going_down: set[str] = set()

    def goes_down(self, account_id: str) -> bool:
        """Whether the line is being taken down here: what it says of that itself is no news."""
        return account_id in self._going_down

    @property
    def waiting(self) -> int:
        """How many lines wait for their turn to come up, or come up now."""
        return len(self._in_line | self._coming_up)

    async def up(self, account: Account) -> None:
        """Begin to bring the line up; asked again while it comes up, nothing happens."""
        account_id = account.row.id
        self._in_line.discard(account_id)
        self._unwanted.discard(account_id)
        if account_id in self._coming_up:
            return
        self._coming_up.add(account_id)
        try:
            if account.state is not State.CONNECTED and not self._is_told(account):
                await self._report(account_id, LineState(State.CONNECTING))
            if account.sealed is not None:
                await self._report(account_id, LineState(State.ACTION_REQUIRED, account.sealed))
        except BaseException:
            self._coming_up.discard(account_id)
            raise
        if account.sealed is not None:
            self._coming_up.discard(account_id)
        else:
            self._spawn(self._connect(account_id))

    @staticmethod
    def _is_told(account: Account) -> bool:
        return account.state is State.CONNECTING and account.row.state_reason is None

    async def _connect(self, account_id: str) -> None:
        try:
            account = self._find(account_id)
            if account is not None and account_id not in self._unwanted:  # not removed or taken down meanwhile
                line = replace(account.line, elsewhere=self._elsewhere(account_id))
                await account.channel.connect(line, self._emit)
        except Exception:
            log.exception("connect of a channel raised, which its contract forbids", extra={"account": account_id})
            self._emit(account_id, LineState(State.ACTION_REQUIRED, "The channel failed to start; see the log."))
        finally:
            self._coming_up.discard(account_id)

    async def one_after_another(self, accounts: Iterable[Account]) -> None:
        """Say of lines that they come up, and bring them up by and by. Who is asked for by hand need not wait."""
        lines = [account.row.id for account in accounts]
        self._in_line |= set(lines)
        for account_id in lines:
            await self._report(account_id, LineState(State.CONNECTING))
        self._spawn(self._by_and_by(lines))

    async def _by_and_by(self, lines: list[str]) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for number, account_id in enumerate(lines):
                if number:
                    await self._clock.sleep(APART)
                await places.acquire()
                group.create_task(self._in_turn(account_id, places))

    async def _in_turn(self, account_id: str, places: asyncio.Semaphore) -> None:
        try:
            account = self._find(account_id)
            if account is None or account_id not in self._in_line:
                return
            await self.up(account)
            await self._changes.until(lambda: not self._is_coming_up(account_id), within=COMING_UP)
        except Exception:
            log.exception("a line could not be brought up", extra={"account": account_id})
        finally:
            places.release()

    def _is_coming_up(self, account_id: str) -> bool:
        account = self._find(account_id)
        return account is not None and account.state is State.CONNECTING

    async def down(self, account: Account) -> None:
        """Take the line down; what it needs to come back is kept."""
        self._in_line.discard(account.row.id)
        self._unwanted.add(account.row.id)
        if account.sealed is not None:
            return  # it never came up
        self._going_down.add(account.row.id)
        try:
            await account.channel.disconnect(account.line)
        except Exception:
            log.exception("disconnect of a channel raised", extra={"account": account.row.id})
        finally:
            self._going_down.discard(account.row.id)

    async def unlink(self, account: Account) -> bool:
        """End the link with the phone and remove its credentials, where the line has any.

        Gives whether the other side holds the link for ended.

        Raises:
            Conflict: they could not be removed; the line is left as it was.
        """
        if not isinstance(account.channel, Unlinks):
            return True
        self._going_down.add(account.row.id)
        try:
            return await account.channel.log_out(account.line, self._emit)
        except Exception as failed:
            log.exception("logging out of a channel raised", extra={"account": account.row.id})
            if account.sealed is not None:
                return False  # its credentials are sealed with the lost key too
            raise Conflict(
                f"“{account.row.name}” could not be logged out; the log says why. Try again. On the phone it can be "
                "ended at once, under Settings > Linked devices."
            ) from failed
        finally:
            self._going_down.discard(account.row.id)

    async def close(self) -> None:
        """Let go of lines that still come up."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
