"""Meta's limits of rate, kept here before Meta has to refuse: per number, and per pair of number and person.

Several processes that send share the rate of a number evenly. A pair is not shared: the work of a chat is done by one
process at a time, and what Meta refuses to a person is remembered with the chat, where every process reads it.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from frontdesk.kit.clock import MINUTE, SECOND, Clock
from frontdesk.kit.errors import Retryable, Scope

PAIR_EVERY = 6 * SECOND
PAIR_BURST = 45
MOST_PAIRS = 20_000
MOST_TRIES = 2_000
LONGEST_WAIT = 10 * MINUTE


@dataclass(slots=True)
class Bucket:
    """Holds `size` tokens and gains one every `every` milliseconds."""

    every: float
    size: int
    tokens: float
    at: int
    strikes: int = 0
    closed_until: int = 0

    def become(self, every: float, size: int) -> None:
        """Gain and hold so much from now on."""
        self.every, self.size, self.tokens = every, size, min(self.tokens, float(size))

    def wait(self, now: int) -> int:
        """Milliseconds until a token can be had; 0 when there is one now."""
        if now < self.at:  # the clock was set back: seconds to wait must not become hours
            self.closed_until -= self.at - now
        gained = max(0, now - self.at) / self.every
        self.tokens = min(float(self.size), self.tokens + gained)
        self.at = now
        missing = 0 if self.tokens >= 1 else int((1 - self.tokens) * self.every) + 1
        return max(missing, self.closed_until - now)

    def give_back(self) -> None:
        """A token that was taken was not needed."""
        self.tokens = min(float(self.size), self.tokens + 1)

    def close(self, now: int, milliseconds: int | None, growth: int) -> int:
        """Meta refused: stay shut for that long, or for growth^n seconds on the n-th refusal in a row, from 0."""
        if self.closed_until > now:
            return self.closed_until - now
        wait = milliseconds if milliseconds is not None else min(LONGEST_WAIT, growth ** min(self.strikes, 10) * SECOND)
        self.strikes += 1
        self.closed_until = now + wait
        return wait

    def idle(self, now: int) -> bool:
        """Whether it says nothing that a new one would not say."""
        return self.closed_until <= now and self.tokens + (now - self.at) / self.every >= self.size


@dataclass(slots=True)
class Grant:
    """Leave to send one message."""

    number: Bucket
    pair: Bucket


@dataclass(slots=True)
class Pace:
    """The buckets of all numbers and pairs. Pairs that have been quiet are forgotten, so that memory stays bounded."""

    clock: Clock
    most_pairs: int = MOST_PAIRS
    senders: int = 1  # processes that send
    _numbers: dict[str, Bucket] = field(default_factory=dict)
    _pairs: OrderedDict[tuple[str, str], Bucket] = field(default_factory=OrderedDict)

    def take(self, *, number: str, to: str, per_second: int) -> Grant:
        """Leave to send one message now.

        Raises:
            Retryable: with the wait, for this chat or for the whole account.
        """
        now = self.clock.now()
        whole, pair = self._number(number, per_second, now), self._pair((number, to), now)
        wait = whole.wait(now)
        if wait > 0:
            raise _later("account", wait)
        wait = pair.wait(now)
        if wait > 0:
            raise _later("chat", wait)
        whole.tokens -= 1
        pair.tokens -= 1
        return Grant(whole, pair)

    def give_back(self, grant: Grant) -> None:
        """The message did not go out after all."""
        grant.number.give_back()
        grant.pair.give_back()

    def accepted(self, grant: Grant) -> None:
        """Meta took the message: earlier refusals no longer lengthen the wait."""
        grant.number.strikes = grant.pair.strikes = 0

    def refused(self, grant: Grant, scope: Scope, *, after: int | None, growth: int | None) -> int | None:
        """Meta refused for its rate or for being busy: how long who is meant has to wait, in milliseconds."""
        if scope == "message":
            return after
        bucket = grant.pair if scope == "chat" else grant.number
        return bucket.close(self.clock.now(), after, growth or 2)

    def _number(self, number: str, per_second: int, now: int) -> Bucket:
        every, size = SECOND * self.senders / per_second, max(1, per_second // self.senders)
        bucket = self._numbers.get(number)
        if bucket is None:
            bucket = self._numbers[number] = Bucket(every, size, float(size), now)
        elif bucket.every != every:
            bucket.become(every, size)
        return bucket

    def _pair(self, key: tuple[str, str], now: int) -> Bucket:
        bucket = self._pairs.get(key)
        if bucket is None:
            self._forget_the_idle(now)
            bucket = self._pairs[key] = Bucket(PAIR_EVERY, PAIR_BURST, float(PAIR_BURST), now)
        self._pairs.move_to_end(key)
        return bucket

    def _forget_the_idle(self, now: int) -> None:
        """The first are those that have been quiet for longest: a few are looked at for each new one."""
        for _ in range(2):
            if not self._pairs:
                return
            oldest = next(iter(self._pairs))
            if not self._pairs[oldest].idle(now) and len(self._pairs) < self.most_pairs:
                return
            del self._pairs[oldest]


def _later(scope: Scope, wait: int) -> Retryable:
    whom = "to this person" if scope == "chat" else "from this number"
    seconds = -(-wait // SECOND)
    return Retryable(
        f"WhatsApp takes no more messages {whom} for now. It is tried again in {seconds} s.", after=wait, scope=scope
    )


@dataclass(slots=True)
class Tries:
    """Counts how often single messages met an error that is worth only a few tries."""

    _counts: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def count(self, our_id: str) -> int:
        """One more; how often it is now."""
        number = self._counts.pop(our_id, 0) + 1
        self._counts[our_id] = number
        while len(self._counts) > MOST_TRIES:
            self._counts.popitem(last=False)
        return number

    def forget(self, our_id: str) -> None:
        """The message is settled."""
        self._counts.pop(our_id, None)
