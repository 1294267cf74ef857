"""How much each message that came in matters: told in the background, by rules first and by a model where they doubt.

A message is stored first and waits (`importance` 0). A moment later one job takes all that wait, so that a model is
asked about many at once. A score is written only where none was written, whoever comes first; an edit lets a message
wait anew. A line in the log names messages by number, never by what they say.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import orjson

from frontdesk.domain.importance import (
    MIDDLE,
    By,
    Judged,
    Rated,
    Scored,
    ScoredMessage,
    Unsure,
    judge,
    lean,
)
from frontdesk.domain.personas import House
from frontdesk.domain.work import Score
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import MINUTE, SECOND, Clock, to_datetime
from frontdesk.kit.errors import FrontdeskError, Rejected, Retryable
from frontdesk.kit.text import shorten
from frontdesk.store import importance as rows, jobs, model_uses
from frontdesk.store.importance import Unscored
from frontdesk.store.store import Read, Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

Rate = Callable[[Sequence[Unsure], str | None], Awaitable[Rated | None]]
OnScored = Callable[[Tx, Sequence[ScoredMessage]], Awaitable[None]]

SOON = 2 * SECOND  # from a message to the look at it: what comes meanwhile is looked at with it
MARGIN = SECOND // 2  # a look that is nearer than that may miss what is stored now
PAGE = 50  # messages that are read and written at once
BATCH = 25  # messages that a model is asked about at once
PATIENCE = 2 * MINUTE  # for which a message waits for a model that is away
AGAIN = 20 * SECOND
FAR = 15 * MINUTE  # no look is asked for later than that, but by a clock that was ahead
PURPOSE = "importance"
VIP = "vip"  # the label of a chat that marks who writes in it
_BREATH = 10  # messages judged before others get their turn


async def no_model(messages: Sequence[Unsure], named: str | None) -> Rated | None:
    """For a house without a model: the rules alone tell."""
    return None


async def _nothing_more(tx: Tx, scored: Sequence[ScoredMessage]) -> None:
    return None


class Importance:
    """Does the jobs of kind `score`. `on_scored` is told, within the transaction that writes them, of new scores.

    A message that was edited is scored anew and told again: who acts on it goes by its id.
    """

    def __init__(self, store: Store, clock: Clock, house: Callable[[], House], *, rate: Rate = no_model) -> None:
        self._store = store
        self._clock = clock
        self._house = house
        self._rate = rate
        self._due = 0  # when the look is due that this process asked for
        self._asking: set[asyncio.Task[None]] = set()
        self.on_scored: OnScored = _nothing_more

    # Asking for a look

    def look_soon(self) -> None:
        """Something was stored that waits to be scored. Costs nothing where a look is due already."""
        now = self._clock.now()
        if MARGIN <= self._due - now <= SOON or not self._house().importance.enabled:
            return
        self._due = now + SOON
        task = asyncio.create_task(self._ask_for_look(now, self._due))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask_for_look(self, now: int, due: int) -> None:
        try:
            async with self._store.begin(shared=True, lasting=False) as tx:
                await enqueue(tx, Score(), now=now, due=due)
        except StoreUnavailable:
            self._due = 0  # the next message asks again, and the sweep does
        except Exception:
            self._due = 0
            log.exception("nobody was asked to score what came in; the sweep will")

    async def missing(self, read: Read) -> list[tuple[Score, int]]:
        """The job for what waits, where a crash came between and none is there, or a clock was ahead.

        It is due as late as `look_soon` would have it: a look before that misses what comes until then, and who asked
        for one asks for no other.
        """
        if not await rows.unscored(read, after="", most=1):
            return []
        now = self._clock.now()
        looks = [job for job in await jobs.of_kind(read, Score.kind) if job.due_at <= now + FAR]
        return [] if looks else [(Score(), now + SOON)]

    async def close(self) -> None:
        """Wait until what was asked for is asked for."""
        await asyncio.gather(*self._asking, return_exceptions=True)

    # The look

    async def run(self, job: Score, ticket: Ticket) -> None:
        """Score all that waits, a page at a time; what waits for a model that is away is looked at again later."""
        if not self._house().importance.enabled:
            async with self._store.begin() as tx:
                await rows.let_go(tx)
            return
        after, away = "", None
        while page := await self._page(after):
            away = await self._score(page, away)
            after = page[-1].id
            if len(page) < PAGE:
                break
        if away is not None:
            wait = AGAIN if away.after is None else max(AGAIN, away.after)
            async with self._store.begin(shared=True) as tx:
                await ticket.later(tx, self._clock.now() + wait, away.sentence, counts=False)

    async def _page(self, after: str) -> list[Unscored]:
        async with self._store.read() as read:
            return await rows.unscored(read, after=after, most=PAGE)

    async def _score(self, page: Sequence[Unscored], away: Retryable | None) -> Retryable | None:
        """Gives why the model was away, if it was, so that it is not asked again for the next page."""
        gone = [row for row in page if row.gone]
        vips = await self._vips([row for row in page if not row.gone])
        sure: list[tuple[Unscored, Scored]] = []
        unsure: list[Unscored] = []
        for number, row in enumerate(row for row in page if not row.gone):
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            scored = self._by_rules(row, vip=row.id in vips)
            if scored is None:
                unsure.append(row)
            else:
                sure.append((row, scored))
        await self._write(sure, gone=gone)
        for first in range(0, len(unsure), BATCH):
            away = await self._ask(unsure[first : first + BATCH], vips, away) or away
        return away

    def _by_rules(self, row: Unscored, *, vip: bool) -> Scored | None:
        return judge(self._judged(row, vip=vip), self._house().importance.words)

    def _judged(self, row: Unscored, *, vip: bool = False) -> Judged:
        content = orjson.loads(row.content) if row.content else {}
        forwarded = isinstance(content, dict) and bool(content.get("forwarded"))
        zone = self._house().timezone
        return Judged(row.text, row.kind, at=row.provider_time, zone=zone, vip=vip, forwarded=forwarded)

    def _not_told(self, batch: Iterable[Unscored], why: str) -> list[tuple[Unscored, Scored]]:
        """For what the model did not tell of: the middle, or more where the rules at least suspect more."""
        said = shorten(f"The model could not tell: {why.rstrip('.')}", 200)
        guesses = [(row, lean(self._judged(row))) for row in batch]
        middle = Scored(MIDDLE, said, By.FALLBACK)
        return [(row, guess if guess.level > MIDDLE else middle) for row, guess in guesses]

    async def _vips(self, page: Sequence[Unscored]) -> set[str]:
        """The ids of the messages of whom the house's file, or a label of their chat, marks."""
        marked = {row.id for row in page if VIP in (label.lower() for label in orjson.loads(row.labels))}
        named = set(self._house().importance.vips)
        if not named:
            return marked
        async with self._store.read() as read:
            known = await rows.addresses_of(read, [row.contact_id for row in page if row.contact_id])
        return marked | {
            row.id for row in page if row.address in named or named & known.get(row.contact_id or "", set())
        }

    # The model

    async def _ask(self, batch: Sequence[Unscored], vips: set[str], away: Retryable | None) -> Retryable | None:
        """Ask about a batch. Gives why the model is away; who has waited long enough is put in the middle then."""
        if away is None:
            try:
                await self._rated(batch, vips)
            except Retryable as failure:
                away = failure
            except Rejected as refused:
                return await self._refused(batch, vips, refused)
            except FrontdeskError as wrong:
                await self._write(self._not_told(batch, str(wrong)))
                return None
            else:
                return None
        late = [row for row in batch if self._clock.now() - row.created_at >= PATIENCE]
        await self._write(self._not_told(late, away.sentence))
        return away if len(late) < len(batch) else None

    async def _refused(self, batch: Sequence[Unscored], vips: set[str], refused: Rejected) -> Retryable | None:
        """A vendor's filter may stop at one message: the others are not to suffer for it."""
        if refused.code != "blocked" or len(batch) == 1:
            await self._write(self._not_told(batch, refused.sentence))
            return None
        away = None
        for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
            away = await self._ask(half, vips, away) or away
        return away

    async def _rated(self, batch: Sequence[Unscored], vips: set[str]) -> None:
        zone = self._house().timezone
        shown = [
            Unsure(row.id, row.text or "", row.id in vips, f"{to_datetime(row.provider_time, zone):%A %H:%M}")
            for row in batch
        ]
        rated = await self._rate(shown, self._house().importance.model)
        if rated is None:
            await self._write([(row, lean(self._judged(row))) for row in batch])
            return
        left_out = [row for row in batch if row.id not in rated.scores]
        said = [(row, rated.scores[row.id]) for row in batch if row.id in rated.scores]
        await self._write([*said, *self._not_told(left_out, "its answer did not speak of this message")], cost=rated)

    # Writing

    async def _write(
        self, scores: Sequence[tuple[Unscored, Scored]], *, gone: Sequence[Unscored] = (), cost: Rated | None = None
    ) -> None:
        if not scores and not gone and cost is None:
            return
        chats = {row.chat_id for row, _ in scores} | {row.chat_id for row in gone}
        async with self._store.begin(chats=chats) as tx:
            if gone:
                await rows.let_go(tx, [row.id for row in gone])
            written = await rows.score(tx, scores) if scores else []
            if written:
                await self.on_scored(tx, written)
            if cost is not None:
                await self._count(tx, cost)
        self._tally(scores, cost)

    async def _count(self, tx: Tx, cost: Rated) -> None:
        day = f"{to_datetime(self._clock.now(), self._house().timezone):%Y-%m-%d}"
        await model_uses.add(
            tx,
            day=day,
            purpose=PURPOSE,
            model=cost.model,
            calls=cost.calls,
            tokens_in=cost.tokens_in,
            tokens_out=cost.tokens_out,
        )

    def _tally(self, scores: Iterable[tuple[Unscored, Scored]], cost: Rated | None) -> None:
        tally = self._store.tally
        for _, scored in scores:
            tally.count("scored", by=scored.by.value, level=str(scored.level))
        if cost is not None:
            tally.add("model_calls", cost.calls, purpose=PURPOSE)
            tally.add("model_tokens", cost.tokens_in, purpose=PURPOSE, way="in")
            tally.add("model_tokens", cost.tokens_out, purpose=PURPOSE, way="out")
