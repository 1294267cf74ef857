"""A line on which nothing gets out: its owner is told once, and no longer when a send succeeds again.

Since when a line fails is remembered by the process that sends. Whether the owner was told stands in the store, so that
a restart tells nothing twice and closes what an earlier run has told.
"""

from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.domain.accounts import may_send
from frontdesk.domain.personas import House
from frontdesk.kit.clock import MINUTE, Clock, to_datetime
from frontdesk.kit.errors import Retryable
from frontdesk.store import alerts, messages
from frontdesk.store.store import Tx

PATIENCE = 5 * MINUTE  # a line that sends nothing for longer is told of


@dataclass(slots=True)
class _Outage:
    since: int  # the first failure behind the last success
    last: int
    why: str
    given_up: int = 0  # messages that had no try left


class Outages:
    """Told of what becomes of each send, and asked by the clock."""

    def __init__(self, clock: Clock, accounts: Accounts, house: Callable[[], House]) -> None:
        self._clock = clock
        self._accounts = accounts
        self._house = house
        self._outages: dict[str, _Outage] = {}
        self._clear: set[str] = set()  # lines of which surely no alert is open

    def failed(self, account_id: str, error: Retryable, *, given_up: bool) -> None:
        """Nothing went out, and not for the sake of one person."""
        if error.scope == "chat":
            return
        now = self._clock.now()
        outage = self._outages.setdefault(account_id, _Outage(now, now, error.sentence))
        outage.last, outage.why = now, error.sentence
        outage.given_up += given_up

    def why_waits(self, account_id: str, until: int) -> str:
        """Why what is written on a line that was asked to wait does not go out yet, and until when."""
        outage = self._outages.get(account_id)
        why = outage.why if outage is not None else "WhatsApp asked this line to wait."
        return f"{why} Nothing goes out on this line before {self._moment(until)}."

    def why_chat_waits(self, until: int) -> str:
        """The same where only one person is meant."""
        return f"WhatsApp takes no more messages to this person before {self._moment(until)}."

    async def sent(self, tx: Tx, account_id: str) -> None:
        """Something went out: what the owner was told is no longer so."""
        self._outages.pop(account_id, None)
        if account_id not in self._clear:
            self._clear.add(account_id)
            await alerts.close(tx, _key(account_id), self._clock.now())

    def taken_back(self, account_id: str) -> None:
        """The transaction in which a send was noted came to nothing."""
        self._clear.discard(account_id)

    async def look(self, tx: Tx) -> None:
        """Tell the owners of lines that have not sent for too long."""
        for account_id, outage in tuple(self._outages.items()):
            account = self._accounts.find(account_id)
            if account is None:
                del self._outages[account_id]
                await alerts.close(tx, _key(account_id), self._clock.now())
            elif may_send(account.state):  # else the line has an alert of its own
                await self._look(tx, account, outage)

    async def _look(self, tx: Tx, account: Account, outage: _Outage) -> None:
        now = self._clock.now()
        waiting, oldest = await messages.held_up(tx, account.row.id)
        stuck = oldest is not None and now - max(oldest, outage.since) >= PATIENCE
        if stuck or outage.last - outage.since >= PATIENCE:
            since = min(outage.since, oldest or outage.since)
            await self._tell(tx, account, outage, _count(waiting, outage.given_up, self._moment(since)))
        elif not waiting and now - outage.last > PATIENCE:
            del self._outages[account.row.id]  # nothing was tried since: whether it still lasts is not known

    async def _tell(self, tx: Tx, account: Account, outage: _Outage, what: str) -> None:
        key, sentence = _key(account.row.id), f"“{account.row.name}” cannot send: {what}. {outage.why}"
        if await alerts.was_told(tx, key, since=outage.since):
            await alerts.reword(tx, key, sentence)
            return
        self._clear.discard(account.row.id)
        await alerts.raise_(
            tx,
            now=self._clock.now(),
            kind="line",
            sentence=sentence,
            key=key,
            severe=True,
            account_id=account.row.id,
        )

    def _moment(self, at: int) -> str:
        zone = self._house().timezone
        then, today = to_datetime(at, zone), to_datetime(self._clock.now(), zone).date()
        return f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"


def _key(account_id: str) -> str:
    return f"outage:{account_id}"


def _count(waiting: int, given_up: int, since: str) -> str:
    lost = f"{given_up} {'was' if given_up == 1 else 'were'} given up" if given_up else ""
    if waiting:
        wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
        return f"{wait} since {since}" + (f", {lost}" if lost else "")
    return f"since {since} nothing went out" + (f", {lost}" if lost else "")
