"""What the owner is told when a line changes: an alert in the inbox, and a word by another path."""

from collections.abc import Callable
from dataclasses import replace

from frontdesk.desk import withdrawn_links
from frontdesk.desk.line_standing import has_stopped, is_by_hand, word_of
from frontdesk.domain.accounts import State
from frontdesk.domain.personas import House
from frontdesk.domain.telling import PATIENCE
from frontdesk.domain.wire import LineState
from frontdesk.domain.work import Notify
from frontdesk.kit.clock import Clock
from frontdesk.store import alerts, jobs, told as told_words
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Tx


class LineAlerts:
    """Works inside the transaction in which the change is stored."""

    def __init__(self, clock: Clock, house: Callable[[], House]) -> None:
        self._clock = clock
        self._house = house

    async def heard(self, tx: Tx, account_id: str, told: LineState, *, by_line: bool) -> None:
        """Somebody takes the line down or logs it out, which may be so already: no link to its page holds any more."""
        if not by_line and is_by_hand(told.state, told.reason):
            await withdrawn_links.note(tx, account_id, self._clock.now())

    async def changed(self, tx: Tx, before: AccountRow, told: LineState) -> None:
        """The line stands as it tells, which may be as before."""
        now, key = self._clock.now(), f"line:{before.id}"
        by_hand = is_by_hand(told.state, told.reason)
        if told.state is State.CONNECTED or by_hand:
            await alerts.close(tx, key, now)
        if by_hand:
            await told_words.forget(tx, before.id)
        if has_stopped(told.state, told.reason):
            words = f"The line “{before.name}” has stopped. {told.reason or ''}".strip()
            await alerts.raise_(tx, now=now, kind="line", sentence=words, key=key, severe=True, account_id=before.id)
        await self._tell(tx, before, told)

    async def removed(self, tx: Tx, account_id: str) -> None:
        """There is no such line any more."""
        await alerts.close(tx, f"line:{account_id}", self._clock.now())
        await told_words.forget(tx, account_id)
        await withdrawn_links.forget(tx, account_id)

    async def _tell(self, tx: Tx, before: AccountRow, told: LineState) -> None:
        """A line that stands otherwise has to stand so for a while: what waited before waits anew."""
        word = word_of(replace(before, state=told.state.value, state_reason=told.reason))
        if word is None or word is word_of(before):
            return
        now = self._clock.now()
        work = [Notify(target.mark, before.id) for target in self._house().notify if "line" in target.on]
        await jobs.enqueue_all(tx, work, now=now, due=now + PATIENCE[word], move=True)
