"""When a thread of memory begins and ends."""

import pytest

from frontdesk.domain.personas import Memory, MemoryMode
from frontdesk.domain.threads import begins, expires
from frontdesk.kit.clock import DAY, HOUR

NOW = 1_795_000_000_000  # 11:06 in UTC
ZONE = "UTC"


@pytest.mark.parametrize(
    ("mode", "said", "after", "began"),
    [
        (MemoryMode.SILENCE, [], None, 0),
        (MemoryMode.SILENCE, [-3, -2], None, -3),
        (MemoryMode.SILENCE, [-30, -3], None, -3),
        (MemoryMode.SILENCE, [-40, -20, -1], None, -40),  # never 24 hours of silence
        (MemoryMode.SILENCE, [-3, -2, -1], -2, -1),
        (MemoryMode.FIXED, [-25, -23, -1], None, -23),
        (MemoryMode.DAY, [-12, -11, -1], None, -11),
        (MemoryMode.NEVER, [-900, -1], None, -900),
        (MemoryMode.NEVER, [-900, -1], -900, -1),
    ],
)
def test_a_thread_begins_with_the_first_thing_said_that_its_memory_reaches(
    mode: MemoryMode, said: list[int], after: int | None, began: int
) -> None:
    memory = Memory(mode=mode, hours=24)
    times = [NOW + hours * HOUR for hours in said]
    last = None if after is None else NOW + after * HOUR
    assert begins(memory, times, now=NOW, zone=ZONE, after=last) == NOW + began * HOUR


@pytest.mark.parametrize(
    ("mode", "end"),
    [
        (MemoryMode.NEVER, None),
        (MemoryMode.FIXED, NOW - HOUR + DAY),
        (MemoryMode.SILENCE, NOW + DAY),
        (MemoryMode.DAY, NOW - NOW % DAY + DAY),
    ],
)
def test_a_thread_ends_as_its_mode_says(mode: MemoryMode, end: int | None) -> None:
    assert expires(Memory(mode=mode, hours=24), started=NOW - HOUR, last=NOW, zone=ZONE) == end
