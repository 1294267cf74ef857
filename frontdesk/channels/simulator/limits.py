"""The rates that the Graph API allows: one message per person in 6 seconds with bursts, 80 per number in a second."""

from collections import OrderedDict
from dataclasses import dataclass

from frontdesk.channels.simulator.faults import GraphError
from frontdesk.kit.clock import SECOND

PAIR_EVERY = 6 * SECOND
PAIR_BURST = 45
NUMBER_PER_SECOND = 80
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Pair:
    paid_until: int  # each message borrows 6 seconds from the time after it
    burst_began: int


class Limits:
    """Counts what is sent. Times are Unix milliseconds, handed in.

    A pair may borrow ahead for 45 messages. With `strict`, a burst may last only 6 seconds and has to be paid back in
    full before the next message, which is how Meta's page may be read, too.
    """

    def __init__(self, *, per_second: int = NUMBER_PER_SECOND, strict: bool = False) -> None:
        self.strict = strict
        self._per_second = per_second
        self._pairs: OrderedDict[tuple[str, str], _Pair] = OrderedDict()
        self._numbers: dict[str, float] = {}

    def spend(self, now: int, *, phone_number_id: str, customer_id: str) -> None:
        """Count one message.

        Raises:
            GraphError: 130429 when the number, 131056 when the pair sent too much.
        """
        used = max(self._numbers.get(phone_number_id, 0.0), float(now)) + SECOND / self._per_second
        if used - now > SECOND:
            raise GraphError(130429)
        self._spend_pair((phone_number_id, customer_id), now)
        self._numbers[phone_number_id] = used

    def _spend_pair(self, key: tuple[str, str], now: int) -> None:
        pair = self._pairs.pop(key, None)
        if pair is None or pair.paid_until <= now:
            pair = _Pair(paid_until=now, burst_began=now)
        self._pairs[key] = pair
        if len(self._pairs) > _REMEMBERED:
            self._pairs.popitem(last=False)
        if pair.paid_until + PAIR_EVERY > now + PAIR_BURST * PAIR_EVERY:
            raise GraphError(131056)
        if self.strict and pair.paid_until > now and now - pair.burst_began >= PAIR_EVERY:
            raise GraphError(131056)
        pair.paid_until += PAIR_EVERY
