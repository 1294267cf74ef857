"""A page on which one line is linked by whoever has its address: no sign-in, and nothing else to be had.

The address is sealed with a key of this installation. It holds for a day, and only as long as the line needs it: it
ends when the line is connected, when somebody at the desk takes the line down or logs it out, and with the account.
"""

from dataclasses import dataclass

from frontdesk.desk import withdrawn_links
from frontdesk.desk.account import Account
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.errors import Conflict, DeskError
from frontdesk.desk.guesses import Guesses, TooManyTries
from frontdesk.domain.accounts import State
from frontdesk.kit.clock import DAY, Clock
from frontdesk.kit.signed import Signed
from frontdesk.kit.vault import Vault
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store

LASTS = DAY
PURPOSE = "link page"
PATH = "/link/"
FREE = 12  # codes that are asked for by these pages in a row before the next has to wait

NO_PUBLIC_URL = "Nobody elsewhere could open such a page. Set PUBLIC_URL to the address of this desk first."
_UNKNOWN = "This address leads to no line. Perhaps it was not copied whole: open the link in the message itself."
_GONE = "The line for which it was made is no longer there."
_OLD = "It held for a day, which is over."
_USED = "The line has been connected since it was made."
_WITHDRAWN = "Somebody at the desk has taken the line down since it was made."


class NoPage(DeskError):
    """The address is not, or no longer, one of a page."""

    status = 404


class Ended(NoPage):
    """There was a page at the address."""

    status = 410


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The address of such a page, and until when it holds."""

    url: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The line of a page that is open, and until when it is."""

    account: Account
    expires_at: int


class LinkPages:
    """Makes the addresses, and opens the pages behind them."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, *, accounts: Accounts, public_url: str | None) -> None:
        self._store = store
        self._clock = clock
        self._signed = Signed(vault, PURPOSE)
        self._accounts = accounts
        self._public_url = public_url
        self._asked = Guesses(store, clock)

    def of(self, account: Account) -> LinkPage | None:
        """A page for the line as it stands now; None where it needs none, or nobody elsewhere could open it."""
        if self._public_url is None or why_not(account) is not None:
            return None
        expires_at = self._clock.now() + LASTS
        token = self._signed.write(account.row.id, str(expires_at), _generation(account.row))
        return LinkPage(f"{self._public_url.rstrip('/')}{PATH}{token}", expires_at)

    def make(self, account_id: str) -> LinkPage:
        """The same for somebody who asks for it.

        Raises:
            NotFound: there is no such account.
            Conflict: it needs no such page, or there can be none.
        """
        account = self._accounts.get(account_id)
        page = self.of(account)
        if page is None:
            raise Conflict(why_not(account) or NO_PUBLIC_URL)
        return page

    async def open(self, token: str) -> Opened:
        """The line behind an address. It may have been connected by it just now.

        Raises:
            NoPage: it was not written here, or (`Ended`) is over; the sentence says why.
        """
        words = self._signed.read(token)
        if words is None or len(words) != 3:
            raise NoPage(_UNKNOWN)
        account_id, expires_at, generation = words[0], int(words[1]), words[2]
        account = self._accounts.find(account_id)
        if account is None or account.sealed is not None or not account.links:
            raise Ended(_GONE)
        if self._clock.now() >= expires_at:
            raise Ended(_OLD)
        if account.state is not State.CONNECTED:
            if _generation(account.row) != generation:
                raise Ended(_USED)
            async with self._store.read() as read:
                withdrawn = await withdrawn_links.since(read, account_id)
            if withdrawn is not None and withdrawn > expires_at - LASTS:
                raise Ended(_WITHDRAWN)
        return Opened(account, expires_at)

    async def show_code(self, token: str) -> None:
        """Have the line show a code.

        Raises:
            NoPage: the address is none, or is over.
            DeskError: it cannot be as things stand.
        """
        opened = await self.open(token)
        if opened.account.state is not State.CONNECTED:
            await self._not_too_often(opened.account)
            await self._accounts.connect(opened.account.row.id)

    async def pair(self, token: str, phone: str) -> None:
        """Have a code made that is typed. A line that had a phone gets it for that phone, whatever `phone` says.

        Raises:
            NoPage: the address is none, or is over.
            DeskError: it cannot be as things stand.
        """
        opened = await self.open(token)
        if opened.account.state is not State.CONNECTED:
            await self._not_too_often(opened.account)
            await self._accounts.pair_by_code(opened.account.row.id, opened.account.row.phone or phone)

    async def _not_too_often(self, account: Account) -> None:
        """WhatsApp itself takes many questions for codes amiss."""
        try:
            await self._asked.count({f"link page {account.row.id}": FREE})
        except TooManyTries as often:
            wait = "a second" if often.retry_after == 1 else f"{often.retry_after} seconds"
            raise Conflict(f"Many codes were asked for here. Wait {wait} and try again.") from often


def why_not(account: Account) -> str | None:
    """Why a line needs no such page, as a sentence; None where it does."""
    if account.sealed is not None:
        return account.sealed
    if not account.links:
        return f"“{account.row.name}” is not linked with a phone, so there is no page for it. Connect it instead."
    if account.state is State.CONNECTED:
        return f"“{account.row.name}” is connected: there is nothing to link."
    return None


def _generation(row: AccountRow) -> str:
    """Which connection the page is to bring: with it, this changes."""
    return str(row.last_connected_at or 0)
