"""The lines of the house: added, brought up and down, and told what their channels report."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from frontdesk.channels.base import Channel
from frontdesk.desk.account import Account, Unopened
from frontdesk.desk.account_book import AccountBook
from frontdesk.desk.account_options import AccountOptions, reveal, visible
from frontdesk.desk.errors import Conflict, DeskError, NotFound
from frontdesk.desk.lifting import Lifting
from frontdesk.desk.line_alerts import LineAlerts
from frontdesk.desk.line_changes import LineChanges
from frontdesk.desk.line_codes import LineCodes, Shown
from frontdesk.desk.line_place import Here, Place, runs
from frontdesk.desk.line_reports import LineReports
from frontdesk.desk.line_standing import as_sealed, is_down_by_hand, note, state_event, stays_down
from frontdesk.desk.line_verbs import LineVerbs
from frontdesk.desk.linking import Linking
from frontdesk.domain.accounts import State, may_follow
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.domain.work import Deliver
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.vault import Vault
from frontdesk.store import accounts, jobs, messages
from frontdesk.store.store import Store, Tx

__all__ = ["Account", "Accounts", "Unopened"]


class Accounts:
    """What is done with lines. `place` says where they are: in this process, or in another one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        vault: Vault,
        channels: Mapping[str, Channel],
        *,
        production: bool,
        usual: Mapping[str, Any] | None = None,
        alerts: LineAlerts,
        place: Place | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._alerts = alerts
        self._place = place or Here()
        self._options = AccountOptions(vault, channels, production=production, usual=usual)
        self._book = AccountBook(store, self._options, channels)
        self._codes = LineCodes(clock, vault, self._shown)
        self._changes = LineChanges(clock)
        self._reports = LineReports(clock, self._take_up)
        self._lifting = Lifting(
            clock, self._changes, find=self.find, elsewhere=self._book.elsewhere, report=self.report, emit=self.emit
        )
        self._verbs = LineVerbs(
            get=self.get,
            lifting=self._lifting,
            linking=lambda verbs: Linking(
                clock, get=self.get, connect=verbs.connect, codes=self._codes, changes=self._changes
            ),
            codes=self._codes,
            reports=self._reports,
            report=self.report,
            forget=self._forget,
        )
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
        return self._book.find(account_id)

    def all(self) -> tuple[Account, ...]:
        """Every account."""
        return self._book.all()

    def lines(self, channel: str) -> tuple[Line, ...]:
        """The lines of a channel, for checking what arrives."""
        return self._book.lines(channel)

    def by_ref(self, channel: str, line_ref: str) -> Account | None:
        """The account behind the channel's own id of a line."""
        return self._book.by_ref(channel, line_ref)

    def qr(self, account_id: str) -> Shown | None:
        """What waits to be scanned or to be typed on the phone, if something does."""
        return self._codes.of(account_id)

    def pairing_number(self, account_id: str) -> str | None:
        """On which phone the code that waits is to be typed, as digits; None where none waits."""
        return self._verbs.pairing_number(account_id)

    def visible_options(self, account: Account) -> dict[str, Any]:
        """The options without their secrets: a secret shows only whether it is set."""
        return visible(account.line.options)

    def _shown(self, account_id: str) -> str | None:
        return account.row.shown if (account := self._book.find(account_id)) is not None else None

    # Starting and ending

    async def load(self, ids: Collection[str] = ()) -> None:
        """Read these accounts from the store; without ids, every one."""
        async with self._changing:
            await self._book.read(ids)
        self._changes.tell()

    async def start(self) -> None:
        """Begin to listen to lines. Where all of them are here, bring up every one that should be."""
        self._listening = asyncio.create_task(self._reports.listen())
        if self._place.alone:
            ready = [account for account in self.all() if should_be_up(account)]
            many = [account for account in ready if runs(account) and account.sealed is None]
            await self.bring_up(account for account in ready if account not in many)
            await self._lifting.one_after_another(many)

    async def bring_up(self, accounts: Iterable[Account]) -> None:
        """Begin to bring these lines up now."""
        for account in accounts:
            await self._lifting.up(account)

    async def bring_up_by_and_by(self, accounts: Iterable[Account]) -> None:
        """Bring these lines up one after another."""
        await self._lifting.one_after_another(accounts)

    @property
    def coming(self) -> int:
        """How many lines are about to come up."""
        return self._lifting.waiting

    def is_here(self, account: Account) -> bool:
        """Whether the line is held by this process."""
        return self._place.has(account)

    async def let_go(self, account_id: str) -> None:
        """Take the line down here, and say nothing of it: it goes on in another process, or has said its last."""
        if (account := self.find(account_id)) is not None:
            await self._verbs.take_down(account)

    async def close(self) -> None:
        """Take every line down and let go; what it needs to come back is kept, and what it handed over is stored."""
        await asyncio.gather(*(self._lifting.down(account) for account in self.all() if self._place.has(account)))
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
        if (present := self._book.by_ref(channel, line_ref)) and present.sealed:
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
            async with self._store.begin() as tx:
                await self._book.only_one(tx, channel, line_ref, account_id)
                await accounts.add(tx, row)
                tx.emit(state_event(account_id, State.DISCONNECTED, None))
            await self._book.read([account_id])
        self.on_owner()
        return account_id

    async def keep_from_settings(self, channel: str, *, name: str, options: dict[str, Any]) -> str:
        """The account that the environment describes: made once, its options kept in step; gives its id."""
        checked = self._options.check(channel, options)
        present = self._book.by_ref(channel, self._options.line_ref(channel, checked))
        while present is None:
            with suppress(Conflict):  # another process that starts was faster
                return await self.add(channel, name=name, options=options, from_settings=True)
            await self.load()
            present = self._book.by_ref(channel, self._options.line_ref(channel, checked))
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
                async with self._store.begin() as tx:
                    await self._book.only_one(tx, account.row.channel, values.get("line_ref"), account_id)
                    await accounts.change(tx, account_id, **values)
                    tx.emit(state_event(account_id, account.state, account.row.state_reason))
                self.on_owner()
                await self._book.read([account_id])
        if options is not None and account.state is State.ACTION_REQUIRED and self._listening is not None:
            with suppress(DeskError):  # where nobody can now: when somebody can
                await self._do("try_again", account_id)

    async def connect(self, account_id: str) -> None:
        """Bring the line up. Asked again while it is up, nothing happens, unless it could not be checked yet.

        A line whose code to be linked has run out begins anew, and shows another one.
        """
        await self._do("connect", account_id)

    async def pair_by_code(self, account_id: str, phone: str) -> None:
        """Get a code that is typed on that phone, which `qr` then shows. A line that is down is started for it.

        Raises:
            NotFound: there is no such account.
            Invalid: that is no phone number.
            Conflict: no code can be had as things stand; the sentence says why.
        """
        await self._do("pair_by_code", account_id, phone=phone)

    async def disconnect(self, account_id: str) -> None:
        """Take the line down and keep what it needs to come back. It stays down until it is connected by hand."""
        await self._do("disconnect", account_id)

    async def log_out(self, account_id: str) -> None:
        """Take the line down for good: its credentials are removed, and it has to be linked again.

        Raises:
            NotFound: there is no such account.
            Conflict: the credentials could not be removed.
        """
        await self._do("log_out", account_id)

    async def remove(self, account_id: str) -> None:
        """Remove the account with its secrets. Its chats and messages stay. Raises what `log_out` raises."""
        await self._do("remove", account_id)

    async def _do(self, verb: str, account_id: str, **given: Any) -> None:
        """Do it where the line is. What another process has changed is known here afterwards."""
        if self._place.has(self.get(account_id)):
            await getattr(self._verbs, verb)(account_id, **given)
            return
        try:
            await self._place.ask(verb, account_id, **given)
        finally:
            await self.load([account_id])

    async def _forget(self, account_id: str) -> None:
        gone = {"deleted_at": self._clock.now(), "options": "", "state": State.LOGGED_OUT.value, "shown": None}
        async with self._changing:
            async with self._store.begin() as tx:
                await accounts.change(tx, account_id, **gone)
                await self._alerts.removed(tx, account_id)
                tx.emit(state_event(account_id, State.LOGGED_OUT, "Removed."))
            await self._book.read([account_id])
        self._changes.tell()

    async def report(self, account_id: str, told: LineState, *, by_line: bool = False) -> None:
        """A line stands so. What cannot follow the present state is passed over; what it says itself counts here only
        as long as it is held here.
        """
        async with self._changing:
            account = self._book.find(account_id)
            if account is None:
                return
            try:
                async with self._store.begin(accounts=[account_id]) as tx:
                    before = await accounts.by_id(tx, account_id)
                    if before is None or (by_line and not await self._place.still(tx, account)):
                        return
                    await self._alerts.heard(tx, account_id, told, by_line=by_line)
                    before = before if account.sealed is None else as_sealed(before)
                    if not may_follow(State(before.state), told.state) or stays_down(before, told):
                        return
                    await self._store_state(tx, replace(account, row=before), told)
            except BaseException:
                self._book.put(account)
                raise
            await self._book.read([account_id])
        self._changes.tell()
        note(before, told)

    def block(self, account_id: str, until: int | None) -> None:
        """Nothing goes out on this line before that moment. The caller stores it in its own transaction."""
        account = self._book.find(account_id)
        if account is not None:
            self._book.put(replace(account, row=replace(account.row, blocked_until=until)))

    async def _store_state(self, tx: Tx, account: Account, told: LineState) -> None:
        now, account_id = self._clock.now(), account.row.id
        code, shown = self._codes.take(account_id, told)
        phone = told.phone or account.row.phone
        values: dict[str, Any] = {"state": told.state.value, "state_reason": told.reason}
        values |= {"phone": phone, "shown": shown}
        self._book.put(replace(account, row=replace(account.row, **values)))  # for the work that the commit wakes
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
        if code is not None:
            tx.emit(code)

    async def seen(self, tx: Tx, account_ids: Collection[str]) -> None:
        """Traffic came from these lines: that they were seen is brought forward, once a minute at most."""
        now = self._clock.now()
        for account_id in sorted(account_ids):  # in one order everywhere, so that no two wait for each other
            account = self._book.find(account_id)
            if account is not None and now - (account.row.last_seen_at or 0) >= MINUTE:
                self._book.put(replace(account, row=replace(account.row, last_seen_at=now)))
                await accounts.change(tx, account_id, last_seen_at=now)

    # Inside

    def emit(self, account_id: str, what: LineState | Delivery) -> None:
        """What channels call when a line has something to say."""
        if isinstance(what, LineState):
            account = self.find(account_id)
            if self._lifting.goes_down(account_id) or (account is not None and not self._place.may_tell(account)):
                return
        self._reports.put(account_id, what)

    async def _take_up(self, account_id: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            await self.report(account_id, what, by_line=True)
        elif self.on_delivery is not None and (account := self.find(account_id)) is not None:
            await self.on_delivery(account, what)


def should_be_up(account: Account) -> bool:
    """Whether it was not taken down or logged out by hand, nor ended by its phone."""
    return account.state is not State.LOGGED_OUT and not is_down_by_hand(account.row)
