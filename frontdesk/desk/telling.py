"""Telling the owner by another path how the lines stand.

A job looks when its moment has come: what is told is how the line stands then, and only where it is news. So a line
that comes and goes sends no flood, and a target that was away for hours hears what holds now.
"""

from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.desk.account import Account
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.line_standing import word_of
from frontdesk.desk.link_pages import LinkPages
from frontdesk.desk.unsure import once_more
from frontdesk.domain.accounts import next_step, sentence
from frontdesk.domain.personas import House
from frontdesk.domain.telling import LINKED_ANEW, PATIENCE, Alert, Said, Standing, Target, Word, alert_of, say_at
from frontdesk.domain.work import Notify
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import Clock, to_datetime
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers
from frontdesk.store import alerts, jobs, told
from frontdesk.store.store import Read, Store, Tx

LONG = 8  # tries, within minutes, from which on it is worth a word in the inbox that a target is away


@dataclass(frozen=True, slots=True)
class _News:
    """How which line stands, and who is to know."""

    target: Target
    account: Account
    word: Word


class Telling:
    """Does the jobs of kind `notify`, and finds those that are missing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        house: Callable[[], House],
        link_pages: LinkPages,
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._house = house
        self._link_pages = link_pages
        self._public_url = public_url
        self._began = clock.now()
        self._notifiers = Notifiers()

    async def run(self, job: Notify, ticket: Ticket) -> None:
        """Tell one target how one line stands."""
        target = next((one for one in self._targets() if one.mark == job.target), None)
        account = self._accounts.find(job.account_id)
        word = word_of(account.row) if account is not None else None
        if target is None or account is None or word is None:
            return
        async with self._store.read() as read:
            said = await told.of(read, job.target, job.account_id)
        at = self._moment(word, said)
        if at is None:
            return
        if at > self._clock.now():
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, at, counts=False)
            return
        await self._tell(_News(target, account, word), ticket)

    async def missing(self, read: Read) -> list[tuple[Notify, int]]:
        """What nobody has been told yet and no job waits for, such as what holds when a target is new; and when."""
        targets, now = self._targets(), self._clock.now()
        if not targets:
            return []
        waiting, said = await jobs.keys_of(read, Notify.kind), await told.every(read)
        found: list[tuple[Notify, int]] = []
        for account in self._accounts.all():
            word = word_of(account.row)
            for target in targets if word is not None else ():
                job = Notify(target.mark, account.row.id)
                if word is None or job.key in waiting:
                    continue
                at = self._moment(word, said.get((job.target, job.account_id), []))
                if at is not None:
                    found.append((job, max(at, now + PATIENCE[word])))
        return found

    def _targets(self) -> list[Target]:
        """Those that are told of lines. The own number is not: it is reached over the lines themselves."""
        return [target for target in self._house().notify if "line" in target.on and target.url != SELF]

    def _moment(self, word: Word, said: list[Said]) -> int | None:
        """When to say it. Lines that come up with the program get the time that they need."""
        at = say_at(word, said, self._clock.now())
        return max(at, self._began + PATIENCE[word]) if at is not None else None

    async def _tell(self, news: _News, ticket: Ticket) -> None:
        try:
            once_more(ticket, await self._notifiers.tell(news.target.url, self._alert(news)))
        except Rejected as refused:
            await self._give_up(news, refused, ticket)
        except Retryable as away:
            if ticket.last:
                await self._give_up(news, away, ticket)
            else:
                await self._tried(news, away, ticket)
                raise
        else:
            async with self._store.begin(shared=True) as tx:
                await self._note(tx, news, got_there=True)
                await alerts.close(tx, _key(news.target), self._clock.now())
                await ticket.done(tx)

    def _alert(self, news: _News) -> Alert:
        row, links = news.account.row, news.account.links
        state = news.account.state
        since = row.last_disconnected_at if row.last_connected_at is not None else None
        anew = links and news.word in LINKED_ANEW
        page = self._link_pages.of(news.account) if anew else None
        standing = Standing(
            row.name,
            sentence(state, row.state_reason),
            next_step(state, row.state_reason, links=links, linked=row.phone is not None),
            self._as_read(since) if since is not None else None,
            f"{self._public_url.rstrip('/')}/lines#line-{row.id}" if self._public_url else None,
            (page.url, self._as_read(page.expires_at)) if page is not None else None,
            no_page=anew and self._public_url is None,
        )
        return alert_of(news.word, standing)

    def _as_read(self, moment: int) -> str:
        zone = self._house().timezone
        at = to_datetime(moment, zone)
        return f"{at:%H:%M} on {at.day} {at:%B} ({zone})"

    async def _note(self, tx: Tx, news: _News, *, got_there: bool) -> None:
        said = Said(news.word, self._clock.now(), got_there)
        await told.put(tx, news.target.mark, news.account.row.id, said)

    async def _tried(self, news: _News, away: Retryable, ticket: Ticket) -> None:
        """The target is away: that trouble was to be told is remembered, so that its end is told too."""
        async with self._store.begin(shared=True) as tx:
            if news.word is not Word.BACK:
                await self._note(tx, news, got_there=False)
            if ticket.attempt == LONG:
                await self._alarm(tx, news, f"{away.sentence} It is tried again for a day.")

    async def _give_up(self, news: _News, failure: PluginError, ticket: Ticket) -> None:
        mend = "Mend its url in the settings file, then run “frontdesk notify test”."
        async with self._store.begin(shared=True) as tx:
            await self._note(tx, news, got_there=True)
            await self._alarm(tx, news, f"{failure.sentence} {mend}")
            await ticket.done(tx)

    async def _alarm(self, tx: Tx, news: _News, why: str) -> None:
        number = self._house().notify.index(news.target) + 1 if news.target in self._house().notify else "?"
        words = f"You could not be told of the line “{news.account.row.name}” by notify {number}: {why}"
        await alerts.raise_(tx, now=self._clock.now(), kind="notify", sentence=words, key=_key(news.target))


def _key(target: Target) -> str:
    return f"notify:{target.mark}"
