"""Threads: one span of the agent's memory in a chat, and when it ends."""

from datetime import timedelta

from frontdesk.domain.personas import Memory, MemoryMode
from frontdesk.kit.clock import HOUR, to_datetime


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
