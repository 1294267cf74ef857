"""What a bridge tells of our own sends: its id where it gave none itself, and echoes that are no news."""

from collections import OrderedDict
from typing import TypeVar

from frontdesk.channels.bridge.writing import chat_id
from frontdesk.domain.wire import Inbound, Outbound
from frontdesk.kit.clock import MINUTE, Clock

SPAN = 2 * MINUTE  # in which an echo comes
_MOST = 1_000

Key = tuple[str, str]
T = TypeVar("T")


class Echoes:
    """For bridges that take a message without giving its id. All others are told by the id alone, by the desk."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nameless: OrderedDict[Key, int] = OrderedDict()  # sent without an id, and when
        self._heard: OrderedDict[Key, tuple[str, int]] = OrderedDict()  # id of the newest echo, and when

    def is_ours(self, one: Inbound) -> bool:
        """Whether the message is the echo of one that was sent without an id: it is no news then."""
        if not one.typed_on_phone:
            return False
        key = (chat_id((one.group,) if one.group else one.sender.addresses) or "", (one.text or "").strip())
        now = self._clock.now()
        if now - self._nameless.pop(key, now - SPAN - 1) <= SPAN:
            return True
        _put(self._heard, key, (one.external_id, now))
        return False

    def id_of(self, outbound: Outbound, since: int) -> str:
        """An id for what a bridge took and gave none: that of its echo, or one that waits for the echo."""
        key = (chat_id(outbound.to) or "", (outbound.text or "").strip())
        external_id, at = self._heard.pop(key, ("", since - 1))
        if at >= since:
            return external_id
        _put(self._nameless, key, self._clock.now())
        return f"bridge-{outbound.our_id}"


def _put(kept: OrderedDict[Key, T], key: Key, value: T) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _MOST:
        kept.popitem(last=False)
