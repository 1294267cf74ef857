"""Whether what comes for a line is signed as it should be: with a wrong secret, nothing would come in, silently."""

import logging
from contextlib import suppress

from frontdesk.desk.accounts import Accounts
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.store import alerts
from frontdesk.store.store import Store, StoreUnavailable

APART = 10 * MINUTE  # between two looks at the same line: strangers may knock as often as they like

log = logging.getLogger(__name__)


class Signatures:
    """Tells the owner when a line's webhooks are refused, and when they are right again."""

    def __init__(self, store: Store, clock: Clock, accounts: Accounts) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._right: dict[str, int] = {}  # account id -> since when its webhooks are known to be signed rightly
        self._told: dict[str, int] = {}

    async def refused(self, account_id: str) -> None:
        """A webhook for this line had a signature that does not fit."""
        now, account = self._clock.now(), self._accounts.find(account_id)
        last = max(self._right.get(account_id, 0), self._told.get(account_id, 0))
        if account is None or now - last < APART:
            return
        self._told[account_id] = now
        self._right.pop(account_id, None)
        sentence = (
            f"Webhooks for “{account.row.name}” are refused, because their signature does not fit: no message comes "
            "in. Give the line the app secret of the Meta app that sends them (App settings, Basic)."
        )
        log.warning("%s", sentence)
        with suppress(StoreUnavailable):
            async with self._store.begin(shared=True) as tx:
                await alerts.raise_(
                    tx,
                    now=now,
                    kind="signature",
                    sentence=sentence,
                    key=_key(account_id),
                    severe=True,
                    account_id=account_id,
                )

    def is_news(self, account_id: str) -> bool:
        """Whether a signature that fits would be news: the first since the start, or for a while."""
        return self._clock.now() - self._right.get(account_id, 0) > APART

    async def fits(self, account_id: str) -> None:
        """A webhook for this line was signed rightly. That others were not may have been told by another process."""
        self._right[account_id] = self._clock.now()
        try:
            async with self._store.read() as read:
                if await read.scalar(alerts.OPEN, {"matter": _key(account_id)}) is None:
                    return
            async with self._store.begin(shared=True) as tx:
                await alerts.close(tx, _key(account_id), self._clock.now())
        except StoreUnavailable:
            del self._right[account_id]  # the next one tries again


def _key(account_id: str) -> str:
    return f"signature:{account_id}"
