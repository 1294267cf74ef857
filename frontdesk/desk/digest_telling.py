"""Telling a digest: to each target once, and never a second time on a guess, but where a person asks for it."""

from collections.abc import Awaitable, Callable

from frontdesk.desk.digests import ways_of
from frontdesk.desk.errors import Conflict
from frontdesk.domain.digests import Way
from frontdesk.domain.personas import House
from frontdesk.domain.telling import Alert, Target
from frontdesk.domain.work import TellDigest
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers
from frontdesk.store import alerts, digests
from frontdesk.store.rows_digests import DigestRow
from frontdesk.store.store import Store, Tx

NO_WAY = "There is no line over which the owner's own number can be written to."
NOT_AGAIN = "It is not told again by itself."
CUT_OFF = f"Telling it was cut off: it may have got there. {NOT_AGAIN}"

ToSelf = Callable[[Tx, str, str], Awaitable[str | None]]
"""Post a text to the owner's own number, under a key by which it is posted once; None where there is no way."""


class DigestTelling:
    """Does the jobs of kind `tell_digest`."""

    def __init__(
        self, store: Store, clock: Clock, *, house: Callable[[], House], to_self: ToSelf, public_url: str | None
    ) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._to_self = to_self
        self._public_url = public_url
        self._notifiers = Notifiers()

    def link(self, issue_id: str) -> str | None:
        """Where the whole of it stands, if there is an address that leads here."""
        return f"{self._public_url.rstrip('/')}/digests/issues/{issue_id}" if self._public_url else None

    def shown(self) -> dict[str, str]:
        """Each notifier by its mark, without its address."""
        return {target.mark: f"Notifier {target.url.partition('://')[0]}://…" for target in self._targets()}

    async def begin(self, tx: Tx, order: DigestRow, issue_id: str, text: str) -> None:
        """The issue is made: post it to the own number, and let the others be told."""
        ways = ways_of(order)
        if Way.SELF in ways or (Way.NOTIFY in ways and any(target.url == SELF for target in self._targets())):
            await self._post(tx, issue_id, text)
        for target in self._targets() if Way.NOTIFY in ways else ():
            if target.url != SELF:
                await self._add(tx, TellDigest(issue_id, target.mark))

    async def again(self, issue_id: str) -> int:
        """A person wants it told once more wherever that failed, or may have failed; gives to how many targets.

        Raises:
            Conflict: it failed nowhere, or nowhere that is still to be told.
        """
        async with self._store.begin(matters=("digests",)) as tx:
            issue = await digests.issue(tx, issue_id)
            lost = {word.target for word in await digests.words(tx, issue_id) if word.state in ("failed", "unknown")}
            if issue is None or issue.text is None or not lost:
                raise Conflict("That digest was told wherever it is to go, or is on its way.")
            known = lost & {Way.SELF.value, *(target.mark for target in self._targets())}
            if not known:
                raise Conflict("Where it could not be told is no notifier of frontdesk.toml any more.")
            for target in sorted(known):
                if target == Way.SELF.value:
                    await self._post(tx, issue_id, issue.text)
                else:
                    await self._add(tx, TellDigest(issue_id, target))
        return len(known)

    async def _post(self, tx: Tx, issue_id: str, text: str) -> None:
        posted = await self._to_self(tx, text, f"digest:{issue_id}")
        state, why = ("told", None) if posted is not None else ("failed", NO_WAY)
        await digests.put_word(tx, issue_id, Way.SELF.value, state=state, now=self._clock.now(), error=why)
        if why is not None:
            await self._alarm(tx, why)

    async def _add(self, tx: Tx, job: TellDigest) -> None:
        await self._settle(tx, job, "waits")
        await enqueue(tx, job, now=self._clock.now())

    async def run(self, job: TellDigest, ticket: Ticket) -> None:
        """Tell one target. What was cut off in the midst of it is shown, not repeated."""
        target = next((one for one in self._targets() if one.mark == job.target), None)
        async with self._store.begin(matters=(job.key,)) as tx:
            issue = await digests.issue(tx, job.issue_id)
            word = next((one for one in await digests.words(tx, job.issue_id) if one.target == job.target), None)
            if word is not None and word.state == "sending":
                await self._settle(tx, job, "unknown", CUT_OFF)
                await self._alarm(tx, CUT_OFF, "unknown")
            if target is None or issue is None or issue.text is None or word is None or word.state != "waits":
                await ticket.done(tx)
                return
            await self._settle(tx, job, "sending")
        heading, _, rest = issue.text.replace("*", "").partition("\n")
        alert = Alert(heading, rest.strip() or heading, good=True, link=self.link(issue.id))
        await self._tell(target, alert, job, ticket)

    async def _tell(self, target: Target, alert: Alert, job: TellDigest, ticket: Ticket) -> None:
        try:
            unsure = await self._notifiers.tell(target.url, alert)
        except Rejected as refused:
            await self._give_up(job, refused.sentence, ticket)
        except Retryable as away:
            if ticket.last:
                await self._give_up(job, away.sentence, ticket)
                return
            async with self._store.begin(matters=(job.key,)) as tx:
                await self._settle(tx, job, "waits", away.sentence)
            raise
        else:
            if unsure is not None:
                await self._give_up(job, f"{unsure} {NOT_AGAIN}", ticket, state="unknown")
                return
            async with self._store.begin(matters=(job.key,)) as tx:
                await self._settle(tx, job, "told")
                await ticket.done(tx)

    async def _give_up(self, job: TellDigest, why: str, ticket: Ticket, *, state: str = "failed") -> None:
        async with self._store.begin(matters=(job.key,)) as tx:
            await self._settle(tx, job, state, why)
            await self._alarm(tx, why, state)
            await ticket.done(tx)

    async def _settle(self, tx: Tx, job: TellDigest, state: str, error: str | None = None) -> None:
        await digests.put_word(tx, job.issue_id, job.target, state=state, now=self._clock.now(), error=error)

    async def _alarm(self, tx: Tx, why: str, state: str = "failed") -> None:
        what = "could not be told" if state == "failed" else "may not have been told"
        sentence = f"A digest {what}: {why} It stands under Digests."
        await alerts.raise_(tx, now=self._clock.now(), kind="digest", sentence=sentence, key="digest")

    def _targets(self) -> list[Target]:
        return [target for target in self._house().notify if "digest" in target.on]
