"""Threads: one span of the agent's memory in a chat, and when it ends."""

from collections.abc import Sequence
from datetime import timedelta

from frontdesk.domain.personas import Memory, MemoryMode
from frontdesk.kit.clock import HOUR, to_datetime


def begins(memory: Memory, said: Sequence[int], *, now: int, zone: str, after: int | None) -> int:
    """When a new thread begins: with the first thing said that its memory reaches, whoever said it.

    `said` holds the times of what was said lately, in order; `after` is when the thread before was last used.
    """
    begin = now
    for at in reversed(said):
        if (after is not None and at <= after) or not _reaches(memory, at, begin=begin, now=now, zone=zone):
            break
        begin = min(begin, at)
    return begin


def _reaches(memory: Memory, at: int, *, begin: int, now: int, zone: str) -> bool:
    if memory.mode is MemoryMode.NEVER:
        return True
    if memory.mode is MemoryMode.DAY:
        return to_datetime(at, zone).date() == to_datetime(now, zone).date()
    since = now if memory.mode is MemoryMode.FIXED else begin
    return since - at < int(memory.hours * HOUR)


def expires(memory: Memory, *, started: int, last: int, zone: str) -> int | None:
    """When a thread ends, in Unix milliseconds; None means never. The end of a day is midnight in the zone."""
    if memory.mode is MemoryMode.NEVER:
        return None
    if memory.mode is MemoryMode.FIXED:
        return started + int(memory.hours * HOUR)
    if memory.mode is MemoryMode.SILENCE:
        return last + int(memory.hours * HOUR)
    midnight = (to_datetime(started, zone) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp() * 1_000)
