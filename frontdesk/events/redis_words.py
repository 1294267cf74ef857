"""Events as they lie in the Redis stream, and the script that numbers them.

An entry holds the events of one publication, or of several that had to wait for the line. Its id is the number of its
last event; the others have the numbers before. It also names the number behind which it stands, so that whoever reads
it knows whether anything is missing in between; 0 means that something is. An entry without events only marks such a
break. One that begins with a `reload` takes the place of the whole stream: Redis would keep the bytes of single entries
that are taken out.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.redis_link import RedisScript

REMEMBERED = 2_000  # entries that the stream keeps, or some more
RECENT = 200  # entries among which one that may have been written already is looked for
FIELD = b"e"

log = logging.getLogger(__name__)

# Numbers are the microseconds of Redis's clock, but always grow by one at least: they grow on after Redis was emptied,
# also for those who know a higher number than Redis does (`floor`). They stay exact in JavaScript until the year 2255.
APPEND = RedisScript(
    f"""
local floor, count, words, sender, anew = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5] == '1'
local newest = 0
local tail = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if tail then newest = tonumber(string.match(tail[1], '^%d+')) end
if count == 0 and newest > 0 and newest >= floor then return newest end
if sender ~= '' then
    for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', {RECENT})) do
        if string.find(string.sub(entry[2][2], 1, 100), sender, 1, true) then return newest end
    end
end
local now = redis.call('TIME')
local first = math.max(newest + 1, floor + 1, now[1] * 1000000 + now[2])
local last = first + math.max(count, 1) - 1
local behind = newest
if count == 0 or newest < floor or anew then behind = 0 end
if anew then redis.call('DEL', KEYS[1]) end
local entry = string.format('{{"behind":%.0f,', behind) .. words
redis.call('XADD', KEYS[1], 'MAXLEN', '~', {REMEMBERED}, string.format('%.0f-0', last), 'e', entry)
return last
"""
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of the stream says. `behind`: the number of what stands before it, 0 after a break."""

    number: int
    behind: int
    events: list[Numbered]

    @property
    def since(self) -> int:
        """The number up to which all was known before its first event."""
        return self.behind or self.number - len(self.events)


def packed(events: Sequence[tuple[int, Live]], *, sender: str) -> bytes:
    """The words of an entry, for the script; `sender` is one of its kind. Events come with their moment."""
    try:
        return _words([_row(at, live) for at, live in events], sender)
    except TypeError:
        return _words([_safe_row(at, live) for at, live in events], sender)


def name_in_words(sender: str) -> str:
    """What the words of that sender's entry hold and no other's do."""
    return f'"by":"{sender}"'


def unpacked(found: Sequence[Any]) -> Entry:
    """An entry as Redis gives it: its id, and its fields with their values. One that cannot be read is a break."""
    number = int(found[0].partition(b"-")[0])
    try:
        said = orjson.loads(found[1][1])
        rows = said["events"]
        first = number - len(rows) + 1
        events = [Numbered(first + place, row[1], _live(row)) for place, row in enumerate(rows)]
        return Entry(number, said["behind"], events)
    except (ValueError, LookupError, TypeError):
        log.error("an entry of the stream of live events cannot be read: listeners are told to reload")
        return Entry(number, 0, [])


def _words(rows: list[Any], sender: str) -> bytes:
    return b'"by":"%b","events":%b}' % (sender.encode(), orjson.dumps(rows))


def _row(at: int, live: Live) -> tuple[Any, ...]:
    return live.type, at, live.account_id, live.chat_id, live.payload, live.operator_id


def _safe_row(at: int, live: Live) -> tuple[Any, ...]:
    row = _row(at, live)
    try:
        orjson.dumps(row)
    except TypeError:
        log.exception("a live event of type %s cannot be sent: listeners are told to reload", live.type)
        return _row(at, Live(LiveType.RELOAD, {}))
    return row


def _live(row: Sequence[Any]) -> Live:
    whose = row[5] if len(row) > 5 else None  # an older version, which runs beside this one, says nothing of it
    try:
        return Live(LiveType(row[0]), row[4], row[2], row[3], whose)
    except ValueError:  # of a newer version of the house, which runs beside this one
        return Live(LiveType.RELOAD, {})
