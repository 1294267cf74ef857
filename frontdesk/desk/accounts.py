"""The lines of the house: added, brought up and down, and told what their channels report."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from frontdesk.channels.base import Channel
from frontdesk.desk.account import Account, Unopened
from frontdesk.desk.account_options import AccountOptions, reveal, visible
from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.desk.lifting import Lifting
from frontdesk.desk.line_alerts import LineAlerts
from frontdesk.desk.line_changes import LineChanges
from frontdesk.desk.line_codes import LineCodes, Shown
from frontdesk.desk.line_reports import LineReports
from frontdesk.desk.line_standing import (
    BY_HAND,
    STILL_LISTED,
    as_sealed,
    is_down_by_hand,
    note,
    state_event,
    stays_down,
)
from frontdesk.desk.linking import Linking
from frontdesk.domain.accounts import State, is_unchecked, may_follow
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.domain.work import Deliver
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.vault import CannotOpen, Vault
from frontdesk.store import accounts, jobs, messages
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store, Tx

__all__ = ["Account", "Accounts", "Unopened"]

log = logging.getLogger(__name__)


class Accounts:
    """Keeps every account at hand, so that a message on its way in asks no database for it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        vault: Vault,
        channels: Mapping[str, Channel],
        *,
        production: bool,
        alerts: LineAlerts,
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._alerts = alerts
        self._options = AccountOptions(vault, channels, production=production)
        self._accounts: dict[str, Account] = {}
        self._by_ref: dict[tuple[str, str], Account] = {}
        self._lines: dict[str, tuple[Line, ...]] = {}
        self._codes = LineCodes(clock)
        self._changes = LineChanges(clock)
        self._reports = LineReports(clock, self._take_up)
        self._lifting = Lifting(
            clock, self._changes, find=self.find, elsewhere=self._elsewhere, report=self.report, emit=self.emit
        )
        self._linking = Linking(clock, get=self.get, connect=self.connect, codes=self._codes, changes=self._changes)
        self._listening: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()  # what is at hand and what is stored change together, one change at a time
        self.on_delivery: Callable[[Account, Delivery], Awaitable[None]] | None = None
        self.on_owner: Callable[[], None] = lambda: None  # a line may be another one's: who sees it has changed

    # Looking

    def get(self, account_id: str) -> Account:
        """The account of that id.

        Raises:
            NotFound: there is none.
        """
        account = self.find(account_id)
        if account is None:
            raise NotFound("There is no such account.")
        return account

    def find(self, account_id: str) -> Account | None:
        """The account of that id, None when it was removed."""
        return self._accounts.get(account_id)

    def all(self) -> tuple[Account, ...]:
        """Every account."""
        return tuple(self._accounts.values())

    def lines(self, channel: str) -> tuple[Line, ...]:
        """The lines of a channel, for checking what arrives."""
        return self._lines.get(channel, ())

    def by_ref(self, channel: str, line_ref: str) -> Account | None:
        """The account behind the channel's own id of a line."""
        return self._by_ref.get((channel, line_ref))

    def qr(self, account_id: str) -> Shown | None:
        """What waits to be scanned or to be typed on the phone, if something does."""
        return self._codes.of(account_id)

    def pairing_number(self, account_id: str) -> str | None:
        """On which phone the code that waits is to be typed, as digits; None where none waits."""
        return self._linking.number(account_id)

    def visible_options(self, account: Account) -> dict[str, Any]:
        """The options without their secrets: a secret shows only whether it is set."""
        return visible(account.line.options)

    # Starting and ending

    async def load(self) -> None:
        """Read every account from the store."""
        async with self._changing:
            await self._load()

    async def _load(self) -> None:
        async with self._store.read() as read:
            rows = await accounts.all_live(read)
        held = [account for account in map(self._opened, map(self._with_news, rows)) if account is not None]
        self._accounts = {account.row.id: account for account in held}
        self._by_ref = {(a.row.channel, a.row.line_ref): a for a in held if a.row.line_ref is not None}
        self._lines = {
            name: tuple(a.line for a in held if a.row.channel == name and a.sealed is None) for name in self._channels
        }

    async def start(self) -> None:
        """Bring every line up that was not taken down or logged out by hand; those with a process each by and by."""
        self._listening = asyncio.create_task(self._reports.listen())
        ready = [a for a in self.all() if a.state is not State.LOGGED_OUT and not is_down_by_hand(a.row)]
        for account in ready:
            if not _runs(account):
                await self._lifting.up(account)
        await self._lifting.one_after_another([account for account in ready if _runs(account)])

    async def close(self) -> None:
        """Take every line down and let go; what it needs to come back is kept, and what it handed over is stored."""
        await asyncio.gather(*(self._lifting.down(account) for account in self.all()))
        await self._reports.drained()
        await self._lifting.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        for channel in self._channels.values():
            await channel.close()

    # Verbs

    async def add(
        self,
        channel: str,
        *,
        name: str,
        options: dict[str, Any],
        owner_id: str | None = None,
        from_settings: bool = False,
    ) -> str:
        """A new account; gives its id. It is not connected yet. One of that line whose secrets are lost gets these.

        Raises:
            Invalid: there is no such channel, or an option is wrong.
            Conflict: the line belongs to an account already.
        """
        checked = self._options.check(channel, options)
        line_ref = self._options.line_ref(channel, checked)
        if (present := self._by_ref.get((channel, line_ref or ""))) and present.sealed:
            await self.change(present.row.id, name=name, options=options, owner_id=owner_id)
            return present.row.id
        account_id = new_id("acc")
        row = {
            "id": account_id,
            "channel": channel,
            "name": name.strip() or channel,
            "owner_id": owner_id,
            "line_ref": line_ref,
            "options": self._options.seal(checked),
            "state": State.DISCONNECTED.value,
            "from_settings": from_settings,
            "created_at": self._clock.now(),
        }
        async with self._changing:
            self._only_one(channel, line_ref, account_id)
            async with self._store.begin() as tx:
                await accounts.add(tx, row)
                tx.emit(state_event(account_id, State.DISCONNECTED, None))
            await self._load()
        self.on_owner()
        return account_id

    async def keep_from_settings(self, channel: str, *, name: str, options: dict[str, Any]) -> str:
        """The account that the environment describes: made once, its options kept in step; gives its id."""
        checked = self._options.check(channel, options)
        present = self._by_ref.get((channel, self._options.line_ref(channel, checked) or ""))
        if present is None:
            return await self.add(channel, name=name, options=options, from_settings=True)
        if reveal(checked) != reveal(present.line.options):
            await self.change(present.row.id, options=options)
        return present.row.id

    async def change(
        self,
        account_id: str,
        *,
        name: str | None = None,
        options: dict[str, Any] | None = None,
        owner_id: str | None = None,
    ) -> None:
        """Change what was given. Options left out, and secrets given as shown, stay; an empty owner takes it away.

        A line that had stopped is tried with its new options at once.

        Raises:
            NotFound: there is no such account.
            Invalid: an option is wrong.
            Conflict: the line belongs to another account.
        """
        account = self.get(account_id)
        values: dict[str, Any] = {"name": name.strip()} if name and name.strip() else {}
        if owner_id is not None:
            values["owner_id"] = owner_id or None
        if options is not None:
            checked = self._options.merge(account.row.channel, account.line.options, options)
            line_ref = self._options.line_ref(account.row.channel, checked)
            values |= {"options": self._options.seal(checked), "line_ref": line_ref}
        if values:
            async with self._changing:
                self._only_one(account.row.channel, values.get("line_ref"), account_id)
                async with self._store.begin() as tx:
                    await accounts.change(tx, account_id, **values)
                    tx.emit(state_event(account_id, account.state, account.row.state_reason))
                self.on_owner()
                await self._load()
        if options is not None and account.state is State.ACTION_REQUIRED and self._listening is not None:
            await self._lifting.up(self.get(account_id))

    async def connect(self, account_id: str) -> None:
        """Bring the line up. Asked again while it is up, nothing happens, unless it could not be checked yet.

        A line whose code to be linked has run out begins anew, and shows another one.
        """
        account = self.get(account_id)
        if account.state is State.QR_PENDING:
            if self._codes.is_open(account_id):
                return
            await self._take_down(account)
        if account.state is not State.CONNECTED or is_unchecked(account.state, account.row.state_reason):
            await self._lifting.up(account)

    async def pair_by_code(self, account_id: str, phone: str) -> None:
        """Get a code that is typed on that phone, which `qr` then shows. A line that is down is started for it.

        Raises:
            NotFound: there is no such account.
            Invalid: that is no phone number.
            Conflict: no code can be had as things stand; the sentence says why.
        """
        await self._linking.by_code(account_id, phone)

    async def _take_down(self, account: Account) -> None:
        await self._lifting.down(account)
        self._reports.forget_states(account.row.id)

    async def disconnect(self, account_id: str) -> None:
        """Take the line down and keep what it needs to come back. It stays down until it is connected by hand."""
        account = self.get(account_id)
        await self._take_down(account)
        await self.report(account_id, LineState(State.DISCONNECTED, BY_HAND))

    async def log_out(self, account_id: str) -> None:
        """Take the line down for good: its credentials are removed, and it has to be linked again.

        Raises:
            NotFound: there is no such account.
            Conflict: the credentials could not be removed.
        """
        account = self.get(account_id)
        told = await self._lifting.unlink(account)
        await self._take_down(account)
        await self.report(account_id, LineState(State.LOGGED_OUT, None if told else STILL_LISTED))

    async def remove(self, account_id: str) -> None:
        """Remove the account with its secrets. Its chats and messages stay. Raises what `log_out` raises."""
        account = self.get(account_id)
        await self._lifting.unlink(account)
        await self._take_down(account)
        gone = {"deleted_at": self._clock.now(), "options": "", "state": State.LOGGED_OUT.value}
        async with self._changing:
            async with self._store.begin() as tx:
                await accounts.change(tx, account_id, **gone)
                await self._alerts.removed(tx, account_id)
                tx.emit(state_event(account_id, State.LOGGED_OUT, "Removed."))
            self._codes.put(account_id, None)
            await self._load()
        self._changes.tell()

    async def report(self, account_id: str, told: LineState) -> None:
        """A line tells how it stands. What cannot follow the present state is passed over."""
        async with self._changing:
            account = self._accounts.get(account_id)
            if account is None or not may_follow(account.state, told.state) or stays_down(account.row, told):
                return
            phone = told.phone or account.row.phone
            row = replace(account.row, state=told.state.value, state_reason=told.reason, phone=phone)
            self._accounts[account_id] = replace(account, row=row)  # for the work that the commit wakes
            shown = self._codes.of(account_id)
            try:
                async with self._store.begin() as tx:
                    await self._store_state(tx, account, told)
            except BaseException:
                self._accounts[account_id] = account
                self._codes.put(account_id, shown)
                raise
            await self._load()
        self._changes.tell()
        note(account.row, told)

    def block(self, account_id: str, until: int) -> None:
        """Nothing goes out on this line before that moment. The caller stores it in its own transaction."""
        account = self._accounts.get(account_id)
        if account is not None:
            self._accounts[account_id] = replace(account, row=replace(account.row, blocked_until=until))

    def _with_news(self, row: AccountRow) -> AccountRow:
        """The row as read, with a wait and a sign of life that were told after it had been read."""
        known = self._accounts.get(row.id)
        if known is None:
            return row
        waits = max(row.blocked_until or 0, known.row.blocked_until or 0) or None
        seen = max(row.last_seen_at or 0, known.row.last_seen_at or 0) or None
        return replace(row, blocked_until=waits, last_seen_at=seen)

    async def _store_state(self, tx: Tx, account: Account, told: LineState) -> None:
        now, account_id = self._clock.now(), account.row.id
        phone = {"phone": told.phone} if told.phone else {}
        values: dict[str, Any] = {"state": told.state.value, "state_reason": told.reason, **phone}
        await self._alerts.changed(tx, account.row, told)
        if told.state is State.CONNECTED:
            values |= {"last_connected_at": now, "last_seen_at": now}
            waiting = await messages.waiting_chats(tx, account_id)
            await jobs.enqueue_all(tx, [Deliver(chat) for chat in waiting], now=now)
        elif account.state is State.CONNECTED:
            values["last_disconnected_at"] = now
        await accounts.change(tx, account_id, **values)
        if (account.state, account.row.state_reason) != (told.state, told.reason) or told.state is not State.QR_PENDING:
            tx.emit(state_event(account_id, told.state, told.reason))
        if (event := self._codes.take(account_id, told)) is not None:
            tx.emit(event)

    async def seen(self, tx: Tx, account_ids: Collection[str]) -> None:
        """Traffic came from these lines: that they were seen is brought forward, once a minute at most."""
        now = self._clock.now()
        for account_id in sorted(account_ids):  # in one order everywhere, so that no two wait for each other
            account = self._accounts.get(account_id)
            if account is not None and now - (account.row.last_seen_at or 0) >= MINUTE:
                self._accounts[account_id] = replace(account, row=replace(account.row, last_seen_at=now))
                await accounts.change(tx, account_id, last_seen_at=now)

    # Inside

    def emit(self, account_id: str, what: LineState | Delivery) -> None:
        """What channels call when a line has something to say."""
        if not (isinstance(what, LineState) and self._lifting.goes_down(account_id)):
            self._reports.put(account_id, what)

    async def _take_up(self, account_id: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            await self.report(account_id, what)
        elif self.on_delivery is not None and account_id in self._accounts:
            await self.on_delivery(self._accounts[account_id], what)

    def _opened(self, row: AccountRow) -> Account | None:
        if (channel := self._channels.get(row.channel)) is None:
            log.warning("an account is of a channel that is not installed", extra={"channel": row.channel})
            return None
        try:
            return Account(row, Line(row.id, self._options.open(row.channel, row.options), row.phone), channel)
        except CannotOpen as lost:
            return Account(as_sealed(row), Line(row.id, Unopened(), row.phone), channel, lost.sentence)

    def _elsewhere(self, account_id: str) -> tuple[tuple[str, str], ...]:
        """The phones that other lines are linked with, and the names of these: a number on two is answered twice."""
        others = [one for one in self.all() if one.row.id != account_id and one.links]
        return tuple((one.row.phone, one.row.name) for one in others if one.row.phone and one.state != State.LOGGED_OUT)

    def _only_one(self, channel: str, line_ref: str | None, account_id: str) -> None:
        present = self._by_ref.get((channel, line_ref)) if line_ref is not None else None
        if present is not None and present.row.id != account_id:
            raise Conflict(f"The line {line_ref} is already here, as “{present.row.name}”.")


def _runs(account: Account) -> bool:
    """Whether the line takes a program of its own, so that many that start together are in each other's way."""
    return not account.channel.capabilities.official and account.sealed is None
