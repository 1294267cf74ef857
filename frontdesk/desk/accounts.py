"""The lines of the house: added, brought up and down, and told what their channels report."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, SecretStr, ValidationError

from frontdesk.channels.base import Channel, ReceivesWebhooks
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.accounts import State, may_follow, sentence
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.domain.work import Deliver
from frontdesk.kit.clock import Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.vault import Vault
from frontdesk.store import accounts, alerts, jobs, messages
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store, Tx

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the desk works with it: its row, and its options opened."""

    row: AccountRow
    line: Line
    channel: Channel

    @property
    def state(self) -> State:
        """How the line stands."""
        return State(self.row.state)


class Accounts:
    """Keeps every account at hand, so that a message on its way in asks no database for it."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._channels = channels
        self._accounts: dict[str, Account] = {}
        self._by_ref: dict[tuple[str, str], Account] = {}
        self._lines: dict[str, tuple[Line, ...]] = {}
        self._shown: dict[str, LineState] = {}
        self._reports: asyncio.Queue[tuple[str, LineState | Delivery]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_delivery: Callable[[Account, Delivery], Any] | None = None

    # Looking

    def get(self, account_id: str) -> Account:
        """The account of that id.

        Raises:
            NotFound: there is none.
        """
        try:
            return self._accounts[account_id]
        except KeyError:
            raise NotFound("There is no such account.") from None

    def all(self) -> tuple[Account, ...]:
        """Every account."""
        return tuple(self._accounts.values())

    def lines(self, channel: str) -> tuple[Line, ...]:
        """The lines of a channel, for checking what arrives."""
        return self._lines.get(channel, ())

    def by_ref(self, channel: str, line_ref: str) -> Account | None:
        """The account behind the channel's own id of a line."""
        return self._by_ref.get((channel, line_ref))

    def qr(self, account_id: str) -> LineState | None:
        """The code that waits to be scanned, if one does."""
        return self._shown.get(account_id)

    def visible_options(self, account: Account) -> dict[str, Any]:
        """The options without their secrets: a secret shows only whether it is set."""
        shown: dict[str, Any] = {}
        for name, value in account.line.options:
            shown[name] = "set" if isinstance(value, SecretStr) else value
        return shown

    # Starting and ending

    async def load(self) -> None:
        """Read every account from the store."""
        async with self._store.read() as read:
            rows = await accounts.all_live(read)
        self._accounts, self._by_ref = {}, {}
        for row in rows:
            self._hold(row)
        self._index()

    async def start(self) -> None:
        """Bring every line up that was not taken down or logged out by hand."""
        self._spawn(self._listen())
        for account in self.all():
            if account.state is not State.LOGGED_OUT:
                await self._connect(account)

    async def close(self) -> None:
        """Take every line down and let go; what it needs to come back is kept."""
        for account in self.all():
            await account.channel.disconnect(account.line)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
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
        """A new account; gives its id. It is not connected yet.

        Raises:
            Invalid: there is no such channel, or an option is wrong.
            Conflict: the line belongs to an account already.
        """
        checked = self._check(channel, options)
        line_ref = self._ref(channel, checked)
        if line_ref is not None and (channel, line_ref) in self._by_ref:
            raise Conflict(f"The line {line_ref} is already here, as “{self._by_ref[channel, line_ref].row.name}”.")
        account_id = new_id("acc")
        row = {
            "id": account_id,
            "channel": channel,
            "name": name.strip() or channel,
            "owner_id": owner_id,
            "line_ref": line_ref,
            "options": self._seal(checked),
            "state": State.DISCONNECTED.value,
            "from_settings": from_settings,
            "created_at": self._clock.now(),
        }
        async with self._store.begin() as tx:
            await accounts.add(tx, row)
            tx.emit(_told(account_id, State.DISCONNECTED, None))
        await self.load()
        return account_id

    async def keep_from_settings(self, channel: str, *, name: str, options: dict[str, Any]) -> str:
        """The account that the environment describes: made once, its options kept in step; gives its id."""
        checked = self._check(channel, options)
        present = self._by_ref.get((channel, self._ref(channel, checked) or ""))
        if present is None:
            return await self.add(channel, name=name, options=options, from_settings=True)
        if self._reveal(checked) != self._reveal(present.line.options):
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
        """Change what was given. Options that are left out stay as they are."""
        account = self.get(account_id)
        values: dict[str, Any] = {}
        if name is not None and name.strip():
            values["name"] = name.strip()
        if owner_id is not None:
            values["owner_id"] = owner_id
        if options is not None:
            checked = self._check(account.row.channel, {**self._reveal(account.line.options), **options})
            values |= {"options": self._seal(checked), "line_ref": self._ref(account.row.channel, checked)}
        if values:
            async with self._store.begin() as tx:
                await accounts.change(tx, account_id, **values)
                tx.emit(_told(account_id, account.state, account.row.state_reason))
            await self.load()

    async def connect(self, account_id: str) -> None:
        """Bring the line up. Asked again while it is up, nothing happens."""
        account = self.get(account_id)
        if account.state is not State.CONNECTED:
            await self._connect(account)

    async def disconnect(self, account_id: str) -> None:
        """Take the line down and keep what it needs to come back."""
        account = self.get(account_id)
        await account.channel.disconnect(account.line)
        await self.report(account_id, LineState(State.DISCONNECTED))

    async def log_out(self, account_id: str) -> None:
        """Take the line down for good: it has to be linked again."""
        account = self.get(account_id)
        await account.channel.disconnect(account.line)
        await self.report(account_id, LineState(State.LOGGED_OUT))

    async def remove(self, account_id: str) -> None:
        """Remove the account with its secrets. Its chats and messages stay."""
        account = self.get(account_id)
        await account.channel.disconnect(account.line)
        now = self._clock.now()
        async with self._store.begin() as tx:
            await accounts.change(tx, account_id, deleted_at=now, options="", state=State.LOGGED_OUT.value)
            tx.emit(_told(account_id, State.LOGGED_OUT, "Removed."))
        await self.load()

    async def report(self, account_id: str, told: LineState) -> None:
        """A line tells how it stands. What cannot follow the present state is passed over."""
        account = self._accounts.get(account_id)
        if account is None or not may_follow(account.state, told.state):
            return
        if told.state is State.QR_PENDING:
            self._shown[account_id] = told
        else:
            self._shown.pop(account_id, None)
        async with self._store.begin() as tx:
            await self._store_state(tx, account, told)
        await self.load()

    async def _store_state(self, tx: Tx, account: Account, told: LineState) -> None:
        now, account_id = self._clock.now(), account.row.id
        values: dict[str, Any] = {"state": told.state.value, "state_reason": told.reason}
        if told.phone:
            values["phone"] = told.phone
        if told.state is State.CONNECTED:
            values |= {"last_connected_at": now, "last_seen_at": now}
            await alerts.close(tx, f"line:{account_id}", now)
            waiting = await messages.waiting_chats(tx, account_id)
            await jobs.enqueue_all(tx, [Deliver(chat) for chat in waiting], now=now)
        elif account.state is State.CONNECTED:
            values["last_disconnected_at"] = now
        if told.state is State.ACTION_REQUIRED:
            words = f"The line “{account.row.name}” has stopped. {told.reason or ''}".strip()
            await alerts.raise_(
                tx, now=now, kind="line", sentence=words, key=f"line:{account_id}", severe=True, account_id=account_id
            )
        await accounts.change(tx, account_id, **values)
        tx.emit(_told(account_id, told.state, told.reason))

    # Inside

    async def _connect(self, account: Account) -> None:
        if account.state is not State.CONNECTED:
            await self.report(account.row.id, LineState(State.CONNECTING))
        self._spawn(self._bring_up(account.row.id))

    async def _bring_up(self, account_id: str) -> None:
        account = self.get(account_id)
        try:
            await account.channel.connect(account.line, self.emit)
        except Exception:
            log.exception("connect of a channel raised, which its contract forbids", extra={"account": account_id})
            self.emit(account_id, LineState(State.ACTION_REQUIRED, "The channel failed to start; see the log."))

    def emit(self, account_id: str, what: LineState | Delivery) -> None:
        """What channels call when a line has something to say."""
        self._reports.put_nowait((account_id, what))

    async def _listen(self) -> None:
        while True:
            account_id, what = await self._reports.get()
            try:
                if isinstance(what, LineState):
                    await self.report(account_id, what)
                elif self.on_delivery is not None and account_id in self._accounts:
                    await self.on_delivery(self._accounts[account_id], what)
            except Exception:
                log.exception("a report of a line could not be stored", extra={"account": account_id})

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hold(self, row: AccountRow) -> None:
        channel = self._channels.get(row.channel)
        if channel is None:
            log.warning("an account is of a channel that is not installed", extra={"channel": row.channel})
            return
        options = channel.Options.model_validate(orjson.loads(self._vault.open(row.options)))
        account = Account(row, Line(row.id, options, row.phone), channel)
        self._accounts[row.id] = account
        if row.line_ref is not None:
            self._by_ref[row.channel, row.line_ref] = account

    def _index(self) -> None:
        self._lines = {
            name: tuple(account.line for account in self.all() if account.row.channel == name)
            for name in self._channels
        }

    def _check(self, channel: str, options: dict[str, Any]) -> BaseModel:
        if channel not in self._channels:
            known = ", ".join(sorted(self._channels))
            raise Invalid(f"There is no channel “{channel}”. The channels here are: {known}.")
        try:
            return self._channels[channel].Options.model_validate(options)
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "options"
            raise Invalid(f"The option {where} is not right: {first['msg']}.") from None

    def _ref(self, channel: str, options: BaseModel) -> str | None:
        found = self._channels[channel]
        return found.line_ref(options) if isinstance(found, ReceivesWebhooks) else None

    def _seal(self, options: BaseModel) -> str:
        return self._vault.seal(orjson.dumps(self._reveal(options)).decode())

    @staticmethod
    def _reveal(options: BaseModel) -> dict[str, Any]:
        return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in options}


def _told(account_id: str, state: State, reason: str | None) -> Live:
    payload = {"account_id": account_id, "state": state.value, "sentence": sentence(state, reason)}
    return Live(LiveType.ACCOUNT_STATE, payload, account_id)
