"""The live bus of several processes: one Redis stream that all of them write to, and whoever has listeners reads."""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from itertools import count

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.listening import REMEMBERED, Audience, Listener
from frontdesk.events.redis_link import PATIENCE, PREFIX, RedisLink, Standing
from frontdesk.events.redis_words import APPEND, Entry, name_in_words, packed, unpacked
from frontdesk.kit.clock import Clock

UNSENT = 2_000  # events that may wait for Redis; more become one `reload` for everybody
TOGETHER = 50  # events at most in one entry
AT_ONCE = 100  # entries at most in one reading
GATHER = 0.002  # seconds between two readings, so that under load one brings many
QUIET = 2.0  # seconds without events after which it is looked whether Redis still has what it had
AT_START = 2.0  # seconds to wait for Redis at the start and at the end


class RedisBus:
    """Carries events between processes. Redis may go and come back: nobody who publishes waits or fails for it.

    `listens=False` is for a process that only publishes: nobody can subscribe there. `patience`: how many seconds an
    answer of Redis may take.

    Raises:
        SettingsError: the URL is not one of Redis.
    """

    def __init__(
        self, url: str, clock: Clock, *, prefix: str = PREFIX, listens: bool = True, patience: float = PATIENCE
    ) -> None:
        self._clock = clock
        self._stream = f"{prefix}events"
        self._listens = listens
        self._audience = Audience(clock, last=0)
        self._sending, self._reading = RedisLink(url, patience=patience), RedisLink(url, patience=patience)
        self._standing = Standing(url, purpose="Live events")
        self._unsent: deque[tuple[int, Live]] = deque()  # with the moment of publication
        self._under_way = 0
        self._more = asyncio.Event()
        self._sent = asyncio.Event()  # all of it
        self._sent.set()
        self._tried = asyncio.Event()  # to reach Redis, once
        self._joined = False
        self._highest = 0  # the highest number that is known here
        self._name = secrets.token_hex(8)
        self._tasks: list[asyncio.Task[None]] = []
        self.lag = 0  # ms from the publication of the newest event to the listeners

    @property
    def last_id(self) -> int:
        """The number of the newest event that listeners were handed here."""
        return self._audience.last

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._audience)

    @property
    def trouble(self) -> str | None:
        """Why events do not go out now; None while they do."""
        return self._standing.trouble

    @property
    def unsent(self) -> int:
        """How many events were published here and are not in the stream yet."""
        return len(self._unsent) + self._under_way

    async def start(self) -> None:
        """Begin to carry events. Waits for Redis a moment, so that who comes next can catch up."""
        self._tasks = [asyncio.create_task(self._send())]
        if self._listens:
            self._tasks.append(asyncio.create_task(self._read()))
            await _within(AT_START, self._tried.wait())

    async def stop(self) -> None:
        """End every listener, send what is unsent if that can be done at once, and let go of Redis."""
        self.close()
        if self._tasks and self.trouble is None:
            await _within(AT_START, self._sent.wait())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._sending.close()
        await self._reading.close()

    def publish(self, events: Sequence[Live]) -> None:
        """Have the events numbered and handed to every listener of every process. Never waits."""
        at = self._clock.now()
        if len(self._unsent) + len(events) > UNSENT:
            events = [Live(LiveType.RELOAD, {})]
        if any(event.type is LiveType.RELOAD for event in events):  # it stands for all that was before
            self._unsent.clear()
            events = events[max(place for place, event in enumerate(events) if event.type is LiveType.RELOAD) :]
        self._unsent.extend((at, event) for event in events)
        if events:
            self._more.set()
            self._sent.clear()

    def subscribe(self, after: int | None = None) -> Listener:
        """Listen from now on, or from behind the event of that number."""
        if not self._listens:
            raise RuntimeError("This process only publishes: give its bus listens=True.")
        return self._audience.subscribe(after)

    def forget(self, listener: Listener) -> None:
        """Hand this listener nothing more."""
        self._audience.forget(listener)

    def close(self) -> None:
        """End every listener's iteration, so that open streams do not hold up a shutdown."""
        self._audience.close()

    # Sending: one entry at a time; what is published meanwhile goes together in the next one.

    async def _send(self) -> None:
        for turn in count():
            while not self._unsent:
                self._sent.set()
                self._more.clear()
                await self._more.wait()
            batch = [self._unsent.popleft() for _ in range(min(TOGETHER, len(self._unsent)))]
            self._under_way = len(batch)
            await self._surely_append(batch, sender=f"{self._name}-{turn}-")
            self._under_way = 0

    async def _surely_append(self, batch: Sequence[tuple[int, Live]], *, sender: str) -> None:
        """Try until Redis has it. Where an answer got lost, the script looks whether it has it already."""
        words, again = packed(batch, sender=sender), ""
        anew = batch[0][1].type is LiveType.RELOAD
        while True:
            try:
                await self._append(self._sending, len(batch), words, again, anew=anew)
                self._standing.rose("sending")
                return
            except Exception as broken:  # whatever it is, the bus must not end for it
                again = name_in_words(sender)
                await asyncio.sleep(self._standing.fell("sending", broken))

    async def _append(self, link: RedisLink, events: int, words: bytes, again: str = "", *, anew: bool = False) -> None:
        number = await link.run(APPEND, 1, self._stream, self._highest, events, words, again, int(anew))
        self._highest = max(self._highest, number)

    # Reading: every entry says behind which one it stands, so that nothing can be missing unseen.

    async def _read(self) -> None:
        while True:
            try:
                await self._join()
                await self._read_some(wait=0.001)
                self._standing.rose("reading")
                self._tried.set()
                while True:
                    await self._read_some(wait=QUIET)
            except Exception as broken:  # whatever it is, the bus must not end for it
                wait = self._standing.fell("reading", broken)
                self._tried.set()
                await asyncio.sleep(wait)

    async def _join(self) -> None:
        """Take part, for the first time or again: Redis may be another one by now."""
        await self._mark()
        if self._joined:
            return
        ask = ("XREVRANGE", self._stream, "+", "-", "COUNT", REMEMBERED)
        while not (found := await self._reading.call(*ask)):
            await self._mark()  # emptied just now
        self._remember([unpacked(each) for each in reversed(found)])
        self._joined = True

    async def _mark(self) -> None:
        """Where the stream is empty, or behind what is known here, its next entry is a mark that says so."""
        await self._append(self._reading, 0, packed([], sender=""))

    def _remember(self, entries: Sequence[Entry]) -> None:
        """Remember what the stream holds behind its last break."""
        start = max((place for place, entry in enumerate(entries) if not entry.behind), default=0)
        known = [event for entry in entries[start:] for event in entry.events]
        since = entries[start].since
        if len(known) > REMEMBERED:
            since = known[-REMEMBERED - 1].id
        self._audience.take_up(known[-REMEMBERED:], since=since, last=entries[-1].number)

    async def _read_some(self, *, wait: float) -> None:
        """Hand on what is new, or look after Redis where nothing was for a while."""
        words = ("XREAD", "COUNT", AT_ONCE, "BLOCK", int(wait * 1_000), "STREAMS", self._stream)
        found = await self._reading.call(*words, f"{self.last_id}-0", seconds=wait + self._reading.patience)
        if not found:
            await self._mark()
            return
        for each in found[0][1]:
            entry = unpacked(each)
            self._hand_on(entry)
            if entry.events:
                await asyncio.sleep(0)  # the listeners' turn: they must not fall behind for a long reading
        self._highest = max(self._highest, self.last_id)
        await asyncio.sleep(GATHER)

    def _hand_on(self, entry: Entry) -> None:
        if entry.behind != self.last_id:
            self._audience.reload(max(self.last_id, entry.since))
        new: list[Numbered] = [event for event in entry.events if event.id > self.last_id]
        for event in new:
            if event.live.type is LiveType.RELOAD:
                self._audience.reload(event.id)
            else:
                self._audience.tell([event])
        if new:
            self.lag = max(0, self._clock.now() - new[-1].at)


async def _within(seconds: float, wait: Awaitable[object]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wait
