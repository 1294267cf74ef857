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
    burst_began: int
    paid_until: int
    count: int


class Limits:
    """Counts what is sent. Times are Unix milliseconds, handed in."""

    def __init__(self, *, per_second: int = NUMBER_PER_SECOND) -> None:
        self._per_second = per_second
        self._pairs: OrderedDict[tuple[str, str], _Pair] = OrderedDict()
        self._numbers: dict[str, float] = {}

    def spend(self, phone_number_id: str, customer_id: str, now: int) -> None:
        """Count one message.

        Raises:
            GraphError: 130429 when the number, 131056 when the pair sent too much.
        """
        room = self._room_of_number(phone_number_id, now)
        self._spend_pair((phone_number_id, customer_id), now)
        self._numbers[phone_number_id] = room

    def _room_of_number(self, phone_number_id: str, now: int) -> float:
        """The moment up to which the number's capacity is used, with this message."""
        used = max(self._numbers.get(phone_number_id, 0.0), float(now)) + SECOND / self._per_second
        if used - now > SECOND:
            raise GraphError(130429)
        return used

    def _spend_pair(self, key: tuple[str, str], now: int) -> None:
        """Up to 45 within 6 seconds, each borrowing 6 seconds of the time after it; then nothing until it is paid."""
        pair = self._pairs.get(key)
        if pair is None or now >= pair.paid_until:
            self._pairs[key] = _Pair(now, now + PAIR_EVERY, 1)
            self._pairs.move_to_end(key)
            if len(self._pairs) > _REMEMBERED:
                self._pairs.popitem(last=False)
        elif now - pair.burst_began < PAIR_EVERY and pair.count < PAIR_BURST:
            pair.paid_until += PAIR_EVERY
            pair.count += 1
        else:
            raise GraphError(131056)
