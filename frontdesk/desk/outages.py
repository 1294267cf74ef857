"""A line on which nothing gets out: its owner is told once, and no longer when a send succeeds again.

Since when a line fails stands in the store, and so does whether the owner was told: any process may send, any may look,
and a restart forgets nothing. Which lines fail is kept at hand, so that the usual send asks and writes nothing for it.
"""

from collections.abc import Callable

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.domain.accounts import may_send
from frontdesk.domain.personas import House
from frontdesk.kit.clock import MINUTE, Clock, to_datetime
from frontdesk.kit.errors import Retryable
from frontdesk.store import alerts, messages, outages as rows
from frontdesk.store.outages import OutageRow
from frontdesk.store.store import Read, Tx

PATIENCE = 5 * MINUTE  # a line that sends nothing for longer is told of


class Outages:
    """Told of what becomes of each send, and asked by the clock."""

    def __init__(self, clock: Clock, accounts: Accounts, house: Callable[[], House]) -> None:
        self._clock = clock
        self._accounts = accounts
        self._house = house
        self._troubled: set[str] | None = None  # lines that fail, or of which an alert is open; None: to be read

    async def follow(self) -> None:
        """A line has begun to fail, or does no longer, here or in another process."""
        self._troubled = None

    async def failed(self, tx: Tx, account_id: str, error: Retryable, *, given_up: bool) -> None:
        """Nothing went out, and not for the sake of one person."""
        if error.scope == "chat":
            return
        troubled = await self._known(tx)
        await rows.failed(tx, account_id, now=self._clock.now(), why=error.sentence, given_up=given_up)
        if account_id not in troubled:
            troubled.add(account_id)
            await rows.changed(tx, account_id)

    async def why_waits(self, read: Read, account_id: str, until: int) -> str:
        """Why what is written on a line that was asked to wait does not go out yet, and until when."""
        why = await rows.why(read, account_id) or "WhatsApp asked this line to wait."
        return f"{why} Nothing goes out on this line before {self._moment(until)}."

    def why_chat_waits(self, until: int) -> str:
        """The same where only one person is meant."""
        return f"WhatsApp takes no more messages to this person before {self._moment(until)}."

    async def sent(self, tx: Tx, account_id: str) -> None:
        """Something went out: what the owner was told is no longer so."""
        troubled = await self._known(tx)
        if account_id in troubled:
            troubled.discard(account_id)
            await self._end(tx, account_id)

    def taken_back(self) -> None:
        """The transaction in which a send was noted came to nothing."""
        self._troubled = None

    async def _known(self, read: Read) -> set[str]:
        if self._troubled is None:
            self._troubled = await rows.troubled(read)
        return self._troubled

    async def _end(self, tx: Tx, account_id: str) -> None:
        await rows.end(tx, account_id)
        await rows.changed(tx, account_id)
        await alerts.close(tx, rows.key(account_id), self._clock.now())

    async def look(self, tx: Tx, account_id: str) -> None:
        """Tell the owner of a line that has not sent for too long."""
        outage = await rows.of(tx, account_id)
        account = self._accounts.find(account_id)
        if outage is None:
            return
        if account is None:
            await self._end(tx, account_id)
        elif may_send(account.state):  # else the line has an alert of its own
            await self._look(tx, account, outage)

    async def _look(self, tx: Tx, account: Account, outage: OutageRow) -> None:
        now = self._clock.now()
        waiting, oldest = await messages.held_up(tx, account.row.id)
        stuck = oldest is not None and now - max(oldest, outage.since) >= PATIENCE
        if stuck or outage.last_at - outage.since >= PATIENCE:
            since = min(outage.since, oldest or outage.since)
            await self._tell(tx, account, outage, _count(waiting, outage.given_up, self._moment(since)))
        elif not waiting and now - outage.last_at > PATIENCE:
            await rows.end(tx, account.row.id)  # nothing was tried since: whether it still lasts is not known
            await rows.changed(tx, account.row.id)

    async def _tell(self, tx: Tx, account: Account, outage: OutageRow, what: str) -> None:
        key, sentence = rows.key(account.row.id), f"“{account.row.name}” cannot send: {what}. {outage.why}"
        if await alerts.was_told(tx, key, since=outage.since):
            await alerts.reword(tx, key, sentence)
            return
        await rows.changed(tx, account.row.id)
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


def _count(waiting: int, given_up: int, since: str) -> str:
    lost = f"{given_up} {'was' if given_up == 1 else 'were'} given up" if given_up else ""
    if waiting:
        wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
        return f"{wait} since {since}" + (f", {lost}" if lost else "")
    return f"since {since} nothing went out" + (f", {lost}" if lost else "")
