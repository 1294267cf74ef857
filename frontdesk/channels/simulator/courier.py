"""Brings webhooks to their callbacks: signed, batched, and again and again until one is taken with 200."""

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

import httpx2

from frontdesk.channels.simulator.behaviour import Behaviour, retry_after
from frontdesk.channels.simulator.envelope import Update, document, signature, to_bytes
from frontdesk.kit import guard
from frontdesk.kit.clock import DAY, Clock

KEEP_TRYING = 7 * DAY
MOST_WAITING = 10_000
BATCH = 1_000

Settled = Callable[[list[Update], str | None, int | None], None]


class Courier:
    """Holds what waits for its callback.

    `settled` hears of every attempt: the updates, what went wrong (None: taken), and the milliseconds until the next
    try (None: no further one).
    """

    def __init__(self, clock: Clock, random: Random, *, behaviour: Callable[[], Behaviour], settled: Settled) -> None:
        self._clock = clock
        self._random = random
        self._behaviour = behaviour
        self._settled = settled
        self._waiting: list[Update] = []
        self._news = asyncio.Event()
        self._posts: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self._client: httpx2.AsyncClient | None = None
        self._flying = 0
        self.spoil_next = 0  # so many of the next webhooks are signed wrongly

    async def start(self) -> None:
        """Begin to deliver."""
        if self._running is None:
            self._client = httpx2.AsyncClient(timeout=15, trust_env=False, follow_redirects=False)
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was not taken is forgotten."""
        tasks = [*self._posts, *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        self._running = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def send(self, update: Update) -> None:
        """Put an update on its way."""
        now = self._clock.now()
        update.born = update.born or now
        behaviour = self._behaviour()
        gathers = update.section == "statuses" and self._random.random() < behaviour.gathered
        update.due = now + (self._random.randint(0, behaviour.gather_for) if gathers else 0)
        self._waiting.append(update)
        if len(self._waiting) > MOST_WAITING:
            self._settled([self._waiting.pop(0)], "Too many webhooks wait: the oldest was dropped.", None)
        self._news.set()

    @property
    def waiting(self) -> int:
        """How many updates have not been taken yet."""
        return len(self._waiting) + self._flying

    async def _run(self) -> None:
        while True:
            self._news.clear()
            ready = self._take_ready()
            for batch in self._batches(ready):
                if self._behaviour().mixed:
                    post = asyncio.get_running_loop().create_task(self._post(batch))
                    self._posts.add(post)
                    post.add_done_callback(self._posts.discard)
                else:
                    await self._post(batch)
            if not ready:
                await self._wait()

    def _take_ready(self) -> list[Update]:
        now = self._clock.now()
        if not any(update.due <= now for update in self._waiting):
            return []
        # What is nearly due comes along, so that a retry has other company than the first try.
        slack = self._random.randint(0, self._behaviour().gather_for) if self._behaviour().mixed else 0
        ready = [update for update in self._waiting if update.due <= now + slack]
        self._waiting = [update for update in self._waiting if update.due > now + slack]
        self._flying += len(ready)
        return ready

    def _batches(self, ready: list[Update]) -> list[list[Update]]:
        if not self._behaviour().mixed:
            return [[update] for update in ready]
        self._random.shuffle(ready)
        apps: dict[tuple[str, str], list[Update]] = {}
        for update in ready:
            apps.setdefault(update.number.app, []).append(update)
        batches = []
        for updates in apps.values():
            while updates:
                size = self._random.randint(1, min(len(updates), BATCH))
                batches.append(updates[:size])
                del updates[:size]
        return batches

    async def _post(self, batch: list[Update]) -> None:
        try:
            wrong = await self._try(batch)
        finally:
            self._flying -= len(batch)
        if wrong is None:
            self._settled(batch, None, None)
            return
        now = self._clock.now()
        for update in batch:
            update.attempts += 1
            update.due = now + retry_after(update.attempts, self._behaviour())
        again = [update for update in batch if now - update.born < KEEP_TRYING]
        gone = [update for update in batch if now - update.born >= KEEP_TRYING]
        self._waiting += again
        self._news.set()
        for update in again:
            self._settled([update], wrong, update.due - now)
        if gone:
            self._settled(gone, wrong, None)

    async def _try(self, batch: list[Update]) -> str | None:
        """What went wrong, None when it was taken."""
        guard.outside_transaction()
        assert self._client is not None
        number = batch[0].number
        random = self._random if self._behaviour().mixed else None
        body = to_bytes(document(batch, now=self._clock.now(), random=random))
        secret = number.app_secret
        if self.spoil_next:
            self.spoil_next -= 1
            secret += " (wrong)"
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body, secret)}
        try:
            answer = await self._client.post(number.callback, content=body, headers=headers)
        except httpx2.TimeoutException:
            return "no answer in 15 s"
        except httpx2.HTTPError:
            return "no connection"
        return None if answer.status_code == 200 else f"HTTP {answer.status_code}"

    async def _wait(self) -> None:
        """Until there is news or the next update is due."""
        waits: set[asyncio.Task[object]] = {asyncio.ensure_future(self._news.wait())}
        if self._waiting:
            waits.add(asyncio.ensure_future(self._next_due()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _next_due(self) -> None:
        # Reckoned in the task that sleeps: reckoned before, the clock might move on until that task gets its turn.
        left = min(update.due for update in self._waiting) - self._clock.now()
        await self._clock.sleep(max(left, 0))
