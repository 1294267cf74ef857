"""What is done with a line where it is: brought up and down, linked, logged out, removed."""

from collections.abc import Awaitable, Callable

from frontdesk.desk.account import Account
from frontdesk.desk.lifting import Lifting
from frontdesk.desk.line_codes import LineCodes
from frontdesk.desk.line_reports import LineReports
from frontdesk.desk.line_standing import BY_HAND, STILL_LISTED
from frontdesk.desk.linking import Linking
from frontdesk.domain.accounts import State, is_unchecked
from frontdesk.domain.wire import LineState


class LineVerbs:
    """The verbs of `Accounts` that need the line itself, under the same names."""

    def __init__(
        self,
        *,
        get: Callable[[str], Account],
        lifting: Lifting,
        linking: Callable[["LineVerbs"], Linking],
        codes: LineCodes,
        reports: LineReports,
        report: Callable[[str, LineState], Awaitable[None]],
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self._get = get
        self._lifting = lifting
        self._codes = codes
        self._reports = reports
        self._report = report
        self._forget = forget
        self._linking = linking(self)

    def pairing_number(self, account_id: str) -> str | None:
        """On which phone the code that waits is to be typed."""
        return self._linking.number(account_id)

    async def try_again(self, account_id: str) -> None:
        """Bring up a line that had stopped."""
        await self._lifting.up(self._get(account_id))

    async def connect(self, account_id: str) -> None:
        """Bring the line up, unless it is, or shows a code."""
        account = self._get(account_id)
        if account.state is State.QR_PENDING:
            if self._codes.is_open(account_id):
                return
            await self.take_down(account)
        if account.state is not State.CONNECTED or is_unchecked(account.state, account.row.state_reason):
            await self._lifting.up(account)

    async def pair_by_code(self, account_id: str, phone: str) -> None:
        """Get a code that is typed on that phone."""
        await self._linking.by_code(account_id, phone)

    async def take_down(self, account: Account) -> None:
        """Take the line down, and tell nothing."""
        await self._lifting.down(account)
        self._reports.forget_states(account.row.id)

    async def disconnect(self, account_id: str) -> None:
        """Take the line down and keep what it needs to come back."""
        await self.take_down(self._get(account_id))
        await self._report(account_id, LineState(State.DISCONNECTED, BY_HAND))

    async def log_out(self, account_id: str) -> None:
        """Take the line down for good."""
        account = self._get(account_id)
        told = await self._lifting.unlink(account)
        await self.take_down(account)
        await self._report(account_id, LineState(State.LOGGED_OUT, None if told else STILL_LISTED))

    async def remove(self, account_id: str) -> None:
        """Remove the account with its secrets."""
        account = self._get(account_id)
        await self._lifting.unlink(account)
        await self.take_down(account)
        await self._forget(account_id)
