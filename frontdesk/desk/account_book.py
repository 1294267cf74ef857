"""Every account at hand, so that a message on its way in asks no database for it."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

from frontdesk.channels.base import Channel
from frontdesk.desk.account import Account, Unopened
from frontdesk.desk.account_options import AccountOptions
from frontdesk.desk.errors import Conflict
from frontdesk.desk.line_standing import as_sealed
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Line
from frontdesk.kit.vault import CannotOpen
from frontdesk.store import accounts
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store, Tx

log = logging.getLogger(__name__)


class AccountBook:
    """What is known of each account here, as it was read last."""

    def __init__(self, store: Store, options: AccountOptions, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._options = options
        self._channels = channels
        self._accounts: dict[str, Account] = {}
        self._by_ref: dict[tuple[str, str], Account] = {}
        self._lines: dict[str, tuple[Line, ...]] = {}

    def find(self, account_id: str) -> Account | None:
        """The account of that id, None when it was removed."""
        return self._accounts.get(account_id)

    def all(self) -> tuple[Account, ...]:
        """Every account."""
        return tuple(self._accounts.values())

    def lines(self, channel: str) -> tuple[Line, ...]:
        """The lines of a channel; the same value as long as nothing of them changes."""
        return self._lines.get(channel, ())

    def by_ref(self, channel: str, line_ref: str | None) -> Account | None:
        """The account behind the channel's own id of a line."""
        return self._by_ref.get((channel, line_ref)) if line_ref is not None else None

    @staticmethod
    async def only_one(tx: Tx, channel: str, line_ref: str | None, account_id: str) -> None:
        """Raise Conflict where the line belongs to another account, whoever added that."""
        present = await accounts.at_line(tx, channel, line_ref) if line_ref is not None else None
        if present is not None and present.id != account_id:
            raise Conflict(f"The line {line_ref} is already here, as “{present.name}”.")

    def put(self, account: Account) -> None:
        """Know this of the account until it is read again."""
        self._accounts[account.row.id] = account

    def elsewhere(self, account_id: str) -> tuple[tuple[str, str], ...]:
        """The phones that other lines are linked with, and the names of these: a number on two is answered twice."""
        others = [one for one in self.all() if one.row.id != account_id and one.links]
        return tuple((one.row.phone, one.row.name) for one in others if one.row.phone and one.state != State.LOGGED_OUT)

    async def read(self, ids: Collection[str] = ()) -> None:
        """Read these accounts from the store; without ids, every one."""
        async with self._store.read() as read:
            rows = await (accounts.live(read, ids) if ids else accounts.all_live(read))
        found = [account for account in map(self._opened, map(self._with_news, rows)) if account is not None]
        gone = set(ids) - {account.row.id for account in found}
        kept = {one: account for one, account in self._accounts.items() if one not in gone} if ids else {}
        self._accounts = kept | {account.row.id: account for account in found}
        held = self.all()
        self._by_ref = {(a.row.channel, a.row.line_ref): a for a in held if a.row.line_ref is not None}
        for name in self._channels:
            lines = tuple(a.line for a in held if a.row.channel == name and a.sealed is None)
            if lines != self._lines.get(name):
                self._lines[name] = lines

    def _with_news(self, row: AccountRow) -> AccountRow:
        """The row as read, with a wait and a sign of life that were told after it had been read."""
        known = self._accounts.get(row.id)
        if known is None:
            return row
        waits = max(row.blocked_until or 0, known.row.blocked_until or 0) or None
        seen = max(row.last_seen_at or 0, known.row.last_seen_at or 0) or None
        return replace(row, blocked_until=waits, last_seen_at=seen)

    def _opened(self, row: AccountRow) -> Account | None:
        known = self._accounts.get(row.id)
        if known is not None and known.sealed is None and known.row.options == row.options:
            same = known.line.phone == row.phone
            return replace(known, row=row, line=known.line if same else replace(known.line, phone=row.phone))
        if (channel := self._channels.get(row.channel)) is None:
            log.warning("an account is of a channel that is not installed", extra={"channel": row.channel})
            return None
        try:
            return Account(row, Line(row.id, self._options.open(row.channel, row.options), row.phone), channel)
        except CannotOpen as lost:
            return Account(as_sealed(row), Line(row.id, Unopened(), row.phone), channel, lost.sentence)
